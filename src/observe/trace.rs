//! Spans and the traces that they belong to.
//!
//! Every build gives each piece of work a span with its trace's identifier, so that the log can be asked for
//! it. Only a build with the feature `otel` exports spans (`export`); what is asked here is answered in both.

use tracing::Span;

use crate::model::trace::TraceId;

/// Makes a span part of a trace that others began: between a poll and the deliveries that it led to there
/// is no call, but the store, and perhaps a restart. They all have one parent, which nobody exports.
#[cfg(feature = "otel")]
pub fn join(span: &Span, trace: TraceId) {
    use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceState};
    use tracing_opentelemetry::OpenTelemetrySpanExt as _;

    let bytes = trace.to_bytes();
    let mut root = [0; 8];
    root.copy_from_slice(&bytes[..8]);
    // None is all zero.
    root[7] |= 1;
    let parent = SpanContext::new(
        opentelemetry::trace::TraceId::from_bytes(bytes),
        SpanId::from_bytes(root),
        TraceFlags::SAMPLED,
        true,
        TraceState::NONE,
    );
    let context = opentelemetry::Context::new().with_remote_span_context(parent);
    // It fails where spans are not exported, or not of this level.
    drop(span.set_parent(context));
}

/// Spans are not exported: their fields, in the log, are all there is.
#[cfg(not(feature = "otel"))]
pub fn join(_span: &Span, _trace: TraceId) {}

/// The identifier of the span at work, for the request that it sends: the exported one where there is one.
pub fn span_id() -> [u8; 8] {
    #[cfg(feature = "otel")]
    {
        use opentelemetry::trace::TraceContextExt as _;
        use tracing_opentelemetry::OpenTelemetrySpanExt as _;

        let context = Span::current().context();
        let span = context.span().span_context().span_id();
        if span != opentelemetry::trace::SpanId::INVALID {
            return span.to_bytes();
        }
    }
    rand::random()
}
