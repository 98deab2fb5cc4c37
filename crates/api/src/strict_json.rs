//! JSON without the corners where two parsers read two things: repeated names, deep nesting, trailing bytes.

use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

#[derive(Debug, thiserror::Error)]
pub(crate) enum Malformed {
    #[error("{0}")]
    Json(serde_json::Error),
    /// Postgres cannot hold it in text.
    #[error("a text contains U+0000")]
    Nul,
}

/// # Errors
/// Not exactly one JSON value in UTF-8, a repeated name in any object, or more than `max_depth` levels.
pub(crate) fn parse(bytes: &[u8], max_depth: usize) -> Result<Value, Malformed> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { levels: max_depth }
        .deserialize(&mut deserializer)
        .map_err(Malformed::Json)?;
    deserializer.end().map_err(Malformed::Json)?;
    if contains_nul(&value) {
        Err(Malformed::Nul)
    } else {
        Ok(value)
    }
}

fn contains_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(contains_nul),
        Value::Object(fields) => fields
            .iter()
            .any(|(name, value)| name.contains('\0') || contains_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

struct Strict {
    levels: usize,
}

impl Strict {
    fn below<E: Error>(&self) -> Result<Self, E> {
        self.levels
            .checked_sub(1)
            .map(|levels| Self { levels })
            .ok_or_else(|| E::custom("nested too deeply"))
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element_seed(self.below()?)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(self.below()?)?;
            if fields.insert(name, value).is_some() {
                return Err(A::Error::custom("a name is repeated in an object"));
            }
        }
        Ok(Value::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(text: &[u8]) -> bool {
        parse(text, 4).is_ok()
    }

    #[test]
    fn plain_values_come_through_unchanged() {
        let text = r#"{"a":[1,-2,3.5,"x",true,null,{"b":{}}]}"#;
        assert_eq!(
            parse(text.as_bytes(), 8).unwrap(),
            serde_json::from_str::<Value>(text).unwrap()
        );
    }

    #[test]
    fn repeated_names_are_refused_at_every_level() {
        assert!(!accepts(br#"{"a":1,"a":1}"#));
        assert!(!accepts(br#"[{"b":{"a":1,"\u0061":2}}]"#));
    }

    #[test]
    fn nesting_is_bounded() {
        assert!(accepts(b"[[[[]]]]"));
        assert!(!accepts(b"[[[[[1]]]]]"));
        assert!(!accepts("[".repeat(100_000).as_bytes()));
    }

    #[test]
    fn what_is_not_one_json_text_is_refused() {
        for text in [
            &b""[..],
            b"{} {}",
            b"{}x",
            b"{\"a\":1,}",
            b"{'a':1}",
            b"1e9999",
            b"NaN",
            b"\"\xff\"",
            b"\xef\xbb\xbf{}",
        ] {
            assert!(!accepts(text), "{}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn the_nul_character_is_told_apart() {
        assert!(matches!(
            parse(br#"{"a":"\u0000"}"#, 4),
            Err(Malformed::Nul)
        ));
        assert!(matches!(parse(br#"{"\u0000":1}"#, 4), Err(Malformed::Nul)));
    }
}
