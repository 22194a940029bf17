#!/usr/bin/env python3
"""The documents' examples, run.

    tests/docs.py BINARY [GO]

Takes the programs out of docs/webhooks.md and starts them as a reader would: each receiver once with an HMAC key and once with an
ed25519 key, the Slack bot against a loopback Slack. A real daemon tells them of an article and of its correction; then they are sent
what strangers send: requests seen before, changed, old, unsigned and broken ones. The payloads that the page shows are held against
those that arrived. Then the commands of docs/operations.md are run against a daemon at work, and those of all pages are looked up.

Without GO the Go receiver is left out, and said so.
"""

import base64
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

from loopback import Handler, configuration, served

ROOT = pathlib.Path(__file__).resolve().parent.parent
PATIENCE = 60
KEY = base64.b64encode(os.urandom(32)).decode()
SEED = base64.b64encode(os.urandom(32)).decode()
TEXT = "".join(
    f"<p>The lock at the head of the canal was opened on day {n} after months of work, the waterway office said.</p>"
    for n in range(5)
)


def blocks(page: str) -> list[tuple[str, str, str]]:
    """Language, name and text of each block of a page."""
    found = re.findall(r"^```(\w+) ?([^\n]*)\n(.*?)^```$", (ROOT / page).read_text(), re.M | re.S)
    assert found, f"{page} has no examples"
    return found


class Site(Handler):
    """An outlet whose article can be corrected, a recorder of deliveries, and Slack's API."""

    title = "Lock opened & the 'old' one <closed>"
    recorded = queue.Queue()
    posted = queue.Queue()

    def do_GET(self):
        address = f"http://127.0.0.1:{self.server.server_port}/lock"
        title = self.title.replace("&", "&amp;").replace("<", "&lt;")
        if self.path == "/feed":
            # Dated with its second, so that a correction is another entry.
            item = f"<item><title>{title}</title><link>{address}</link><guid>{address}</guid></item>"
            body = f"<rss version='2.0'><channel><title>Canal</title>{item}</channel></rss>"
        else:
            body = f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{TEXT}</article></body></html>"
        self.answer(200, "application/rss+xml" if self.path == "/feed" else "text/html; charset=utf-8", body.encode())

    def do_POST(self):
        body = self.sent()
        headers = {name.lower(): value for name, value in self.headers.items()}
        if self.path == "/slack/chat.postMessage":
            assert headers["authorization"] == "Bearer xoxb-test", headers
            self.posted.put(json.loads(body))
            stamp = f"1750000000.{self.posted.qsize():06}"
            return self.answer(200, "application/json", json.dumps({"ok": True, "ts": stamp}).encode())
        self.recorded.put((headers, body))
        self.answer(200, "text/plain", b"")




