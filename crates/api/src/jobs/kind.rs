//! Names of the jobs. A worker leaves a kind that it does not know for a newer one.

/// `{event_id}`: a webhook from Stripe that lies in the inbox.
pub const STRIPE_EVENT: &str = "stripe_webhook";
/// `{subscription_id}`: look at a Stripe subscription again.
pub const STRIPE_SUBSCRIPTION: &str = "stripe_subscription";
/// `{object, id}`: look at another object of Stripe's again.
pub const STRIPE_OBJECT: &str = "stripe_object";
/// `{subscription_id}`, in its tenant: end it at Stripe, its money went back.
pub const STRIPE_END: &str = "stripe_end";
/// `{subscription_id}`, in the individual's tenant: let it end with its period, an organization has taken its place.
pub const STRIPE_CANCEL: &str = "stripe_cancel";
/// `{move_id}`, in the organization that gives its subscription away.
pub const SUBSCRIPTION_MOVE: &str = "subscription_move";
/// `{}`, in the tenant: look whom to remind of what. Queued by every change of its subscription.
pub const REMINDERS: &str = store::REMINDERS_JOB;
/// `{kind, ends_at, user_id}`, in the tenant: send one reminder.
pub const REMINDER_MAIL: &str = "reminder_mail";
/// `{to, user_id, by_support, reason, at, until}`, in the organization: tell an administrator that the glass was broken.
pub const GLASS_MAIL: &str = "glass_mail";
/// `{to, domain_id, news, at}`, in the organization: tell an administrator that a domain is about to be lost, or is.
pub const DOMAIN_MAIL: &str = "domain_mail";
/// `{conversion_id}`, in the individual's tenant.
pub const CONVERSION: &str = "conversion";
/// `{user_id}`, in the tenant whose subscription or whose policy for logins changed; null in an organization whose buyer
/// is not known.
pub const SUBSCRIPTION_CLAIM: &str = "subscription_claim";
/// `{user_id}`, in the individual's tenant: see whether their company had a trial.
pub const TRIAL_DOMAIN: &str = "trial_domain";
/// `{}`, in the organization: make Auth0 show its name and branding.
pub const ORGANIZATION_SETTINGS: &str = "organization_settings";
/// `{}`, in the organization: make Auth0 offer the user stores that are wanted.
pub const USER_STORE: &str = "user_store";
/// `{name}`, in the organization: make Auth0's connection what is wanted of this identity provider.
pub const IDENTITY_PROVIDER: &str = "identity_provider";
/// `{domain_id}`, in the organization: look for the proof of a domain.
pub const DOMAIN_PROOF: &str = "domain_proof";
/// `{domain}`, in the organization: make Auth0 find it by the domain, or not any more.
pub const DISCOVERY_DOMAIN: &str = "discovery_domain";
/// `{test_id}`, in the organization: finish a test login that came back.
pub const IDENTITY_PROVIDER_TEST: &str = "identity_provider_test";
/// `{connection_id}`, in the organization: end provisioning at Auth0.
pub const PROVISIONING_END: &str = "provisioning_end";
/// `{connection_id, token_id}`, in the organization: end a SCIM token at Auth0.
pub const SCIM_TOKEN_END: &str = "scim_token_end";
/// `{connection_id, id}`, in the organization: whoever waited for this SCIM token is gone.
pub const SCIM_TOKEN_LEFT: &str = "scim_token_left";
/// `{invitation_id}`, in the organization: make Auth0 follow.
pub const INVITATION: &str = "invitation";
/// `{auth0_id, user_id, connection}`, in the organization: the wrong account used an invitation up.
pub const SPOILED_INVITATION: &str = "spoiled_invitation";
/// `{invitation_id}`, in the individual's tenant: bring it into the community organization.
pub const COMMUNITY_INVITATION: &str = "community_invitation";
/// `{user_id}`, in the organization: make Auth0 follow what the member is here.
pub const MEMBERSHIP: &str = "membership";
/// `{user_id}`, in the organization that they were removed from: end their sessions.
pub const SESSION_END: &str = "session_end";
/// `{issuer, user_id}`, in the organization: ask Auth0 whether they are a member.
pub const MEMBERSHIP_PULL: &str = "membership_pull";
/// `{link_id}`, in the individual's tenant: make two logins one account, or one two.
pub const IDENTITY_LINK: &str = "identity_link";
/// `{ticket_id}`, in the organization: make a link for single sign-on at Auth0, take it back, or see what came of it.
pub const SSO_TICKET: &str = "sso_ticket";
/// `{}`, in a tenant that is to be deleted: begins when that is due.
pub const DELETION: &str = "deletion";
/// `{}`, in an organization whose deletion was requested or taken back: has its subscription end, or go on.
pub const DELETION_BILLING: &str = "deletion_billing";
/// `{org_id}`: erases a tenant whose deletion has begun, here and everywhere else. Queued by the database.
pub const ERASURE: &str = "erasure";
/// `{event_id}`: an event from Auth0 that lies in the inbox.
pub const AUTH0_EVENT: &str = "auth0_webhook";
/// `{}`: what Auth0's log tells of invitations.
pub const AUTH0_LOG: &str = "auth0_log";
/// `{}`, in the organization: compare the groups that its directories keep at Auth0.
pub const DIRECTORY_GROUPS: &str = "directory_groups";
/// `{}`: compare members with Auth0's.
pub const RECONCILE: &str = "reconcile";
/// `{user_id}`, in the organization: have Auth0 write to a member who has no password yet.
pub const ADOPTION: &str = "adoption";
/// `{import_id}`, in the organization: bring users into it.
pub const USER_IMPORT: &str = "user_import";
/// `{import_id}`, in the back office's tenant: take over organizations of Auth0's.
pub const PLATFORM_IMPORT: &str = "platform_import";
/// `{}`: orphans in Auth0.
pub const SWEEP: &str = "sweep";
/// `{}`: payments that no webhook told of.
pub const STRIPE_CATCH_UP: &str = "stripe_catch_up";
/// `{}`: compare which domains lead to which connections with Auth0's.
pub const DOMAIN_ROUTES: &str = "domain_routes";
/// `{}`: queue the proofs of domains that are due.
pub const DUE_DOMAINS: &str = "due_domains";
/// `{}`
pub const HOUSEKEEPING: &str = "housekeeping";

