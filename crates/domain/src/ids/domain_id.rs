//! The id of an organization's domain, in the shape of Auth0's My Organization API.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::InvalidId;

/// `ord_` and the UUID in 22 digits of base 62, so that the texts sort as the UUIDs do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DomainId(Uuid);

const PREFIX: &str = "ord_";
const LENGTH: usize = 22;
/// In the order of their bytes.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

impl DomainId {
    pub fn as_uuid(self) -> Uuid {
        self.0
    }
}

impl From<Uuid> for DomainId {
    fn from(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl std::str::FromStr for DomainId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let digits = text.strip_prefix(PREFIX).ok_or(InvalidId::Domain)?;
        if digits.len() != LENGTH {
            return Err(InvalidId::Domain);
        }
        let mut number: u128 = 0;
        for digit in digits.bytes() {
            let value = DIGITS.iter().position(|known| *known == digit);
            let value = value.ok_or(InvalidId::Domain)? as u128;
            number = number
                .checked_mul(62)
                .and_then(|number| number.checked_add(value))
                .ok_or(InvalidId::Domain)?;
        }
        Ok(Self(Uuid::from_u128(number)))
    }
}

impl TryFrom<String> for DomainId {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<DomainId> for String {
    fn from(id: DomainId) -> Self {
        id.to_string()
    }
}

impl std::fmt::Display for DomainId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut digits = [b'0'; LENGTH];
        let mut number = self.0.as_u128();
        for digit in digits.iter_mut().rev() {
            *digit = DIGITS[(number % 62) as usize];
            number /= 62;
        }
        f.write_str(PREFIX)?;
        digits
            .iter()
            .try_for_each(|digit| f.write_fmt(format_args!("{}", char::from(*digit))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_leads_back_and_sorts_as_the_uuid_does() {
        let some = [0, 1, 61, 62, u128::MAX / 3, u128::MAX].map(Uuid::from_u128);
        let texts = some.map(|uuid| DomainId::from(uuid).to_string());
        assert!(texts.is_sorted(), "{texts:?}");
        for (uuid, text) in some.iter().zip(&texts) {
            assert_eq!(text.len(), 26);
            assert_eq!(text.parse::<DomainId>().unwrap().as_uuid(), *uuid);
        }
    }

    #[test]
    fn every_other_text_is_refused() {
        let beyond = format!("ord_{}", "z".repeat(22));
        let short = format!("ord_{}", "0".repeat(21));
        let odd = format!("ord_{}-", "0".repeat(21));
        let other = format!("org_{}", "0".repeat(22));
        for text in [&beyond, &short, &odd, &other, ""] {
            assert!(text.parse::<DomainId>().is_err(), "{text}");
        }
    }
}
