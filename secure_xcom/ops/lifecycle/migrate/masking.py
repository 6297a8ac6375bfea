"""``Masking``: what is sensitive in tables that no task pulls from becomes ``***``, and cannot be had back.

A sealed value there would be an object without a row of XComs: an orphan, which no task can open.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from secure_xcom.classify import Policy, scan
from secure_xcom.classify.names import REGISTERED
from secure_xcom.classify.search import compile_search
from secure_xcom.errors import PayloadError
from secure_xcom.model.coordinates import is_airflows
from secure_xcom.model.origin import Origin
from secure_xcom.model.value import JSON, findings_of, node_of
from secure_xcom.ops.lifecycle.migrate.budget import Budget
from secure_xcom.ops.lifecycle.migrate.cells import PICKLED, Cell, Change, Page, Table
from secure_xcom.ops.lifecycle.migrate.handed_out import HandedOut, without
from secure_xcom.ops.lifecycle.migrate.reading import parsed, without_sealed
from secure_xcom.ops.lifecycle.migrate.tally import Done, Left, Tally
from secure_xcom.payload.stored_frames import StoredFrames
from secure_xcom.secret import MASK

if TYPE_CHECKING:
    from secure_xcom.model.value import Selection
    from secure_xcom.ops.audit.scan.hits import Hit

TextHits = Callable[[str], Iterator["Hit"]]
"""Finds the secrets in a text that is not JSON."""

_BEGINS_JSON: Final = ("{", "[", '"')


@dataclass(frozen=True, slots=True)
class _Masked:
    text: str
    rules: Counter[str]


class Masking:
    """Handles pages. ``is_real`` off only counts. ``in_text`` is for columns that may hold any text.

    ``handed_out`` has what else is to be masked: what consumers have rendered.
    """

    def __init__(  # noqa: PLR0913 - what it needs, and what it does besides
        self,
        policy: Policy,
        tally: Tally,
        budget: Budget,
        *,
        in_text: TextHits | None = None,
        handed_out: HandedOut | None = None,
        is_real: bool,
    ) -> None:
        self._policy = policy
        self._tally = tally
        self._budget = budget
        self._in_text = in_text
        self._handed_out = handed_out
        self._is_real = is_real

    def handle(self, table: Table, page: Page) -> None:
        """Mask what is sensitive in a page. Raises ``MigrationStopped``."""
        self._tally.rows += page.rows
        for where in page.too_large:
            self._tally.leave(Left.TOO_LARGE, where)
        for portion in self._budget.portions(list(self._judged(page.cells))):
            changes = [Change(cell=cell, text=masked.text) for cell, masked in portion]
            replaced = table.replace(changes) if self._is_real else [True] * len(changes)
            for (cell, masked), is_replaced in zip(portion, replaced, strict=True):
                self._tally.done[Done.MASKED if is_replaced else Done.OVERTAKEN] += 1
                for rule, parts in masked.rules.items() if is_replaced else ():
                    self._tally.count(cell.where.dag_id, rule, parts)
            self._budget.spend(sum(replaced))

    def _judged(self, cells: Sequence[Cell]) -> Iterator[tuple[Cell, _Masked]]:
        for cell in cells:
            try:
                found = self._masked(cell)
            except RecursionError:
                found = Left.DAMAGED
            except PayloadError as error:
                self._tally.leave(Left.REFUSED, cell.where, f"{type(error).__name__}: {error.message}")
                continue
            if isinstance(found, Left):
                self._tally.leave(found, cell.where)
            elif found is None:
                self._tally.done[Done.PLAIN] += 1
            else:
                yield cell, found

    def _masked(self, cell: Cell) -> _Masked | Left | None:
        if (text := cell.text) is None:
            is_pickle = isinstance(cell.stored, bytes) and cell.stored.startswith(PICKLED)
            return Left.PICKLED if is_pickle else Left.BYTES
        if self._in_text is None or text[:64].lstrip().startswith(_BEGINS_JSON):
            tree = parsed(text)
            if tree is not None:
                return self._masked_tree(tree.json, cell)
            if self._in_text is None:
                return Left.DAMAGED
        return self._masked_text(text)

    def _masked_tree(self, tree: JSON, cell: Cell) -> _Masked | None:
        key, origin = cell.where.key, Origin(task_id=cell.where.task_id)
        plain = node_of(without_sealed(tree))
        name = "" if is_airflows(key) else key
        selection = scan(plain, name, self._policy, StoredFrames(plain).of, origin=origin)
        masked = tree if selection is None else mask(tree, selection)
        rules = Counter(finding.rule for finding in findings_of(selection))
        if self._handed_out is not None:
            more = self._handed_out.masked(cell.where.dag_id, masked)
            if more != masked:
                rules[REGISTERED] += 1
                masked = more
        return None if masked == tree else _Masked(json.dumps(masked), rules)

    def _masked_text(self, text: str) -> _Masked | None:
        found = [hit for hit in (self._in_text(text) if self._in_text else ()) if isinstance(hit.secret, str)]
        secrets = {str(hit.secret) for hit in found} - {"", MASK}
        if not secrets:
            return None
        masked = without(text, compile_search(list(secrets)))
        rules = Counter(hit.rule for hit in found if hit.secret in secrets)
        return _Masked(masked, rules) if masked != text else None


def mask(node: JSON, selection: Selection) -> JSON:
    """Return a value with ``***`` in place of its selected parts."""
    if isinstance(selection, str):
        return MASK
    if isinstance(node, list):
        return [mask(item, selection[at]) if at in selection else item for at, item in enumerate(node)]
    if isinstance(node, dict):
        return {key: mask(item, selection[key]) if key in selection else item for key, item in node.items()}
    return MASK
