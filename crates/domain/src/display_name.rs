//! Names that people read, of organizations and of whoever invites: what stands in our mails must not be able to pass for
//! something else than a name.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::parsed_text::parsed_text;

/// The name that people read, in mails and on login pages: 1 to 64 characters after trimming, in NFC.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DisplayName(String);
parsed_text!(DisplayName, InvalidDisplayName);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDisplayName {
    #[error("The display name is empty.")]
    Empty,
    #[error("The display name is longer than 64 characters.")]
    TooLong,
    #[error("The display name must contain a letter or a digit.")]
    NothingToRead,
    #[error(
        "The display name may not contain line breaks, control characters or invisible characters."
    )]
    Invisible,
    #[error("The display name may not contain `<` or `>`.")]
    Markup,
    #[error("The display name may not contain the marks of a template, such as double braces.")]
    Template,
    #[error("The display name may not contain a web address.")]
    Url,
    #[error("A word of the display name mixes letters of scripts that look alike.")]
    MixedScripts,
}

impl InvalidDisplayName {
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong => "too_long",
            Self::NothingToRead => "nothing_to_read",
            Self::Invisible | Self::Markup | Self::Template => "invalid_character",
            Self::Url => "contains_url",
            Self::MixedScripts => "mixed_scripts",
        }
    }
}

impl DisplayName {
    pub const MAX_CHARS: usize = 64;

    /// One that was taken before, under the rules of its time: a stricter rule is no reason not to find it any more.
    pub fn kept(name: String) -> Self {
        Self(name)
    }

    fn check(name: &str) -> Result<String, InvalidDisplayName> {
        let name: String = name.trim().nfc().collect();
        if name.is_empty() {
            return Err(InvalidDisplayName::Empty);
        }
        if name.chars().count() > Self::MAX_CHARS {
            return Err(InvalidDisplayName::TooLong);
        }
        if has_deceptive(&name) {
            return Err(InvalidDisplayName::Invisible);
        }
        // As people and mail programs read it: wide and styled characters are the plain ones.
        let read: String = name.nfkc().collect::<String>().to_lowercase();
        if read.contains(['<', '>']) {
            return Err(InvalidDisplayName::Markup);
        }
        if ["{{", "}}", "{%", "%}", "{#", "#{", "${"]
            .iter()
            .any(|mark| read.contains(mark))
        {
            return Err(InvalidDisplayName::Template);
        }
        if looks_like_url(&read) {
            return Err(InvalidDisplayName::Url);
        }
        if !name.chars().any(char::is_alphanumeric) {
            return Err(InvalidDisplayName::NothingToRead);
        }
        let lower = name.to_lowercase();
        if lower.split(|c: char| !c.is_alphabetic()).any(mixes_scripts) {
            return Err(InvalidDisplayName::MixedScripts);
        }
        Ok(name)
    }
}

/// Whether a text hides something, or reads as another one. A line break does too.
pub fn has_deceptive(name: &str) -> bool {
    let mut before = None;
    name.chars().any(|character| {
        let before = before.replace(character);
        is_deceptive(character) || is_out_of_place(character, before)
    })
}

/// Characters that reorder or hide text (Unicode UTS 39, UAX 9), or that no font knows: a name that reads as another one.
fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{e000}'..='\u{f8ff}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffd}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e00ff}' | '\u{e01f0}'..='\u{e0fff}' | '\u{f0000}'..='\u{10ffff}')
        || (character as u32 & 0xfffe) == 0xfffe
}

/// Invisible characters that some writing needs, where it does not: the joiners of Persian and Indic words and of
/// emoji, and the selectors of emoji and of ideographs.
fn is_out_of_place(character: char, before: Option<char>) -> bool {
    match character {
        '\u{200c}' => !before.is_some_and(joins),
        '\u{200d}' => !before.is_some_and(|before| joins(before) || is_symbol(before)),
        '\u{fe00}'..='\u{fe0f}' => !before.is_some_and(is_symbol),
        '\u{e0100}'..='\u{e01ef}' => !before.is_some_and(is_ideograph),
        _ => false,
    }
}

