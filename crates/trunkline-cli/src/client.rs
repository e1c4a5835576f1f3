//! The API, at a gateway or in this process.

mod local;
mod remote;
mod target;

use serde_json::Value;
use trunkline_admin::Services;

use crate::args::Global;
use crate::call::Call;
use crate::failure::Failure;
use crate::reply::Reply;
use local::Local;
use remote::Remote;

pub(crate) use target::{Needs, Target};

/// A connection to the API.
#[derive(Debug)]
pub(crate) enum Api {
    /// Over HTTP.
    Remote(Box<Remote>),
    /// The router itself.
    Local(Box<Local>),
}

impl Api {
    /// Opens the connection.
    ///
    /// # Errors
    /// A wrong address; a configuration that is missing or wrong, a database that can't be used.
    pub(crate) async fn open(
        target: &Target,
        global: &Global,
        needs: Needs,
    ) -> Result<Self, Failure> {
        match target {
            Target::Server(url) => {
                Remote::new(url, global.key.clone()).map(|remote| Self::Remote(Box::new(remote)))
            }
            Target::Here => {
                let (file, database) = (global.config.as_deref(), global.database.as_deref());
                let local = Local::open(file, database, needs).await?;
                Ok(Self::Local(Box::new(local)))
            }
            Target::Both => Err(Failure::usage(
                "--server names a gateway; --config and --database are for work in this process",
            )),
        }
    }

    /// Makes a call.
    ///
    /// # Errors
    /// The problem that the API reported, or that it could not be reached.
    pub(crate) async fn send(&self, call: &Call) -> Result<Reply, Failure> {
        self.stream(call, |_| {}).await
    }

    /// Gets what is at a path.
    ///
    /// # Errors
    /// Those of [`Api::send`].
    pub(crate) async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.send(&Call::get(path)).await?.value()
    }

    /// Makes a call that is answered line by line. `seen` gets the answer so far each time that more has arrived.
    ///
    /// # Errors
    /// Those of [`Api::send`].
    pub(crate) async fn stream(
        &self,
        call: &Call,
        seen: impl FnMut(&[u8]),
    ) -> Result<Reply, Failure> {
        let reply = match self {
            Self::Remote(remote) => remote.stream(call, seen).await?,
            Self::Local(local) => local.stream(call, seen).await?,
        };
        reply.checked(call)
    }

    /// What to warn about before anything is sent.
    pub(crate) fn warning(&self) -> Option<&'static str> {
        match self {
            Self::Remote(remote) => remote.warning(),
            Self::Local(_) => None,
        }
    }

    /// The services themselves, if the work is done in this process.
    pub(crate) fn services(&self) -> Option<&Services> {
        match self {
            Self::Remote(_) => None,
            Self::Local(local) => Some(local.services()),
        }
    }

    /// Finishes the work of this process.
    pub(crate) async fn close(self) {
        if let Self::Local(local) = self {
            local.close().await;
        }
    }
}
