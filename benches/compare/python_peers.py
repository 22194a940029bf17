"""Runs a Python extractor over a folder of pages; one JSON object a page on standard output.

    python_peers.py TOOL PAGES [PASSES]

PAGES is a file of JSON lines: `id`, `path` (a page packed with gzip), `url`. TOOL is a key of TOOLS, or `lxml` for
a bare parse. The time of a page is the best of the passes, CPU time, with the bytes in memory.
"""

import gzip
import json
import logging
import re
import sys
import time

BLOCKS = set("p div h1 h2 h3 h4 h5 h6 li blockquote pre tr td th br section article ul ol table".split())


def text_of(markup: str) -> str:
    """The words of an extractor's HTML, a line for each block."""
    import lxml.html

    root = lxml.html.fromstring(markup)
    parts: list[str] = []

    def walk(node) -> None:
        if not isinstance(node.tag, str):
            parts.append(node.tail or "")
            return
        edge = "\n" if node.tag in BLOCKS else ""
        parts.append(edge + (node.text or ""))
        for child in node:
            walk(child)
        parts.append(edge + (node.tail or ""))

    walk(root)
    lines = (" ".join(line.split()) for line in "".join(parts).split("\n"))
    return "\n".join(line for line in lines if line)


def trafilatura(page: bytes, url: str | None, **options) -> str | None:
    import trafilatura

    return trafilatura.extract(page, url=url, include_comments=False, **options)


def readability(page: bytes, url: str | None) -> str | None:
    import readability

    return text_of(readability.Document(page, url=url).summary(html_partial=True))


def lxml(page: bytes, url: str | None) -> None:
    import lxml.html

    lxml.html.document_fromstring(page)


TOOLS = {
    "trafilatura": trafilatura,
    "trafilatura-precise": lambda page, url: trafilatura(page, url, favor_precision=True),
    "trafilatura-metadata": lambda page, url: trafilatura(page, url, with_metadata=True),
    "readability-lxml": readability,
    "lxml": lxml,
}


def main() -> None:
    sys.setrecursionlimit(20_000)
    logging.disable(logging.CRITICAL)
    tool = TOOLS[sys.argv[1]]
    passes = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    for line in open(sys.argv[2], encoding="utf-8"):
        page = json.loads(line)
        with gzip.open(page["path"]) as packed:
            content = packed.read()
        best, text, error = float("inf"), None, None
        for _ in range(passes):
            start = time.process_time()
            try:
                text = tool(content, page.get("url"))
            except Exception as failure:  # whatever another's code throws is its answer
                error = re.sub(r"\s+", " ", f"{type(failure).__name__}: {failure}")[:200]
            best = min(best, time.process_time() - start)
        answer = {"id": page["id"], "seconds": best, "bytes": len(content), "text": text or "", "error": error}
        print(json.dumps(answer, ensure_ascii=False), flush=True)


main()
