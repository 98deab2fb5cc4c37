//! Two organizations with everything in them, and the people who call.

use domain::{DomainId, Role};
use reqwest::Method;
use serde_json::json;
use tests::contract::Operation;
use tests::{
    Answer, Organization, Person, TestApp, eventually, nobodys_individual, nobodys_organization,
};
use uuid::Uuid;

use super::fixtures::{Whose, fixture};

/// One value for each parameter of any path.
#[derive(Debug, Clone)]
pub(crate) struct Ids {
    pub(crate) org_id: String,
    pub(crate) project_id: String,
    /// Percent-encoded.
    pub(crate) user_id: String,
    pub(crate) conversion_id: String,
    pub(crate) invitation_id: String,
    pub(crate) identity_id: String,
    pub(crate) domain_id: String,
    /// Its name.
    pub(crate) domain: String,
    pub(crate) ticket_id: String,
    pub(crate) import_id: String,
    pub(crate) user_import_id: String,
    pub(crate) idp_id: String,
    pub(crate) ind_id: String,
    /// A SCIM token's.
    pub(crate) token_id: String,
    pub(crate) name: String,
}

impl Ids {
    /// Of the right shape; nobody ever had them.
    pub(crate) fn nobodys() -> Self {
        Self {
            org_id: nobodys_organization(),
            project_id: Uuid::now_v7().to_string(),
            user_id: format!("auth0%7C{}", &Uuid::new_v4().simple().to_string()[..24]),
            conversion_id: Uuid::now_v7().to_string(),
            invitation_id: Uuid::now_v7().to_string(),
            identity_id: Uuid::now_v7().to_string(),
            domain_id: DomainId::from(Uuid::now_v7()).to_string(),
            domain: format!("{}.example", Uuid::new_v4().simple()),
            ticket_id: Uuid::now_v7().to_string(),
            import_id: Uuid::now_v7().to_string(),
            user_import_id: Uuid::now_v7().to_string(),
            idp_id: format!("con_{}", &Uuid::new_v4().simple().to_string()[..16]),
            ind_id: nobodys_individual(),
            token_id: format!("tok_{}", &Uuid::new_v4().simple().to_string()[..16]),
            name: format!("nobody-{}", &Uuid::new_v4().simple().to_string()[..12]),
        }
    }

    pub(crate) fn garbage(text: &str) -> Self {
        let text = || text.to_owned();
        Self {
            org_id: text(),
            project_id: text(),
            user_id: text(),
            conversion_id: text(),
            invitation_id: text(),
            identity_id: text(),
            domain_id: text(),
            domain: text(),
            ticket_id: text(),
            import_id: text(),
            user_import_id: text(),
            idp_id: text(),
            ind_id: text(),
            token_id: text(),
            name: text(),
        }
    }

    pub(crate) fn get(&self, parameter: &str) -> &str {
        match parameter {
            "org_id" => &self.org_id,
            "project_id" => &self.project_id,
            "user_id" => &self.user_id,
            "conversion_id" => &self.conversion_id,
            "invitation_id" => &self.invitation_id,
            "identity_id" => &self.identity_id,
            "domain_id" => &self.domain_id,
            "domain" => &self.domain,
            "ticket_id" => &self.ticket_id,
            "import_id" => &self.import_id,
            "user_import_id" => &self.user_import_id,
            "idp_id" => &self.idp_id,
            "ind_id" => &self.ind_id,
            "token_id" => &self.token_id,
            "name" | "file" => &self.name,
            other => panic!("no value for the parameter {other}: give tenant_isolation::Ids one"),
        }
    }
}

/// Values that no id can have.
pub(crate) fn garbage() -> Vec<Ids> {
    let long = "a".repeat(300);
    ["..", "%00", long.as_str(), "org_'%3B%20--", "%2F", "%C3%28"]
        .map(Ids::garbage)
        .into()
}

