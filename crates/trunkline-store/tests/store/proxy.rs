//! Something between a store and its server that can get in the way at a chosen moment.

use std::sync::Arc;
use std::sync::Mutex;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What happens to a message of the store's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It arrives, and the answer gets lost with the connection.
    AnswerLost,
    /// It is never delivered, and nobody hangs up.
    Frozen,
}

type Armed = Arc<Mutex<Option<(fn(&[u8]) -> bool, Fault)>>>;

/// Listens until it is dropped.
pub(crate) struct Proxy {
    port: u16,
    armed: Armed,
    stop: CancellationToken,
}

impl Proxy {
    pub(crate) async fn before((host, port): (&'static str, u16)) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let this = Self {
            port: listener.local_addr().unwrap().port(),
            armed: Armed::default(),
            stop: CancellationToken::new(),
        };
        let (armed, stop, tasks) = (this.armed.clone(), this.stop.clone(), TaskTracker::new());
        tasks.clone().spawn(async move {
            while let Some(Ok((client, _))) = stop.run_until_cancelled(listener.accept()).await {
                let server = TcpStream::connect((host, port)).await.unwrap();
                let (armed, stop) = (armed.clone(), stop.clone());
                tasks.spawn(async move {
                    stop.run_until_cancelled(relay(client, server, armed)).await;
                });
            }
        });
        this
    }

    /// The same URL, through here.
    pub(crate) fn url(&self, direct: &str, port: u16) -> String {
        direct.replacen(&format!(":{port}/"), &format!(":{}/", self.port), 1)
    }

    /// Has the fault happen once, to the next message that is the one.
    pub(crate) fn arm(&self, is_it: fn(&[u8]) -> bool, fault: Fault) {
        *self.armed.lock().unwrap() = Some((is_it, fault));
    }

    pub(crate) fn is_armed(&self) -> bool {
        self.armed.lock().unwrap().is_some()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Whether the message begins a transaction of several statements.
pub(crate) fn is_transaction(message: &[u8]) -> bool {
    message.ends_with(b"BEGIN\0")
}

/// Whether the message ends a transaction.
pub(crate) fn is_commit(message: &[u8]) -> bool {
    message.ends_with(b"COMMIT\0")
}

/// Whether the message runs a prepared statement that writes a new purchase.
pub(crate) fn is_begin(message: &[u8]) -> bool {
    writes(message, br#""intended""#)
}

/// Whether the message runs a prepared statement that writes an unknown outcome.
pub(crate) fn is_loss(message: &[u8]) -> bool {
    writes(message, br#""unknown""#)
}

fn writes(message: &[u8], state: &[u8]) -> bool {
    message.first() == Some(&b'B') && message.windows(state.len()).any(|found| found == state)
}

async fn relay(mut client: TcpStream, mut server: TcpStream, armed: Armed) {
    let (mut up, mut down) = (vec![0; 65536], vec![0; 65536]);
    loop {
        tokio::select! {
            read = client.read(&mut up) => {
                let message = match read {
                    Ok(0) | Err(_) => return,
                    Ok(length) => &up[..length],
                };
                let hit = armed.lock().unwrap().take_if(|(is_it, _)| is_it(message));
                match hit {
                    Some((_, Fault::Frozen)) => std::future::pending().await,
                    Some((_, Fault::AnswerLost)) => {
                        server.write_all(message).await.unwrap();
                        assert!(server.read(&mut down).await.unwrap() > 0);
                        return;
                    }
                    None if server.write_all(message).await.is_err() => return,
                    None => {}
                }
            }
            read = server.read(&mut down) => match read {
                Ok(length) if length > 0 && client.write_all(&down[..length]).await.is_ok() => {}
                _ => return,
            }
        }
    }
}