class Program:
    """A receiver of the page, running."""

    def __init__(self, name: str, command: list[str], directory: pathlib.Path, **environment: str):
        self.name = name
        self.lines = queue.Queue()
        self.process = subprocess.Popen(
            command,
            cwd=directory,
            env={**os.environ, "PORT": "0", **environment},
            stdout=subprocess.PIPE,
            text=True,
        )
        threading.Thread(target=self.read, daemon=True).start()
        found = re.fullmatch(r"listening on port (\d+)", self.line())
        assert found, f"{name} does not listen"
        self.port = int(found[1])

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n"))

    def line(self) -> str:
        try:
            return self.lines.get(timeout=PATIENCE)
        except queue.Empty:
            raise AssertionError(f"{self.name} says nothing") from None

    def send(self, headers: dict, body: bytes) -> int:
        """The status of its answer; 0 where it gives none."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("POST", "/", body, headers)
            return connection.getresponse().status
        except (http.client.HTTPException, ConnectionError):
            return 0
        finally:
            connection.close()


def main(binary: str, go: str | None) -> None:
    binary = str(pathlib.Path(binary).resolve())
    site = served(Site)
    programs = []
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        try:
            public = public_key(binary, directory)
            programs = started(directory, go, public, site)
            told(binary, directory, site, programs)
        finally:
            for program in programs:
                program.process.kill()
                program.process.wait()
    with tempfile.TemporaryDirectory() as name:
        operated(binary, pathlib.Path(name), site)
    looked_up(binary)


def public_key(binary: str, directory: pathlib.Path) -> str:
    """As the page says: `config show` prints it."""
    config = directory / "key.toml"
    config.write_text(f'[[endpoint]]\nname = "a"\nurl = "https://example.com/"\nsecret = "whsk_{SEED}"\n[daemon]\noutlets = []\n')
    shown = subprocess.run(
        [binary, "config", "show", "--config", str(config)], check=True, capture_output=True, text=True
    )
    return re.search(r"whpk_[A-Za-z0-9+/=]+", shown.stdout)[0]


def started(directory: pathlib.Path, go: str | None, public: str, site: str) -> list[Program]:
    programs = []
    for language, name, text in blocks("docs/webhooks.md"):
        if language not in ("python", "js", "go"):
            continue
        (directory / name).write_text(text)
        if name == "slack_bot.py":
            assert len([line for line in text.splitlines() if line.strip()]) <= 30, "the bot has grown beyond thirty lines"
            # It prints nothing of its own: where it listens is put in.
            text = text.replace("\nHTTPServer((", "\nserver = HTTPServer((").replace(
                ", Bot).serve_forever()", ", Bot)\nprint('listening on port', server.server_port, flush=True)\nserver.serve_forever()"
            )
            (directory / name).write_text(text)
            slack = {"SLACK_API": f"{site}/slack", "SLACK_TOKEN": "xoxb-test", "SLACK_CHANNEL": "C1"}
            programs.append(Program("slack-bot", [sys.executable, name], directory, DESK_KEY=f"whsec_{KEY}", **slack))
            continue
        if language == "go":
            if not go:
                print("Go is not installed here: its receiver was not run")
                continue
            environment = {**os.environ, "GOCACHE": str(directory / "cache"), "GO111MODULE": "off"}
            subprocess.run([go, "vet", name], cwd=directory, check=True, env=environment)
            subprocess.run([go, "build", "-o", "receiver", name], cwd=directory, check=True, env=environment)
            command = [str(directory / "receiver")]
        else:
            command = [sys.executable if language == "python" else "node", name]
        for kind, key in [("hmac", f"whsec_{KEY}"), ("ed25519", public)]:
            programs.append(Program(f"{language}-{kind}", command, directory, DESK_KEY=key))
    assert {"python-hmac", "js-hmac", "slack-bot"} <= {program.name for program in programs}
    return programs


def told(binary: str, directory: pathlib.Path, site: str, programs: list[Program]) -> None:
    """The daemon tells them of an article and its correction; then strangers come."""
    receivers = [(program.name, f"http://127.0.0.1:{program.port}/") for program in programs]
    endpoints = "".join(
        f'[[endpoint]]\nname = "{name}"\nurl = "{url}"\nallow_private = true\nsecret = "whsk_{SEED} whsec_{KEY}"\n'
        for name, url in [*receivers, ("recorder", f"{site}/recorder")]
    )
    config = directory / "wireroom.toml"
    config.write_text(configured(directory, site) + endpoints)
    run = [binary, "run", "--once", "--strict", "--config", str(config)]
    first = Site.title
    subprocess.run(run, check=True, timeout=PATIENCE, capture_output=True)
    Site.title = "Lock opened again"
    deadline = time.monotonic() + PATIENCE
    while Site.recorded.qsize() < 2:  # poll.interval has to pass
        assert time.monotonic() < deadline, "no correction is told"
        subprocess.run(run, check=True, timeout=PATIENCE, capture_output=True)
    for program in programs:
        if program.name == "slack-bot":
            continue
        lines = [program.line(), program.line()]
        assert lines == [f"article.new {first}", f"article.updated {Site.title}"], (program.name, lines)
    message, reply = Site.posted.get(timeout=PATIENCE), Site.posted.get(timeout=PATIENCE)
    address = f"{site}/lock"
    escaped = first.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert message == {"channel": "C1", "text": f"<{address}|{escaped}>", "thread_ts": None}, message
    assert reply["text"] == f"Corrected: <{address}|{Site.title}>" and reply["thread_ts"], reply

    recorded = [Site.recorded.get(timeout=PATIENCE) for _ in range(2)]
    payloads([json.loads(body) for _, body in recorded])
    documented(recorded[0][0])
    strangers(programs, *recorded[0])
    print(f"{len(programs)} programs of docs/webhooks.md took what is genuine, once, and nothing else")


def configured(directory: pathlib.Path, site: str) -> str:
    return configuration(directory, f"""
