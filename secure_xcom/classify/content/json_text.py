"""``JsonText``: secrets in a text that is JSON, one level deep: below sensitive names, beside their names, and escaped.

Most JSON names nothing sensitive. So its strings are looked at first, in one pass, and only then it is parsed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from secure_xcom.classify.content.late import late
from secure_xcom.classify.content.values import SHORTEST_STRONG, is_secret_value, may_be_in_column

ID: Final = "json-secret"

_LARGEST: Final = 1 << 18
"""Characters of a text beyond which it is not parsed. Names before quoted values are found in any text."""

_DEEPEST: Final = 64
"""Levels of JSON that are looked at."""

_KEYS: Final = late(
    rf'"([^"\\]{{1,64}})"\s*+:\s*+(?=(?:\[\s*+|\{{\s*+"\d+"\s*+:\s*+)?+'
    rf'(?:"[^"]{{{SHORTEST_STRONG}}}|[-0-9.eE+]{{{SHORTEST_STRONG}}}))'
)
"""Names of what is long enough to be a secret, or of a list that begins so: to judge a name takes longer than that."""

_BETWEEN: Final = "\n\0\n"
"""Stands between texts that are looked at together: no rule matches across it."""

_NAMES: Final = ("name", "key", "variable", "header", "parameterkey", "outputkey")
"""What a name is called in a pair such as ``{"name": "DB_PASSWORD", "value": "x"}``."""

_VALUES: Final = ("value", "parametervalue", "outputvalue")

_SPELLED_VALUES: Final = frozenset((*_VALUES, "Value", "ParameterValue", "OutputValue"))

RuleOfTexts = Callable[[str], str | None]


class JsonText:
    """Looks into texts that are JSON. A text that is not JSON, or is too long or too deep, has no findings here."""

    def __init__(self, is_sensitive_name: Callable[[str], bool]) -> None:
        self._is_sensitive_name = is_sensitive_name

    @staticmethod
    def may_be(text: str) -> bool:
        """Whether a text begins and ends as JSON of an object or a list does."""
        first = text[0] if text[0] in "{[" else text[:64].lstrip()[:1]
        return first in ("{", "[") and len(text) <= _LARGEST and text[-64:].rstrip()[-1:] in ("}", "]")

    def rule_of(self, text: str, rule_of_texts: RuleOfTexts) -> str | None:
        """Return the rule by which something in a JSON text is sensitive, or ``None``."""
        tree = self._telling_tree(text)
        # A backslash may hide what the rules look for; without one they have seen each string.
        return None if tree is None else next(self._rules(tree, rule_of_texts if "\\" in text else None), None)

    def secrets_in(self, text: str) -> Iterator[str]:
        """Yield the values by whose names a JSON text is sensitive, as they are once it is parsed."""
        tree = self._telling_tree(text) if text and self.may_be(text) else None
        for node in _nodes_of(tree):
            if isinstance(node, tuple):
                yield from (str(value) for name, value in _named(node) if self._is_secret(name, value))

    def _telling_tree(self, text: str) -> object:
        """Parse a text; ``None`` if it is not JSON, or has neither a telling name nor an escape."""
        if "\\" not in text and not self._is_telling(set(_KEYS().findall(text))):
            return None
        try:
            # A name that stands twice has two values, of which a dict would keep the last.
            return json.loads(text, object_pairs_hook=tuple)
        except (ValueError, RecursionError):
            return None

    def _is_telling(self, keys: set[str]) -> bool:
        return any(map(self._is_sensitive_name, keys)) or not keys.isdisjoint(_SPELLED_VALUES) or "columns" in keys

    def _rules(self, tree: object, rule_of_texts: RuleOfTexts | None) -> Iterator[str]:
        texts: list[str] = []
        for node in _nodes_of(tree):
            if isinstance(node, str):
                texts.append(node)
            elif isinstance(node, tuple) and any(self._is_secret(name, value) for name, value in _named(node)):
                yield ID
        # Many of them are short, and to look at each takes longer than to unescape it.
        if rule_of_texts and (rule := rule_of_texts(_BETWEEN.join(texts))):
            yield rule

    def _is_secret(self, name: str, value: object) -> bool:
        if not isinstance(value, str | int) or isinstance(value, bool) or len(name) > 256:
            return False
        text = str(value)
        if len(text) < SHORTEST_STRONG or not self._is_sensitive_name(name):
            return False
        return is_secret_value(name, text, is_quoted=True, is_line=True)


def _nodes_of(tree: object) -> Iterator[object]:
    """Yield the texts, and the objects and lists at most so deep; an object is a tuple of its pairs."""
    waiting = [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        if isinstance(node, (tuple, list)) and depth < _DEEPEST:
            yield node
            children = (child for _, child in node) if isinstance(node, tuple) else node
            waiting.extend((child, depth + 1) for child in children)
        elif isinstance(node, str):
            yield node


def _named(pairs: tuple[tuple[str, object], ...]) -> Iterator[tuple[str, object]]:
    yield from pairs
    for name, value in pairs:
        yield from ((name, cell) for cell in _column(value) if _may_be_in(name, cell))
    if len(pairs) <= 8:
        table = dict(pairs)
        yield from _in_table(table.get("columns"), table.get("data"))
        names = [name for key, name in pairs if key.lower() in _NAMES and isinstance(name, str)]
        yield from ((name, value) for key, value in pairs if key.lower() in _VALUES for name in names)


def _column(value: object) -> Sequence[object]:
    """Return the cells of a column, which pandas writes as a dict with the numbers of its rows, or as a list."""
    if isinstance(value, tuple) and value and all(key.isdecimal() for key, _ in value):
        return [cell for _, cell in value]
    return value if isinstance(value, list) else ()


def _in_table(names: object, rows: object) -> Iterator[tuple[str, object]]:
    """Yield the cells of a table that pandas wrote with ``orient="split"``, with their names."""
    if not isinstance(names, list) or not isinstance(rows, list):
        return
    for row in rows:
        for name, cell in zip(names, row, strict=False) if isinstance(row, list) else ():
            if isinstance(name, str) and _may_be_in(name, cell):
                yield name, cell


def _may_be_in(name: str, cell: object) -> bool:
    return isinstance(cell, str) and may_be_in_column(name, cell)
