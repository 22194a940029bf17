#!/usr/bin/env python3
"""Strangers' consumers: others' libraries read and verify what the daemon sends.

    tests/webhook_consumer.py BINARY

Serves one feed with one article on loopback addresses, runs `wireroom run --once` on it, corrects the article and
runs it again, and checks the requests that arrive (the first attempt at one endpoint is refused) with packages that share no code with Wireroom: `standardwebhooks` (signatures, two
of them as during a rotation), `cryptography` (ed25519 signatures, by the public key that `config show` prints),
`cloudevents` (both modes) and `slack_sdk` (Block Kit's models with their validators).
"""

import base64
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from cloudevents.core.bindings import http as cloudevents_http
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from slack_sdk.models.blocks import Block
from standardwebhooks.webhooks import Webhook

from loopback import Handler, configuration, served

SECRET = "whsec_" + base64.b64encode(os.urandom(32)).decode()
OLD_SECRET = "whsec_" + base64.b64encode(os.urandom(24)).decode()
PRIVATE_KEY = "whsk_" + base64.b64encode(os.urandom(32)).decode()
PARAGRAPHS = [
    "The lock at the head of the canal was opened on Tuesday after eleven months of work, the waterway office said.",
    "Barges of up to eighty metres can pass, and the wait at the old lock of about five hours falls away.",
    "The office expects the first grain convoys before the end of the month, when the upper harbour is dredged.",
]
CORRECTED = "Barges of up to sixty metres can pass, and the wait at the old lock of about five hours falls away."
received = {}


class Site(Handler):
    """The outlet and the receiver in one."""

    corrected = False

    def do_GET(self):
        base = f"http://127.0.0.1:{self.server.server_port}"
        if self.path == "/feed":
            kind, body = "application/rss+xml", (
                "<rss version='2.0'><channel><title>Canal News</title><item><title>Lock opened</title>"
                f"<link>{base}/lock</link><guid>{base}/lock</guid>"
                f"<description>{'Corrected.' if Site.corrected else 'First.'}</description>"
                "<pubDate>Tue, 03 Jun 2025 10:00:00 +0200</pubDate></item></channel></rss>"
            )
        elif self.path == "/lock":
            text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs(Site.corrected))
            kind, body = "text/html; charset=utf-8", (
                "<html><head><title>Lock opened</title></head><body><nav><a href='/'>Home</a></nav>"
                f"<article><h1>Lock opened</h1>{text}</article></body></html>"
            )
        else:
            self.send_error(404)
            return
        self.answer(200, kind, body.encode())

    def do_POST(self):
        body = self.sent()
        headers = {name.lower(): value for name, value in self.headers.items()}
        requests = received.setdefault(self.path, [])
        requests.append((headers, body))
        refuses = self.path == "/json" and len(requests) == 1
        self.answer(503 if refuses else 204, "text/plain", b"")




def paragraphs(corrected: bool) -> list:
    return [PARAGRAPHS[0], CORRECTED if corrected else PARAGRAPHS[1], PARAGRAPHS[2]]


def main(binary: str) -> None:
    base = served(Site)
    with tempfile.TemporaryDirectory() as directory:
        config = pathlib.Path(directory) / "wireroom.toml"
        config.write_text(configuration(directory, f"""
[delivery]
schedule = ["10ms"]
[[outlet]]
name = "canal-news"
title = "Canal News"
homepage = "{base}/"
language = "en"
[[outlet.source]]
kind = "feed"
url = "{base}/feed"
{endpoint(base, "json", f'secret = "{PRIVATE_KEY} {SECRET} {OLD_SECRET}"')}
{endpoint(base, "structured", f'format = "cloudevents"' + chr(10) + f'secret = "{SECRET}"')}
{endpoint(base, "binary", 'format = "cloudevents"' + chr(10) + 'mode = "binary"')}
{endpoint(base, "slack", 'format = "slack"' + chr(10) + 'content = "full"')}
"""))
        command = [binary, "run", "--once", "--config", str(config)]
        subprocess.run(command, check=True, timeout=120)
        Site.corrected = True
        subprocess.run([*command, "--strict"], check=True, timeout=120)
        shown = subprocess.run(
            [binary, "config", "show", "--config", str(config)],
            check=True, timeout=60, capture_output=True, text=True,
        ).stdout

    counts = {path: len(requests) for path, requests in received.items()}
    wanted = {"/json": 3, "/structured": 2, "/binary": 2, "/slack": 2}
    assert counts == wanted, f"requests arrived: {counts}"
    refused, (headers, body), correction = received["/json"]
    check_attempts(refused, (headers, body))
    event = Webhook(SECRET).verify(body, headers)
    assert Webhook(OLD_SECRET).verify(body, headers) == event
    check_ed25519(headers, body, shown)
    article = event["data"]["article"]
    assert event["type"] == "article.new", event["type"]
    assert article["outlet"] == "canal-news" and article["revision"] == 1, article
    assert article["title"] == "Lock opened", article["title"]
    assert article["text"] == "\n\n".join(PARAGRAPHS), article["text"]
    assert article["published"] == "2025-06-03T10:00:00+02:00", article["published"]
    assert article["url"] == f"{base}/lock", article["url"]

    tampered = body.replace(b"Lock", b"Dock")
    try:
        Webhook(SECRET).verify(tampered, headers)
    except Exception:  # the library's own error type has moved between its versions
        pass
    else:
        raise AssertionError("a changed body was verified")
    updated = check_correction(correction, headers["webhook-id"])
    for turn, (told, name) in enumerate([(event, headers["webhook-id"]), updated]):
        check_cloud_events(told, name, turn)
        check_slack(told, turn)
    print(f"verified {headers.get('webhook-id')}: {json.dumps(article['title'])}")


