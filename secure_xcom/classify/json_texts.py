"""``secrets_in_json``: what is sensitive in a text that is JSON, as if a task had pushed what it says.

Commands, pods and interfaces hand out JSON as a text, and the next task parses it. Most of it names nothing sensitive:
so its keys are looked at first, in one pass, and only then it is parsed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Final, cast

from secure_xcom.classify.nested_names import ENDS
from secure_xcom.classify.paths import PathPatterns
from secure_xcom.classify.shapes import has_shape
from secure_xcom.classify.suspects import NOTHING
from secure_xcom.classify.walk import Walk
from secure_xcom.model.value import Path, findings_of

if TYPE_CHECKING:
    from secure_xcom.classify.policy import Policy
    from secure_xcom.model.value import Node

LARGEST: Final = 1 << 18
"""Characters of a text beyond which it is not parsed. Names before quoted values are found in any text."""

LARGEST_LIST: Final = 1 << 12
"""Characters of a list without a name beyond which it is a table, and no command and no header."""

DEEPEST: Final = 64
"""Levels of JSON beyond which it is not looked into."""


def may_be_json(text: str) -> bool:
    """Whether a text begins and ends as JSON of an object or a list does."""
    first = text[0] if text[:1] in ("{", "[") else text[:64].lstrip()[:1]
    return first in ("{", "[") and len(text) <= LARGEST and text[-64:].rstrip()[-1:] in ("}", "]")


def secrets_in_json(text: str, policy: Policy) -> Iterator[str]:
    """Yield what is sensitive in a text of JSON by its names and by what stands beside it.

    Nothing in a text that is no JSON, or is too long or too deep. What its strings look like is not told: rules about
    contents see them in the text.
    """
    if not _is_telling(text, policy):
        return
    try:
        tree = cast("Node", json.loads(text, object_pairs_hook=_dict_of))
    except (ValueError, RecursionError):
        return
    if _is_too_deep(tree):
        return
    selection = Walk(_by_names(policy), None, None, NOTHING).begin(tree, "")
    for finding in findings_of(selection):
        yield from _texts_at(tree, finding.path)


def _by_names(policy: Policy) -> Policy:
    """Return a policy without what matches a text as a whole, or paths in the value that is pushed."""
    none = PathPatterns(())
    return replace(
        policy, content=None, holds_registered_secret=lambda _: False, sensitive_paths=none, ignored_paths=none
    )


def _is_telling(text: str, policy: Policy) -> bool:
    keys = tuple(sorted(set(_keys().findall(text))))
    if not keys:
        return len(text) <= LARGEST_LIST and '"' in text
    names = policy.names
    return bool(
        names.sensitive_among(keys)
        or names.unlisted_among(keys)
        or not frozenset(keys).isdisjoint(ENDS)
        or (policy.shapes and has_shape(keys))
    )


@cache
def _keys() -> re.Pattern[str]:
    return re.compile(r'"([^"\\]{1,64}+)"\s*+:')


def _dict_of(pairs: list[tuple[str, Node]]) -> Node:
    """Return an object; as a list of two if a name stands twice, of which a dict would keep the last value alone."""
    last = dict(pairs)
    return last if len(last) == len(pairs) else [dict(reversed(pairs)), last]


def _is_too_deep(tree: Node) -> bool:
    level = [tree]
    for _ in range(DEEPEST):
        level = [child for node in level for child in _children(node)]
        if not level:
            return False
    return True


def _children(node: Node) -> list[Node]:
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return [child for child in children if isinstance(child, (dict, list))]


def _texts_at(tree: Node, path: Path) -> Iterator[str]:
    """Yield the leaves of the part that stands at a path, as texts."""
    for step in path:
        tree = tree[step]  # type: ignore[index]
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, (dict, list)):
            waiting += node.values() if isinstance(node, dict) else node
        elif node is not None and not isinstance(node, bool):
            yield str(node)