fn is_ideograph(before: char) -> bool {
    matches!(before, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// A letter of the scripts from Hebrew to Khmer, which joiners shape.
fn joins(before: char) -> bool {
    matches!(before, '\u{0590}'..='\u{10ff}' | '\u{1780}'..='\u{17ff}' | '\u{fb50}'..='\u{fdff}')
}

fn is_symbol(before: char) -> bool {
    !before.is_alphabetic()
        && !before.is_whitespace()
        && (!before.is_ascii() || before.is_ascii_digit())
}

/// `Booking.com` is a name; `https://…`, `www.…` and `example.com/…` are what mail programs turn into links.
fn looks_like_url(read: &str) -> bool {
    let read = read.replace(['\u{3002}', '\u{ff61}'], ".");
    let schemes = [
        "http:",
        "https:",
        "ftp:",
        "mailto:",
        "tel:",
        "javascript:",
        "vbscript:",
        "data:",
    ];
    read.contains("//")
        || read.contains("www.")
        || schemes.iter().any(|scheme| read.contains(scheme))
        || read.split_whitespace().any(leads_somewhere)
}

/// A host with something after it.
fn leads_somewhere(word: &str) -> bool {
    let Some((host, _)) = word.split_once(['/', '?', '#', ':', '\\']) else {
        return false;
    };
    let is_ending = |label: &str| label.len() >= 2 && label.chars().all(char::is_alphanumeric);
    host.rsplit_once('.')
        .is_some_and(|(_, ending)| is_ending(ending))
}

/// Latin with Cyrillic or Greek in one word, which no language does: `Раураl` (UTS 39, mixed-script confusables).
fn mixes_scripts(word: &str) -> bool {
    let latin =
        |c: char| matches!(c, 'a'..='z' | '\u{00df}'..='\u{024f}' | '\u{1e00}'..='\u{1eff}');
    let cyrillic = |c: char| matches!(c, '\u{0400}'..='\u{052f}' | '\u{1c80}'..='\u{1c8f}' | '\u{a640}'..='\u{a69f}');
    let greek = |c: char| matches!(c, '\u{0370}'..='\u{03ff}' | '\u{1f00}'..='\u{1fff}');
    let scripts = [
        word.chars().any(latin),
        word.chars().any(cyrillic),
        word.chars().any(greek),
    ];
    scripts.into_iter().filter(|found| *found).count() > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn display_name(text: &str) -> Result<String, InvalidDisplayName> {
        text.parse::<DisplayName>().map(String::from)
    }

    #[test]
    fn display_name_is_trimmed() {
        assert_eq!(
            display_name("  Acme & Söhne \n").as_deref(),
            Ok("Acme & Söhne")
        );
    }

    #[test]
    fn display_name_takes_any_script() {
        for right in [
            "アクメ株式会社",
            "شرکت می‌خواهم",
            "Booking.com",
            "4",
            "Acme 🚀",
        ] {
            assert_eq!(display_name(right).as_deref(), Ok(right));
        }
    }

    #[test]
    fn display_name_counts_characters_not_bytes() {
        assert!(display_name(&"é".repeat(64)).is_ok());
        assert_eq!(
            display_name(&"é".repeat(65)),
            Err(InvalidDisplayName::TooLong)
        );
    }

    #[test]
    fn invalid_display_name_says_what_is_wrong() {
        use InvalidDisplayName::{Empty, Invisible, Markup, NothingToRead, Url};
        assert_eq!(display_name(" "), Err(Empty));
        assert_eq!(display_name("***"), Err(NothingToRead));
        assert_eq!(display_name("Acme\r\nBcc: x"), Err(Invisible));
        assert_eq!(display_name("Acme\u{202e}emcA"), Err(Invisible));
        assert_eq!(display_name("Ac\u{200b}me"), Err(Invisible));
        assert_eq!(display_name("<b>Acme"), Err(Markup));
        assert_eq!(display_name("Pay at HTTPS://evil.example"), Err(Url));
        assert_eq!(display_name("WWW.evil.example"), Err(Url));
    }

    #[test]
    fn what_a_mail_program_or_a_template_acts_on_is_no_name() {
        use InvalidDisplayName::{Markup, Template, Url};
        for template in [
            "{{ user.email }}",
            "{% include 'x' %}",
            "${7*7}",
            "#{7*7}",
            "｛｛x｝｝",
        ] {
            assert_eq!(display_name(template), Err(Template), "{template}");
        }
        assert_eq!(display_name("＜b＞Acme"), Err(Markup));
        for url in [
            "evil.example/login",
            "see evil.example?x",
            "//evil.example",
            "ｗｗｗ．evil．example",
            "mailto:x@evil.example",
            "JavaScript:alert(1)",
            "evil。example/x",
        ] {
            assert_eq!(display_name(url), Err(Url), "{url}");
        }
        for name in [
            "AC/DC",
            "Smith & Co.",
            "A.B/C",
            "24/7",
            "Acme: Berlin",
            "C#",
            "{braces}",
        ] {
            assert!(display_name(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn invisible_characters_stay_where_writing_needs_them() {
        use InvalidDisplayName::Invisible;
        for right in ["👩\u{200d}💻 Labs", "क्\u{200d}ष", "I ❤\u{fe0f} NY"] {
            assert_eq!(display_name(right).as_deref(), Ok(right));
        }
        for wrong in [
            "Ac\u{200d}me",
            "Ac\u{200c}me",
            "\u{200d}Acme",
            "Acme\u{fe0f}",
            "Acme\u{e000}",
            "A\u{e0041}cme",
        ] {
            assert_eq!(display_name(wrong), Err(Invisible), "{wrong:?}");
        }
    }

    #[test]
    fn one_word_is_of_one_script() {
        let mixed = Err(InvalidDisplayName::MixedScripts);
        assert_eq!(display_name("Pаypal"), mixed);
        assert_eq!(display_name("Αpple"), mixed);
        for right in ["Яндекс Cloud", "ООО Ромашка", "東京Tower", "naïve Größe"]
        {
            assert_eq!(display_name(right).as_deref(), Ok(right));
        }
    }

    #[test]
    fn a_name_is_composed() {
        assert_eq!(display_name("Cafe\u{301}").as_deref(), Ok("Caf\u{e9}"));
    }
}
