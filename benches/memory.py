#!/usr/bin/env python3
"""Peak memory and time of `wireroom extract` and `wireroom feed parse` on the worst documents up to the size cap.

    benches/memory.py BINARY [--only WORD] [--real FOLDER]

Wanted: an extraction takes at most 12 times its page, a feed at most 64 MiB. The memory of the program on an empty
document is taken off first. The documents are those of `fuzz/make_corpus.py --large`, made under target/ the first
time. `--real` measures the pages (`*.html`, `*.html.gz`) or feeds below a folder instead. Linux only.
"""

import argparse
import gzip
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
TIMES_PAGE, FEED_MOST = 12, 64 << 20
MOST = 6 << 30  # what a run may take before it is stopped
SECONDS = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=pathlib.Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--real", type=pathlib.Path)
    options = parser.parse_args()
    large = TARGET / "large"
    if not large.exists():
        subprocess.run([sys.executable, str(ROOT / "fuzz/make_corpus.py"), "--large", str(large)], check=True)
    bad = 0
    for target, words in [("html", ["extract"]), ("plain", ["extract"]), ("feed", ["feed", "parse"])]:
        command = [str(options.binary.resolve()), *words]
        floor = measured(command, b"<p>")[0]
        print(f"\n{' '.join(words)}, {target}: the program alone takes {floor / 2**20:.0f} MiB")
        for name, content in documents(options.real or large / target, options.real is not None, target):
            if options.only not in f"{target}/{name}":
                continue
            peak, seconds, status = measured(command, content)
            more = max(peak - floor, 0)
            # Of a small page the program's own tables are most.
            most = FEED_MOST if target == "feed" else max(TIMES_PAGE * len(content), 8 << 20)
            wrong = more > most or seconds > 1 or status not in (0, 1)
            bad += wrong
            print(
                f"  {'!' if wrong else ' '} {name:26.26} {len(content) / 1e6:6.2f} MB  {more / 2**20:7.1f} MiB "
                f" {more / max(len(content), 1):6.1f} times  {seconds:6.2f} s{'' if status in (0, 1) else f'  status {status}'}"
            )
    print(f"\n{bad} above what is wanted" if bad else "\nall within what is wanted")
    sys.exit(1 if bad else 0)


def documents(folder: pathlib.Path, deep: bool, target: str):
    for path in sorted(folder.rglob("*") if deep else folder.iterdir()):
        page = path.name.endswith((".html", ".html.gz"))
        if path.is_file() and (not deep or page == (target == "html")) and not (deep and target == "plain"):
            content = path.read_bytes()
            yield path.name, gzip.decompress(content) if page and path.name.endswith(".gz") else content


def measured(command: list[str], content: bytes) -> tuple[int, float, int]:
    """Peak memory in bytes, processor seconds, exit status (minus the signal)."""
    with tempfile.NamedTemporaryFile() as file, open(os.devnull, "wb") as nowhere:
        file.write(content)
        file.flush()
        child = subprocess.Popen(
            [*command, file.name],
            stdout=nowhere,
            stderr=nowhere,
            preexec_fn=lambda: (
                resource.setrlimit(resource.RLIMIT_AS, (MOST, MOST)),
                resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS)),
            ),
        )
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        return usage.ru_maxrss * 1024, usage.ru_utime + usage.ru_stime, child.returncode


main()
