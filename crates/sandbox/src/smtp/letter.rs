//! Reads a letter of one part as it travels: folded headers, encoded words, and the two encodings of a body.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

pub(super) struct Letter {
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) message_id: Option<String>,
}

pub(super) fn read(data: &str) -> Letter {
    let (head, body) = data.split_once("\n\n").unwrap_or((data, ""));
    let head = head.replace("\n ", " ").replace("\n\t", " ");
    let header = |name: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(':'));
        let found = lines.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim().to_owned())
    };
    let encoding = header("Content-Transfer-Encoding").unwrap_or_default();
    let text = match encoding.to_ascii_lowercase().as_str() {
        "base64" => {
            let packed: String = body.split_whitespace().collect();
            let bytes = STANDARD.decode(packed).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        }
        "quoted-printable" => unquoted(&body.replace("=\n", "")),
        _ => body.to_owned(),
    };
    Letter {
        subject: words(&header("Subject").unwrap_or_default()),
        text: text.replace("\r\n", "\n"),
        message_id: header("Message-ID"),
    }
}

fn unquoted(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let coded = text.get(at + 1..at + 3).filter(|_| byte == b'=');
        match coded.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(decoded) => {
                plain.push(decoded);
                at += 3;
            }
            None => {
                plain.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}

/// RFC 2047; the space between two encoded words is none.
fn words(text: &str) -> String {
    let mut plain = String::new();
    let mut was_encoded = false;
    for word in text.split(' ') {
        let decoded = encoded_word(word);
        let is_joint = was_encoded && decoded.is_some();
        if !plain.is_empty() && !is_joint {
            plain.push(' ');
        }
        was_encoded = decoded.is_some();
        plain.push_str(decoded.as_deref().unwrap_or(word));
    }
    plain
}

fn encoded_word(word: &str) -> Option<String> {
    let inner = word.strip_prefix("=?")?.strip_suffix("?=")?;
    let mut parts = inner.splitn(3, '?');
    let (_charset, encoding, coded) = (parts.next()?, parts.next()?, parts.next()?);
    match encoding {
        "b" | "B" => {
            let bytes = STANDARD.decode(coded).ok()?;
            Some(String::from_utf8_lossy(&bytes).into_owned())
        }
        "q" | "Q" => Some(unquoted(&coded.replace('_', " "))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_reads_as_it_was_written() {
        let letter = read(
            "Subject: =?utf-8?b?U8O2aG5l?= =?utf-8?q?_und_T=C3=B6chter?= ends\nMessage-ID: <one@example.com>\n\
             Content-Transfer-Encoding: quoted-printable\n\nM=C3=BCller, a long =\nline\n",
        );
        assert_eq!(letter.subject, "Söhne und Töchter ends");
        assert_eq!(letter.text, "Müller, a long line\n");
        assert_eq!(letter.message_id.as_deref(), Some("<one@example.com>"));
        let packed =
            read("Subject: a\n folded one\nContent-Transfer-Encoding: base64\n\nTcO8\nbGxlcg==\n");
        assert_eq!(
            (packed.subject.as_str(), packed.text.as_str()),
            ("a folded one", "Müller")
        );
        assert_eq!(read("Subject: plain\n\nas = is\n").text, "as = is\n");
    }
}
