//! A mail server on loopback that files everything in the mailbox: as much of RFC 5321 as a client needs that sends.
//! Faults of method `SMTP` strike a connection.

mod letter;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener as StdListener};

use tokio::io::{
    AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader,
};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::faults::{Fault, Kind};
use crate::mailbox::Mail;
use crate::state::State;

/// The method and the path that a fault has to fit.
const METHOD: &str = "SMTP";
const PATH: &str = "smtp";

const LONGEST_LINE: u64 = 8 * 1024;
const LARGEST_LETTER: usize = 1024 * 1024;

pub(crate) fn listen() -> io::Result<(StdListener, SocketAddr)> {
    let listener = StdListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

pub(crate) fn start(listener: StdListener, state: State) -> io::Result<JoinHandle<()>> {
    let listener = TcpListener::from_std(listener)?;
    Ok(tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let state = state.clone();
            tokio::spawn(async move {
                if let Err(error) = answer(stream, &state).await {
                    tracing::debug!(%error, "a mail client went away");
                }
            });
        }
    }))
}

async fn answer(stream: TcpStream, state: &State) -> io::Result<()> {
    let fault = state.faults().strike(METHOD, PATH);
    if let Some(Fault {
        kind: Kind::Drop, ..
    }) = fault
    {
        return Ok(());
    }
    if let Some(fault) = fault.as_ref().filter(|fault| fault.kind == Kind::Slow) {
        tokio::time::sleep(fault.delay()).await;
    }
    let mut session = Session {
        stream: BufReader::new(stream),
        state,
        fault: fault.map(|fault| fault.kind),
        recipients: Vec::new(),
    };
    session.run().await
}

struct Session<'a, S> {
    stream: BufReader<S>,
    state: &'a State,
    fault: Option<Kind>,
    recipients: Vec<String>,
}

impl<S: AsyncWrite + tokio::io::AsyncRead + Unpin> Session<'_, S> {
    async fn run(&mut self) -> io::Result<()> {
        if self.fault == Some(Kind::Status) {
            return self.say("421 localhost is closed for the moment").await;
        }
        self.say("220 localhost ESMTP sandbox").await?;
        while let Some(line) = line(&mut self.stream).await? {
            let upper = line.to_ascii_uppercase();
            match upper.split([' ', ':']).next().unwrap_or_default() {
                "EHLO" => self.say("250-localhost\r\n250 8BITMIME").await?,
                "HELO" | "NOOP" => self.say("250 OK").await?,
                "MAIL" | "RSET" => {
                    self.recipients.clear();
                    self.say("250 OK").await?;
                }
                "RCPT" => match between(&line, '<', '>') {
                    Some(address) => {
                        self.recipients.push(address.to_owned());
                        self.say("250 OK").await?;
                    }
                    None => self.say("501 The address is missing").await?,
                },
                "DATA" if self.recipients.is_empty() => {
                    self.say("503 Nobody is to have it").await?;
                }
                "DATA" => {
                    self.say("354 End with a line that is a dot").await?;
                    let data = self.data().await?;
                    self.file(&data);
                    match self.fault.take() {
                        Some(Kind::ErrorAfter) => self.say("451 Try again later").await?,
                        Some(Kind::Close) => return Ok(()),
                        _ => self.say("250 Filed").await?,
                    }
                }
                "QUIT" => return self.say("221 Bye").await,
                _ => self.say("502 This stand-in does not know that").await?,
            }
        }
        Ok(())
    }

    async fn say(&mut self, reply: &str) -> io::Result<()> {
        self.stream
            .write_all(format!("{reply}\r\n").as_bytes())
            .await?;
        self.stream.flush().await
    }

    /// The lines up to the lone dot, with the dots that were doubled made one again.
    async fn data(&mut self) -> io::Result<String> {
        let mut data = String::new();
        while let Some(line) = line(&mut self.stream).await? {
            if line == "." {
                return Ok(data);
            }
            if data.len() + line.len() > LARGEST_LETTER {
                return Err(io::Error::other("the letter is too large"));
            }
            data.push_str(line.strip_prefix('.').unwrap_or(&line));
            data.push('\n');
        }
        Err(io::ErrorKind::UnexpectedEof.into())
    }

    fn file(&mut self, data: &str) {
        let letter = letter::read(data);
        for to in self.recipients.drain(..) {
            self.state.mailbox().deliver(Mail {
                at: self.state.clock().now(),
                to,
                template: "smtp".to_owned(),
                subject: letter.subject.clone(),
                text: letter.text.clone(),
                html: None,
                link: None,
                message_id: letter.message_id.clone(),
            });
        }
    }
}

/// Without its end; none when the client has hung up.
async fn line(stream: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    let mut limited = stream.take(LONGEST_LINE);
    if limited.read_until(b'\n', &mut bytes).await? == 0 {
        return Ok(None);
    }
    if bytes.last() != Some(&b'\n') {
        return Err(io::Error::other("the line is too long"));
    }
    let line = String::from_utf8_lossy(&bytes);
    Ok(Some(line.trim_end_matches(['\r', '\n']).to_owned()))
}

fn between(text: &str, open: char, close: char) -> Option<&str> {
    let (_, rest) = text.split_once(open)?;
    rest.split_once(close).map(|(inner, _)| inner)
}
