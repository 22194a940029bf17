"""A text against its gold: shingles, segments, and the lines that are missing or too many."""

import re
from collections import Counter

WORD = re.compile(r"\w+")


def tokens(text: str) -> list[str]:
    return WORD.findall(text)


def shingles(text: str) -> Counter:
    words = tokens(text)
    size = min(4, max(len(words), 1))
    return Counter(tuple(words[at : at + size]) for at in range(len(words) - size + 1))


def body(text: str, gold: str) -> tuple[float, float, float, bool]:
    """Precision, recall, F1 and whether both are the same words."""
    mine, theirs = shingles(text), shingles(gold)
    both = sum((mine & theirs).values())
    precision = both / max(sum(mine.values()), 1)
    recall = both / max(sum(theirs.values()), 1)
    return precision, recall, f1(precision, recall), mine == theirs


def f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def squeezed(text: str) -> str:
    return " ".join(text.split())


def segments(text: str, page: dict) -> tuple[int, int, int]:
    """Segments found, wrongly there, missing."""
    text = squeezed(text)
    found = sum(squeezed(it) in text for it in page["must"])
    wrong = sum(squeezed(it) in text for it in page["must_not"])
    return found, wrong, len(page["must"]) - found


def page_score(text: str, page: dict) -> float | None:
    """One number a page, to order by: F1 of the body, else of the segments."""
    if page.get("text"):
        return body(text, page["text"])[2]
    if page.get("must"):
        found, wrong, missing = segments(text, page)
        return f1(found / max(found + wrong, 1), found / max(found + missing, 1))
    return None


def lines(text: str) -> list[str]:
    return [line for line in (squeezed(line).removeprefix("• ") for line in text.split("\n")) if line]


def foreign(text: str, other: str) -> list[tuple[int, str]]:
    """Lines of `text`, with their number, of which less than half stands in `other`."""
    known, flat = shingles(other), " ".join(tokens(other))
    result = []
    for at, line in enumerate(lines(text)):
        words = tokens(line)
        if len(words) < 4:
            absent = " ".join(words) not in flat
        else:
            parts = shingles(line)
            absent = sum((parts & known).values()) < sum(parts.values()) / 2
        if absent and words:
            result.append((at, line))
    return result
