//! [Server-sent events](https://html.spec.whatwg.org/multipage/server-sent-events.html), as far as a client needs them.

use std::collections::VecDeque;

/// Of one message, whole or in parts.
const LARGEST: usize = 1024 * 1024;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Item {
    Comment,
    Message {
        kind: String,
        id: Option<String>,
        data: String,
    },
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLarge;

#[derive(Default)]
pub(super) struct Parser {
    line: Vec<u8>,
    /// A line has just ended with a carriage return: a line feed belongs to it.
    after_return: bool,
    kind: String,
    id: Option<String>,
    data: String,
    ready: VecDeque<Item>,
}

impl Parser {
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), TooLarge> {
        for &byte in bytes {
            match byte {
                b'\n' if self.after_return => {}
                b'\n' | b'\r' => self.end_line(),
                other => self.line.push(other),
            }
            self.after_return = byte == b'\r';
            if self.line.len() + self.data.len() > LARGEST {
                return Err(TooLarge);
            }
        }
        Ok(())
    }

    pub(super) fn next(&mut self) -> Option<Item> {
        self.ready.pop_front()
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_start_matches('\u{feff}');
        match line.split_once(':') {
            _ if line.is_empty() => self.end_message(),
            Some(("", _)) => self.ready.push_back(Item::Comment),
            Some((field, value)) => self.field(field, value.strip_prefix(' ').unwrap_or(value)),
            None => self.field(line, ""),
        }
    }

    fn field(&mut self, name: &str, value: &str) {
        match name {
            "event" => value.clone_into(&mut self.kind),
            "data" => {
                self.data.push_str(value);
                self.data.push('\n');
            }
            "id" if !value.contains('\0') => self.id = Some(value.to_owned()),
            _ => {}
        }
    }

    /// A message without data is none, but its id counts for those that follow.
    fn end_message(&mut self) {
        let kind = std::mem::take(&mut self.kind);
        let mut data = std::mem::take(&mut self.data);
        if data.pop().is_some() {
            let id = self.id.clone();
            self.ready.push_back(Item::Message { kind, id, data });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, size: usize) -> Vec<Item> {
        let mut parser = Parser::default();
        for part in text.as_bytes().chunks(size) {
            parser.push(part).unwrap();
        }
        std::iter::from_fn(|| parser.next()).collect()
    }

    fn message(kind: &str, id: Option<&str>, data: &str) -> Item {
        Item::Message {
            kind: kind.to_owned(),
            id: id.map(str::to_owned),
            data: data.to_owned(),
        }
    }

    #[test]
    fn messages_are_the_same_however_they_are_cut_and_whatever_ends_their_lines() {
        let text = ":connected\n\nretry: 2000\n\nevent: user.created\nid: 1\ndata: {\"a\":\ndata: 1}\n\n\
                    : heartbeat\n\nid:2\ndata:é\n\nid\ndata\n\nunknown: field\n\n";
        let expected = [
            Item::Comment,
            message("user.created", Some("1"), "{\"a\":\n1}"),
            Item::Comment,
            message("", Some("2"), "é"),
            message("", Some(""), ""),
        ];
        for size in [1, 2, 3, 7, 1024] {
            for end in ["\n", "\r\n", "\r"] {
                assert_eq!(read(&text.replace('\n', end), size), expected, "{size}");
            }
        }
    }

    #[test]
    fn half_a_message_is_none() {
        assert_eq!(read("event: user.created\ndata: {}\n", 5), []);
    }

    #[test]
    fn what_does_not_end_is_given_up() {
        let mut parser = Parser::default();
        let part = vec![b'x'; LARGEST / 2];
        assert_eq!(parser.push(&part), Ok(()));
        assert_eq!(parser.push(&part), Ok(()));
        assert_eq!(parser.push(b"x"), Err(TooLarge));
        let mut parser = Parser::default();
        let line = [b"data: ".as_slice(), &part, b"\n"].concat();
        assert_eq!(parser.push(&line), Ok(()));
        assert_eq!(parser.push(&line), Err(TooLarge));
    }
}