[[outlet]]
name = "canal-news"
[[outlet.source]]
kind = "feed"
url = "{site}/feed"
""")


def payloads(arrived: list[dict]) -> None:
    """The page shows the fields that there are, in their order."""
    shown = {name: json.loads(text) for language, name, text in blocks("docs/webhooks.md") if language == "json"}
    new, updated = shown["article.new"], shown["article.updated"]
    assert list(new) == list(arrived[0]), "the envelope has other fields"
    article, real = new["data"]["article"], arrived[0]["data"]["article"]
    assert list(article) == list(real), set(article) ^ set(real)
    for field, value in real.items():
        if value is not None and article[field] is not None:
            assert type(value) is type(article[field]), f"{field} is {value!r}"
    assert list(article["story"]) == list(real["story"]), real["story"]
    assert list(updated["data"]) == list(arrived[1]["data"]), "article.updated has other fields"
    assert list(updated["data"]["previous"]) == list(arrived[1]["data"]["previous"])
    assert list(updated["data"]["diff"]) == list(arrived[1]["data"]["diff"])


def documented(headers: dict) -> None:
    """Every header that says something of the event is in the page's table, and the other way round."""
    page = (ROOT / "docs/webhooks.md").read_text()
    listed = set(re.findall(r"^\| `([a-z-]+)` \|", page, re.M))
    of_the_connection = {"host", "content-length", "accept", "accept-encoding", "connection"}
    sent = set(headers) - of_the_connection
    assert sent == listed, sent ^ listed


def strangers(programs: list[Program], headers: dict, body: bytes) -> None:
    genuine = {name: value for name, value in headers.items() if name.startswith("webhook-")}
    for program in programs:
        assert program.send(genuine, body) in (200, 204), f"{program.name} refuses what it has had before"
        forged = {
            "another body": (genuine, body.replace(b"Lock", b"Dock")),
            "another id": ({**genuine, "webhook-id": "other"}, body),
            "no signature": ({name: value for name, value in genuine.items() if name != "webhook-signature"}, body),
            "no headers": ({}, body),
            "no body": (genuine, b""),
            "no number": ({**genuine, "webhook-timestamp": "soon"}, body),
            "broken signatures": ({**genuine, "webhook-signature": "v1 v1, v1,! v1a,AAAA ,, v2,eA=="}, body),
            "an old one": (signed("old", body, int(time.time()) - 3600), body),
            "one of tomorrow": (signed("new", body, int(time.time()) + 3600), body),
        }
        for what, (sent, content) in forged.items():
            status = program.send(sent, content)
            # One that gives no answer has not taken it either.
            assert status not in range(200, 300), f"{program.name} takes a request with {what}: {status}"
    # What comes last shows that nothing came of all that, and that they are alive.
    for program in programs:
        last = json.loads(body)
        last["data"]["article"]["title"] = "the last one"
        content = json.dumps(last).encode()
        if "ed25519" in program.name:
            assert program.lines.empty(), f"{program.name}: {program.line()}"
            assert program.process.poll() is None, f"{program.name} has ended"
            continue
        assert program.send(signed("last", content, int(time.time())), content) in (200, 204), program.name
        if program.name == "slack-bot":
            said = Site.posted.get(timeout=PATIENCE)["text"]
            assert "the last one" in said and Site.posted.empty(), said
        else:
            assert program.line() == "article.new the last one", program.name


