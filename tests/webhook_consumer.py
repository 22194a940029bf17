#!/usr/bin/env python3
"""A stranger's consumer: the Standard Webhooks library verifies what the daemon sends.

    tests/webhook_consumer.py BINARY

Serves one feed with one article on loopback addresses, runs `wireroom run --once` on it, and checks
the request that arrives with the `standardwebhooks` package, which shares no code with Wireroom.
"""

import base64
import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading

from standardwebhooks.webhooks import Webhook

SECRET = "whsec_" + base64.b64encode(os.urandom(32)).decode()
PARAGRAPHS = [
    "The lock at the head of the canal was opened on Tuesday after eleven months of work, the waterway office said.",
    "Barges of up to eighty metres can pass, and the wait at the old lock of about five hours falls away.",
    "The office expects the first grain convoys before the end of the month, when the upper harbour is dredged.",
]
received = []


class Site(http.server.BaseHTTPRequestHandler):
    """The outlet and the receiver in one."""

    def do_GET(self):
        base = f"http://127.0.0.1:{self.server.server_port}"
        if self.path == "/feed":
            kind, body = "application/rss+xml", (
                "<rss version='2.0'><channel><title>Canal News</title><item><title>Lock opened</title>"
                f"<link>{base}/lock</link><guid>{base}/lock</guid>"
                "<pubDate>Tue, 03 Jun 2025 10:00:00 +0200</pubDate></item></channel></rss>"
            )
        elif self.path == "/lock":
            text = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
            kind, body = "text/html; charset=utf-8", (
                "<html><head><title>Lock opened</title></head><body><nav><a href='/'>Home</a></nav>"
                f"<article><h1>Lock opened</h1>{text}</article></body></html>"
            )
        else:
            self.send_error(404)
            return
        self.answer(200, kind, body.encode())

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        received.append((dict(self.headers.items()), body))
        self.answer(204, "text/plain", b"")

    def answer(self, status, kind, body):
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def main(binary: str) -> None:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    with tempfile.TemporaryDirectory() as directory:
        config = pathlib.Path(directory) / "wireroom.toml"
        config.write_text(f"""
[daemon]
data_dir = "{directory}/data"
outlets = []
[fetch]
allow_private = ["127.0.0.0/8"]
host_delay = "10ms"
[poll]
first = "all"
[http]
listen = "127.0.0.1:0"
[[outlet]]
name = "canal-news"
title = "Canal News"
homepage = "{base}/"
language = "en"
[[outlet.source]]
kind = "feed"
url = "{base}/feed"
[[endpoint]]
name = "stranger"
url = "{base}/hook"
format = "json"
secret = "{SECRET}"
events = ["article.new"]
allow_private = true
""")
        command = [binary, "run", "--once", "--strict", "--config", str(config)]
        subprocess.run(command, check=True, timeout=120)

    assert len(received) == 1, f"{len(received)} requests arrived"
    headers, body = received[0]
    event = Webhook(SECRET).verify(body, {name.lower(): value for name, value in headers.items()})
    article = event["data"]["article"]
    assert event["type"] == "article.new", event["type"]
    assert article["outlet"] == "canal-news" and article["revision"] == 1, article
    assert article["title"] == "Lock opened", article["title"]
    assert article["text"] == "\n\n".join(PARAGRAPHS), article["text"]
    assert article["published"] == "2025-06-03T10:00:00+02:00", article["published"]
    assert article["url"] == f"{base}/lock", article["url"]

    tampered = body.replace(b"Lock", b"Dock")
    try:
        Webhook(SECRET).verify(tampered, {name.lower(): value for name, value in headers.items()})
    except Exception:  # the library's own error type has moved between its versions
        pass
    else:
        raise AssertionError("a changed body was verified")
    print(f"verified {headers.get('webhook-id')}: {json.dumps(article['title'])}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
