//! `multipart/form-data` (RFC 7578), as far as a form of a few fields needs it.

use std::collections::BTreeMap;

/// The fields by name; None when it is no such form.
pub(super) fn fields(content_type: &str, body: &[u8]) -> Option<BTreeMap<String, Vec<u8>>> {
    let parameters = content_type.strip_prefix("multipart/form-data")?;
    let boundary = parameters.split(';').find_map(|parameter| {
        let value = parameter.trim().strip_prefix("boundary=")?;
        Some(value.trim_matches('"'))
    })?;
    let delimiter = format!("--{boundary}").into_bytes();
    let mut fields = BTreeMap::new();
    let mut rest = after(body, &delimiter)?;
    while !rest.starts_with(b"--") {
        let part = rest.strip_prefix(b"\r\n")?;
        let end = position(part, &[b"\r\n", delimiter.as_slice()].concat())?;
        let head = position(part, b"\r\n\r\n").filter(|head| *head < end)?;
        let heading = std::str::from_utf8(&part[..head]).ok()?;
        if let Some(name) = name(heading) {
            fields.insert(name.to_owned(), part[head + 4..end].to_vec());
        }
        rest = &part[end + 2 + delimiter.len()..];
    }
    Some(fields)
}

fn name(heading: &str) -> Option<&str> {
    let (_, rest) = heading.split_once(" name=\"")?;
    rest.split('"').next()
}

fn after<'a>(body: &'a [u8], mark: &[u8]) -> Option<&'a [u8]> {
    Some(&body[position(body, mark)? + mark.len()..])
}

fn position(body: &[u8], mark: &[u8]) -> Option<usize> {
    body.windows(mark.len()).position(|window| window == mark)
}

#[cfg(test)]
mod tests {
    use super::fields;

    #[test]
    fn a_form_has_its_fields_to_the_byte() {
        let body = b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x\r\n\
            Content-Disposition: form-data; name=\"users\"; filename=\"u.json\"\r\nContent-Type: application/json\r\n\r\n[\"--\"]\r\n--x--\r\n";
        let found = fields("multipart/form-data; boundary=x", body).unwrap();
        assert_eq!(
            (&found["a"][..], &found["users"][..]),
            (&b"1"[..], &b"[\"--\"]"[..])
        );
        assert!(fields("application/json", body).is_none());
        assert!(fields("multipart/form-data; boundary=y", body).is_none());
    }
}
