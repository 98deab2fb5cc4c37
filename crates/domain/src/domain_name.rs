//! Names of an organization's own domains: parsed once, kept in ASCII.

use unicode_security::confusable_detection::skeleton;

/// Where anybody gets an address: nobody owns these but their provider.
const PUBLIC_MAIL: &str = include_str!("domain_name/public_mail.txt");

/// The label under which the proof of a domain lies.
const CHALLENGE: &str = "_tenantry-challenge.";

/// What a name in the DNS may have at most.
const MAX_LENGTH: usize = 253;

/// In lower case and in ASCII (`xn--…`), without a dot at its end; below a public suffix.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DomainName(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDomain {
    #[error("A domain is letters, digits and hyphens with dots between, like `acme.example`.")]
    Malformed,
    #[error("An address is not a domain.")]
    Address,
    #[error("One label alone is not a domain.")]
    SingleLabel,
    #[error("Everybody registers their domains below this one.")]
    PublicSuffix,
    #[error("Everybody gets an e-mail address in this one.")]
    PublicMail,
    #[error("It looks like a domain in which everybody gets an e-mail address.")]
    LookAlike,
}

impl InvalidDomain {
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "invalid_domain",
            Self::Address => "ip_address",
            Self::SingleLabel => "single_label",
            Self::PublicSuffix => "public_suffix",
            Self::PublicMail => "public_mail",
            Self::LookAlike => "looks_alike",
        }
    }
}

impl DomainName {
    /// Takes it in Unicode or in ASCII, in any case, with or without the dot of the root.
    pub fn parse(text: &str) -> Result<Self, InvalidDomain> {
        let text = text.strip_suffix('.').unwrap_or(text);
        let is_v6 = text.contains(':') || text.starts_with('[');
        if is_v6 {
            return Err(InvalidDomain::Address);
        }
        let ascii = idna::domain_to_ascii_strict(text).map_err(|_| InvalidDomain::Malformed)?;
        let (_, last) = ascii.rsplit_once('.').unwrap_or(("", &ascii));
        // As browsers have it (WHATWG URL, "ends in a number"): `10.1`, `0x7f.1` and `127.0.0.1` are addresses.
        if last.starts_with(|first: char| first.is_ascii_digit()) {
            return Err(InvalidDomain::Address);
        }
        if last == ascii {
            return Err(InvalidDomain::SingleLabel);
        }
        if CHALLENGE.len() + ascii.len() > MAX_LENGTH {
            return Err(InvalidDomain::Malformed);
        }
        let registrable = psl::domain_str(&ascii).ok_or(InvalidDomain::PublicSuffix)?;
        let looks = look(registrable);
        for provider in public_mail() {
            if provider == registrable {
                return Err(InvalidDomain::PublicMail);
            }
            if look(provider) == looks {
                return Err(InvalidDomain::LookAlike);
            }
        }
        Ok(Self(ascii))
    }

    /// Not judged anew: the rules may be stricter than when it was taken.
    pub fn kept(text: String) -> Self {
        Self(text)
    }

    /// The part that somebody registered.
    pub fn registrable(&self) -> &str {
        psl::domain_str(&self.0).unwrap_or(&self.0)
    }

    /// Equal for registered names that people take for each other (Unicode Technical Standard 39).
    pub fn look(&self) -> String {
        look(self.registrable())
    }

    /// Where the TXT record lies that proves it.
    pub fn challenge_host(&self) -> String {
        format!("{CHALLENGE}{}", self.0)
    }
}

impl std::str::FromStr for DomainName {
    type Err = InvalidDomain;

    fn from_str(text: &str) -> Result<Self, InvalidDomain> {
        Self::parse(text)
    }
}

impl AsRef<str> for DomainName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for DomainName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The providers, one a line; a line with `#` is a comment.
fn public_mail() -> impl Iterator<Item = &'static str> {
    PUBLIC_MAIL
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn look(ascii: &str) -> String {
    let (unicode, _) = idna::domain_to_unicode(ascii);
    // The skeleton of a figure may be a capital letter: 0 looks like O, in a domain like o.
    let skeleton: String = skeleton(&unicode).collect();
    skeleton.to_lowercase()
}

#[cfg(test)]
mod tests;
