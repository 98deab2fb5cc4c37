use actix_web::test::TestRequest;

use super::*;

const PROJECTS: List<'static> = List {
    tenant: "org_0123456789abcdef",
    name: "projects",
};

fn key() -> CursorKey {
    CursorKey::new(b"a key of at least 32 characters..")
}

fn parse(query: &str) -> Result<(u32, Option<u64>), Code> {
    let request = TestRequest::with_uri(&format!("/?{query}")).to_http_request();
    let query = PageQuery::from_request(&request, &mut Payload::None)
        .into_inner()
        .unwrap();
    query
        .parse::<u64>(&key(), PROJECTS)
        .map(|page| (page.limit, page.after))
        .map_err(|problem| problem.code())
}

#[test]
fn the_limit_is_optional_and_bounded() {
    assert_eq!(parse(""), Ok((DEFAULT_LIMIT, None)));
    assert_eq!(parse("limit=1"), Ok((1, None)));
    assert_eq!(parse("limit=200"), Ok((200, None)));
    for limit in [
        "0",
        "201",
        "-1",
        "1000000000",
        "99999999999999999999",
        "+5",
        "5.0",
        "1e2",
        "",
        "%20",
        "ten",
        "0x10",
    ] {
        assert_eq!(
            parse(&format!("limit={limit}")),
            Err(Code::InvalidLimit),
            "{limit}"
        );
    }
    assert_eq!(parse("limit=5&limit=5"), Err(Code::InvalidLimit));
}

#[test]
fn a_cursor_continues_its_own_list() {
    let cursor = key().seal(PROJECTS, &7_u64);
    assert_eq!(parse(&format!("cursor={cursor}&limit=2")), Ok((2, Some(7))));
    assert_eq!(
        parse(&format!("cursor={cursor}&cursor={cursor}")),
        Err(Code::InvalidCursor)
    );
}

#[test]
fn a_cursor_opens_no_other_list() {
    let elsewhere = [
        List {
            tenant: "org_fedcba9876543210",
            ..PROJECTS
        },
        List {
            name: "members",
            ..PROJECTS
        },
        List {
            tenant: "org_0123456789abcdefprojects",
            name: "",
        },
    ];
    for list in elsewhere {
        assert_eq!(
            parse(&format!("cursor={}", key().seal(list, &7_u64))),
            Err(Code::InvalidCursor),
            "{list:?}"
        );
    }
    let stranger = CursorKey::new(b"another key of 32 characters or so");
    assert_eq!(
        parse(&format!("cursor={}", stranger.seal(PROJECTS, &7_u64))),
        Err(Code::InvalidCursor)
    );
}

#[test]
fn no_change_to_a_cursor_goes_unnoticed() {
    let cursor = key().seal(PROJECTS, &1_234_567_u64);
    let changed = |position: usize, byte: u8| {
        let mut bytes = cursor.clone().into_bytes();
        bytes[position] = byte;
        String::from_utf8(bytes).unwrap()
    };
    for position in 0..cursor.len() {
        for byte in b"AZaz09-_=."
            .iter()
            .filter(|byte| cursor.as_bytes()[position] != **byte)
        {
            assert_eq!(
                parse(&format!("cursor={}", changed(position, *byte))),
                Err(Code::InvalidCursor)
            );
        }
        assert_eq!(
            parse(&format!("cursor={}", &cursor[..position])),
            Err(Code::InvalidCursor)
        );
    }
    let long = "A".repeat(60_000);
    assert_eq!(parse(&format!("cursor={long}")), Err(Code::InvalidCursor));
}

#[test]
fn a_position_of_another_kind_is_refused() {
    let cursor = key().seal(PROJECTS, &"text");
    assert_eq!(parse(&format!("cursor={cursor}")), Err(Code::InvalidCursor));
}

#[test]
fn other_parameters_are_refused() {
    assert_eq!(parse("curser=x"), Err(Code::InvalidQuery));
    assert_eq!(parse("offset=1000"), Err(Code::InvalidQuery));
}

#[test]
fn only_a_page_that_has_another_after_it_has_a_cursor() {
    let page = |more| {
        let listed = Listed {
            items: vec![1_u64, 2],
            more,
        };
        PageBody::new(listed, |item| *item, |item| item, &key(), PROJECTS)
    };
    assert_eq!(page(false).next_cursor, None);
    let cursor = page(true).next_cursor.unwrap();
    assert_eq!(
        parse(&format!("cursor={cursor}")),
        Ok((DEFAULT_LIMIT, Some(2)))
    );
}
