"""Why a page lost: each missing or added line with its likely cause, judged from where it stands in the page."""

import gzip
import re

import lxml.html

import score

CAPTION = re.compile(r"caption|credit|figure|photo|bild|legend|copyright", re.I)
RELATED = re.compile(r"related|recommend|more-|read-?(more|next|also)|teaser|promo|popular|latest|mehr|most|also", re.I)
ABOUT = re.compile(r"author|byline|date|meta|share|social|tag|breadcrumb|comment|newsletter|subscri|bio|disclaim", re.I)
LETTERS = re.compile(r"\W+")


def folded(text: str) -> str:
    return LETTERS.sub("", text)


class Page:
    """A page's tree, asked where a line stands."""

    def __init__(self, path: str) -> None:
        with gzip.open(path) as packed:
            root = lxml.html.document_fromstring(packed.read())
        for node in root.xpath("//script|//style|//noscript|//template|//comment()"):
            if node.getparent() is not None:
                node.drop_tree()
        self.texts = [(node, folded(node.text_content())) for node in root.iter() if isinstance(node.tag, str)]

    def place(self, line: str):
        """The innermost element that holds the beginning of the line."""
        wanted = folded(line)[:60]
        best = None
        for node, text in self.texts:
            if wanted in text and (best is None or len(text) <= len(best[1])):
                best = (node, text)
        return best[0] if best else None


def path_of(node) -> str:
    """The element and its next ancestors, with their classes."""
    steps = []
    while node is not None and len(steps) < 4 and node.tag not in ("body", "html"):
        name = ".".join([node.tag, *(node.get("class") or "").split()[:2]])
        steps.append(name[:40])
        node = node.getparent()
    return " < ".join(steps)


def around(node) -> str:
    """Tags, classes and ids from the element to four levels up."""
    words = []
    for _ in range(5):
        if node is None or node.tag == "body":
            break
        words += [node.tag, node.get("class") or "", node.get("id") or ""]
        node = node.getparent()
    return " ".join(words)


def link_share(node) -> float:
    letters = len(node.text_content().strip())
    return sum(len(link.text_content()) for link in node.iter("a")) / max(letters, 1)


def of_missing(at: int, line: str, node, cuts: list, n_lines: int, kept_from: int, kept_to: int, recall: float) -> str:
    beginning = score.squeezed(line)[:40]
    for rule, about in cuts:
        if score.squeezed(about)[:40] == beginning:
            return f"cut by rule: {rule}"
    if recall < 0.2:
        return "wrong root or nothing found"
    if node is None:
        return "not in the page as such"
    tag = node.tag
    if at < kept_from:
        return "lead or beginning lost"
    if at > kept_to:
        return "end lost"
    if tag in ("h2", "h3", "h4", "h5", "h6", "strong", "b"):
        return "subhead or bold line lost"
    if re.search(r"\b(li|ul|ol|td|tr|table|dl|dd|dt)\b", around(node)):
        return "list or table lost"
    if re.search(r"\b(blockquote|q|pre)\b", around(node)):
        return "quotation lost"
    return "part of the body lost"


def of_extra(at: int, node, kept_from: int, kept_to: int, precision: float) -> str:
    if precision < 0.2:
        return "wrong root or nothing found"
    if node is None:
        return "text that is not in the page as such"
    where = around(node)
    if re.search(r"\bfig(ure|caption)\b", where) or CAPTION.search(where):
        return "caption or credit kept"
    if link_share(node) > 0.5 or RELATED.search(where):
        return "related links or teasers kept"
    if ABOUT.search(where):
        return "byline, share, tags, author box kept"
    if at < kept_from:
        return "line before the text kept"
    if at > kept_to:
        return "line after the text kept"
    return "box inside the text kept"


def explain(page: dict, mine: dict, peers: list[str]) -> list[tuple[str, str, str, str, int]]:
    """Sign, cause, line, place and weight (shingles) of each difference to the gold, heaviest causes as they come."""
    text = mine["text"]
    if not page.get("text"):
        return segment_differences(page, mine)
    tree = Page(page["path"])
    gold_lines, my_lines = score.lines(page["text"]), score.lines(text)
    missing, extra = score.foreign(page["text"], text), score.foreign(text, page["text"])
    precision, recall, _, _ = score.body(text, page["text"])
    kept = sorted(set(range(len(gold_lines))) - {at for at, _ in missing})
    good = sorted(set(range(len(my_lines))) - {at for at, _ in extra})
    result = []
    for at, line in missing:
        node = tree.place(line)
        cause = of_missing(
            at, line, node, mine.get("cuts") or [], len(gold_lines), kept[0] if kept else 0,
            kept[-1] if kept else len(gold_lines), recall,
        )
        if all(folded(line) not in folded(peer) for peer in peers):
            cause += " (no peer has it: gold?)"
        result.append(("-", cause, line, path_of(node), max(len(score.tokens(line)) - 3, 1)))
    for at, line in extra:
        node = tree.place(line)
        cause = of_extra(at, node, good[0] if good else 0, good[-1] if good else len(my_lines), precision)
        if peers and all(folded(line) in folded(peer) for peer in peers):
            cause += " (all peers keep it: gold?)"
        result.append(("+", cause, line, path_of(node), max(len(score.tokens(line)) - 3, 1)))
    return result


def segment_differences(page: dict, mine: dict) -> list[tuple[str, str, str, str, int]]:
    text = score.squeezed(mine["text"])
    wanted = [("-", it) for it in page.get("must", []) if score.squeezed(it) not in text]
    wrong = [("+", it) for it in page.get("must_not", []) if score.squeezed(it) in text]
    if not wanted and not wrong:
        return []
    tree = Page(page["path"])
    found = len(page.get("must", [])) - len(wanted)
    result = []
    for sign, line in wanted + wrong:
        node = tree.place(line)
        if sign == "-":
            cause = of_missing(1, line, node, mine.get("cuts") or [], 3, 0, 3, found / max(len(page["must"]), 1))
        else:
            cause = of_extra(1, node, 0, 3, 1.0)
        result.append((sign, cause, line, path_of(node), len(score.tokens(line))))
    return result
