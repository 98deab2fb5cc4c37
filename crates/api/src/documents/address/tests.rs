use super::*;

/// S01: everything that has ever been used to make a server call what is its own.
pub(in crate::documents) const REFUSED: &[&str] = &[
    // Not https.
    "http://idp.example/",
    "file:///etc/passwd",
    "gopher://idp.example/",
    "ftp://idp.example/",
    "dict://idp.example:11211/",
    "ldap://idp.example/",
    "jar:https://idp.example/!/",
    "data:text/plain,x",
    "javascript:alert(1)",
    "ws://idp.example/",
    "about:blank",
    "blob:https://idp.example/x",
    "unix:/var/run/docker.sock",
    "sftp://idp.example/",
    "netdoc:///etc/passwd",
    // No address at all.
    "",
    " ",
    "idp.example",
    "//idp.example/",
    "https://",
    "https:///",
    "https://%00/",
    "https://[",
    "https://a b/",
    "https://idp.example:99999/",
    "https://./",
    "https://../",
    // A user, a port, a fragment.
    "https://user@idp.example/",
    "https://user:secret@idp.example/",
    "https://idp.example@127.0.0.1/",
    "https://idp.example%40127.0.0.1/",
    "https://idp.example:22/",
    "https://idp.example:80/",
    "https://idp.example:8443/",
    "https://idp.example:6379/",
    "https://idp.example:25/",
    "https://idp.example/#x",
    "https://127.0.0.1#@idp.example/",
    "https://idp.example:0/",
    "https://:@127.0.0.1/",
    // This machine, in every spelling.
    "https://localhost/",
    "https://LOCALHOST/",
    "https://localhost./",
    "https://a.localhost/",
    "https://127.0.0.1/",
    "https://127.0.0.1./",
    "https://127.1/",
    "https://127.0.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://017700000001/",
    "https://0177.0.0.1/",
    "https://0177.0.0.01/",
    "https://127.255.255.254/",
    "https://0/",
    "https://0.0.0.0/",
    "https://0x0/",
    "https://[::1]/",
    "https://[::]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::127.0.0.1]/",
    "https://[0:0:0:0:ffff:0:127.0.0.1]/",
    "https://①②⑦.⓪.⓪.①/",
    "https://127。0。0。1/",
    "https://1\u{ff12}7.0.0.1/",
    // Networks of our own.
    "https://10.0.0.1/",
    "https://10.255.255.255/",
    "https://172.16.0.1/",
    "https://172.31.255.254/",
    "https://192.168.0.1/",
    "https://3232235521/",
    "https://0xc0a80001/",
    "https://0300.0250.0.1/",
    "https://100.64.0.1/",
    "https://100.127.255.254/",
    "https://[fc00::1]/",
    "https://[fd00::1]/",
    "https://[fd00:ec2::254]/",
    "https://[fe80::1]/",
    "https://[fec0::1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[::ffff:c0a8:1]/",
    "https://[64:ff9b::10.0.0.1]/",
    "https://[64:ff9b::a00:1]/",
    "https://[64:ff9b:1::8.8.8.8]/",
    "https://[64:ff9b:1:ffff:ffff:ffff:808:808]/",
    "https://[64:ff9b::1:808:808]/",
    "https://[64:ff9b:0:1::808:808]/",
    "https://[2002:7f00:1::]/",
    "https://[2002:c0a8:1::1]/",
    "https://[2001::1]/",
    // What clouds tell their machines.
    "https://169.254.169.254/latest/meta-data/",
    "https://2852039166/",
    "https://0xa9fea9fe/",
    "https://0251.0376.0251.0376/",
    "https://169.254.170.2/",
    "https://[::ffff:169.254.169.254]/",
    "https://[::ffff:a9fe:a9fe]/",
    "https://metadata.google.internal/",
    "https://metadata/",
    "https://instance-data/",
    "https://192.0.0.192/",
    "https://[64:ff9b::169.254.169.254]/",
    // Nobody's.
    "https://192.0.2.1/",
    "https://198.51.100.1/",
    "https://203.0.113.1/",
    "https://198.18.0.1/",
    "https://224.0.0.1/",
    "https://239.255.255.255/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://192.88.99.1/",
    "https://[2001:db8::1]/",
    "https://[ff02::1]/",
    "https://[100::1]/",
    "https://[3fff::1]/",
    // Names of inner networks.
    "https://router.local/",
    "https://db.internal/",
    "https://intranet/",
    "https://wiki.corp/",
    "https://nas.lan/",
    "https://printer.home.arpa/",
];

#[test]
fn none_of_the_ways_into_our_own_network_is_an_address() {
    assert!(REFUSED.len() >= 120, "{}", REFUSED.len());
    let allowed = Allowed::default();
    for address in REFUSED {
        assert!(allowed.check(address).is_err(), "{address} was taken");
    }
}

#[test]
fn public_addresses_are_taken() {
    let allowed = Allowed::default();
    for address in [
        "https://acme.okta.com/.well-known/openid-configuration",
        "https://acme.okta.com:443/x?y=z",
        "https://8.8.8.8/",
        "https://[2606:4700::1111]/",
        "https://[64:ff9b::8.8.8.8]/",
        "https://xn--bcher-kva.example/",
    ] {
        assert!(allowed.check(address).is_ok(), "{address} was refused");
    }
}

#[test]
fn a_stand_in_is_trusted_by_its_whole_origin_only() {
    let allowed = Allowed::new(vec!["http://localhost:4400".into()]);
    let trusted = |address: &str| matches!(allowed.check(address), Ok(Checked::Trusted(_)));
    assert!(trusted(
        "http://localhost:4400/idp/acme/.well-known/openid-configuration"
    ));
    for other in [
        "http://localhost:4401/",
        "https://localhost:4400/",
        "http://127.0.0.1:4400/",
        "http://user@localhost:4400/",
        "http://localhost:4400.evil.example/",
    ] {
        assert!(!trusted(other), "{other}");
    }
}

#[test]
fn a_name_that_leads_inside_is_no_better_than_the_address() {
    for inside in [
        "127.0.0.1",
        "10.1.2.3",
        "169.254.169.254",
        "::1",
        "fd00::1",
        "::ffff:127.0.0.1",
        "0.0.0.0",
    ] {
        assert!(!is_public(inside.parse().unwrap()), "{inside}");
    }
    assert!(is_public("93.184.216.34".parse().unwrap()));
}
