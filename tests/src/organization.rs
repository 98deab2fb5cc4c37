//! Organizations that came about as every organization does: somebody paid.

use domain::{IndividualId, OrganizationId, Role, State};
use reqwest::Method;
use serde_json::{Value, json};
use store::{DatabaseRole, Membership};
use uuid::Uuid;

use crate::{Answer, Person, TestApp, eventually};

/// An organization with its first administrator.
pub struct Organization {
    pub id: String,
    pub name: String,
    pub admin: Person,
    /// The administrator's token in this organization.
    pub token: String,
}

/// Somebody who has paid, and the conversion that this started.
pub struct Buyer {
    pub person: Person,
    pub conversion_id: String,
    pub name: String,
}

impl TestApp {
    /// A person who has paid for a team of five under a name of its own.
    pub async fn buyer(&self) -> Buyer {
        self.buyer_of("team").await
    }

    async fn buyer_of(&self, plan: &str) -> Buyer {
        let mut person = self.visitor().await;
        let name = format!("team-{}", &Uuid::new_v4().simple().to_string()[..12]);
        let seats = if plan == "enterprise" { 50 } else { 5 };
        let body = json!({
            "plan": plan, "interval": "month", "seats": seats,
            "organization": { "name": name, "display_name": "A team" },
        });
        let created = self.post("/v1/me/checkout", &person.token, &body).await;
        let created = created.assert_status(201).json();
        person
            .pay(
                self,
                created["checkout_url"].as_str().expect("a page to pay on"),
            )
            .await;
        let conversion_id = created["conversion_id"].as_str().expect("an id").to_owned();
        Buyer {
            person,
            conversion_id,
            name,
        }
    }

    /// An organization whose conversion is done.
    pub async fn organization(&self) -> Organization {
        self.organization_of("team").await
    }

    /// The same, of another plan; an enterprise has fifty seats.
    pub async fn organization_of(&self, plan: &str) -> Organization {
        let buyer = self.buyer_of(plan).await;
        let id = self.converted(&buyer).await;
        let token = self
            .log_in(&buyer.person, Some(&id))
            .await
            .expect("the buyer is a member")
            .token;
        Organization {
            id,
            name: buyer.name,
            admin: buyer.person,
            token,
        }
    }

    /// Waits for the conversion and answers the organization's id.
    pub async fn converted(&self, buyer: &Buyer) -> String {
        let path = format!("/v1/me/conversions/{}", buyer.conversion_id);
        eventually("a conversion that is done", || async {
            let conversion = self.get(&path, Some(&buyer.person.token)).await.json();
            assert_ne!(conversion["step"], "parked", "{conversion}");
            let is_done = conversion["step"] == "done";
            is_done.then(|| {
                conversion["organization"]["org_id"]
                    .as_str()
                    .expect("its organization")
                    .to_owned()
            })
        })
        .await
    }

    /// The organization's subscription is over now, and nobody has told Auth0 yet.
    pub async fn end_plan(&self, organization: &Organization) {
        let store = self.database.store(DatabaseRole::Worker).await;
        let id: OrganizationId = organization.id.parse().expect("an id");
        let mut tx = store.tenant(&id.into()).await.expect("a transaction");
        let record = tx.lock_subscription().await.expect("it is read");
        let mut record = record.expect("a subscription");
        record.subscription.state = State::Expired {
            since: self.sandbox.clock().now(),
        };
        tx.save_subscription(&record).await.expect("it is saved");
        tx.commit().await.expect("it is committed");
    }

    /// Asks for another display name, on top of what is shown now.
    pub async fn rename(&self, organization: &Organization, display_name: &str) -> Answer {
        let path = format!("/v1/orgs/{}", organization.id);
        let shown = self.get(&path, Some(&organization.token)).await;
        let tag = shown.header("etag").expect("a version");
        let change = self.request(Method::PATCH, &path, Some(&organization.token));
        let change = change.header("if-match", tag);
        self.send(change.json(&json!({ "display_name": display_name })))
            .await
    }

