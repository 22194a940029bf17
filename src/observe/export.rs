//! Spans, sent to an OpenTelemetry collector (OTLP over HTTP, protobuf). Only in builds with the feature `otel`.
//!
//! Where to, with which headers and how much is said by the standard's own variables (`OTEL_EXPORTER_OTLP_ENDPOINT`,
//! `…_HEADERS`, `OTEL_SERVICE_NAME`, `OTEL_TRACES_SAMPLER`, …), which the exporter reads. Sending is a thread's of its
//! own: a collector that is away delays nothing, and what its buffer cannot hold is dropped.

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::Layer as _;

use crate::observe::log::Extra;

/// The variables of which one has to name a collector.
pub const VARIABLES: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
];

/// Spans on their way to a collector.
#[derive(Debug)]
pub struct Export(SdkTracerProvider);

/// Why spans cannot be exported.
#[derive(Debug, thiserror::Error)]
#[error("cannot export traces to where {} says", VARIABLES[1])]
pub struct ExportError(#[source] opentelemetry_otlp::ExporterBuildError);

impl Export {
    /// Exports by `client`, as the service `name`.
    pub fn new(client: reqwest::blocking::Client, name: &str) -> Result<Self, ExportError> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(client)
            .with_protocol(Protocol::HttpBinary)
            .build()
            .map_err(ExportError)?;
        let resource = Resource::builder()
            .with_service_name(name.to_owned())
            .with_attribute(opentelemetry::KeyValue::new(
                "service.version",
                env!("CARGO_PKG_VERSION"),
            ));
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(resource.build());
        Ok(Self(provider.build()))
    }

    /// What has to stand beside the log for it.
    pub(crate) fn layer(&self) -> Extra {
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer("wireroom"))
            .boxed()
    }
}

/// What is left is sent, for five seconds at most.
impl Drop for Export {
    fn drop(&mut self) {
        if let Err(fault) = self.0.shutdown() {
            tracing::warn!("the last traces were not exported: {fault}");
        }
    }
}
