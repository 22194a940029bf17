#!/usr/bin/env python3
"""A daemon built with the feature `otel` exports what its log says, read by others' definitions of the protocol.

    tests/otel.py BINARY

Serves an outlet, a receiver and a loopback collector, runs `wireroom run --once` against them, and checks that the poll, the visit to
the page and the delivery come as spans of one trace: the one in the webhook's `traceparent`, whose parent is the delivery's span.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from loopback import Handler, configuration, served

TEXT = "".join(f"<p>Paragraph {n} of a page that says enough to be taken for an article by anybody.</p>" for n in range(6))
spans, parents, services = {}, [], set()


class World(Handler):
    def do_GET(self):
        address = f"http://127.0.0.1:{self.server.server_port}/lock"
        pages = {
            "/feed": f"<rss version='2.0'><channel><title>T</title><item><title>lock</title><link>{address}</link></item></channel></rss>",
            "/lock": f"<html><body><article><h1>lock</h1>{TEXT}</article></body></html>",
        }
        kind = "text/html" if self.path == "/lock" else "application/rss+xml"
        self.answer(200 if self.path in pages else 404, kind, pages.get(self.path, "").encode())

    def do_POST(self):
        body = self.sent()
        if self.path == "/hook":
            parents.append(self.headers["traceparent"])
        else:
            assert self.path == "/v1/traces" and self.headers["content-type"] == "application/x-protobuf", self.path
            assert self.headers["x-tenant"] == "news", self.headers
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                services.update(one.value.string_value for one in resource.resource.attributes if one.key == "service.name")
                for scope in resource.scope_spans:
                    for span in scope.spans:
                        spans.setdefault(span.name, []).append(span)
        self.answer(200, "text/plain", b"")



def main(binary: str) -> None:
    base = served(World)
    with tempfile.TemporaryDirectory() as directory:
        config = pathlib.Path(directory) / "wireroom.toml"
        config.write_text(configuration(directory, f"""
[log]
level = "info,wireroom=debug"
[[endpoint]]
name = "desk"
url = "{base}/hook"
allow_private = true
[[outlet]]
name = "canal-news"
[[outlet.source]]
kind = "feed"
url = "{base}/feed"
"""))
        environment = {
            **os.environ,
            "OTEL_EXPORTER_OTLP_ENDPOINT": base,
            "OTEL_EXPORTER_OTLP_HEADERS": "x-tenant=news",
        }
        done = subprocess.run(
            [binary, "run", "--once", "--strict", "--config", str(config)],
            env=environment, capture_output=True, text=True, timeout=120,
        )
        assert done.returncode == 0, done.stderr
    assert services == {"wireroom"}, services
    assert {"poll", "visit", "fetch", "extract", "publish", "delivery"} <= set(spans), sorted(spans)
    [parent] = parents
    _, trace, span, _ = parent.split("-")
    for name, several in spans.items():
        assert all(one.trace_id.hex() == trace for one in several), f"a span `{name}` is not of the webhook's trace"
        assert all(one.end_time_unix_nano >= one.start_time_unix_nano > 0 for one in several), name
    assert [one.span_id.hex() for one in spans["delivery"]] == [span], "the webhook's parent is not the delivery"
    [visit] = spans["visit"]
    for name in ["extract", "publish"]:
        assert [one.parent_span_id for one in spans[name]] == [visit.span_id], f"`{name}` is no part of the visit"
    assert f"trace_id={trace}" in done.stderr, "the log does not name the trace"
    print(f"{sum(map(len, spans.values()))} spans of one trace, from the poll to the webhook")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
