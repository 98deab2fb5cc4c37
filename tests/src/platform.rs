//! The operator's back office, and programs with tokens of their own.

use chrono::TimeDelta;
use domain::{Interval, OrganizationId, PaidTerm, Plan, State, Subscription};
use reqwest::Method;
use serde_json::json;
use store::{DatabaseRole, NewCustomer, SubscriptionRecord};
use uuid::Uuid;

use crate::TestApp;

impl TestApp {
    /// The token that a program gets for itself; its secret is the sandbox's.
    pub async fn machine_token(&self, client: &str, audience: &str) -> String {
        let asked = json!({
            "grant_type": "client_credentials", "client_id": client,
            "client_secret": format!("{client}-secret"), "audience": audience,
        });
        let request = self.sandbox_request(Method::POST, "oauth/token");
        let granted = self.send(request.json(&asked)).await;
        let granted = granted.assert_status(200).json();
        granted["access_token"]
            .as_str()
            .expect("a token")
            .to_owned()
    }

    pub async fn platform_token(&self) -> String {
        self.machine_token("tenantry-platform", "https://api.tenantry.dev")
            .await
    }

    /// A customer whom nobody has bought for: an organization in Auth0 and its rows here, without a member.
    pub async fn bare_organization(&self) -> String {
        let name = format!("bare-{}", &Uuid::new_v4().simple().to_string()[..12]);
        let new = management::NewOrganization {
            name: name.clone(),
            display_name: "Bare".to_owned(),
            ..Default::default()
        };
        let auth0 = self.auth0();
        let made = auth0.organizations().create(&new).await;
        let id = made.expect("Auth0 makes it").id;
        let tenant: OrganizationId = id.parse().expect("an organization's id");
        let store = self.database.store(DatabaseRole::Worker).await;
        let mut tx = store.tenant(&tenant.into()).await.expect("a transaction");
        let now = self.sandbox.clock().now();
        let customer = NewCustomer {
            name: name.parse().expect("a name"),
            display_name: "Bare".parse().expect("a display name"),
            conversion: None,
            created_at: now,
        };
        tx.insert_customer(&customer).await.expect("a customer");
        let term = PaidTerm {
            interval: Interval::Year,
            seats: 100,
            paid_until: now + TimeDelta::days(365),
        };
        let state = State::Active {
            term,
            cancel_at_period_end: false,
        };
        let subscription = Subscription {
            plan: Plan::Enterprise,
            state,
        };
        let record = SubscriptionRecord::new(subscription);
        tx.save_subscription(&record).await.expect("a subscription");
        tx.commit().await.expect("it is committed");
        id
    }

    /// An import that looks for two organizations that Auth0 does not have.
    pub async fn dry_import(&self, token: &str) -> String {
        let body = json!({
            "org_ids": [crate::nobodys_organization(), crate::nobodys_organization()], "plan": "team",
            "comp_until": "2030-01-01T00:00:00Z", "dry_run": true,
        });
        let begun = self.post("/v1/platform/imports", token, &body).await;
        let begun = begun.assert_status(202).json();
        begun["import_id"].as_str().expect("an id").to_owned()
    }

    /// A person whose personal plan is a gift of the back office.
    pub async fn comped_individual(&self, token: &str) -> String {
        let person = self.visitor().await;
        let me = self.get("/v1/me", Some(&person.token)).await;
        let me = me.assert_status(200).json();
        let id = me["individual_id"].as_str().expect("an id").to_owned();
        let gift =
            json!({ "plan": "personal", "until": "2030-01-01T00:00:00Z", "reason": "A gift" });
        let path = format!("/v1/platform/individuals/{id}/subscription/comp");
        self.post(&path, token, &gift).await.assert_status(200);
        id
    }

    /// Two users who are on their way into the organization.
    pub async fn user_import(&self, token: &str, org_id: &str) -> String {
        let address = || format!("{}@acme.example", Uuid::new_v4().simple());
        let body = json!({ "users": [{ "email": address() }, { "email": address() }] });
        let path = format!("/v1/platform/organizations/{org_id}/user-imports");
        let begun = self.post(&path, token, &body).await;
        let begun = begun.assert_status(202).json();
        begun["user_import_id"].as_str().expect("an id").to_owned()
    }
}