def signed(ident: str, body: bytes, stamp: int) -> dict:
    code = hmac.digest(base64.b64decode(KEY), f"{ident}.{stamp}.".encode() + body, hashlib.sha256)
    value = "v1," + base64.b64encode(code).decode()
    return {"webhook-id": ident, "webhook-timestamp": str(stamp), "webhook-signature": value}


def operated(binary: str, directory: pathlib.Path, site: str) -> None:
    """The commands of docs/operations.md, in their order, one after the other, beside a daemon at work."""
    config = directory / "wireroom.toml"
    endpoint = f'[[endpoint]]\nname = "desk"\nurl = "{site}/recorder"\nallow_private = true\n'
    config.write_text(configured(directory, site) + endpoint)
    (directory / "restored.toml").write_text(config.read_text().replace("/data\"", "/restored\""))
    (directory / "bin").mkdir()
    (directory / "bin/wireroom").symlink_to(binary)
    daemon = subprocess.Popen(
        [binary, "run", "--config", str(config)], stderr=subprocess.PIPE, text=True, env={"NO_COLOR": "1"}
    )
    try:
        for line in daemon.stderr:
            found = re.search(r"listening on (http://\S+)", line)
            if found:
                break
        threading.Thread(target=daemon.stderr.read, daemon=True).start()
        Site.recorded.get(timeout=PATIENCE)
        environment = {
            **os.environ,
            "PATH": f"{directory}/bin:{os.environ['PATH']}",
            "WIREROOM_SERVER": found[1],
            "WIREROOM_CONFIG": str(config),
        }
        count = 0
        for language, name, text in blocks("docs/operations.md"):
            if (language, name) != ("sh", "run"):
                continue
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", text],
                cwd=directory, env=environment, capture_output=True, text=True, timeout=PATIENCE,
            )
            assert done.returncode == 0, f"{text}\n{done.stdout}{done.stderr}"
            count += len(text.splitlines())
    finally:
        daemon.terminate()
        daemon.wait(30)
    print(f"{count} commands of docs/operations.md do what the page says")


def looked_up(binary: str) -> None:
    """Every `wireroom …` that a page names is a command there is, with the options that it is given; so is what links name."""
    commands = set()
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "deploy/prometheus/alerts.yaml"]:
        text = page.read_text()
        for line in re.findall(r"`wireroom ([^`]+)`", text) + re.findall(r"^\s*wireroom ([^#\n]+)", text, re.M):
            commands.add((page.name, line.strip()))
        # What stands in a block of code, or in backticks, is no link of the page.
        prose = re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```", "", text, flags=re.S | re.M))
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", prose):
            assert (page.parent / link).exists(), f"{page.name} links to {link}, which is not there"
    helps = {}
    for page, line in sorted(commands):
        words = re.split(r"\s+", re.split(r"[|>;]", line)[0].strip())
        known = [word for word in words if re.fullmatch(r"[a-z][a-z-]*", word)][:2]
        for depth in (2, 1, 0):
            path = tuple(known[:depth])
            if path not in helps:
                done = subprocess.run([binary, *path, "--help"], capture_output=True, text=True)
                helps[path] = done.stdout if done.returncode == 0 else None
            if helps[path] is not None:
                break
        assert path or not known or known[0] in ("help",), f"{page}: there is no `wireroom {line}`"
        for option in re.findall(r"(?<!\S)--[a-z-]+", line):
            assert option in helps[path], f"{page}: `wireroom {line}` has no {option}"
    print(f"{len(commands)} commands that the pages name are there")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2] if len(sys.argv) == 3 else shutil.which("go"))