    /// One more member, in Auth0 and in our mirror of it, and their token in the organization.
    pub async fn member(&self, organization: &Organization, role: Role) -> (Person, String) {
        let person = self.visitor().await;
        self.add_to(organization, &person, role).await;
        let token = self
            .log_in(&person, Some(&organization.id))
            .await
            .expect("they are a member")
            .token;
        (person, token)
    }

    /// Somebody who is there already becomes a member too, in Auth0 and in our mirror.
    pub async fn add_to(&self, organization: &Organization, person: &Person, role: Role) {
        self.add_in_auth0(organization, person, role).await;
        self.write_member(organization, &person.user_id, &[role])
            .await;
    }

    /// Whoever has this user id becomes a member, in Auth0 and in our mirror.
    pub async fn join(&self, organization: &Organization, user_id: &str, role: Role) {
        self.give_in_auth0(organization, user_id, role).await;
        self.write_member(organization, user_id, &[role]).await;
    }

    /// A membership in our mirror alone, new or with other roles than before.
    pub async fn write_member(&self, organization: &Organization, user_id: &str, roles: &[Role]) {
        self.is_compared().await;
        self.write_membership(&organization.id, user_id, roles)
            .await;
    }

    /// The same, by the organization's id.
    pub async fn write_membership(&self, org_id: &str, user_id: &str, roles: &[Role]) {
        let store = self.database.store(DatabaseRole::Worker).await;
        let id = org_id
            .parse::<domain::OrganizationId>()
            .expect("an organization's id");
        let mut tx = store.tenant(&id.into()).await.expect("a transaction");
        let membership = Membership {
            person: domain::Person {
                issuer: self.sandbox.base_url().parse().expect("an issuer"),
                user_id: user_id.parse().expect("a user id"),
            },
            roles: roles.to_vec(),
            email: Some(format!("{}@example.com", user_id.replace('|', "-"))),
            name: None,
            picture: None,
            connection: None,
            joined_at: Default::default(),
            last_seen_at: None,
        };
        tx.save_membership(&membership).await.expect("it is saved");
        tx.commit().await.expect("it is committed");
    }

    /// In Auth0 alone, as its own administration or an identity provider would.
    pub async fn add_in_auth0(&self, organization: &Organization, person: &Person, role: Role) {
        self.give_in_auth0(organization, &person.user_id, role)
            .await;
    }

    async fn give_in_auth0(&self, organization: &Organization, user_id: &str, role: Role) {
        let auth0 = self.auth0();
        let members = [user_id];
        auth0
            .organizations()
            .add_members(&organization.id, &members)
            .await
            .expect("Auth0 takes the member");
        let role = auth0
            .roles()
            .by_name(role.as_str())
            .await
            .expect("Auth0 answers")
            .expect("the role exists");
        auth0
            .organizations()
            .add_member_roles(&organization.id, user_id, &[role.id])
            .await
            .expect("Auth0 takes the role");
    }

    /// The Management API as the product's own application.
    pub fn auth0(&self) -> management::Client {
        let base = self.sandbox.base_url().parse().expect("a URL");
        let config =
            management::Config::new(base, "tenantry-management", "tenantry-management-secret");
        management::Client::new(&config).expect("a loopback URL is accepted")
    }
}

impl TestApp {
    /// A call of the Management API that the product itself never makes; `path` is below `api/v2/`.
    pub async fn as_auth0_admin(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let credentials = json!({
            "grant_type": "client_credentials",
            "client_id": "tenantry-management",
            "client_secret": "tenantry-management-secret",
            "audience": format!("{}api/v2/", self.sandbox.base_url()),
        });
        let token = self.sandbox_request(Method::POST, "oauth/token");
        let token = self.send(token.json(&credentials)).await;
        let token = token.assert_status(200).json();
        let request = self
            .sandbox_request(method, &format!("api/v2/{path}"))
            .bearer_auth(token["access_token"].as_str().expect("a token"));
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        let answer = self.send(request).await;
        assert!(answer.status.is_success(), "{answer:?}");
        answer
    }
}

/// An id of the right shape that nobody has.
pub fn nobodys_organization() -> String {
    format!("org_{}", &Uuid::new_v4().simple().to_string()[..16])
}

/// An individual's id that nobody has.
pub fn nobodys_individual() -> String {
    IndividualId::from_uuid(Uuid::now_v7()).to_string()
}
