#!/usr/bin/env python3
"""What deploy/ says of the metrics, held against a daemon at work.

    tests/monitoring.py BINARY PROMTOOL

Runs a daemon that polls, publishes, delivers and fails; reads its /metrics with a strict parser that is not ours;
then asks of every expression in deploy/prometheus/alerts.yaml and deploy/grafana/wireroom.json whether each metric, label and
label's value in it exists, and of docs/operations.md whether it lists the metrics there are, and no others. Prometheus' own
promtool reads the rules, runs their tests, and reads the dashboard's expressions and the documented configuration.
"""

import json
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

import yaml
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from loopback import Handler, configuration, served

ROOT = pathlib.Path(__file__).resolve().parent.parent
ALERTS = ROOT / "deploy/prometheus/alerts.yaml"
BOARD = ROOT / "deploy/grafana/wireroom.json"
# What Prometheus itself knows of a target, and adds to each series.
OF_PROMETHEUS = {"up"}
ITS_LABELS = {"job", "instance"}
# Labels whose values are a user's own.
FREE = {"outlet", "endpoint", "version", "le"} | ITS_LABELS
PATIENCE = 60


class Site(Handler):
    """An outlet with a good feed and a bad one, a receiver that takes everything and one that takes nothing."""

    def do_GET(self):
        base = f"http://127.0.0.1:{self.server.server_port}"
        item = "<item><title>{0}</title><link>{1}/{0}</link><guid>{1}/{0}</guid></item>"
        text = "".join(f"<p>Paragraph {n} of a page that says enough to be taken for an article by anybody.</p>" for n in range(6))
        pages = {
            "/feed": f"<rss version='2.0'><channel><title>T</title>{item.format('lock', base)}{item.format('gone', base)}</channel></rss>",
            "/lock": f"<html><body><article><h1>lock</h1>{text}</article></body></html>",
        }
        kind = "application/rss+xml" if self.path == "/feed" else "text/html; charset=utf-8"
        self.answer(200 if self.path in pages else 404, kind, pages.get(self.path, "nothing").encode())

    def do_POST(self):
        self.sent()
        self.answer(204 if self.path == "/takes" else 500, "text/plain", b"")



def main(binary: str, promtool: str) -> None:
    series = observed(binary)
    print(f"{len(series)} metrics, read by a strict parser")
    rules = yaml.safe_load(ALERTS.read_text())["groups"][0]["rules"]
    wrong = []
    for rule in rules:
        wrong += [f"{rule['alert']}: {fault}" for fault in faults(rule["expr"], series)]
        if not {"summary", "remedy"} <= set(rule["annotations"]):
            wrong.append(f"{rule['alert']} has no summary or no remedy")
    board = json.loads(BOARD.read_text())
    shown = [
        (panel["title"], target["expr"]) for panel in board["panels"] for target in panel.get("targets", [])
    ] + [(note["name"], note["expr"]) for note in board["annotations"]["list"]]
    for title, expression in shown:
        wrong += [f"{title}: {fault}" for fault in faults(expression, series)]
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            selector, label = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"]["query"]).groups()
            wrong += [f"variable {variable['name']}: {fault}" for fault in faults(f"{selector} by ({label})", series)]
    listed = re.findall(r"^\| `((?:wireroom|process)_\w+)` \| ([^|]*)\|", (ROOT / "docs/operations.md").read_text(), re.M)
    listed = {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in listed}
    for name in listed.keys() ^ {base(name) for name in series}:
        wrong.append(f"{name} is {'listed and not there' if name in listed else 'there and not listed'} (docs/operations.md)")
    for name, labels in listed.items():
        there = {label for one, known in series.items() if base(one) == name for label in known} - {"le"}
        if name in {base(one) for one in series} and labels != there:
            wrong.append(f"{name} has the labels {sorted(there)}, listed are {sorted(labels)}")
    assert not wrong, "\n".join(wrong)
    print(f"{len(rules)} alerts and {len(shown)} expressions of the dashboard name what there is, and so does the list")
    judged_by_prometheus(promtool, [expression for _, expression in shown])