/// A customer: an organization with its people, and one person on their own.
pub(crate) struct Home {
    pub(crate) organization: Organization,
    pub(crate) person: Person,
    /// A member who may only read.
    pub(crate) reader_token: String,
    pub(crate) reader_id: String,
    /// A member whom nobody logs in as.
    member_id: String,
    pub(crate) ids: Ids,
    /// The person's.
    pub(crate) my_ids: Ids,
    platform_token: String,
    /// Of an organization of which nobody here is a member.
    platform_ids: Ids,
}

impl Home {
    pub(crate) async fn create(app: &TestApp) -> Self {
        app.is_compared().await;
        let organization = app.organization_of("enterprise").await;
        let (reader, reader_token) = app.member(&organization, Role::OrgReadonly).await;
        let person = app.visitor().await;
        // The first call of a person stores who they are.
        for token in [&reader_token, &person.token] {
            app.get("/v1/me", Some(token)).await.assert_status(200);
        }
        let mut home = Self {
            ids: Ids::nobodys(),
            my_ids: Ids::nobodys(),
            platform_token: app.platform_token().await,
            platform_ids: Ids::nobodys(),
            reader_id: reader.user_id.clone(),
            member_id: format!("auth0|{}", Uuid::new_v4().simple()),
            organization,
            person,
            reader_token,
        };
        home.ids = home.fresh_ids(app, Whose::Organizations).await;
        home.my_ids = home.fresh_ids(app, Whose::Persons).await;
        home.platform_ids = home.fresh_ids(app, Whose::Platform).await;
        home.is_entered(app).await;
        home
    }

    /// Whoever calls later has been there before: that is noted once an hour, beside the call.
    async fn is_entered(&self, app: &TestApp) {
        let organization = format!("/v1/orgs/{}", self.organization.id);
        let admin = &self.organization.admin.user_id;
        for (user_id, token) in [
            (admin, &self.organization.token),
            (&self.reader_id, &self.reader_token),
        ] {
            app.get(&organization, Some(token)).await.assert_status(200);
            let member = format!("{organization}/members/{}", user_id.replace('|', "%7C"));
            eventually("a note of the visit", || async {
                let shown = app.get(&member, Some(token)).await.json();
                shown["last_seen_at"].is_string().then_some(())
            })
            .await;
        }
    }

    /// With a project and a conversion that nothing else uses, and a member with the role that they had at first.
    pub(crate) async fn fresh_ids(&self, app: &TestApp, whose: Whose) -> Ids {
        if whose == Whose::Platform {
            let org_id = app.bare_organization().await;
            app.write_membership(&org_id, &self.member_id, &[Role::OrgMember])
                .await;
            let token = &self.platform_token;
            let user_import_id = app.user_import(token, &org_id).await;
            let ticket_id = app.written_ticket(&org_id).await;
            return Ids {
                org_id,
                user_id: self.member_id.replace('|', "%7C"),
                import_id: app.dry_import(&self.platform_token).await,
                user_import_id,
                ind_id: app.comped_individual(token).await,
                ticket_id,
                ..Ids::nobodys()
            };
        }
        self.restore(app).await;
        app.write_member(&self.organization, &self.member_id, &[Role::OrgMember])
            .await;
        if whose == Whose::Organizations {
            self.resume(app).await;
        }
        let projects = match whose {
            Whose::Organizations => format!("/v1/orgs/{}/projects", self.organization.id),
            Whose::Persons | Whose::Nobodys | Whose::Platform => "/v1/me/projects".to_owned(),
        };
        let project = app
            .post(&projects, self.token(whose), &json!({ "name": "A secret" }))
            .await;
        let wanted = json!({ "plan": "enterprise", "interval": "year", "seats": 7 });
        let conversion = app
            .post("/v1/me/checkout", &self.person.token, &wanted)
            .await;
        let text = |answer: &Answer, field: &str| {
            let body = answer.assert_status(201).json();
            body[field].as_str().expect("an id").to_owned()
        };
        let idp_id = app.written_identity_provider(&self.organization).await;
        let (domain_id, domain) = match whose {
            Whose::Organizations => app.written_domains(&self.organization, &idp_id).await,
            Whose::Persons | Whose::Nobodys | Whose::Platform => {
                let ids = Ids::nobodys();
                (ids.domain_id, ids.domain)
            }
        };
        Ids {
            org_id: self.organization.id.clone(),
            project_id: text(&project, "project_id"),
            user_id: self.member_id.replace('|', "%7C"),
            conversion_id: text(&conversion, "conversion_id"),
            invitation_id: app.expired_invitation(&self.organization).await,
            identity_id: app.linked_identity(&self.person).await,
            domain_id,
            domain,
            ticket_id: app.written_ticket(&self.organization.id).await,
            import_id: Uuid::now_v7().to_string(),
            user_import_id: Uuid::now_v7().to_string(),
            ind_id: nobodys_individual(),
            token_id: app.written_provisioning(&self.organization, &idp_id).await,
            idp_id,
            name: self.organization.name.clone(),
        }
    }

