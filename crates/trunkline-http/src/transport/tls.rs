//! Which servers an account's connections trust: by the certificates of the machine, and those of a file.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};
use tracing::warn;
use trunkline_core::{Error, ErrorKind, Result};

use crate::wire::check::wrong_setting;

/// TLS that trusts what this machine trusts, and the certificates of a PEM file.
///
/// # Errors
/// `Config` naming `ca_file` if it can't be read or holds no certificate.
pub fn config(ca_file: Option<&Path>) -> Result<ClientConfig> {
    let Some(file) = ca_file else {
        return machine();
    };
    let known = certificates(file)?;
    let mut roots = machine_roots();
    for certificate in &known {
        roots
            .add(certificate.clone())
            .map_err(|error| wrong("holds a certificate that can't be used").with_source(error))?;
    }
    let provider = provider();
    let usual = WebPkiServerVerifier::builder_with_provider(roots.into(), provider.clone())
        .build()
        .map_err(|error| wrong("holds no certificate to trust").with_source(error))?;
    let verifier = Arc::new(Known { usual, known });
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    Ok(with_protocols(builder.with_no_client_auth()))
}

/// TLS with the certificates of the machine, which are read once a process. Without any, `https` fails and loopback
/// `http` works.
fn machine() -> Result<ClientConfig> {
    static SHARED: OnceLock<ClientConfig> = OnceLock::new();
    if let Some(config) = SHARED.get() {
        return Ok(config.clone());
    }
    let roots = machine_roots();
    if roots.is_empty() {
        warn!("found no CA certificates on this machine: no https connection will be trusted");
    }
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .with_root_certificates(roots);
    let config = with_protocols(builder.with_no_client_auth());
    Ok(SHARED.get_or_init(|| config).clone())
}

fn machine_roots() -> RootCertStore {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    roots
}

fn provider() -> Arc<CryptoProvider> {
    rustls::crypto::ring::default_provider().into()
}

fn with_protocols(mut config: ClientConfig) -> ClientConfig {
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config
}

/// The certificates of a PEM file; keys and the like in it are passed over.
fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<_, _>>);
    let known: Vec<_> = match read {
        Ok(known) => known,
        Err(pem::Error::Io(error)) => return Err(wrong("can't be read").with_source(error)),
        Err(error) => return Err(wrong("is not a PEM file").with_source(error)),
    };
    if known.is_empty() {
        return Err(wrong("holds no certificate"));
    }
    Ok(known)
}

fn wrong(why: &str) -> Error {
    wrong_setting("ca_file", why)
}

fn unusable(error: rustls::Error) -> Error {
    Error::new(ErrorKind::Internal, "can't set up TLS").with_source(error)
}

/// Trusts as usual, and beyond that the very certificates of the file: one that a server signed for itself often says
/// that it is an authority, which no server's certificate may say.
#[derive(Debug)]
struct Known {
    usual: Arc<WebPkiServerVerifier>,
    known: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for Known {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let usual = self.usual.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        match usual {
            // Neither expired nor of unknown origin: there are errors of their own for that.
            Err(rustls::Error::InvalidCertificate(CertificateError::Other(_)))
                if self.known.contains(end_entity) =>
            {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            usual => usual,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.usual
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.usual
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.usual.supported_verify_schemes()
    }
}
