//! The table of all problem codes. A code, once published, keeps its meaning and its status.

use actix_web::http::StatusCode;

macro_rules! codes {
    ($($variant:ident = $code:literal, $status:ident, $title:literal;)+) => {
        /// Everything that can be wrong with a request, in the order of its status.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code { $($variant),+ }

        impl Code {
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            fn row(self) -> (&'static str, StatusCode, &'static str) {
                match self { $(Self::$variant => ($code, StatusCode::$status, $title)),+ }
            }
        }
    };
}

codes! {
    MalformedRequest = "malformed_request", BAD_REQUEST, "The request is not well-formed";
    MalformedJson = "malformed_json", BAD_REQUEST, "The body is not well-formed JSON";
    InvalidQuery = "invalid_query", BAD_REQUEST, "A query or path value is not acceptable";
    InvalidLimit = "invalid_limit", BAD_REQUEST, "The limit is out of range";
    InvalidCursor = "invalid_cursor", BAD_REQUEST, "The cursor is not from this list";
    InvalidIdempotencyKey = "invalid_idempotency_key", BAD_REQUEST, "The Idempotency-Key is not acceptable";
    InvalidSignature = "invalid_signature", BAD_REQUEST, "The webhook's signature does not prove its sender";
    InvalidToken = "invalid_token", UNAUTHORIZED, "A valid access token is needed";
    SubscriptionExpired = "subscription_expired", PAYMENT_REQUIRED, "The plan or trial has ended";
    NotInPlan = "not_in_plan", PAYMENT_REQUIRED, "The plan does not include this";
    LimitReached = "limit_reached", PAYMENT_REQUIRED, "The plan allows no more of this in this month";
    OverLimit = "over_limit", PAYMENT_REQUIRED, "The plan has no seat for you";
    PaymentDeclined = "payment_declined", PAYMENT_REQUIRED, "The payment was declined";
    MachineTokenNotAllowed = "machine_token_not_allowed", FORBIDDEN, "This needs a person's access token";
    AccountBlocked = "account_blocked", FORBIDDEN, "Your account is blocked";
    PlatformTokenRequired = "platform_token_required", FORBIDDEN, "This needs the back office's own token";
    OrgSuspended = "org_suspended", FORBIDDEN, "The organization is suspended";
    MembershipRequired = "membership_required", FORBIDDEN, "You are not a member of this organization";
    RecentLoginRequired = "recent_login_required", FORBIDDEN, "This needs a login of the last minutes";
    SsoRequired = "sso_required", FORBIDDEN, "The organization logs in through its own identity provider";
    PermissionDenied = "permission_denied", FORBIDDEN, "Your role does not allow this";
    NotFound = "not_found", NOT_FOUND, "There is nothing here";
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "The path does not have this method";
    RequestTimeout = "request_timeout", REQUEST_TIMEOUT, "The request took too long to arrive";
    Conflict = "conflict", CONFLICT, "The current state does not allow this";
    OrganizationNameTaken = "organization_name_taken", CONFLICT, "Another organization has this name";
    OrganizationAlreadyNamed = "organization_already_named", CONFLICT, "The organization has its name already";
    NoOrganizationInPlan = "no_organization_in_plan", CONFLICT, "This plan comes without an organization";
    ConversionCancelled = "conversion_cancelled", CONFLICT, "The payment was taken back";
    PlanAlreadyActive = "plan_already_active", CONFLICT, "This plan runs already";
    CheckoutRequired = "checkout_required", CONFLICT, "No paid plan runs";
    ConversionRequired = "conversion_required", CONFLICT, "The plan is for the other kind of customer";
    InActivation = "in_activation", CONFLICT, "The organization that was paid for does not exist yet";
    PaymentOutstanding = "payment_outstanding", CONFLICT, "A payment is outstanding";
    PaymentDisputed = "payment_disputed", CONFLICT, "A payment is disputed";
    CancellationPending = "cancellation_pending", CONFLICT, "The subscription is cancelled at the end of its period";
    NoChange = "no_change", CONFLICT, "The subscription has these terms already";
    ChangePending = "change_pending", CONFLICT, "Another change waits for the end of the period";
    SeatsInUse = "seats_in_use", CONFLICT, "More seats are in use than would be left";
    FeatureInUse = "feature_in_use", CONFLICT, "A feature is in use that would be lost";
    NotLater = "not_later", CONFLICT, "It lasts that long already";
    NothingToCancel = "nothing_to_cancel", CONFLICT, "Nothing runs that could be cancelled";
    NothingToResume = "nothing_to_resume", CONFLICT, "No cancellation is pending";
    LastAdmin = "last_admin", CONFLICT, "The organization needs an administrator";
    AlreadyMember = "already_member", CONFLICT, "They are a member already";
    NoSeatsLeft = "no_seats_left", CONFLICT, "The plan has no seat left";
    OrganizationDeleting = "organization_deleting", CONFLICT, "The organization is to be deleted";
    UserStoreInUse = "user_store_in_use", CONFLICT, "Members log in through the user store";
    IdentityProviderTaken = "identity_provider_taken", CONFLICT, "The organization has an identity provider of this name";
    IdentityProviderInUse = "identity_provider_in_use", CONFLICT, "Members log in through the identity provider";
    IdentityProviderNotReady = "identity_provider_not_ready", CONFLICT, "The login does not offer the identity provider yet";
    TooManyConnections = "too_many_connections", CONFLICT, "The organization has as many connections as it may have";
    SsoUntested = "sso_untested", CONFLICT, "No identity provider has been tested";
    SsoEnforced = "sso_enforced", CONFLICT, "Single sign-on is enforced";
    SsoNotEnforced = "sso_not_enforced", CONFLICT, "The organization does not insist on its identity provider";
    DomainTaken = "domain_taken", CONFLICT, "Another organization has this domain";
    DomainLooksAlike = "domain_looks_alike", CONFLICT, "The domain looks like one of another organization's";
    DomainExists = "domain_exists", CONFLICT, "The organization has this domain already";
    DomainNotVerified = "domain_not_verified", CONFLICT, "The organization has not proved this domain";
    DomainRouted = "domain_routed", CONFLICT, "The domain leads to an identity provider already";
    TooManyDomains = "too_many_domains", CONFLICT, "The organization has as many domains as it can";
    TooManyScimTokens = "too_many_scim_tokens", CONFLICT, "The identity provider has two live SCIM tokens";
    InvitationClosed = "invitation_closed", CONFLICT, "The invitation has been accepted or revoked";
    TooManyTickets = "too_many_tickets", CONFLICT, "The organization has as many open tickets as it may have";
    IdentityLinked = "identity_linked", CONFLICT, "One of the logins is linked already";
    IdentityHasPlan = "identity_has_plan", CONFLICT, "The other login has a plan of its own";
    PreconditionFailed = "precondition_failed", PRECONDITION_FAILED, "It was changed since you read it";
    PayloadTooLarge = "payload_too_large", PAYLOAD_TOO_LARGE, "The body is too large";
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "The body must be plain application/json";
    InvalidRequest = "invalid_request", UNPROCESSABLE_ENTITY, "A field of the body is not acceptable";
    IdempotencyKeyReused = "idempotency_key_reused", UNPROCESSABLE_ENTITY, "The Idempotency-Key belongs to another request";
    PreconditionRequired = "precondition_required", PRECONDITION_REQUIRED, "An If-Match header is needed";
    TooManyRequests = "too_many_requests", TOO_MANY_REQUESTS, "Too many requests";
    Internal = "internal", INTERNAL_SERVER_ERROR, "Something is broken on our side";
    KeysUnavailable = "keys_unavailable", SERVICE_UNAVAILABLE, "Access tokens cannot be verified at the moment";
    DatabaseUnavailable = "database_unavailable", SERVICE_UNAVAILABLE, "The database is away";
    LoginServiceUnavailable = "login_service_unavailable", SERVICE_UNAVAILABLE, "The login service is away";
    BillingUnavailable = "billing_unavailable", SERVICE_UNAVAILABLE, "The payment provider is away";
    Auth0Unavailable = "auth0_unavailable", SERVICE_UNAVAILABLE, "Auth0 is away";
    ShuttingDown = "shutting_down", SERVICE_UNAVAILABLE, "This process is about to stop";
    TimedOut = "timed_out", SERVICE_UNAVAILABLE, "The request took too long to answer";
}

impl Code {
    pub fn as_str(self) -> &'static str {
        self.row().0
    }

    pub fn status(self) -> StatusCode {
        self.row().1
    }

    pub fn title(self) -> &'static str {
        self.row().2
    }

    pub fn type_uri(self) -> String {
        format!("https://tenantry.dev/problems/{}", self.as_str())
    }

    /// For an answer that the framework made itself, so that no body of its own gets out.
    pub(crate) fn for_status(status: StatusCode) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => Self::InvalidToken,
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::MethodNotAllowed,
            StatusCode::REQUEST_TIMEOUT => Self::RequestTimeout,
            StatusCode::PAYLOAD_TOO_LARGE => Self::PayloadTooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::UnsupportedMediaType,
            StatusCode::SERVICE_UNAVAILABLE => Self::TimedOut,
            other if other.is_client_error() => Self::MalformedRequest,
            _ => Self::Internal,
        }
    }
}
