//! `CONNECT`: tunnels through a forward proxy.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{HOST, PROXY_AUTHORIZATION};
use http::uri::Scheme;
use http::{Request, StatusCode, Uri};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper::upgrade::{self, Upgraded};
use hyper_util::client::proxy::matcher::Intercept;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::refusal::{Failure, Refused, Unreachable};

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Opens a tunnel to `target`, a host and a port such as `192.0.2.7:443`. `tls` is for the proxy, if that is an
/// `https://` one, and must offer no other protocol than `http/1.1`.
///
/// # Errors
/// [`Unreachable`] or [`Refused`]; whatever else breaks a connection.
pub(crate) async fn open(
    proxy: &Intercept,
    tls: &Arc<ClientConfig>,
    target: &str,
) -> Result<TokioIo<Upgraded>, Failure> {
    let stream = reach(proxy.uri(), tls).await.map_err(Unreachable)?;
    let mut request = Request::connect(target).header(HOST, target);
    if let Some(credential) = proxy.basic_auth() {
        request = request.header(PROXY_AUTHORIZATION, credential);
    }
    let request = request.body(Empty::<Bytes>::new())?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let asked = async move {
        let answer = sender.send_request(request).await?;
        match answer.status() {
            StatusCode::OK => Ok(TokioIo::new(upgrade::on(answer).await?)),
            status => Err(Failure::from(Refused(status))),
        }
    };
    let mut asked = std::pin::pin!(asked);
    tokio::select! {
        biased;
        opened = asked.as_mut() => opened,
        // It ends when the stream is handed over, and when the proxy hangs up.
        _ = connection.with_upgrades() => asked.await,
    }
}

async fn reach(proxy: &Uri, tls: &Arc<ClientConfig>) -> Result<Box<dyn Stream>, Failure> {
    let is_secure = proxy.scheme() == Some(&Scheme::HTTPS);
    let host = proxy.host().unwrap_or_default().trim_matches(['[', ']']);
    let port = proxy.port_u16().unwrap_or(if is_secure { 443 } else { 80 });
    let stream = TcpStream::connect((host, port)).await?;
    if !is_secure {
        return Ok(Box::new(stream));
    }
    let name = ServerName::try_from(host.to_owned())?;
    let secured = TlsConnector::from(Arc::clone(tls)).connect(name, stream);
    Ok(Box::new(secured.await?))
}
