//! Finds the access token in a request: exactly one `Authorization: Bearer` header, nowhere else (RFC 6750, 2.1).

use actix_web::http::header::{AUTHORIZATION, HeaderMap};

use super::Refused;

pub(super) fn token(headers: &HeaderMap) -> Result<&str, Refused> {
    let mut values = headers.get_all(AUTHORIZATION);
    let first = values.next().ok_or(Refused::Missing)?;
    if values.next().is_some() {
        return Err(Refused::NotBearer);
    }
    let (scheme, token) = first
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .ok_or(Refused::NotBearer)?;
    let token = token.trim_matches(' ');
    if scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() {
        Ok(token)
    } else {
        Err(Refused::NotBearer)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn token_of(values: &[&str]) -> Result<String, Refused> {
        let request = values
            .iter()
            .fold(TestRequest::default(), |request, value| {
                request.append_header((AUTHORIZATION, *value))
            });
        token(request.to_http_request().headers()).map(str::to_owned)
    }

    #[test]
    fn the_scheme_may_have_any_case() {
        for value in ["Bearer a.b.c", "bearer a.b.c", "BEARER  a.b.c"] {
            assert_eq!(token_of(&[value]), Ok("a.b.c".into()));
        }
    }

    #[test]
    fn anything_else_is_refused() {
        assert_eq!(token_of(&[]), Err(Refused::Missing));
        assert_eq!(token_of(&["Bearer a", "Bearer a"]), Err(Refused::NotBearer));
        for value in [
            "",
            "Bearer",
            "Bearer ",
            "Basic YTpi",
            "a.b.c",
            "Bearera.b.c",
            "Bearer\ta",
            "Bearer é",
        ] {
            assert_eq!(token_of(&[value]), Err(Refused::NotBearer), "{value}");
        }
    }
}
