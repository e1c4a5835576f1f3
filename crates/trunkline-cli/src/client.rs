//! The API, wherever it runs: at a server, or in this process.

mod local;
mod remote;
mod target;

use std::path::PathBuf;

use trunkline_admin::Services;

use crate::args::Global;
use crate::call::Call;
use crate::failure::Failure;
use crate::reply::Reply;
use local::Local;
use remote::Remote;

pub(crate) use target::{Needs, Target};

/// A way to the API.
#[derive(Debug)]
pub(crate) enum Api {
    /// Over HTTP.
    Remote(Box<Remote>),
    /// The router itself.
    Local(Box<Local>),
}

impl Api {
    /// Opens the way.
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
                let file: Option<PathBuf> = global.config.clone();
                let local = Local::open(file.as_deref(), global.database.as_deref(), needs).await?;
                Ok(Self::Local(Box::new(local)))
            }
            Target::Both => Err(Failure::usage(
                "--server does the work elsewhere: --config and --database are for here",
            )),
        }
    }

    /// Makes a call.
    ///
    /// # Errors
    /// The problem that the API told, or that it could not be reached.
    pub(crate) async fn send(&self, call: &Call) -> Result<Reply, Failure> {
        let reply = match self {
            Self::Remote(remote) => remote.send(call).await?,
            Self::Local(local) => local.send(call).await?,
        };
        reply.checked(call)
    }

    /// Makes a call whose answer comes line by line, and gives what has come each time that more comes.
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

    /// What to warn of before anything is sent.
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

    /// Finishes what was begun in this process.
    pub(crate) async fn close(self) {
        if let Self::Local(local) = self {
            local.close().await;
        }
    }
}
