//! The API in this process: the gateway's own router, without a socket.

use std::path::Path;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use futures_util::StreamExt;
use tower::ServiceExt;
use trunkline::Config;
use trunkline_admin::{Services, Stores};
use trunkline_core::Registry;
use trunkline_core::host;
use trunkline_engine::Timing;
use trunkline_engine::seal::Sealer;
use trunkline_gateway::{AppState, Operator, Settings, router};

use crate::call::Call;
use crate::client::remote::is_replayed;
use crate::client::target::Needs;
use crate::failure::Failure;
use crate::file;
use crate::reply::Reply;
use crate::server::backend::Backend;
use crate::server::patience::Patience;

/// The router and its state.
#[derive(Debug)]
pub(crate) struct Local {
    router: Router,
    state: AppState,
    backend: Option<Backend>,
}

impl Local {
    /// Opens the database of the configuration, and starts to settle open purchases.
    ///
    /// # Errors
    /// A configuration that is missing or wrong, a database that can't be used.
    pub(crate) async fn open(
        file: Option<&Path>,
        database: Option<&str>,
        needs: Needs,
    ) -> Result<Self, Failure> {
        let config = match file::load(file, Config::parse)? {
            Some(loaded) => loaded.config,
            None if needs == Needs::Nothing => return Ok(Self::empty()),
            None if database.is_some() => Config::default(),
            None => return Err(nowhere()),
        };
        let backend = Backend::open(&config, database, Patience::of(Duration::ZERO)).await?;
        let state = backend.state(&config)?;
        let started = state.services().start();
        started.map_err(|error| Failure::failed(error.message()))?;
        Ok(Self {
            router: router(state.clone()),
            state,
            backend: Some(backend),
        })
    }

    /// Without accounts and without a database.
    fn empty() -> Self {
        let sealer = Sealer::new(&host::random::<[u8; 32]>());
        let services = Services::new(
            Registry::default(),
            Stores::memory(),
            sealer,
            Timing::default(),
        );
        let state = AppState::new(services, Settings::default(), trunkline::descriptors());
        Self {
            router: router(state.clone()),
            state,
            backend: None,
        }
    }

    /// The services of the gateway.
    pub(crate) fn services(&self) -> &Services {
        self.state.services()
    }

    /// Makes a call. `seen` gets the answer so far each time that more has arrived.
    ///
    /// # Errors
    /// A call that can't be written as a request.
    pub(crate) async fn stream(
        &self,
        call: &Call,
        mut seen: impl FnMut(&[u8]),
    ) -> Result<Reply, Failure> {
        let wrong = |error: axum::http::Error| {
            Failure::usage(format!("the request can't be written: {error}"))
        };
        let mut request = Request::builder()
            .method(call.method.clone())
            .uri(call.target());
        request = request.header(header::HOST, "localhost");
        let agent = concat!("trunkline-cli/", env!("CARGO_PKG_VERSION"));
        request = request.header(header::USER_AGENT, agent);
        for (name, value) in call.headers() {
            request = request.header(name, value);
        }
        let body = match &call.body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        let mut request = request.body(body).map_err(wrong)?;
        // A caller that has the database needs no key.
        request.extensions_mut().insert(Operator::default());
        let Ok(response) = self.router.clone().oneshot(request).await;
        let (head, body) = response.into_parts();
        let (mut whole, mut chunks) = (Vec::new(), body.into_data_stream());
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk
                .map_err(|error| Failure::failed(format!("the answer can't be read: {error}")))?;
            whole.extend_from_slice(&chunk);
            seen(&whole);
        }
        Ok(Reply {
            status: head.status.as_u16(),
            replayed: is_replayed(&head.headers),
            body: String::from_utf8_lossy(&whole).into_owned(),
        })
    }

    /// Finishes requests in flight. The next process settles the rest.
    pub(crate) async fn close(self) {
        self.state.services().shutdown().await;
        if let Some(backend) = self.backend {
            backend.close().await;
        }
    }
}

fn nowhere() -> Failure {
    Failure::usage("no gateway and no configuration are given")
        .with_hint("name a gateway with --server or TRUNKLINE_URL, such as http://127.0.0.1:8080 (`trunkline serve` runs one)")
        .with_hint("or give a configuration with --config, or as ./trunkline.toml")
}
