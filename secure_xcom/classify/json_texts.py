"""``WithJson``: rules of contents that see what a text of JSON says, as if a task had pushed that.

Commands, pods and interfaces hand out JSON as a text, and the next task parses it. Most of it names nothing sensitive:
so its keys are looked at first, in one pass, and only then it is parsed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Final, cast

from secure_xcom.classify.content.encoded_text import text_in
from secure_xcom.classify.content.values import SHORTEST_STRONG, SHORTEST_WEAK
from secure_xcom.classify.names import JUDGED_BY_VALUE
from secure_xcom.classify.nested_names import ENDS
from secure_xcom.classify.policy import Policy
from secure_xcom.classify.shapes import has_shape
from secure_xcom.classify.suspects import suspects
from secure_xcom.classify.walk import Walk
from secure_xcom.model.value import findings_of

if TYPE_CHECKING:
    from secure_xcom.classify.names import NameRules
    from secure_xcom.classify.policy import ContentRules
    from secure_xcom.model.value import Node, Path

ID: Final = "json-secret"

_WEAK: Final = frozenset(("name-token", "name-tokens", "name-key", "name-cookie", "name-credentials"))
"""Rules about names under which a short text is a word or a cell, and seals no whole document."""

LARGEST: Final = 1 << 18
"""Characters of a text beyond which it is not parsed. Names before quoted values are found in any text."""

LARGEST_LIST: Final = 1 << 10
"""Characters beyond which a list of texts is data, and no command."""

DEEPEST: Final = 64
"""Levels of JSON beyond which it is not looked into."""

_EDGE: Final = 64
"""Characters in which JSON begins, and ends."""

_BEFORE: Final = " \t\r\n\ufeff"
"""What may stand before JSON: space, and the mark of its encoding."""

_OPENING: Final = ("{", "[", *_BEFORE, "e", "W")
"""How JSON of an object or a list begins, and how it does in base64."""


class WithJson:
    """Implements ``classify.policy.ContentRules``: ``rules``, and after them what ``names`` and shapes tell of JSON."""

    def __init__(self, rules: ContentRules, names: NameRules, *, shapes: bool) -> None:
        self._rules = rules
        self._by_names = Policy(names=names, holds_registered_secret=lambda _: False, shapes=shapes)
        self._by_all = Policy(names=names, holds_registered_secret=lambda _: False, shapes=shapes, content=self)

    def rule_of(self, text: str) -> str | None:
        """Return the id of the rule by which a text is sensitive."""
        if (rule := self._rules.rule_of(text)) is not None:
            return rule
        document = _document_in(text) if text[:1] in _OPENING else None
        return None if document is None or next(self._secrets_in(document), None) is None else ID

    def rule_of_name(self, name: str) -> str | None:
        """As ``rule_of`` for a key, in which no JSON is expected."""
        return self._rules.rule_of_name(name)

    def may_match(self, text: str) -> bool:
        """Whether a rule may match something in ``text``, or JSON may stand there."""
        return "{" in text or "[" in text or self._rules.may_match(text)

    def secrets_in(self, text: str) -> Iterator[str]:
        """Yield what rules match in ``text``, and what is sensitive in what it says."""
        yield from self._rules.secrets_in(text)
        if (document := _document_in(text)) is not None:
            yield from self._secrets_in(document)

    def _secrets_in(self, document: str) -> Iterator[str]:
        """Yield what is sensitive in what JSON says.

        The rules have seen the text: they look at what it says only where it has an escape, which may hide what they
        look for.
        """
        is_escaped = "\\" in document
        if not (is_escaped or self._is_telling(document)) or (tree := _parsed(document)) is None:
            return
        judge = self._by_all if is_escaped else self._by_names
        yield from _long_enough(tree, judge)

    def _is_telling(self, document: str) -> bool:
        """Whether a name, or the keys together, may make something sensitive."""
        if len(document) <= LARGEST_LIST and '"-' in document and _listed().search(document) is not None:
            # A command: what stands beside an option tells.
            return True
        keys = tuple(set(_keys().findall(document)))
        if not frozenset(keys).isdisjoint(ENDS) or (self._by_names.shapes and has_shape(keys)):
            return True
        # To judge a name takes longer than to see that nothing long enough stands under it.
        named, names = tuple(sorted(set(_named().findall(document)))), self._by_names.names
        return bool(names.sensitive_among(named) or names.unlisted_among(named))


def _document_in(text: str) -> str | None:
    """Return a text that begins and ends as JSON of an object or a list does, or the one that it is the base64 of.

    ``None`` for any other, and for one that is too long.
    """
    if not _may_be_json(text):
        inner = text_in(text)
        return inner if inner is not None and _may_be_json(inner) else None
    return text


def _may_be_json(text: str) -> bool:
    return (
        text[:_EDGE].lstrip(_BEFORE)[:1] in ("{", "[")
        and len(text) <= LARGEST
        and text[-_EDGE:].rstrip()[-1:] in ("}", "]")
    )


@cache
def _keys() -> re.Pattern[str]:
    return re.compile(r'"([^"\\]{1,64}+)"\s*+:')


@cache
def _listed() -> re.Pattern[str]:
    """Match a list that begins with a text."""
    return re.compile(r'\[\s*+"')


@cache
def _named() -> re.Pattern[str]:
    """Match the names of dicts, of lists, and of what is long enough to be a secret."""
    return re.compile(r'"([^"\\]{1,64}+)"\s*+:\s*+(?=[{\[]|"[^"]{3}|[-0-9.eE+]{3})')


def _parsed(text: str) -> Node:
    """Return what JSON says, of several documents a list; ``None`` for any other text, and for one that is too deep."""
    trees: list[Node] = []
    start, space = 0, _space()
    try:
        while (start := space(text, start).end()) < len(text):
            tree, start = _decoder().raw_decode(text, start)
            trees.append(cast("Node", tree))
    except (ValueError, RecursionError):
        return None
    tree = trees[0] if len(trees) == 1 else trees
    return None if _is_too_deep(tree) else tree


@cache
def _space() -> Callable[[str, int], re.Match[str]]:
    return cast("Callable[[str, int], re.Match[str]]", re.compile(f"[{_BEFORE}]*").match)


@cache
def _decoder() -> json.JSONDecoder:
    return json.JSONDecoder(object_pairs_hook=_dict_of)


def _dict_of(pairs: list[tuple[str, object]]) -> object:
    """Return an object; a name that stands several times has all of its values, as a list."""
    last = dict(pairs)
    if len(last) == len(pairs):
        return last
    values: dict[str, list[object]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return {name: those[0] if len(those) == 1 else those for name, those in values.items()}


def _is_too_deep(tree: Node) -> bool:
    level = [tree]
    for _ in range(DEEPEST):
        level = [child for node in level for child in _containers_in(node)]
        if not level:
            return False
    return True


def _containers_in(node: Node) -> list[Node]:
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return [child for child in children if isinstance(child, (dict, list))]


def _long_enough(tree: Node, judge: Policy) -> Iterator[str]:
    """Yield what is sensitive in a tree, but for what is too short for what it is called."""
    for finding in findings_of(Walk(judge, None, None, suspects(tree, judge)).begin(tree, "")):
        is_strong = finding.rule not in _WEAK
        for text, is_below_strong in _texts_in(_part_at(tree, finding.path), judge.names):
            # What makes a container of a weak name a secret may be a password in it.
            if len(text) >= (SHORTEST_STRONG if is_strong or is_below_strong else SHORTEST_WEAK):
                yield text


def _part_at(tree: Node, path: Path) -> Node:
    for step in path:
        tree = tree[step]  # type: ignore[index]
    return tree


def _texts_in(part: Node, names: NameRules) -> Iterator[tuple[str, bool]]:
    """Yield the leaves of a part as texts, each with whether it stands below a strong name in the part."""
    waiting = [(part, False)]
    while waiting:
        node, is_strong = waiting.pop()
        if isinstance(node, dict):
            waiting += ((child, is_strong or _is_strong(key, names)) for key, child in node.items())
        elif isinstance(node, list):
            waiting += ((child, is_strong) for child in node)
        elif node is not None and not isinstance(node, bool):
            yield str(node), is_strong


def _is_strong(name: str, names: NameRules) -> bool:
    rule = names.rule_of(name)
    return rule is not None and rule not in _WEAK and rule not in JUDGED_BY_VALUE
