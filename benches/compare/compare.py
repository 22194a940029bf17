#!/usr/bin/env python3
"""Wireroom's extraction beside others', in one run on one folder of pages: speed, and the text against gold.

    benches/compare/compare.py FOLDER [--tools a,b,...] [--passes N] [--losses FILE] [--pages N] [--reuse a,b|all]

FOLDER holds `gold.jsonl`, one JSON object a page (`id`, `file`, `url`, `group`, and `text` or `must` and `must_not`), and
the pages it names, packed with gzip. `--losses` writes the pages on which the best of the other tools (or `--against
TOOL`) is furthest ahead, with what Wireroom lacks or adds. `--reuse` takes the named tools' answers of the run before.

Needs Python 3.10, and the network the first time: trafilatura and readability-lxml are installed into a virtual
environment under target/, the Rust crates are a Cargo project of its own beside this file. Nothing of it is a
dependency of Wireroom. Scores are those of `benches/quality`; times are CPU time of one thread, the best of the passes.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import venv
from collections import Counter

import score

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
WORK = TARGET / "compare"
PYTHON = ["trafilatura", "trafilatura-precise", "readability-lxml"]
RUST = ["trafilatura-crate", "trafilatura-crate-fallback", "dom_smoothie"]
PACKAGES = ["trafilatura", "readability-lxml", "lxml_html_clean"]


def main() -> None:
    options = arguments()
    if pathlib.Path(sys.prefix) != WORK / "venv":
        # The trees of pages are read with a package that is there.
        os.execv(python(), [python(), __file__, *sys.argv[1:]])
    pages = read_gold(options.folder)
    (WORK / "answers").mkdir(parents=True, exist_ok=True)
    names = ["wireroom", *options.tools]
    reused = set(names) if options.reuse == "all" else set(options.reuse.split(","))
    answers = {}
    for name in names:
        file = WORK / "answers" / f"{name}.jsonl"
        if name not in reused or not file.exists():
            print(f"running {name}", file=sys.stderr)
            run(name, file, options.passes)
        found = [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n") if line.startswith("{")]
        answers[name] = {answer["id"]: answer for answer in found}
    speed_table(answers)
    for group in [*sorted({page["group"] for page in pages.values()}), ""]:
        quality_table(group, pages, answers)
    if options.losses:
        write_losses(options, pages, answers)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--tools", type=lambda text: text.split(","), default=PYTHON + RUST)
    parser.add_argument("--passes", type=int, default=2)
    parser.add_argument("--losses", type=pathlib.Path)
    parser.add_argument("--against", default="")
    parser.add_argument("--pages", type=int, default=40)
    parser.add_argument("--reuse", default="")
    return parser.parse_args()


def read_gold(folder: pathlib.Path) -> dict[str, dict]:
    """Gold by id; also writes the list of pages that the runners read."""
    pages = {}
    for line in (folder / "gold.jsonl").read_text(encoding="utf-8").split("\n"):
        if not line.strip():
            continue
        page = json.loads(line)
        page.setdefault("group", "all")
        inner = folder / "pages" / page["file"]
        page["path"] = str((inner if inner.exists() else folder / page["file"]).resolve())
        pages[page["id"]] = page
    WORK.mkdir(parents=True, exist_ok=True)
    with open(WORK / "pages.jsonl", "w", encoding="utf-8") as out:
        for page in pages.values():
            print(json.dumps({key: page.get(key) for key in ("id", "path", "url")}), file=out)
    return pages


def run(name: str, file: pathlib.Path, passes: int) -> None:
    listed = str(WORK / "pages.jsonl")
    if name == "wireroom":
        command = ["cargo", "bench", "--quiet", "--bench", "extract", "--", "--texts", listed, str(passes)]
    elif name in RUST:
        build = ["cargo", "build", "--quiet", "--release", "--manifest-path", str(HERE / "Cargo.toml")]
        subprocess.run([*build, "--target-dir", str(WORK / "rust")], check=True)
        command = [str(WORK / "rust/release/rust-peers"), name, listed, str(passes)]
    else:
        command = [python(), str(HERE / "python_peers.py"), name, listed, str(passes)]
    with open(file, "w", encoding="utf-8") as out:
        subprocess.run(command, stdout=out, cwd=ROOT, check=True)


def python() -> str:
    """An interpreter that has the Python tools."""
    home = WORK / "venv"
    binary = home / "bin/python"
    complete = home / "complete"
    if not complete.exists():
        venv.create(home, with_pip=True, clear=True)
        # The pip that comes with Python 3.11 fails on an extra that two packages ask for.
        for wanted in (["--upgrade", "pip"], PACKAGES):
            subprocess.run([str(binary), "-m", "pip", "install", "--quiet", *wanted], check=True)
        complete.touch()
    return str(binary)


def speed_table(answers: dict) -> None:
    parse = sum(answer["parse"] for answer in answers["wireroom"].values())
    print(f"\n{'speed':28} pages/s  median ms  worst ms  to a bare html5ever parse")
    print(f"{'html5ever parse':28} {len(answers['wireroom']) / parse:7.0f}")
    for name, found in answers.items():
        times = sorted(answer["seconds"] for answer in found.values())
        print(
            f"{name:28} {len(times) / sum(times):7.0f}  {times[len(times) // 2] * 1e3:9.2f} {times[-1] * 1e3:9.1f}"
            f"  {parse / sum(times):.2f}"
        )


def quality_table(group: str, pages: dict, answers: dict) -> None:
    chosen = [page for page in pages.values() if not group or page["group"] == group]
    whole = [page for page in chosen if page.get("text")]
    parts = [page for page in chosen if page.get("must")]
    if not whole and not parts:
        return
    print(f"\n{group or 'all':28} body P       R      F1  exact ({len(whole)} pages)   segments P  R      F1 ({len(parts)})")
    for name, found in answers.items():
        row = f"{name:28}"
        if whole:
            scores = [score.body(found[page["id"]]["text"], page["text"]) for page in whole]
            precision, recall = (sum(one[at] for one in scores) / len(scores) for at in (0, 1))
            exact = sum(one[3] for one in scores) / len(scores)
            row += f"   {precision:.4f}  {recall:.4f}  {score.f1(precision, recall):.4f}  {exact:.3f}            "
        else:
            row += " " * 48
        if parts:
            counts = [score.segments(found[page["id"]]["text"], page) for page in parts]
            good, wrong, missing = (sum(one[at] for one in counts) for at in range(3))
            precision, recall = good / max(good + wrong, 1), good / max(good + missing, 1)
            row += f"   {precision:.3f}  {recall:.3f}  {score.f1(precision, recall):.4f}"
        print(row)


def write_losses(options: argparse.Namespace, pages: dict, answers: dict) -> None:
    whole = {id: page for id, page in pages.items() if page.get("text")}
    parts = {id: page for id, page in pages.items() if page.get("must") and not page.get("text")}
    texts = [
        losses(options, chosen, answers, what)
        for chosen, what in [(whole, "whole body"), (parts, "segments only")]
        if chosen
    ]
    options.losses.write_text("\n".join(texts), encoding="utf-8")


def losses(options: argparse.Namespace, pages: dict, answers: dict, what: str) -> str:
    """The pages of one kind of gold on which others are ahead."""
    import causes

    others = [options.against] if options.against else options.tools
    scores = {
        name: {page["id"]: score.page_score(found[page["id"]]["text"], page) for page in pages.values()}
        for name, found in answers.items()
    }
    behind, ahead = [], 0
    for page in pages.values():
        mine = scores["wireroom"][page["id"]]
        best = max(others, key=lambda name: scores[name][page["id"]])
        theirs = scores[best][page["id"]]
        ahead += mine > theirs + 0.002
        if theirs > mine + 0.002:
            behind.append((theirs - mine, mine, theirs, best, page))
    behind.sort(key=lambda it: -it[0])
    lead, n_pages, texts = Counter(), Counter(), []
    for at, (by, mine, theirs, best, page) in enumerate(behind):
        ours = answers["wireroom"][page["id"]]
        peers = [answers[name][page["id"]]["text"] for name in options.tools]
        differences = causes.explain(page, ours, peers)
        weights = Counter()
        for sign, cause, _, _, weight in differences:
            weights[f"{sign} {cause}"] += weight
        for cause, weight in weights.items():
            lead[cause] += by * weight / weights.total()
            n_pages[cause] += 1
        if at < options.pages:
            texts.append(one_loss(by, mine, theirs, best, page, ours, differences, weights))
    head = [
        f"## {what}: {len(pages)} pages; {' or '.join(others)} ahead on {len(behind)}, Wireroom on {ahead}",
        f"The sum of their lead is {sum(it[0] for it in behind):.2f} page scores; by cause (a page's lead is shared out by words):",
        "",
        "| cause (- missing, + too much) | pages | lead |",
        "| --- | --- | --- |",
        *(f"| {cause} | {n_pages[cause]} | {sum_:.2f} |" for cause, sum_ in lead.most_common() if sum_ >= 0.005),
    ]
    return "\n".join(head) + f"\n\nThe {len(texts)} furthest:\n\n" + "\n".join(texts)


def one_loss(by, mine, theirs, best, page, ours, differences, causes_here) -> str:
    """One page as a few lines of text."""
    main_cause = causes_here.most_common(1)[0][0] if causes_here else "small differences inside lines"
    lines = [
        f"### {page['id']} ({page['group']}, {page.get('lang')}): {mine:.3f}, {best} {theirs:.3f} ({by:+.3f}) -- {main_cause}",
        f"way {ours.get('way')}, confidence {ours.get('confidence') or 0:.2f}, {page.get('url')}",
    ]
    if page.get("text"):
        precision, recall, _, _ = score.body(ours["text"], page["text"])
        lines[1] += f", P {precision:.3f} R {recall:.3f}"
    for sign, cause, line, place, weight in sorted(differences, key=lambda it: -it[4])[:8]:
        lines.append(f"  {sign} [{cause}; {weight}] {line[:110]}  ({place})")
    return "\n".join(lines) + "\n"


main()