def observed(binary: str) -> dict:
    """Each series' name with its labels, and each label's values, of a daemon that has done a bit of everything."""
    site = served(Site)
    with tempfile.TemporaryDirectory() as directory:
        config = pathlib.Path(directory) / "wireroom.toml"
        endpoint = '[[endpoint]]\nname = "{0}"\nurl = "' + site + '/{0}"\nallow_private = true\nschedule = []\n'
        source = '[[outlet.source]]\nkind = "feed"\nurl = "' + site + '/{0}"\n'
        good = configuration(directory, f"""
{endpoint.format("takes")}{endpoint.format("refuses")}
[[outlet]]
name = "canal-news"
{source.format("feed")}{source.format("missing")}""")
        config.write_text(good)
        daemon = subprocess.Popen(
            [binary, "run", "--config", str(config)], stderr=subprocess.PIPE, text=True, env={"NO_COLOR": "1"}
        )
        try:
            address = listening(daemon)
            wanted = [
                'wireroom_polls_total{outlet="canal-news",outcome="changed"}',
                'wireroom_polls_total{outlet="canal-news",outcome="unchanged"}',
                'wireroom_polls_total{outlet="canal-news",outcome="failed"}',
                'wireroom_articles_total{outlet="canal-news",result="new"}',
                'wireroom_articles_total{outlet="canal-news",result="skipped"}',
                'wireroom_deliveries_total{endpoint="takes",outcome="delivered"}',
                'wireroom_deliveries_total{endpoint="refuses",outcome="failed"}',
            ]
            text = until(address, wanted)
            config.write_text(good + "\n[fetch.nonsense]\n")
            daemon.send_signal(signal.SIGHUP)
            until(address, ['wireroom_reloads_total{outcome="refused"}'])
            text = until(address, ["wireroom_reloads_total{outcome=\"refused\"}"])
            assert "wireroom_config_loaded 0\n" in text, "a refused reload is to show"
            config.write_text(good)
            daemon.send_signal(signal.SIGHUP)
            text = until(address, ['wireroom_reloads_total{outcome="taken"}'])
            assert "wireroom_config_loaded 1\n" in text, "a reload that was taken is to show"
        finally:
            daemon.terminate()
            daemon.wait(30)
    # What a user may have configured, and this daemon has not: the shape is the same.
    text = text.replace("# EOF\n", "").rstrip("\n") + "\n# EOF\n"
    series = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation, f"{family.name} has no help"
        for sample in family.samples:
            labels = series.setdefault(sample.name, {})
            for label, value in sample.labels.items():
                labels.setdefault(label, set()).add(value)
    return series


def listening(daemon: subprocess.Popen) -> str:
    """The address that the log names; the rest of the log is read away."""
    for line in daemon.stderr:
        found = re.search(r"listening on (http://\S+)", line)
        if found:
            threading.Thread(target=daemon.stderr.read, daemon=True).start()
            return found[1]
    raise AssertionError("the daemon ended before it listened")


def until(address: str, wanted: list[str]) -> str:
    """The metrics, once each of `wanted` is above nothing."""
    deadline = time.monotonic() + PATIENCE
    while True:
        with urllib.request.urlopen(f"{address}/metrics", timeout=PATIENCE) as answer:
            text = answer.read().decode()
        missing = [name for name in wanted if not re.search(re.escape(name) + r" [1-9]", text)]
        if not missing:
            return text
        assert time.monotonic() < deadline, f"{missing} did not come about in\n{text}"
        time.sleep(0.1)


def base(name: str) -> str:
    """A series' name without what its kind adds."""
    return re.sub(r"_(bucket|sum|count)$", "", name)


def faults(expression: str, series: dict) -> list[str]:
    """What an expression names and a daemon does not have."""
    wrong = []
    bare = re.sub(r'"[^"]*"', '""', expression)
    asked = set()
    for name in re.findall(r"\b(?:wireroom|process)_\w+|\bup\b", re.sub(r"\{[^}]*\}", "", bare)):
        asked.add(name)
        if name not in series and name not in OF_PROMETHEUS:
            wrong.append(f"there is no {name}")
    if not asked:
        wrong.append("it asks for no metric")
    for name, matchers in re.findall(r"([a-z_]+)\{([^}]*)\}", expression):
        for label, relation, value in re.findall(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"', matchers):
            known = series.get(name, {})
            if label not in known and label not in ITS_LABELS:
                wrong.append(f"{name} has no label {label}")
            elif label not in FREE:
                wrong += [f"{name} has no {label} {one}" for one in value.split("|") if one not in known[label]]
    for labels in re.findall(r"\b(?:by|on|without|ignoring)\s*\(([^)]*)\)", expression):
        for label in filter(None, re.split(r"[\s,]+", labels)):
            if label not in ITS_LABELS and not any(label in series.get(name, {}) for name in asked):
                wrong.append(f"nothing in it has the label {label}")
    return wrong


def judged_by_prometheus(promtool: str, expressions: list[str]) -> None:
    def run(*words):
        done = subprocess.run([promtool, *words], capture_output=True, text=True)
        assert done.returncode == 0, f"promtool {' '.join(words)}\n{done.stdout}{done.stderr}"

    run("check", "rules", str(ALERTS))
    run("test", "rules", str(ALERTS.with_name("alerts_test.yaml")))
    with tempfile.TemporaryDirectory() as directory:
        rules = pathlib.Path(directory) / "board.yaml"
        filled = [re.sub(r"\$\w+", "a", one.replace("$__rate_interval", "5m")) for one in expressions]
        records = [{"record": f"panel:{place}", "expr": one} for place, one in enumerate(filled)]
        rules.write_text(yaml.safe_dump({"groups": [{"name": "board", "rules": records}]}))
        run("check", "rules", str(rules))
        page = (ROOT / "docs/operations.md").read_text()
        config = pathlib.Path(directory) / "prometheus.yml"
        config.write_text(re.search(r"```yaml prometheus.yml\n(.*?)```", page, re.S)[1])
        run("check", "config", "--syntax-only", str(config))
    print("promtool reads the rules, the dashboard's expressions and the documented configuration, and the rules' tests pass")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
