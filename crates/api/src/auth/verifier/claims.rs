//! The claims, read with strict types: nothing is converted, nothing is guessed.

use chrono::{DateTime, Utc};
use domain::{OrganizationId, Permission, Person, SubscriptionClaim, UserId};
use serde_json::{Map, Value};

use super::{MAX_DEPTH, TokenProfile, VerifierConfig};
use crate::auth::{AccessToken, MachineToken, Refused};
use crate::strict_json;

/// Seconds by which two clocks may differ, at both ends of a token's life.
const LEEWAY: i64 = 30;

/// Seconds; Auth0 issues no access token for longer ("Update Access Token Lifetime": at most 30 days).
const MAX_LIFETIME: i64 = 2_592_000;

/// The end of the year 9999, the last time that RFC 3339 can write.
const LAST_SECOND: i64 = 253_402_300_799;

const MAX_CLIENT_ID: usize = 256;

enum Subject {
    Person(UserId),
    /// Auth0 writes `CLIENT_ID@clients` for client credentials.
    Machine {
        client_id: Option<String>,
    },
}

pub(super) struct Claims {
    subject: Subject,
    organization: Option<OrganizationId>,
    organization_name: Option<String>,
    permissions: Vec<Permission>,
    client_id: String,
    scopes: Vec<String>,
    connection: Option<String>,
    subscription_claim: Option<SubscriptionClaim>,
    authenticated_at: Option<DateTime<Utc>>,
    link_with: Option<UserId>,
    issued_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

impl Claims {
    pub(super) fn read(
        bytes: &[u8],
        config: &VerifierConfig,
        now: DateTime<Utc>,
    ) -> Result<Self, Refused> {
        let claims = match strict_json::parse(bytes, MAX_DEPTH) {
            Ok(Value::Object(claims)) => claims,
            Ok(_) | Err(_) => return Err(Refused::Claims),
        };
        check_issuer(&claims, config)?;
        check_audience(&claims, config)?;
        let (issued_at, expires_at) = check_times(&claims, now)?;
        Ok(Self {
            subject: subject(&claims)?,
            organization: organization(&claims)?,
            organization_name: organization_name(&claims)?,
            permissions: permissions(&claims)?,
            client_id: client_id(&claims, config.profile)?,
            scopes: scopes(&claims)?,
            connection: connection(&claims, config),
            subscription_claim: subscription_claim(&claims, config),
            authenticated_at: authenticated_at(&claims, config),
            link_with: link_with(&claims, config),
            issued_at,
            expires_at,
        })
    }

