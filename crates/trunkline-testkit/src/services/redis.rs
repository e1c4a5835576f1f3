//! A Redis of a test's own.

use std::io::{ErrorKind, Result};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

const BINARY: &str = "redis-server";
const START_TIMEOUT: Duration = Duration::from_secs(20);

/// A Redis that keeps nothing on disk. It is killed when dropped.
#[derive(Debug)]
pub struct Redis {
    address: SocketAddr,
    password: Option<String>,
    directory: TempDir,
    process: Option<Child>,
}

impl Redis {
    /// Starts one on a free port and waits until it answers; `None`, having said so, where it is not installed.
    ///
    /// # Errors
    /// If it does not start.
    ///
    /// # Panics
    /// As [`skip`](super::skip).
    pub async fn start() -> Result<Option<Self>> {
        Self::start_with(None).await
    }

    /// Starts one that asks for a password.
    ///
    /// # Errors
    /// As [`Redis::start`].
    ///
    /// # Panics
    /// As [`Redis::start`].
    pub async fn start_with(password: Option<&str>) -> Result<Option<Self>> {
        // Another process may take the port before Redis does: then there is another one.
        for _ in 0..3 {
            let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
            let mut redis = Self {
                address: free,
                password: password.map(ToOwned::to_owned),
                directory: TempDir::new()?,
                process: None,
            };
            match redis.restart().await {
                Ok(()) => return Ok(Some(redis)),
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    super::skip(BINARY);
                    return Ok(None);
                }
                Err(error) if error.kind() == ErrorKind::AddrInUse => {}
                Err(error) => return Err(error),
            }
        }
        Err(ErrorKind::AddrInUse.into())
    }

    /// Where it is, password included: `redis://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        match &self.password {
            Some(password) => format!("redis://:{password}@{}", self.address),
            None => format!("redis://{}", self.address),
        }
    }

    /// Kills it. What it knew is gone.
    ///
    /// # Errors
    /// If it can't be killed.
    pub fn kill(&mut self) -> Result<()> {
        if let Some(mut process) = self.process.take() {
            process.kill()?;
            process.wait()?;
        }
        Ok(())
    }

    /// Starts it again at the same address and waits until it answers.
    ///
    /// # Errors
    /// `NotFound` if it is not installed, `AddrInUse` if it ended at once, `TimedOut` if it never answered.
    pub async fn restart(&mut self) -> Result<()> {
        self.kill()?;
        let mut command = Command::new(BINARY);
        command
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .args(["--port", &self.address.port().to_string()])
            .current_dir(self.directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        if let Some(password) = &self.password {
            command.args(["--requirepass", password]);
        }
        let process = self.process.insert(command.spawn()?);
        let give_up = Instant::now() + START_TIMEOUT;
        while !answers(self.address).await {
            if process.try_wait()?.is_some() {
                return Err(ErrorKind::AddrInUse.into());
            }
            if Instant::now() > give_up {
                return Err(ErrorKind::TimedOut.into());
            }
            sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // Nothing is left to be done about one that can't be killed.
        let _ = self.kill();
    }
}

/// Whether something there speaks the protocol; one that asks for a password first says so.
async fn answers(address: SocketAddr) -> bool {
    let ask = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(b"PING\r\n").await?;
        stream.read_u8().await
    };
    matches!(ask.await, Ok(b'+' | b'-'))
}
