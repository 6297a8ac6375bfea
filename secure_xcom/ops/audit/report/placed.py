"""``placed``: the placeholders of XComs counted by their key: what is sealed in which store, by which rule."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from secure_xcom.errors import InvalidPlaceholder
from secure_xcom.model.placeholder import Placeholder

Place: TypeAlias = tuple[str, str, str]
"""A Dag, a task and a key."""

Placed: TypeAlias = Mapping[Place, Sequence[tuple[Placeholder, int]]]
"""The kinds of placeholders of each key, each with how many rows have it. ``ref`` is left out of a kind."""

SealedValue: TypeAlias = tuple[str, str, str, str | None]
"""The coordinates of a row that holds a placeholder, and its JSON; ``None`` if it is too large to be read."""


_LONGEST: Final = 100
"""Characters of a rule's id and of a store's scheme: what is longer was written by no push, and would fill the pack."""


def placed(rows: Iterable[SealedValue]) -> tuple[Placed, int]:
    """Count the rows; also return how many could not be read."""
    counts: dict[Place, Counter[Placeholder]] = {}
    unread = 0
    for dag_id, task_id, key, text in rows:
        try:
            found = _placeholder(text)
        except (InvalidPlaceholder, ValueError, RecursionError):
            unread += 1
            continue
        if found is not None:
            kind = Placeholder(rule=found.rule, store=found.store, ref="")
            counts.setdefault((dag_id, task_id, key), Counter())[kind] += 1
    ordered = {
        place: tuple(sorted(kinds.items(), key=lambda item: (item[0].store, item[0].rule)))
        for place, kinds in sorted(counts.items())
    }
    return ordered, unread


def _placeholder(text: str | None) -> Placeholder | None:
    """Return the placeholder of a row, of which there is one; ``None`` for a value that only mentions it.

    Raises ``InvalidPlaceholder``, and ``ValueError`` for a text that is too large or not JSON.
    """
    if text is None:
        raise ValueError
    left: list[object] = [json.loads(text)]
    while left:
        node = left.pop()
        if Placeholder.claims(node):
            return _short(Placeholder.parse(node))
        if isinstance(node, dict):
            left.extend(node.values())
        elif isinstance(node, list):
            left.extend(node)
    return None


def _short(found: Placeholder) -> Placeholder:
    if max(len(found.rule), len(found.store)) > _LONGEST:
        raise ValueError
    return found
