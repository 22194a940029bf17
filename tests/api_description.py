#!/usr/bin/env python3
"""Holds the API against its own description: schemathesis asks the demo's daemon whatever the
description allows and much that it forbids, and finds nothing.

    tests/api_description.py BINARY SCHEMATHESIS

The event stream has no end to wait for; tests/it/serve/events.rs reads it.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request

BINARY, SCHEMATHESIS = (os.path.abspath(path) for path in sys.argv[1:3])
# Articles, sources and deliveries to be asked for; the demo publishes one every four seconds.
ENOUGH = 8
PATIENCE = 60


def ask(address: str) -> dict:
    with urllib.request.urlopen(address, timeout=10) as answer:
        return json.load(answer)


def main() -> int:
    demo = subprocess.Popen(
        [BINARY, "demo", "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    try:
        greeting = demo.stdout.readline()
        url = re.search(r"http://[0-9.:]+", greeting).group()
        # What it prints from now on is read by nobody and must not stop it.
        subprocess.Popen(["cat"], stdin=demo.stdout, stdout=subprocess.DEVNULL)
        began = time.monotonic()
        while len(ask(f"{url}/api/v1/articles")["items"]) < ENOUGH:
            if time.monotonic() - began > PATIENCE:
                raise SystemExit(f"the demo had no {ENOUGH} articles within {PATIENCE} s")
            time.sleep(0.3)
        with tempfile.TemporaryDirectory() as home:
            return subprocess.run(
                [
                    SCHEMATHESIS,
                    "run",
                    f"{url}/api/openapi.json",
                    "--checks=all",
                    "--exclude-path=/api/v1/events",
                    "--max-examples=40",
                    "--seed=1",
                    "--max-response-time=5",
                    "--warnings=off",
                    "--no-color",
                ],
                cwd=home,
                check=False,
            ).returncode
    finally:
        demo.terminate()
        demo.wait(20)


if __name__ == "__main__":
    sys.exit(main())
