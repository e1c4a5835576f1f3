//! The way of a parcel through a forward proxy: a tunnel to an address that was judged here, and through it the server
//! that the URL names.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use http::header::{HOST, USER_AGENT};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper::rt::{Read, Write};
use hyper_util::client::proxy::matcher::Intercept;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio_rustls::TlsConnector;
use trunkline_core::courier::Parcel;
use url::{Position, Url};

use crate::proxy::connect;
use crate::refusal::Failure;
use crate::transport::AGENT;

/// Carries a parcel to the first of these addresses that the proxy opens a tunnel to, and answers with the status.
pub(super) async fn carry(
    proxy: &Intercept,
    tls: &Arc<ClientConfig>,
    addresses: &[SocketAddr],
    parcel: &Parcel,
) -> Result<u16, Failure> {
    let url = Url::parse(&parcel.url)?;
    let mut failed: Failure = "its name leads nowhere".into();
    for address in addresses {
        match connect::open(proxy, tls, &address.to_string()).await {
            Ok(stream) if url.scheme() == "https" => {
                let name = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
                let name = ServerName::try_from(name.to_owned())?;
                let secured = TlsConnector::from(Arc::clone(tls)).connect(name, stream);
                return send(TokioIo::new(secured.await?), &url, parcel).await;
            }
            Ok(stream) => return send(stream.into_inner(), &url, parcel).await,
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

async fn send<S>(stream: S, url: &Url, parcel: &Parcel) -> Result<u16, Failure>
where
    S: Read + Write + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::handshake(stream).await?;
    let mut request = Request::post(&url[Position::BeforePath..Position::AfterQuery])
        .header(HOST, &url[Position::BeforeHost..Position::AfterPort])
        .header(USER_AGENT, AGENT);
    for (name, value) in &parcel.headers {
        request = request.header(*name, value);
    }
    let request = request.body(Full::new(Bytes::from(parcel.body.clone())))?;
    let mut answer = std::pin::pin!(sender.send_request(request));
    let answer = tokio::select! {
        biased;
        answer = answer.as_mut() => answer,
        // A server that hangs up may have answered before.
        ended = connection => answer.await.map_err(|lost| ended.err().unwrap_or(lost)),
    };
    Ok(answer?.status().as_u16())
}

#[cfg(test)]
mod tests;
