//! A line to another server that can be cut and mended: a network that fails.

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

pub struct Line {
    /// Where it begins: host and port.
    pub address: String,
    is_cut: watch::Sender<bool>,
}

impl Line {
    /// To this host and port.
    pub async fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound").to_string();
        let (is_cut, cut) = watch::channel(false);
        tokio::spawn(carry(listener, server.to_owned(), cut));
        Self { address, is_cut }
    }

    /// Ends every connection and takes no other.
    pub fn cut(&self) {
        self.is_cut.send_replace(true);
    }

    pub fn mend(&self) {
        self.is_cut.send_replace(false);
    }
}

async fn carry(listener: TcpListener, server: String, cut: watch::Receiver<bool>) {
    while let Ok((mut near, _)) = listener.accept().await {
        let (server, mut cut) = (server.clone(), cut.clone());
        tokio::spawn(async move {
            if *cut.borrow() {
                return;
            }
            if let Ok(mut far) = TcpStream::connect(server).await {
                tokio::select! {
                    _ = copy_bidirectional(&mut near, &mut far) => {}
                    _ = cut.wait_for(|cut| *cut) => {}
                }
            }
        });
    }
}
