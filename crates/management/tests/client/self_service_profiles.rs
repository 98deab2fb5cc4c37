//! Links for setting up single sign-on.

use management::{NewSsoTicket, SsoTicket, TicketConnection, TicketOrganization};
use secrecy::ExposeSecret;
use serde_json::json;

use crate::scripted::{Answer, Tenant};

const LINK: &str = "https://acme.eu.auth0.com/self-service/connections-flow?ticket=S3CR3T";

#[tokio::test]
async fn a_ticket_is_made_under_the_profile_of_exactly_this_name() {
    let tenant = Tenant::start().await;
    let profiles = json!([
        { "id": "ssp_1", "name": "Acme staging" },
        { "id": "ssp_2", "name": "Acme", "allowed_strategies": ["oidc"] },
    ]);
    tenant.answers("GET self-service-profiles", [Answer::json(200, &profiles)]);
    let made = Answer::json(201, &json!({ "ticket": LINK }));
    tenant.answers("POST self-service-profiles/ssp_2/sso-ticket", [made]);
    let client = tenant.client();
    let profile = client.self_service_profiles().by_name("Acme").await;
    let profile = profile.unwrap().unwrap();
    let new = NewSsoTicket {
        connection_config: Some(TicketConnection {
            name: "acme-okta".into(),
            display_name: "Okta".into(),
            ..Default::default()
        }),
        enabled_clients: vec!["spa".into()],
        enabled_organizations: vec![TicketOrganization {
            organization_id: "org_1".into(),
            show_as_button: true,
            ..Default::default()
        }],
        ttl_sec: 3600,
        ..Default::default()
    };
    let ticket = client
        .self_service_profiles()
        .create_ticket(&profile.id, &new)
        .await
        .unwrap();
    assert_eq!(ticket.url().expose_secret(), LINK);
    assert!(!format!("{ticket:?}").contains("S3CR3T"));
    let sent = json!({
        "connection_config": { "name": "acme-okta", "display_name": "Okta", "metadata": {} },
        "enabled_clients": ["spa"], "ttl_sec": 3600,
        "enabled_organizations": [
            { "organization_id": "org_1", "assign_membership_on_login": false, "show_as_button": true },
        ],
    });
    assert_eq!(tenant.calls().last().unwrap().body, sent);
}

#[tokio::test]
async fn a_ticket_is_revoked_by_the_secret_in_its_address_and_gone_is_good_enough() {
    let tenant = Tenant::start().await;
    let route = "POST self-service-profiles/ssp_2/sso-ticket/S3CR3T/revoke";
    let gone = Answer::error(404, "", "Profile with ID: ssp_2 not found");
    tenant.answers(route, [Answer::empty(202), gone]);
    let client = tenant.client();
    let ticket = SsoTicket::at(LINK.to_owned().into());
    for _ in 0..2 {
        let revoked = client
            .self_service_profiles()
            .revoke_ticket("ssp_2", &ticket);
        revoked.await.unwrap();
    }
    let elsewhere = SsoTicket::at("https://acme.example/".to_owned().into());
    let revoked = client
        .self_service_profiles()
        .revoke_ticket("ssp_2", &elsewhere);
    revoked.await.unwrap();
    assert_eq!(tenant.calls().len(), 2);
}
