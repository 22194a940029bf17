//! Exporting traces, where the environment names a collector for them.

use std::collections::BTreeMap;

use crate::cli::Failure;
use crate::observe::log::Extra;

/// Traces on their way to a collector; what is left is sent when it goes.
#[cfg(feature = "otel")]
pub(super) struct Export(Option<crate::observe::export::Export>);

#[cfg(feature = "otel")]
impl Export {
    /// As the standard's variables say; nothing is exported where none of them names a collector.
    ///
    /// Not to be called within a runtime: the exporter's client brings its own.
    pub(super) fn from_environment(env: &BTreeMap<String, String>) -> Result<Self, Failure> {
        use anyhow::Context as _;

        use crate::observe::export::{Export, VARIABLES};

        let set = |name: &str| env.get(name).filter(|value| !value.is_empty());
        if !VARIABLES.iter().any(|name| set(name).is_some()) {
            return Ok(Self(None));
        }
        let roots = env.get("SSL_CERT_FILE").map(std::path::Path::new);
        let tls = crate::fetch::tls::client(roots).context("cannot export traces")?;
        let client = reqwest::blocking::Client::builder()
            .tls_backend_preconfigured(tls)
            // As long as the specification lets an exporter wait.
            .timeout(std::time::Duration::from_secs(10))
            .build()
            .context("cannot make the client that exports traces")?;
        let name = set("OTEL_SERVICE_NAME").map_or("wireroom", String::as_str);
        let export = Export::new(client, name).context("cannot export traces")?;
        Ok(Self(Some(export)))
    }

    /// What stands beside the log for it.
    pub(super) fn layer(&self) -> Option<Extra> {
        self.0.as_ref().map(crate::observe::export::Export::layer)
    }
}

/// This build exports none.
#[cfg(not(feature = "otel"))]
pub(super) struct Export;

#[cfg(not(feature = "otel"))]
impl Export {
    /// The variables are others' as well: they are no mistake here.
    #[expect(
        clippy::unnecessary_wraps,
        reason = "the build that exports can fail here"
    )]
    pub(super) fn from_environment(_env: &BTreeMap<String, String>) -> Result<Self, Failure> {
        Ok(Self)
    }

    /// Nothing.
    #[expect(clippy::unused_self, reason = "the build that exports needs it")]
    pub(super) fn layer(&self) -> Option<Extra> {
        None
    }
}
