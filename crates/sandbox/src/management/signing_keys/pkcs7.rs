//! A certificate in a PKCS #7 envelope without signers (RFC 2315, section 9), which old clients of Auth0 read.

const SIGNED_DATA: &[u8] = &[
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02,
];
const DATA: &[u8] = &[
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01,
];
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const CONTEXT_0: u8 = 0xa0;

pub(super) fn certificates_only(certificate: &[u8]) -> Vec<u8> {
    let version_1 = [0x02, 0x01, 0x01];
    let no_digests = element(SET, &[]);
    let no_content = element(SEQUENCE, &[DATA]);
    let certificates = element(CONTEXT_0, &[certificate]);
    let no_signers = element(SET, &[]);
    let signed = element(
        SEQUENCE,
        &[
            &version_1,
            &no_digests,
            &no_content,
            &certificates,
            &no_signers,
        ],
    );
    element(SEQUENCE, &[SIGNED_DATA, &element(CONTEXT_0, &[&signed])])
}

/// One DER element; lengths from 128 on are written with as many octets as they need.
fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = content.len().to_be_bytes();
    let significant: &[u8] = &length[length.iter().take_while(|octet| **octet == 0).count()..];
    let mut der = vec![tag];
    match significant {
        [] => der.push(0),
        [short] if *short < 0x80 => der.push(*short),
        long => {
            der.push(0x80 | u8::try_from(long.len()).expect("a length has at most eight octets"));
            der.extend_from_slice(long);
        }
    }
    der.extend(content);
    der
}

#[cfg(test)]
mod tests {
    use super::element;

    #[test]
    fn lengths_are_written_as_short_as_they_can_be() {
        assert_eq!(element(0x31, &[]), [0x31, 0x00]);
        assert_eq!(element(0x30, &[&[1, 2]]), [0x30, 0x02, 1, 2]);
        assert_eq!(element(0x30, &[&[0; 300]])[..4], [0x30, 0x82, 0x01, 0x2c]);
        assert_eq!(element(0x30, &[&[0; 200]])[..3], [0x30, 0x81, 200]);
    }
}
