//! Reads the forms and the links of an HTML page, as far as a browser needs them to go on.

/// A form and what it would send if nothing were typed in.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) action: String,
    pub(super) fields: Vec<Field>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) value: String,
    /// Sent only when it is the button that was pressed, or a box that was ticked.
    optional: bool,
}

impl Form {
    pub(super) fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|field| field.name == name)
    }

    /// What is sent when `typed` is filled in; a typed name that the form lacks is left out.
    pub(super) fn filled(&self, typed: &[(&str, &str)]) -> Vec<(String, String)> {
        let typed_value = |name: &str| {
            typed
                .iter()
                .find(|(wanted, _)| *wanted == name)
                .map(|(_, value)| *value)
        };
        let mut sent: Vec<(String, String)> = Vec::new();
        for field in &self.fields {
            let value = match typed_value(&field.name) {
                Some(value) if field.optional && value != field.value => continue,
                Some(value) => value,
                None if field.optional => continue,
                None => &field.value,
            };
            if !sent.iter().any(|(name, _)| *name == field.name) {
                sent.push((field.name.clone(), value.to_owned()));
            }
        }
        sent
    }
}

/// Every form of the page, in order.
pub(super) fn forms(html: &str) -> Vec<Form> {
    let mut found: Vec<Form> = Vec::new();
    let mut inside = false;
    for tag in tags(html) {
        match tag.name.as_str() {
            "form" => {
                inside = true;
                found.push(Form {
                    action: tag.attribute("action").unwrap_or_default(),
                    fields: Vec::new(),
                });
            }
            "/form" => inside = false,
            "input" | "button" | "select" | "textarea" if inside => {
                if let (Some(form), Some(field)) = (found.last_mut(), tag.field()) {
                    form.fields.push(field);
                }
            }
            _ => {}
        }
    }
    found
}

/// Where the links of the page lead, in order.
pub(super) fn links(html: &str) -> impl Iterator<Item = String> {
    let anchors = tags(html).filter(|tag| tag.name == "a");
    anchors.filter_map(|tag| tag.attribute("href"))
}

/// The text of the first element with `role="alert"`: why a page refused what was sent.
pub(super) fn alert(html: &str) -> Option<String> {
    let start = html.find("role=\"alert\"")?;
    let text = &html[start..];
    let text = &text[text.find('>')? + 1..];
    Some(unescape(
        text[..text.find("</").unwrap_or(text.len())].trim(),
    ))
}

struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    fn attribute(&self, name: &str) -> Option<String> {
        self.attributes
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.clone())
    }

    fn field(&self) -> Option<Field> {
        let name = self.attribute("name")?;
        let kind = self.attribute("type").unwrap_or_default();
        let is_button = self.name == "button" || kind == "submit";
        let is_box = kind == "checkbox" || kind == "radio";
        let ticked = self.attribute("checked").is_some();
        Some(Field {
            name,
            value: self.attribute("value").unwrap_or_default(),
            optional: is_button || (is_box && !ticked),
        })
    }
}

fn tags(html: &str) -> impl Iterator<Item = Tag> {
    let mut rest = html;
    std::iter::from_fn(move || {
        loop {
            rest = &rest[rest.find('<')? + 1..];
            if let Some(comment) = rest.strip_prefix("!--") {
                rest = comment.split_once("-->").map_or("", |(_, after)| after);
                continue;
            }
            let (tag, after) = tag(rest);
            rest = after;
            if tag.name == "script" {
                rest = rest.split_once("</script>").map_or("", |(_, after)| after);
            }
            return Some(tag);
        }
    })
}

/// The tag that begins after `<`, and what follows its `>`.
fn tag(text: &str) -> (Tag, &str) {
    let end = text
        .find(|c: char| c.is_whitespace() || c == '>')
        .unwrap_or(text.len());
    let mut found = Tag {
        name: text[..end].trim_end_matches('/').to_ascii_lowercase(),
        attributes: Vec::new(),
    };
    if text.starts_with('/') {
        found.name = text[..end].to_ascii_lowercase();
    }
    let mut rest = text[end..].trim_start();
    while !rest.is_empty() && !rest.starts_with('>') {
        let end = rest
            .find(|c: char| c.is_whitespace() || matches!(c, '=' | '>'))
            .unwrap_or(rest.len());
        let name = rest[..end].to_ascii_lowercase();
        rest = rest[end..].trim_start();
        let mut value = String::new();
        if let Some(after) = rest.strip_prefix('=') {
            (value, rest) = attribute_value(after.trim_start());
        }
        if !name.is_empty() && name != "/" {
            found.attributes.push((name, value));
        }
        rest = rest.trim_start();
    }
    (found, rest.strip_prefix('>').unwrap_or(rest))
}

fn attribute_value(text: &str) -> (String, &str) {
    for quote in ['"', '\''] {
        if let Some(inside) = text.strip_prefix(quote) {
            let (value, rest) = inside.split_once(quote).unwrap_or((inside, ""));
            return (unescape(value), rest);
        }
    }
    let end = text
        .find(|c: char| c.is_whitespace() || c == '>')
        .unwrap_or(text.len());
    (unescape(&text[..end]), &text[end..])
}

fn unescape(text: &str) -> String {
    // `&amp;` last, so that `&amp;lt;` becomes `&lt;` and not `<`.
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&nbsp;", " "),
        ("&amp;", "&"),
    ];
    entities
        .iter()
        .fold(text.to_owned(), |text, (entity, character)| {
            text.replace(entity, character)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<!doctype html><!-- <form action="/no"> --><script>"<form action='/no'>"</script>
        <form method=post action="/u/login?state=a&amp;b=1"><input type="hidden" name="state" value="x&quot;y">
        <input name=username autofocus><input type="password" name="password"/>
        <input type="checkbox" name="remember" value="1" checked>
        <button name="action" value="default">Continue</button><button name="action" value="back">Back</button></form>
        <p role="alert">Wrong e-mail or password</p><form action="/other"></form>"#;

    #[test]
    fn a_form_is_read_with_its_hidden_fields() {
        let found = forms(PAGE);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].action, "/u/login?state=a&b=1");
        assert_eq!(found[0].fields[0].value, "x\"y");
        assert!(found[0].has("password") && !found[1].has("password"));
    }

    #[test]
    fn links_are_read_in_order() {
        let page = r#"<p><a class=x href="/one?a&amp;b">1</a><!-- <a href="/no"> --><a name=n>2</a><A HREF='/two'>3</A>"#;
        assert_eq!(links(page).collect::<Vec<_>>(), ["/one?a&b", "/two"]);
    }

    #[test]
    fn only_the_pressed_button_is_sent() {
        let sent = forms(PAGE)[0].filled(&[
            ("username", "ada"),
            ("password", "p"),
            ("action", "default"),
        ]);
        let expected = [
            ("state", "x\"y"),
            ("username", "ada"),
            ("password", "p"),
            ("remember", "1"),
            ("action", "default"),
        ];
        assert_eq!(
            sent,
            expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
    }

    #[test]
    fn the_reason_of_a_refusal_is_read() {
        assert_eq!(alert(PAGE).as_deref(), Some("Wrong e-mail or password"));
    }
}
