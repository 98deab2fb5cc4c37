//! A name server on loopback that knows nothing but the TXT records it was told, so that the product's own resolver is
//! what is tried. RFC 1035, over UDP only.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

use crate::state::State;

const HEADER: usize = 12;
const TXT: u16 = 16;
const IN: u16 = 1;
const SERVFAIL: u8 = 2;
const NXDOMAIN: u8 = 3;
/// Of a character string within a TXT record, in bytes.
const LONGEST_STRING: usize = 255;
/// Seconds.
const TTL: u32 = 60;

/// By name, in lower case and without a dot at its end.
pub(crate) type Zone = BTreeMap<String, Records>;

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Records {
    #[serde(default)]
    pub(crate) txt: Vec<String>,
    #[serde(default)]
    pub(crate) behaviour: Behaviour,
    #[serde(default)]
    pub(crate) delay_ms: u64,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Behaviour {
    #[default]
    Answer,
    Servfail,
    Silence,
}

/// Takes a free port; from then on it can be asked, and waits until it is answered.
pub(crate) fn bind() -> io::Result<std::net::UdpSocket> {
    let socket = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

pub(crate) fn start(socket: std::net::UdpSocket, state: State) -> io::Result<JoinHandle<()>> {
    let socket = Arc::new(UdpSocket::from_std(socket)?);
    Ok(tokio::spawn(serve(socket, state)))
}

async fn serve(socket: Arc<UdpSocket>, state: State) {
    let mut buffer = [0; 1_500];
    loop {
        match socket.recv_from(&mut buffer).await {
            Ok((length, from)) => {
                let asked = buffer[..length].to_vec();
                tokio::spawn(answer(socket.clone(), state.clone(), asked, from));
            }
            Err(error) => tracing::debug!(%error, "a question to the name server got lost"),
        }
    }
}

async fn answer(socket: Arc<UdpSocket>, state: State, asked: Vec<u8>, from: SocketAddr) {
    let Some(question) = Question::read(&asked) else {
        return;
    };
    let found = state.read(|tenant| tenant.dns.get(&question.name).cloned());
    let delay = found.as_ref().map_or(0, |records| records.delay_ms);
    if delay > 0 {
        tokio::time::sleep(Duration::from_millis(delay)).await;
    }
    let (code, texts) = match &found {
        None => (NXDOMAIN, &[][..]),
        Some(records) => match records.behaviour {
            Behaviour::Silence => return,
            Behaviour::Servfail => (SERVFAIL, &[][..]),
            Behaviour::Answer => (0, records.txt.as_slice()),
        },
    };
    let answer = question.answer(code, texts);
    if let Err(error) = socket.send_to(&answer, from).await {
        tracing::debug!(%error, "an answer of the name server got lost");
    }
}

struct Question<'a> {
    id: [u8; 2],
    recursion_desired: bool,
    name: String,
    kind: u16,
    class: u16,
    /// As it came, in the case in which it came: whoever asked may compare it.
    bytes: &'a [u8],
}

impl<'a> Question<'a> {
    /// None for what is not one plain question.
    fn read(message: &'a [u8]) -> Option<Self> {
        let (id, flags, count) = (message.get(..2)?, message.get(2)?, message.get(4..6)?);
        let is_query = flags & 0b1111_1000 == 0;
        if !is_query || count != [0, 1] {
            return None;
        }
        let mut at = HEADER;
        let mut labels = Vec::new();
        loop {
            let length = usize::from(*message.get(at)?);
            at += 1;
            match length {
                0 => break,
                1..=63 => labels.push(std::str::from_utf8(message.get(at..at + length)?).ok()?),
                // A question needs no pointer.
                _ => return None,
            }
            at += length;
        }
        let number = |at: usize| {
            Some(u16::from_be_bytes(
                message.get(at..at + 2)?.try_into().ok()?,
            ))
        };
        Some(Self {
            id: id.try_into().ok()?,
            recursion_desired: flags & 1 == 1,
            name: labels.join(".").to_ascii_lowercase(),
            kind: number(at)?,
            class: number(at + 2)?,
            bytes: message.get(HEADER..at + 4)?,
        })
    }

    fn answer(&self, code: u8, texts: &[String]) -> Vec<u8> {
        let texts = match (self.kind, self.class) {
            (TXT, IN) => texts,
            _ => &[],
        };
        let count = u16::try_from(texts.len()).unwrap_or(u16::MAX);
        // An authoritative response that offers recursion.
        let flags = [0x84 | u8::from(self.recursion_desired), 0x80 | code];
        let mut message = [self.id, flags, [0, 1], count.to_be_bytes(), [0, 0], [0, 0]].concat();
        message.extend(self.bytes);
        for text in texts.iter().take(usize::from(count)) {
            let strings = text.as_bytes().chunks(LONGEST_STRING);
            let data: Vec<u8> = strings
                .flat_map(|string| [&[string.len() as u8], string].concat())
                .collect();
            // The name is the question's, by a pointer.
            message.extend([0xc0, HEADER as u8]);
            message.extend([TXT.to_be_bytes(), IN.to_be_bytes()].concat());
            message.extend(TTL.to_be_bytes());
            message.extend(u16::try_from(data.len()).unwrap_or(u16::MAX).to_be_bytes());
            message.extend(data);
        }
        message
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `Ab.example`, TXT, IN, with one additional record that is not read.
    const ASKED: &[u8] = &[
        0x12, 0x34, 0x01, 0x20, 0, 1, 0, 0, 0, 0, 0, 1, 2, b'A', b'b', 7, b'e', b'x', b'a', b'm',
        b'p', b'l', b'e', 0, 0, 16, 0, 1, 0, 0, 41,
    ];

    #[test]
    fn a_question_is_answered_in_its_own_spelling() {
        let question = Question::read(ASKED).expect("a question");
        assert_eq!(question.name, "ab.example");
        let answer = question.answer(0, &["x".repeat(256)]);
        assert_eq!(
            answer[..12],
            [0x12, 0x34, 0x85, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]
        );
        assert_eq!(answer[12..28], ASKED[12..28]);
        assert_eq!(answer[28..40], [0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60, 1, 2]);
        assert_eq!((answer[40], answer[41], answer[296]), (255, b'x', 1));
    }

    #[test]
    fn what_is_no_question_is_dropped() {
        for length in 0..28 {
            assert!(Question::read(&ASKED[..length]).is_none(), "{length}");
        }
        let mut response = ASKED.to_vec();
        response[2] |= 0x80;
        assert!(Question::read(&response).is_none());
    }
}
