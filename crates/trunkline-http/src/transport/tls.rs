//! Which servers an account's connections trust: by the certificates of the machine, and those of a file.

use std::path::Path;
use std::sync::{Arc, LazyLock, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};
use tracing::warn;
use trunkline_core::{Error, ErrorKind, Result};

use crate::wire::check::wrong_setting;

/// The certificates of the machine. To read them takes longer than everything else at the start, so that they are read
/// when the first server shows its own.
static MACHINE: LazyLock<RootCertStore> = LazyLock::new(|| {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        warn!("found no CA certificates on this machine: no https connection will be trusted");
    }
    roots
});

/// TLS that trusts what this machine trusts, and the certificates of a PEM file. Without any, `https` fails and loopback
/// `http` works.
///
/// # Errors
/// `Config` naming `ca_file` if it can't be read or holds no certificate.
pub fn config(ca_file: Option<&Path>) -> Result<ClientConfig> {
    static SHARED: OnceLock<ClientConfig> = OnceLock::new();
    if let Some(file) = ca_file {
        return trusting(certificates(file)?);
    }
    if let Some(config) = SHARED.get() {
        return Ok(config.clone());
    }
    let config = trusting(Vec::new())?;
    Ok(SHARED.get_or_init(|| config).clone())
}

/// TLS that trusts these certificates beside those of the machine.
fn trusting(known: Vec<CertificateDer<'static>>) -> Result<ClientConfig> {
    let verifier = Arc::new(Trusted::new(known)?);
    let builder = ClientConfig::builder_with_provider(verifier.provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(ErrorKind::Internal, "can't set up TLS").with_source(error))?;
    let mut config = builder
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
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

/// Trusts as usual, and beyond that the very certificates of the file: one that a server signed for itself often says
/// that it is an authority, which no server's certificate may say.
#[derive(Debug)]
struct Trusted {
    provider: Arc<CryptoProvider>,
    own: RootCertStore,
    known: Vec<CertificateDer<'static>>,
    /// Made when it is first needed; `None` if there is nothing to trust.
    usual: OnceLock<Option<Arc<WebPkiServerVerifier>>>,
}

impl Trusted {
    fn new(known: Vec<CertificateDer<'static>>) -> Result<Self> {
        let mut own = RootCertStore::empty();
        for certificate in &known {
            own.add(certificate.clone()).map_err(|error| {
                wrong("holds a certificate that can't be used").with_source(error)
            })?;
        }
        Ok(Self {
            provider: rustls::crypto::ring::default_provider().into(),
            own,
            known,
            usual: OnceLock::new(),
        })
    }

    fn usual(&self) -> Option<&WebPkiServerVerifier> {
        let made = self.usual.get_or_init(|| {
            let mut roots = MACHINE.clone();
            roots.extend(self.own.roots.iter().cloned());
            let provider = self.provider.clone();
            let usual = WebPkiServerVerifier::builder_with_provider(roots.into(), provider);
            usual.build().ok()
        });
        made.as_deref()
    }
}

impl ServerCertVerifier for Trusted {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let usual = self.usual().ok_or(CertificateError::UnknownIssuer)?;
        match usual.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
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
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = &self.provider.signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_of_the_machine_are_read_when_a_server_shows_its_own() {
        let trusted = Trusted::new(Vec::new()).unwrap();
        assert!(!trusted.supported_verify_schemes().is_empty());
        assert!(trusted.usual.get().is_none());
        let name = ServerName::try_from("carrier.test").unwrap();
        let shown = CertificateDer::from(vec![0]);
        let trusted_it = trusted.verify_server_cert(&shown, &[], &name, &[], UnixTime::now());
        assert!(trusted_it.is_err() && trusted.usual.get().is_some());
    }
}
