//! TLS as a client: the Mozilla roots compiled in, and a bundle of the operator's beside them.
//!
//! Nothing is read from the system's certificate directories: the binary works in an empty
//! container. A private certification authority comes in through `SSL_CERT_FILE`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::fetch::http::SetUpError;

/// Offers HTTP/2 first, then HTTP/1.1.
pub(crate) fn client(extra_roots: Option<&Path>) -> Result<ClientConfig, SetUpError> {
    let mut roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    if let Some(path) = extra_roots {
        add_bundle(&mut roots, path)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(SetUpError::Tls)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// Adds each certificate of a PEM file; one that cannot be used is passed over, as OpenSSL does,
/// but a bundle without any usable one is a mistake of the operator's.
fn add_bundle(roots: &mut RootCertStore, path: &Path) -> Result<(), SetUpError> {
    let bundle = |source: rustls::pki_types::pem::Error| SetUpError::Bundle {
        path: path.to_owned(),
        source,
    };
    let certificates = CertificateDer::pem_file_iter(path)
        .map_err(bundle)?
        .collect::<Result<Vec<_>, _>>()
        .map_err(bundle)?;
    let (added, _unusable) = roots.add_parsable_certificates(certificates);
    if added == 0 {
        return Err(SetUpError::EmptyBundle(PathBuf::from(path)));
    }
    Ok(())
}