/// What runs every `WORKER_SWEEP_SECONDS`.
pub(super) const PERIODIC: [&str; 5] = [
    SWEEP,
    STRIPE_CATCH_UP,
    DUE_DOMAINS,
    DOMAIN_ROUTES,
    HOUSEKEEPING,
];

pub const ALL: [&str; 45] = [
    STRIPE_EVENT,
    STRIPE_SUBSCRIPTION,
    STRIPE_OBJECT,
    STRIPE_END,
    STRIPE_CANCEL,
    SUBSCRIPTION_MOVE,
    REMINDERS,
    REMINDER_MAIL,
    GLASS_MAIL,
    DOMAIN_MAIL,
    CONVERSION,
    SUBSCRIPTION_CLAIM,
    TRIAL_DOMAIN,
    ORGANIZATION_SETTINGS,
    USER_STORE,
    IDENTITY_PROVIDER,
    DOMAIN_PROOF,
    DISCOVERY_DOMAIN,
    IDENTITY_PROVIDER_TEST,
    PROVISIONING_END,
    SCIM_TOKEN_END,
    SCIM_TOKEN_LEFT,
    INVITATION,
    SPOILED_INVITATION,
    COMMUNITY_INVITATION,
    MEMBERSHIP,
    SESSION_END,
    MEMBERSHIP_PULL,
    IDENTITY_LINK,
    SSO_TICKET,
    DELETION,
    DELETION_BILLING,
    ERASURE,
    AUTH0_EVENT,
    DIRECTORY_GROUPS,
    AUTH0_LOG,
    RECONCILE,
    PLATFORM_IMPORT,
    USER_IMPORT,
    ADOPTION,
    SWEEP,
    STRIPE_CATCH_UP,
    DUE_DOMAINS,
    DOMAIN_ROUTES,
    HOUSEKEEPING,
];
