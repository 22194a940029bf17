#!/usr/bin/env python3
"""Checks licences, bans and sources of the dependency tree against deny.toml.

The part of `cargo deny check bans licenses sources` that this project relies on, without a tool
that takes minutes to build. Licences are taken as the crates declare them.
"""

import json
import pathlib
import re
import subprocess
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent


def allowed(expression: str, allow: set[str]) -> bool:
    """Whether an SPDX expression can be satisfied by what is allowed."""
    # The older form "MIT/Apache-2.0" means OR.
    expression = re.sub(r"\s*/\s*", " OR ", expression)
    tokens = re.findall(r"\(|\)|[^\s()]+", expression)
    position = 0

    def peek() -> str | None:
        return tokens[position] if position < len(tokens) else None

    def take() -> str:
        nonlocal position
        position += 1
        return tokens[position - 1]

    def unit() -> bool:
        if peek() == "(":
            take()
            value = either()
            if peek() != ")":
                raise ValueError("unbalanced brackets")
            take()
            return value
        name = take()
        if peek() == "WITH":
            take()
            name = f"{name} WITH {take()}"
        return name in allow

    def both() -> bool:
        value = unit()
        while peek() == "AND":
            take()
            value = unit() and value
        return value

    def either() -> bool:
        value = both()
        while peek() == "OR":
            take()
            value = both() or value
        return value

    value = either()
    if position != len(tokens):
        raise ValueError(f"cannot read {expression!r}")
    return value


def self_test() -> None:
    allow = {"MIT", "Apache-2.0", "X WITH Y"}
    cases = {
        "MIT": True,
        "GPL-3.0": False,
        "GPL-3.0 OR MIT": True,
        "GPL-3.0 AND MIT": False,
        "MIT/GPL-2.0": True,
        "(MIT OR GPL-3.0) AND GPL-2.0": False,
        "MIT AND (GPL-3.0 OR Apache-2.0)": True,
        "X WITH Y": True,
        "X": False,
    }
    for expression, expected in cases.items():
        assert allowed(expression, allow) is expected, expression


def main() -> int:
    self_test()
    rules = tomllib.loads((ROOT / "deny.toml").read_text())
    allow = set(rules["licenses"]["allow"])
    banned = {entry["crate"]: entry["reason"] for entry in rules["bans"]["deny"]}
    target = next(t for t in rules["graph"]["targets"] if t.startswith("x86_64"))
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", target]
    metadata = json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
    used = {node["id"] for node in metadata["resolve"]["nodes"]}
    packages = [package for package in metadata["packages"] if package["id"] in used]

    wrong = []
    for package in packages:
        name = f"{package['name']} {package['version']}"
        if package["name"] in banned:
            wrong.append(f"{name} is banned: {banned[package['name']]}")
        if package["source"] is None:
            continue
        if not package["source"].startswith("registry+"):
            wrong.append(f"{name} comes from {package['source']}")
        licence = package["license"]
        if licence is None:
            wrong.append(f"{name} declares no licence")
        elif not allowed(licence, allow):
            wrong.append(f"{name} is under {licence}, which deny.toml does not allow")
    for line in wrong:
        print(line, file=sys.stderr)
    print(f"{len(packages)} crates: {len(wrong)} objections")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