    /// After the signature: only a genuine token may learn that it is a machine's.
    pub(super) fn into_token(self, config: &VerifierConfig) -> Result<AccessToken, Refused> {
        let user_id = match self.subject {
            Subject::Person(user_id) => user_id,
            Subject::Machine { .. } => return Err(Refused::Machine),
        };
        Ok(AccessToken {
            person: Person {
                issuer: config.issuers[0].clone(),
                user_id,
            },
            organization: self.organization,
            organization_name: self.organization_name,
            permissions: self.permissions,
            client_id: self.client_id,
            connection: self.connection,
            subscription_claim: self.subscription_claim,
            authenticated_at: self.authenticated_at,
            link_with: self.link_with,
            issued_at: self.issued_at,
            expires_at: self.expires_at,
        })
    }
}

impl Claims {
    /// Also after the signature. The subject and the claim that names the client have to agree.
    pub(super) fn into_machine_token(
        self,
        config: &VerifierConfig,
    ) -> Result<MachineToken, Refused> {
        let subject = match self.subject {
            Subject::Machine { client_id } => client_id,
            Subject::Person(_) => return Err(Refused::NotMachine),
        };
        if subject.as_ref() != Some(&self.client_id) {
            return Err(Refused::Subject);
        }
        let person = Person::client(&config.issuers[0], &self.client_id);
        Ok(MachineToken {
            person: person.map_err(|_| Refused::Client)?,
            client_id: self.client_id,
            organization: self.organization,
            scopes: self.scopes,
        })
    }
}

fn check_issuer(claims: &Map<String, Value>, config: &VerifierConfig) -> Result<(), Refused> {
    let issuer = claims
        .get("iss")
        .and_then(Value::as_str)
        .ok_or(Refused::Issuer)?;
    if config.issuers.iter().any(|ours| ours.as_ref() == issuer) {
        Ok(())
    } else {
        Err(Refused::Issuer)
    }
}

/// A string, or an array of nothing but strings (RFC 7519, 4.1.3).
fn check_audience(claims: &Map<String, Value>, config: &VerifierConfig) -> Result<(), Refused> {
    let ours = |audience: &Value| audience.as_str() == Some(&config.audience);
    let included = match claims.get("aud") {
        Some(single @ Value::String(_)) => ours(single),
        Some(Value::Array(several)) => {
            several.iter().all(Value::is_string) && several.iter().any(ours)
        }
        Some(_) | None => false,
    };
    if included {
        Ok(())
    } else {
        Err(Refused::Audience)
    }
}

/// When it was issued, and when it expires.
fn check_times(
    claims: &Map<String, Value>,
    now: DateTime<Utc>,
) -> Result<(DateTime<Utc>, DateTime<Utc>), Refused> {
    let expires = second(claims, "exp")?.ok_or(Refused::Time)?;
    let issued = second(claims, "iat")?.ok_or(Refused::Time)?;
    let not_before = second(claims, "nbf")?.unwrap_or(issued);
    let now = now.timestamp();
    if !(1..=MAX_LIFETIME).contains(&(expires - issued)) {
        return Err(Refused::Time);
    }
    if now >= expires + LEEWAY {
        return Err(Refused::Expired);
    }
    if issued > now + LEEWAY || not_before > now + LEEWAY {
        return Err(Refused::NotYet);
    }
    let issued = DateTime::from_timestamp(issued, 0);
    let expires = DateTime::from_timestamp(expires, 0);
    issued.zip(expires).ok_or(Refused::Time)
}

/// Whole seconds as a JSON integer; a string or a float is no time (CVE-2026-25537 was such a conversion).
fn second(claims: &Map<String, Value>, name: &str) -> Result<Option<i64>, Refused> {
    match claims.get(name) {
        None => Ok(None),
        Some(value) => value
            .as_i64()
            .filter(|second| (0..=LAST_SECOND).contains(second))
            .map(Some)
            .ok_or(Refused::Time),
    }
}

fn subject(claims: &Map<String, Value>) -> Result<Subject, Refused> {
    let text = claims
        .get("sub")
        .and_then(Value::as_str)
        .ok_or(Refused::Subject)?;
    let client_id = text
        .strip_suffix("@clients")
        .filter(|client| !client.contains('|'))
        .map(str::to_owned);
    let is_granted_to_a_client =
        claims.get("gty").and_then(Value::as_str) == Some("client-credentials");
    if client_id.is_some() || is_granted_to_a_client {
        return Ok(Subject::Machine { client_id });
    }
    UserId::try_from(text.to_owned())
        .map(Subject::Person)
        .map_err(|_| Refused::Subject)
}

fn organization(claims: &Map<String, Value>) -> Result<Option<OrganizationId>, Refused> {
    match claims.get("org_id") {
        None => Ok(None),
        Some(Value::String(id)) => OrganizationId::try_from(id.clone())
            .map(Some)
            .map_err(|_| Refused::Organization),
        Some(_) => Err(Refused::Organization),
    }
}

fn organization_name(claims: &Map<String, Value>) -> Result<Option<String>, Refused> {
    match claims.get("org_name") {
        None => Ok(None),
        Some(Value::String(name)) if claims.contains_key("org_id") => Ok(Some(name.clone())),
        Some(_) => Err(Refused::Organization),
    }
}

/// Auth0 leaves the claim out when role-based access is off for the API; then the token allows nothing.
fn permissions(claims: &Map<String, Value>) -> Result<Vec<Permission>, Refused> {
    let names = match claims.get("permissions") {
        None => return Ok(Vec::new()),
        Some(Value::Array(names)) => names,
        Some(_) => return Err(Refused::Permissions),
    };
    let texts = names
        .iter()
        .map(|name| name.as_str().ok_or(Refused::Permissions));
    let texts: Vec<&str> = texts.collect::<Result<_, _>>()?;
    Ok(texts
        .into_iter()
        .filter_map(|text| text.parse().ok())
        .collect())
}

fn client_id(claims: &Map<String, Value>, profile: TokenProfile) -> Result<String, Refused> {
    let name = match profile {
        TokenProfile::Rfc9068 => "client_id",
        TokenProfile::Auth0 => "azp",
    };
    let id = claims
        .get(name)
        .and_then(Value::as_str)
        .filter(|id| (1..=MAX_CLIENT_ID).contains(&id.len()));
    id.map(str::to_owned).ok_or(Refused::Client)
}

/// One string, with a space between two (RFC 8693, 4.2).
fn scopes(claims: &Map<String, Value>) -> Result<Vec<String>, Refused> {
    match claims.get("scope") {
        None => Ok(Vec::new()),
        Some(Value::String(scopes)) => Ok(scopes.split(' ').map(str::to_owned).collect()),
        Some(_) => Err(Refused::Permissions),
    }
}

/// Something else than a name is no connection of anybody's, which takes away the most.
fn connection(claims: &Map<String, Value>, config: &VerifierConfig) -> Option<String> {
    let claim = claims.get(&format!("{}/connection", config.claims_namespace))?;
    Some(claim.as_str().unwrap_or_default().to_owned())
}

/// Only ever shown, so one that we cannot read is as good as none.
fn subscription_claim(
    claims: &Map<String, Value>,
    config: &VerifierConfig,
) -> Option<SubscriptionClaim> {
    claims
        .get(&format!("{}/subscription", config.claims_namespace))?
        .as_str()?
        .parse()
        .ok()
}

/// What we cannot read proves nothing, which is for whoever wants a proof to refuse.
fn authenticated_at(claims: &Map<String, Value>, config: &VerifierConfig) -> Option<DateTime<Utc>> {
    let name = format!("{}/authenticated_at", config.claims_namespace);
    let second = second(claims, &name).ok().flatten()?;
    DateTime::from_timestamp(second, 0)
}

fn link_with(claims: &Map<String, Value>, config: &VerifierConfig) -> Option<UserId> {
    claims
        .get(&format!("{}/link_with", config.claims_namespace))?
        .as_str()?
        .parse()
        .ok()
}