def endpoint(base: str, name: str, lines: str) -> str:
    return (
        f'[[endpoint]]\nname = "{name}"\nurl = "{base}/{name}"\n'
        f"allow_private = true\n{lines}\n"
    )


def check_attempts(first: tuple, second: tuple) -> None:
    """The same message under the same identifier, signed anew at its own time."""
    for headers, body in (first, second):
        Webhook(SECRET).verify(body, headers)
    (one, one_body), (two, two_body) = first, second
    assert one_body == two_body, "an attempt has a body of its own"
    assert one["webhook-id"] == two["webhook-id"], (one, two)
    assert int(one["webhook-timestamp"]) <= int(two["webhook-timestamp"]), (one, two)


def check_correction(request: tuple, new: str) -> tuple:
    headers, body = request
    event = Webhook(SECRET).verify(body, headers)
    assert event["type"] == "article.updated" and headers["webhook-id"] != new, event["type"]
    article, previous = event["data"]["article"], event["data"]["previous"]
    assert article["revision"] == 2 and previous["revision"] == 1, (article, previous)
    assert article["text"] == "\n\n".join(paragraphs(True)), article["text"]
    changes = {(it["op"], it["text"].strip()) for it in event["data"]["diff"]["text"]}
    assert {("delete", "eighty"), ("insert", "sixty")} <= changes, changes
    return event, headers["webhook-id"]


def check_ed25519(headers: dict, body: bytes, shown: str) -> None:
    """The first signature, by the public half of the key, which the operator is shown."""
    public = re.search(r"whpk_(\S+)", shown)
    assert public and PRIVATE_KEY not in shown, "config show is to print the public key, and no other"
    version, signature = headers["webhook-signature"].split(" ")[0].split(",")
    assert version == "v1a", version
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public[1]))
    key.verify(base64.b64decode(signature), signed)


def check_cloud_events(event: dict, webhook_id: str, turn: int) -> None:
    for path in ["/structured", "/binary"]:
        headers, body = received[path][turn]
        told = cloudevents_http.from_http_event(cloudevents_http.HTTPMessage(headers, body))
        assert told.get_id() == webhook_id, told.get_id()
        assert told.get_type() == event["type"], told.get_type()
        assert told.get_source() == "urn:wireroom:outlet:canal-news", told.get_source()
        assert told.get_subject() == event["data"]["article"]["id"], told.get_subject()
        assert told.get_time().isoformat().replace("+00:00", "Z") == event["timestamp"]
        data = told.get_data()
        data = data if isinstance(data, dict) else json.loads(data)
        assert data == event["data"], data
    headers, body = received["/structured"][turn]
    Webhook(SECRET).verify(body, headers)


def check_slack(event: dict, turn: int) -> None:
    headers, body = received["/slack"][turn]
    assert not any(name.startswith("webhook-") for name in headers), headers
    message = json.loads(body)
    blocks = Block.parse_all(message["blocks"])
    assert len(blocks) == len(message["blocks"]) <= 50
    for block, sent in zip(blocks, message["blocks"]):
        assert block.type == sent["type"], sent
        block.validate_json()
        # Reading and writing again loses nothing: no key is one that Slack does not know.
        assert block.to_dict() == sent, (block.to_dict(), sent)
    text = json.dumps(message["blocks"])
    if event["type"] == "article.new":
        assert all(paragraph in text for paragraph in PARAGRAPHS), text
    else:
        assert "Corrected" in text and "sixty" in text, text


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
