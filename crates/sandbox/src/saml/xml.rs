//! Text in canonical XML, and the fields of a message whose form is known.

use chrono::{DateTime, Utc};

/// In an element, as canonical XML writes it. What XML cannot hold is left out, and so are line breaks.
pub(super) fn text(text: &str) -> String {
    let text = storable(text).replace('&', "&amp;");
    text.replace('<', "&lt;").replace('>', "&gt;")
}

/// In an attribute, where a quotation mark ends it and an angle bracket does not.
pub(super) fn attribute(text: &str) -> String {
    let text = storable(text).replace('&', "&amp;");
    text.replace('<', "&lt;").replace('"', "&quot;")
}

fn storable(text: &str) -> String {
    let cannot = |character| matches!(character, '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    text.replace(cannot, "")
}

fn unescape(text: &str) -> String {
    // `&amp;` last, so that `&amp;lt;` becomes `&lt;` and not `<`.
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&amp;", "&"),
    ];
    entities
        .iter()
        .fold(text.to_owned(), |text, (entity, character)| {
            text.replace(entity, character)
        })
}

/// Takes fields out of a message in their order, and proves nothing: that is for whoever writes it again and compares.
pub(super) struct Fields<'a>(pub(super) &'a str);

impl<'a> Fields<'a> {
    /// What is between the next `before` and the `after` that follows it.
    pub(super) fn raw(&mut self, before: &str, after: &str) -> Option<&'a str> {
        let (_, rest) = self.0.split_once(before)?;
        let (field, _) = rest.split_once(after)?;
        self.0 = &rest[field.len()..];
        Some(field)
    }

    pub(super) fn attribute(&mut self, name: &str) -> Option<String> {
        self.raw(&format!(" {name}=\""), "\"").map(unescape)
    }

    /// The text of an element whose start tag ends like this.
    pub(super) fn text(&mut self, start: &str) -> Option<String> {
        self.raw(start, "<").map(unescape)
    }

    pub(super) fn time(&mut self, name: &str) -> Option<DateTime<Utc>> {
        let text = self.attribute(name)?;
        let at = DateTime::parse_from_rfc3339(&text).ok()?;
        Some(at.to_utc())
    }

    /// Whether this comes next.
    pub(super) fn continues(&self, with: &str) -> bool {
        self.0.starts_with(with)
    }

    /// Goes past this, if it comes next.
    pub(super) fn past(&mut self, text: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(text)?;
        Some(())
    }
}