    /// Whatever asked for the organization's deletion before.
    async fn restore(&self, app: &TestApp) {
        self.log_in_again(app).await;
        let path = format!("/v1/orgs/{}/deletion", self.organization.id);
        let token = Some(self.organization.token.as_str());
        let restored = app.request(Method::DELETE, &path, token);
        app.send(restored).await.assert_status(204);
    }

    /// An operation before may have ended the logins by which the others are asked for, and its job ends them again.
    async fn log_in_again(&self, app: &TestApp) {
        let me = app.get("/v1/me", Some(&self.person.token)).await;
        if me.status != 401 {
            return;
        }
        app.settled().await;
        let again = sqlx::query("update ops.person set logins_ended_at = null")
            .execute(&mut app.database.admin().await)
            .await;
        again.expect("they hold again");
    }

    /// An operation before may have cancelled it.
    pub(crate) async fn resume(&self, app: &TestApp) {
        let path = format!("/v1/orgs/{}/subscription/resume", self.organization.id);
        app.send(app.request(Method::POST, &path, Some(&self.organization.token)))
            .await
            .assert_status(200);
    }

    /// Of the administrator, in the organization or as a person.
    pub(crate) fn token(&self, whose: Whose) -> &str {
        match whose {
            Whose::Organizations => &self.organization.token,
            Whose::Persons | Whose::Nobodys => &self.person.token,
            Whose::Platform => &self.platform_token,
        }
    }

    pub(crate) fn own_ids(&self, whose: Whose) -> &Ids {
        match whose {
            Whose::Organizations => &self.ids,
            Whose::Persons | Whose::Nobodys => &self.my_ids,
            Whose::Platform => &self.platform_ids,
        }
    }

    /// Everything that is stored of this customer: of the organization, its people and what they own themselves.
    pub(crate) async fn rows(&self, app: &TestApp) -> Vec<String> {
        let people = [
            self.organization.admin.user_id.as_str(),
            self.person.user_id.as_str(),
            self.reader_id.as_str(),
        ];
        let mut mentioned = app.individuals(&people).await;
        assert_eq!(mentioned.len(), people.len());
        mentioned.extend(people.map(str::to_owned));
        mentioned.push(self.organization.id.clone());
        app.rows_that_mention(&mentioned).await
    }
}

/// Calls the operation with the organization of `outer` and everything else of `inner`.
pub(crate) async fn call(
    app: &TestApp,
    operation: &Operation,
    (outer, inner): (&Ids, &Ids),
    token: Option<&str>,
) -> Answer {
    let path = operation.path_with(|name| match name {
        "org_id" => outer.get(name),
        _ => inner.get(name),
    });
    let path = match operation.id.as_str() {
        // What protects it from a slip must not protect it here.
        "delete_organization" => format!("{path}?confirm_name={}", outer.name),
        _ => path,
    };
    let body = fixture(&operation.id).body();
    if path.contains("..") {
        return app.send_raw(&operation.method, &path, token, &body).await;
    }
    send(app, &operation.method, &path, token, &body).await
}

pub(crate) async fn send(
    app: &TestApp,
    method: &Method,
    path: &str,
    token: Option<&str>,
    body: &str,
) -> Answer {
    let request = app
        .request(method.clone(), path, token)
        .header("if-match", "*")
        .header("content-type", "application/json")
        .body(body.to_owned());
    app.send(request).await
}
