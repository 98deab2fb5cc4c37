//! CSV (RFC 4180) that a spreadsheet shows and does not run.

use serde_json::{Map, Value};

/// The columns, in the order of their reading.
const COLUMNS: [&str; 12] = [
    "sequence",
    "at",
    "actor",
    "action",
    "target",
    "before",
    "after",
    "request_id",
    "client_address",
    "event_id",
    "prev_hash",
    "hash",
];

pub(super) fn header() -> String {
    COLUMNS.join(",") + "\r\n"
}

/// One exported event.
pub(super) fn row(event: &Map<String, Value>) -> String {
    let cells = COLUMNS.map(|column| match event.get(column) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => cell(text),
        Some(other) => cell(&other.to_string()),
    });
    cells.join(",") + "\r\n"
}

/// A spreadsheet takes a cell that begins like a formula for one; the apostrophe makes it text.
fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let guard = if is_formula { "'" } else { "" };
    if text.contains(['"', ',', '\r', '\n']) || is_formula {
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_cell_begins_like_a_formula() {
        for begin in ['=', '+', '-', '@', '\t', '\r', '\n'] {
            let cell = cell(&format!("{begin}HYPERLINK(\"http://evil\")"));
            assert!(cell.starts_with("\"'"), "{cell}");
        }
        assert_eq!(cell("a \"b\", c"), "\"a \"\"b\"\", c\"");
        assert_eq!(cell("auth0|ada"), "auth0|ada");
    }

    #[test]
    fn a_row_has_a_cell_for_each_column() {
        let event = json!({ "sequence": 7, "actor": "=1+1", "after": { "name": "A, B" } });
        let row = row(event.as_object().unwrap());
        assert_eq!(
            row,
            "7,,\"'=1+1\",,,,\"{\"\"name\"\":\"\"A, B\"\"}\",,,,,\r\n"
        );
        assert_eq!(header().split(',').count(), COLUMNS.len());
    }
}
