//! Domains, and the name server of the sandbox that says whose they are.

use api::dev::demo::Browser;
use domain::{DomainId, DomainName, DomainStatus, IdentityProviderKey, OrganizationId};
use reqwest::{Method, Url};
use serde_json::{Value, json};
use store::{DatabaseRole, Page};
use uuid::Uuid;

use crate::{Organization, TestApp, eventually};

/// What the proof of a domain says that was written into our rows alone.
const WRITTEN: &str = "written";

/// A domain that an organization has claimed.
#[derive(Debug, Clone)]
pub struct Domain {
    pub id: String,
    pub name: String,
    /// What a TXT record must say.
    pub txt: String,
    /// Where it must lie.
    pub host: String,
    /// Of the domain in the API.
    pub path: String,
}

impl TestApp {
    /// A name of its own, claimed and not proved.
    pub async fn domain(&self, organization: &Organization) -> Domain {
        let name = format!("{}.example", Uuid::new_v4().simple());
        self.domain_named(organization, &name).await
    }

    pub async fn domain_named(&self, organization: &Organization, name: &str) -> Domain {
        let path = format!("/v1/orgs/{}/domains", organization.id);
        let body = json!({ "domain": name });
        let claimed = self.post(&path, &organization.token, &body).await;
        let claimed = claimed.assert_status(201).json();
        let text = |field: &str| claimed[field].as_str().expect("a text").to_owned();
        Domain {
            id: text("id"),
            name: text("domain"),
            txt: text("verification_txt"),
            host: text("verification_host"),
            path: format!("{path}/{}", text("id")),
        }
    }

    /// A name of its own, claimed and proved.
    pub async fn verified_domain(&self, organization: &Organization) -> Domain {
        let domain = self.domain(organization).await;
        self.publish(&domain).await;
        self.verify(organization, &domain, "verified").await;
        domain
    }

    /// Asks for a look at the proof and waits until this comes of it.
    pub async fn verify(
        &self,
        organization: &Organization,
        domain: &Domain,
        status: &str,
    ) -> Value {
        let path = format!("{}/verify", domain.path);
        let asked = self.post(&path, &organization.token, &json!({})).await;
        asked.assert_status(202);
        self.domain_becomes(organization, domain, status, |_| true)
            .await
    }

    pub async fn domain_becomes(
        &self,
        organization: &Organization,
        domain: &Domain,
        status: &str,
        and: impl Fn(&Value) -> bool,
    ) -> Value {
        eventually(&format!("a domain that is {status}"), || async {
            let shown = self.get(&domain.path, Some(&organization.token)).await;
            let shown = shown.assert_status(200).json();
            (shown["status"] == status && and(&shown)).then_some(shown)
        })
        .await
    }

    /// Puts the record there that proves the domain.
    pub async fn publish(&self, domain: &Domain) {
        let records = json!({ "txt": ["v=spf1 -all", domain.txt] });
        self.set_dns(&domain.host, &records).await;
    }

    /// What the name server answers for a name; see `/sandbox/dns`.
    pub async fn set_dns(&self, host: &str, records: &Value) {
        let request = self.sandbox_request(Method::PUT, &format!("sandbox/dns/{host}"));
        self.send(request.json(records)).await.assert_status(204);
    }

    pub async fn remove_dns(&self, host: &str) {
        let request = self.sandbox_request(Method::DELETE, &format!("sandbox/dns/{host}"));
        self.send(request).await.assert_status(204);
    }

    /// The page that an address leads to, typed at the login in an organization.
    pub async fn led_to(&self, email: &str, organization: &str) -> String {
        let back = format!("{}/callback", self.url);
        let mut url: Url = self.sandbox.base_url().parse().expect("a URL");
        url.set_path("authorize");
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", "tenantry-console")
            .append_pair("redirect_uri", &back)
            .append_pair("scope", "openid")
            .append_pair("organization", organization);
        let mut browser = Browser::new().expect("a browser");
        let page = browser.open(url, &back).await.expect("a page");
        let typed = [("username", email)];
        let led = browser.fill_in(&page, &typed, &back).await;
        led.expect("another page").url.path().to_owned()
    }

    /// Two in our rows alone, in the place of any that were written before: the id of one that is pending, and the name of
    /// one that is proved and leads to this identity provider.
    pub async fn written_domains(
        &self,
        organization: &Organization,
        provider: &str,
    ) -> (String, String) {
        let store = self.database.store(DatabaseRole::Worker).await;
        let id: OrganizationId = organization.id.parse().expect("an organization's id");
        let mut tx = store.tenant(&id.into()).await.expect("a transaction");
        let all = tx.domains(&Page::first(200)).await.expect("they are read");
        let is_written = |domain: &&store::Domain| domain.verification_txt == WRITTEN;
        for before in all.items.iter().filter(is_written) {
            tx.delete_domain(before.id).await.expect("it is deleted");
        }
        let pending = written(organization, DomainStatus::Pending);
        let proved = written(organization, DomainStatus::Verified);
        for domain in [&pending, &proved] {
            tx.insert_domain(domain).await.expect("it is inserted");
        }
        let key = IdentityProviderKey::Id(provider.parse().expect("an id"));
        let found = tx.identity_provider(&key).await.expect("it is read");
        let provider = found.expect("it is there").name;
        let routed = tx.route_domain(&proved.name, &provider).await;
        routed.expect("it leads there");
        tx.commit().await.expect("it is committed");
        (pending.id.to_string(), proved.name.to_string())
    }

    /// The domains by which Auth0 finds the organization.
    pub async fn discovery_domains(&self, organization: &Organization) -> Vec<String> {
        let path = format!("organizations/{}/discovery-domains", organization.id);
        let listed = self.call_auth0(Method::GET, &path, None).await.json();
        let listed = listed["domains"].as_array().expect("domains");
        let in_use = listed.iter().filter(|domain| {
            domain["status"] == "verified" && domain["use_for_organization_discovery"] == true
        });
        let mut names: Vec<String> = in_use
            .map(|domain| domain["domain"].as_str().expect("a name").to_owned())
            .collect();
        names.sort();
        names
    }
}

fn written(organization: &Organization, status: DomainStatus) -> store::Domain {
    let name = format!("{}.example", Uuid::new_v4().simple());
    store::Domain {
        id: DomainId::from(Uuid::now_v7()),
        name: DomainName::parse(&name).expect("a domain"),
        status,
        failure: None,
        verification_txt: WRITTEN.into(),
        verified_at: None,
        warned_at: None,
        checked_at: None,
        created_by: organization.admin.user_id.parse().expect("a user id"),
        created_at: Default::default(),
    }
}
