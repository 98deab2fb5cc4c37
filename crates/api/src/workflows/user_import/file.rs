//! The file that Auth0 takes, and what it says of a row that it left out.

use management::ImportError;
use serde_json::{Map, Value, json};
use store::UserRow;

/// Where a row marks the account that it is about, also one that was there before.
pub(super) const MARK: &str = "user_import";

/// As many of the rows as go into one file, by number; at least one.
pub(super) fn fill(rows: &[UserRow], largest: usize) -> (Vec<u32>, Vec<u8>) {
    let (mut numbers, mut file) = (Vec::new(), b"[".to_vec());
    for row in rows {
        let user = Value::Object(user(row)).to_string();
        if !numbers.is_empty() && file.len() + user.len() + 2 > largest {
            break;
        }
        if !numbers.is_empty() {
            file.push(b',');
        }
        file.extend_from_slice(user.as_bytes());
        numbers.push(row.number);
    }
    file.push(b']');
    (numbers, file)
}

/// The database compares addresses; an account that is there already is updated and only marked.
fn user(row: &UserRow) -> Map<String, Value> {
    let mut user = Map::new();
    user.insert("user_id".to_owned(), json!(row.row_id.simple().to_string()));
    user.insert("email".to_owned(), json!(row.email));
    let mut app_metadata = Map::new();
    app_metadata.insert(MARK.to_owned(), json!(row.row_id));
    if let Some(external_id) = &row.external_id {
        app_metadata.insert("external_id".to_owned(), json!(external_id));
    }
    user.insert("app_metadata".to_owned(), Value::Object(app_metadata));
    if let Some(name) = &row.name {
        user.insert("name".to_owned(), json!(name));
    }
    if let Some(hash) = &row.password_hash {
        user.insert("password_hash".to_owned(), json!(hash));
    }
    user
}

/// The id that the row gave, and Auth0's code.
pub(super) fn refusal(error: &ImportError) -> Option<(&str, String)> {
    let id = error.user.get("user_id")?.as_str()?;
    let code = error.errors.first().map(|fault| fault.code.to_lowercase());
    Some((id, code.unwrap_or_else(|| "refused".to_owned())))
}

#[cfg(test)]
mod tests {
    use domain::Role;
    use domain::import::UserOutcome;
    use uuid::Uuid;

    use super::*;

    fn row(number: u32) -> UserRow {
        UserRow {
            number,
            row_id: Uuid::from_u128(number.into()),
            email: format!("person{number}@acme.example").parse().unwrap(),
            name: None,
            roles: vec![Role::OrgMember],
            external_id: None,
            password_hash: None,
            auth0_job: None,
            outcome: UserOutcome::Pending,
            why: None,
            user_id: None,
        }
    }

    #[test]
    fn a_file_is_json_within_its_size_and_the_rest_waits() {
        let rows: Vec<_> = (0..100).map(row).collect();
        let (mut left, mut files) = (&rows[..], 0);
        while !left.is_empty() {
            let (numbers, file) = fill(left, 2000);
            assert!(file.len() <= 2000);
            let users: Vec<Value> = serde_json::from_slice(&file).unwrap();
            assert_eq!(users.len(), numbers.len());
            left = &left[numbers.len()..];
            files += 1;
        }
        assert!(files > 5, "{files}");
    }
}
