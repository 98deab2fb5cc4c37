use super::*;

fn is_taken(variable: &'static str, url: &str, production: bool) -> bool {
    let lookup = |name: &str| (name == variable).then(|| url.to_owned());
    match Database::read(&Reader::new(&lookup, production)) {
        Ok(_) => true,
        Err(error) => {
            assert_eq!(error.variable, variable);
            assert!(!error.to_string().contains("canary"), "{error}");
            false
        }
    }
}

#[test]
fn in_production_a_server_elsewhere_is_spoken_to_as_somebody_decided() {
    for (server, decided) in [
        ("db/app", false),
        ("db/app?sslmode=prefer", false),
        ("db/app?sslmode=require&sslmode=allow", false),
        ("localhost/app?host=10.0.0.7", false),
        ("db/app?sslmode=verify-full", true),
        ("db/app?sslmode=disable", true),
        ("127.0.0.1/app", true),
        ("[::1]:5432/app", true),
        ("localhost/app?host=/var/run/postgresql", true),
    ] {
        let url = format!("postgres://tenantry_api:canary@{server}");
        for variable in ["DATABASE_URL", "DATABASE_WORKER_URL", "DATABASE_ADMIN_URL"] {
            assert_eq!(is_taken(variable, &url, true), decided, "{server}");
            assert!(is_taken(variable, &url, false), "{server}");
        }
    }
}
