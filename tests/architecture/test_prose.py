"""The prose of documents, docstrings, comments and messages: one word for one thing, and sentences that are read once.

A small test and not ``vale``: see docs/adr/0022-prose.md. ``make lint`` runs it.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.architecture.test_docs import exists
from tests.root import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
MODULES = sorted((ROOT / "secure_xcom").rglob("*.py"))
# ``airflow.x`` is Airflow itself; our own room of that name is spelled out.
ROOMS = {path.parent.name for path in (ROOT / "secure_xcom").glob("*/__init__.py")} - {"airflow"} | {"errors", "secret"}

LONGEST = 25
"""Words of a sentence in a document. The aim is 20; a colon or a semicolon counts as an end."""

_DETERMINER = "(the|a|an|no|any|each|every|its|their)"

BANNED = {
    # The actor has a name.
    r"\b(whoever|whomever)\b": "name the actor: the reader, the worker, code outside a task",
    r"\b(what|who|which|that|it) (is|are) no (?!longer|more)": "say what it is",
    r"\b(is|are) none\b": "say what it is",
    r"\b(is|are) no [a-z]+'s\b": "say whose it is",
    r"\bthat one('s| is| was| has| may| can| had)\b": "name it",
    r"\b(of|for|with|than|as|in|like|by|from|to) that one\b": "name it",
    r"\bwho (holds|owns) nothing\b": "name the actor",
    # No double negation.
    r"\bnobody that\b": "name the actor: code outside a task",
    r"\b(nobody|nothing)\b[^.;:,|]{0,60} (not|no|never|nobody|nothing)\b": "one negation a sentence",
    r"\bnot\b[^.;:,|]{0,40} unless not\b": "one negation a sentence",
    # The field's nouns, not the house's.
    rf"\b{_DETERMINER} ways? to ({_DETERMINER} )?([a-z']+ )?(dags?|domains?|objects?|values?)\b": "route",
    r"\bdeeds?\b": "entry, event, action",
    r"\b(the|its|their) books?\b": "ledger",
    r"\b(is|are|was|were|be|been|being|it|him|them) told\b": "reported, shown, warned",
    r"\btold by\b": "reported by",
    r"\bforeign (?!keys?\b)": "name it: of another Dag, of another library",
    # Not English.
    r"\bin the end of each\b": "at the end of each",
    r"\bto look is not\b": "name the actor: verification, the reader",
    r"\bcome what may\b": "always, or name the condition",
    r"\bis asked of the\b": "name the actor",
    # The name on the package index is not ours.
    r"pip install ['\"]?secure-xcom": "pip install . in a clone",
}
"""What is not written, and what is written instead: the table of the house's style."""


_FENCED = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)


class Text(NamedTuple):
    """A piece of prose, and the line on which it begins."""

    line: int
    text: str


class Finding(NamedTuple):
    """A phrase in a file."""

    path: Path
    line: int
    problem: str

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line}: {self.problem}"


def _phrases(path: Path, texts: Iterable[Text]) -> Iterator[Finding]:
    for start, text in texts:
        for banned, instead in BANNED.items():
            # A phrase may be broken by a line's end.
            for found in re.finditer(banned.replace(" ", r"\s+"), text, re.IGNORECASE):
                said = " ".join(found[0].split())
                yield Finding(path, start + text.count("\n", 0, found.start()), f"{said!r}: {instead}")


def _prose_of_document(path: Path) -> str:
    """Return a document without its code and the targets of its links; each line stays where it is."""
    text = re.sub(
        r"^ *```.*?^ *```", lambda code: "\n" * code[0].count("\n"), path.read_text(), flags=re.MULTILINE | re.DOTALL
    )
    text = re.sub(r"`[^`]*`", lambda code: "CODE" + "\n" * code[0].count("\n"), text)
    return re.sub(r"\]\([^)]*\)", "]", text)


def _prose_of_module(path: Path) -> Iterator[Text]:
    source = path.read_text()
    nodes = list(ast.walk(ast.parse(source)))
    formatted = [node for node in nodes if isinstance(node, ast.JoinedStr)]
    within = {id(part) for node in formatted for part in node.values}
    for node in formatted:
        parts = (part.value if isinstance(part, ast.Constant) else "CODE" for part in node.values)
        yield Text(node.lineno, "".join(map(str, parts)))
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in within:
            yield Text(node.lineno, re.sub(r"``[^`]*``", "CODE", node.value))
    comments = [
        (token.start[0], token.string.lstrip("# "))
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    ]
    for _, lines in groupby(enumerate(comments), key=lambda item: item[1][0] - item[0]):
        block = [comment for _, comment in lines]
        yield Text(block[0][0], "\n".join(text for _, text in block))


def _names(path: Path) -> Iterator[Finding]:
    """Give the names of ours that a module mentions and that are not there: code moves, and prose stays behind."""
    text = path.read_text()
    for found in re.finditer(r"``((?:secure_xcom\.)?([a-z_]+)(?:\.\w+)+)``", text):
        name = "secure_xcom." + found[1].removeprefix("secure_xcom.")
        if (found[2] in ROOMS or found[1] == name) and not exists(name):
            yield Finding(path, text.count("\n", 0, found.start()) + 1, f"{found[1]}: not there")


def _sentences(text: str) -> Iterator[Text]:
    """Give the sentences of paragraphs and lists; a title and a table have none."""
    for block in re.finditer(r"(?:^(?!\s*[|#]).*\S.*\n?)+", text, re.MULTILINE):
        line = text.count("\n", 0, block.start()) + 1
        for item in re.split(r"^\s*(?:[-*]|\d+\.) ", block[0], flags=re.MULTILINE):
            for sentence in re.split(r"(?<=[.!?:;])[)*]*\s", item):
                yield Text(line, sentence)
                line += sentence.count("\n")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_document_says_each_thing_in_the_words_of_the_house(path: Path) -> None:
    found = _phrases(path, [Text(1, _prose_of_document(path))])
    assert not (listed := "\n".join(map(str, found))), listed


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_sentence_of_a_document_is_short(path: Path) -> None:
    long = [
        Finding(path, line, f"{len(sentence.split())} words: {sentence.strip()[:60]!r}")
        for line, sentence in _sentences(_prose_of_document(path))
        if len(sentence.split()) > LONGEST
    ]
    assert not long, "\n".join(map(str, long))


def test_a_module_says_each_thing_in_the_words_of_the_house_and_names_what_exists() -> None:
    found = [finding for path in MODULES for finding in (*_phrases(path, _prose_of_module(path)), *_names(path))]
    assert not found, "\n".join(map(str, found))


@pytest.mark.parametrize(
    "text",
    ["what is no task", "whoever\nasks", "nobody that runs as a task", "the way to the object", "a value that is none"],
)
def test_the_check_finds_a_phrase(text: str) -> None:
    assert list(_phrases(ROOT, [Text(1, text)]))


def test_the_check_finds_prose_wherever_a_module_has_it(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text(
        '"""Whoever.\n\nIs none."""\nX = 1\n"""Whoever."""\n# who\n# is none\nprint(f"who{X}ever", "is " "none")\n'
    )
    found = [finding.line for finding in _phrases(module, _prose_of_module(module))]
    assert sorted(found) == [1, 3, 5, 7, 8]


def test_the_check_finds_a_name_that_has_moved(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text('"""``exchange.Routes`` implements ``ports.routes.Routes``."""\n')
    assert [finding.problem for finding in _names(module)] == ["exchange.Routes: not there"]
