"""``HandedOut``: the secrets of the XComs that a migration seals, to mask them where consumers have rendered them.

A template pulls a value and renders it as it is: ``echo 4r7-hunter-x2`` names no secret, and no rule finds it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from secure_xcom.classify.names import EVERYTHING
from secure_xcom.classify.search import compile_search, without_surrogates
from secure_xcom.exchange.masking import masking_of
from secure_xcom.secret import MASK

if TYPE_CHECKING:
    from secure_xcom.classify.spans import Find, Span
    from secure_xcom.model.value import JSON, Selection

MOST: Final = 64 << 20
"""Characters of secrets that are kept, in the forms in which they are printed; the others are masked by rules alone."""

_OVERHEAD: Final = 256
"""What a text takes besides, in the search and in Python."""

_LONG: Final = 16
"""Characters of a text that is masked amid a word too. The name of a table may begin as a shorter one does."""


@dataclass(slots=True)
class _OfDag:
    texts: dict[str, None] = field(default_factory=dict)
    find: Find | None = None


class HandedOut:
    """Secrets by the Dag whose tasks pushed them; they are held in memory, and written nowhere.

    ``shortest`` is the length in characters below which a text is too common to be masked.
    """

    def __init__(self, shortest: int) -> None:
        self._shortest = shortest
        self._left = MOST
        self._dags: defaultdict[str, _OfDag] = defaultdict(_OfDag)

    def note(self, dag_id: str, tree: JSON, selection: Selection) -> None:
        """Keep the texts of the selected parts of a value."""
        if self._left <= 0:
            return
        dag = self._dags[dag_id]
        for text in masking_of(_selected(tree, selection), self._shortest).texts:
            self._left -= 0 if text in dag.texts else len(text) + _OVERHEAD
            dag.texts[text] = None
        dag.find = None

    def masked(self, dag_id: str, node: JSON) -> JSON:
        """Return a value with ``***`` where one of the Dag's secrets stands in a text."""
        if dag_id not in self._dags:
            return node
        dag = self._dags[dag_id]
        if dag.find is None:
            dag.find = compile_search([*dag.texts])
        return _without(node, dag.find)


def without(text: str, find: Find) -> str:
    """Return a text with ``***`` in the place of what is found, once where one stands within or across another."""
    kept: list[str] = []
    at = 0
    for start, end in sorted(find(without_surrogates(text))):
        if start >= at:
            kept += (text[at:start], MASK)
        at = max(at, end)
    return "".join((*kept, text[at:]))


def _without(node: JSON, find: Find) -> JSON:
    if isinstance(node, str):
        return without(node, lambda text: [span for span in find(text) if _is_whole(text, span)])
    if isinstance(node, list):
        return [_without(item, find) for item in node]
    if isinstance(node, dict):
        return {str(_without(key, find)): _without(item, find) for key, item in node.items()}
    return node


def _is_whole(text: str, span: Span) -> bool:
    start, end = span
    before, after = text[start - 1 : start], text[end : end + 1]
    is_amid = before.isalnum() or after.isalnum() or "_" in (before, after)
    return end - start >= _LONG or not is_amid


def _selected(node: JSON, selection: Selection) -> Iterator[str]:
    """Yield the texts of what is selected."""
    if isinstance(selection, str):
        # Where each value is sealed whatever it is, nothing says that it is secret.
        yield from () if selection == EVERYTHING else _texts(node)
        return
    parts: Iterable[tuple[str | int, JSON]] = ()
    if isinstance(node, list):
        parts = enumerate(node)
    elif isinstance(node, dict):
        parts = node.items()
    for step, part in parts:
        if step in selection:
            yield from _selected(part, selection[step])


def _texts(node: JSON) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, (list, dict)):
        for part in node if isinstance(node, list) else node.values():
            yield from _texts(part)
