//! A certificate that an endpoint is shown over TLS, checked when the configuration is read.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use super::check::Check;
use super::raw_endpoint::RawEndpoint;

/// Largest file of certificates or keys.
const PEM_MAX_BYTES: u64 = 256 << 10;

/// A certificate with its chain and its private key, which belong together.
#[derive(Clone)]
pub struct ClientIdentity {
    /// The file that the certificate stands in, to be shown.
    pub cert_file: String,
    /// The file that the key stands in, to be shown.
    pub key_file: String,
    key: Arc<CertifiedKey>,
    fingerprint: u64,
}

impl ClientIdentity {
    /// For the handshake.
    pub fn certified_key(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.key)
    }

    /// Tells one certificate from another; a renewed one is another.
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }
}

impl fmt::Debug for ClientIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "certificate of {}", self.cert_file)
    }
}

impl Check<'_> {
    /// The certificate of an endpoint; `None` where it has none, or what is wrong was reported.
    pub(crate) fn identity(&mut self, raw: &RawEndpoint, key: &str) -> Option<ClientIdentity> {
        let (cert_key, key_key) = (format!("{key}.client_cert"), format!("{key}.client_key"));
        let (cert_file, key_file) = match (&raw.client_cert, &raw.client_key) {
            (None, None) => return None,
            (Some(cert), Some(key)) => (cert, key),
            (Some(_), None) => {
                self.wrong(&key_key, "is missing; client_cert needs its private key");
                return None;
            }
            (None, Some(_)) => {
                self.wrong(&cert_key, "is missing; client_key needs its certificate");
                return None;
            }
        };
        let chain = read(&self.dir.join(cert_file), "certificate", |bytes| {
            CertificateDer::pem_slice_iter(bytes).collect::<Result<Vec<_>, _>>()
        });
        let private = read(&self.dir.join(key_file), "private key", |bytes| {
            PrivateKeyDer::from_pem_slice(bytes)
        });
        let chain = self.sound(&cert_key, chain);
        let private = self.sound(&key_key, private);
        let (chain, private) = (chain?, private?);
        if chain.is_empty() {
            self.wrong(
                &cert_key,
                format!(
                    "`{cert_file}` holds no certificate; it is to be PEM, with BEGIN CERTIFICATE"
                ),
            );
            return None;
        }
        let mut bytes = private.secret_der().to_vec();
        for certificate in &chain {
            bytes.extend_from_slice(certificate);
        }
        let fingerprint = xxhash_rust::xxh3::xxh3_64(&bytes);
        let provider = rustls::crypto::ring::default_provider();
        match CertifiedKey::from_der(chain, private, &provider) {
            Ok(certified) => Some(ClientIdentity {
                cert_file: cert_file.clone(),
                key_file: key_file.clone(),
                key: Arc::new(certified),
                fingerprint,
            }),
            Err(error) => {
                self.wrong(
                    &key_key,
                    format!(
                        "`{key_file}` is not the key of the certificate in `{cert_file}`: {error}"
                    ),
                );
                None
            }
        }
    }

    fn sound<T>(&mut self, key: &str, read: Result<T, String>) -> Option<T> {
        read.map_err(|problem| self.wrong(key, problem)).ok()
    }
}

fn read<T>(
    path: &Path,
    what: &str,
    parse: impl FnOnce(&[u8]) -> Result<T, rustls::pki_types::pem::Error>,
) -> Result<T, String> {
    let refuse =
        |reason: String| format!("cannot read the {what} in `{}`: {reason}", path.display());
    let found = std::fs::metadata(path).map_err(|error| refuse(error.to_string()))?;
    if !found.is_file() || found.len() > PEM_MAX_BYTES {
        return Err(refuse(format!(
            "it is to be a file of at most {} KiB",
            PEM_MAX_BYTES >> 10
        )));
    }
    let bytes = std::fs::read(path).map_err(|error| refuse(error.to_string()))?;
    parse(&bytes).map_err(|error| refuse(format!("{error}; it is to be PEM")))
}
