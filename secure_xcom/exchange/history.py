"""``History``: what the ledger knows of a place, asked before a push and before a value is handed out.

A plain value where this backend sealed one was put there by a writer to the database, or to the REST API, unless a
task of the Dag pushed it. So a plain push that takes the place of a sealed value says so in the ledger first. Deletion
says so too: it records each purge. The rest is left by what no backend hears of: deleted rows and runs, and crashes.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from secure_xcom.errors import LedgerError, SealedValueReplaced
from secure_xcom.model.coordinates import POOL_KEY, Coordinates, is_airflows
from secure_xcom.model.event import IN_PLACE_OF_SEALED, Event
from secure_xcom.model.mode import PlainInPlace
from secure_xcom.model.object_name import map_index_of
from secure_xcom.model.past import Past
from secure_xcom.model.value import node_of
from secure_xcom.payload.parts import find_placeholder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from secure_xcom.exchange.recorder import Recorder
    from secure_xcom.model.coordinates import TaskInstance, XComQuery
    from secure_xcom.model.placeholder import Placeholder
    from secure_xcom.ports.host import Host

_NOTHING: Final = Past()

_ADVICE: Final = (
    "clear the producing task so that it pushes again; if the value is meant to be there, set "
    "[secure_xcom] plain_in_place_of_sealed"
)


class History:
    """Safe to use from several threads."""

    def __init__(self, recorder: Recorder, host: Host, rule: PlainInPlace) -> None:
        self._recorder = recorder
        self._host = host
        self._rule = rule
        self._lock = threading.Lock()
        self._is_silent = False
        self._own: set[str] = set()
        self._earlier: dict[Coordinates, list[str]] = {}

    @property
    def minds_plain_values(self) -> bool:
        """Whether a plain value needs the ledger's answer."""
        return self._rule is not PlainInPlace.ALLOW

    def past(self, query: XComQuery) -> Past:
        """Return what is known of a place. Raises a ``LedgerError``, but with best effort warns of it once.

        The run, the task and the key must be named. What is read by Airflow has no past, and pools have no rows.
        """
        if self._is_silent or query.run_id is None or not _is_followed(query.key):
            return _NOTHING
        found = self._recorder.past(query)
        if found is None:
            # What can do without the ledger does not wait for it again and again.
            self._is_silent = True
            return _NOTHING
        return found

    def begin_plain(self, where: Coordinates, writer: TaskInstance | None) -> None:
        """Note in the ledger that a plain value takes the place of what was sealed there. Raises a ``LedgerError``."""
        if self.minds_plain_values:
            past = self._past_of_plain(where.as_query())
            self._remember(past, where, writer)
            entries = [
                self._recorder.entry(Event.WRITE, where, writer, object_id=name, detail=IN_PLACE_OF_SEALED)
                for name in past.unreplaced
            ]
            self._recorder.record(*entries)

    def begin_sealed(self, where: Coordinates, writer: TaskInstance | None, object_id: str) -> None:
        """Remember what a sealed value supersedes. Raises a ``LedgerError``."""
        with self._lock:
            self._own.add(object_id)
        self._remember(self.past(where.as_query()), where, writer)

    def take_earlier(self, where: Coordinates) -> Sequence[str]:
        """Return once what the last push at ``where`` has superseded, when its row is written."""
        with self._lock:
            return self._earlier.pop(where, ())

    def require_plain(self, found: Sequence[Placeholder | None], query: XComQuery) -> None:
        """Compare plain rows with what was sealed at their places; ``found`` has a pull's rows, but those of nothing.

        Raises ``SealedValueReplaced``, or with that setting warns.
        """
        if not self.minds_plain_values or all(found):
            return
        past = self._past_of_plain(query)
        accounted = {map_index_of(placeholder.ref) for placeholder in found if placeholder}
        for index in sorted({*past.unreplaced.values()} - accounted):
            if query.map_index is not None or self._is_plain_at(query, index):
                self._tell(replace(query, map_index=index))

    def _past_of_plain(self, query: XComQuery) -> Past:
        try:
            return self.past(query)
        except LedgerError as error:
            if self._rule is PlainInPlace.REFUSE:
                raise
            self._is_silent = True
            self._host.warn(f"secure-xcom: whether plain values replace sealed ones is unknown: {error.on_one_line}")
            return _NOTHING

    def _remember(self, past: Past, where: Coordinates, writer: TaskInstance | None) -> None:
        # At another place than its own the running task may not be the only one that writes just now.
        earlier = [name for name in past.standing if name not in self._own]
        if writer is not None and writer.is_at(where) and earlier:
            with self._lock:
                self._earlier[where] = earlier

    def _is_plain_at(self, query: XComQuery, map_index: int) -> bool:
        """Whether a mapped instance's row is there, and is plain: rows that are pulled together have no index."""
        row = self._host.row_at(replace(query, map_index=map_index))
        return row is not None and find_placeholder(node_of(row)).placeholder is None

    def _tell(self, query: XComQuery) -> None:
        reason = "the row holds a plain value where this backend had sealed one: somebody wrote it past the backend"
        place = f"dag_id={query.dag_id!r} run_id={query.run_id!r} task_id={query.task_id!r} key={query.key!r}"
        details = f"{place} map_index={query.map_index}", _ADVICE
        if self._rule is PlainInPlace.REFUSE:
            raise SealedValueReplaced(reason, *details)
        self._host.warn(f"secure-xcom: {'; '.join((reason, *details))}")


def _is_followed(key: str | None) -> bool:
    return key is not None and not is_airflows(key) and not key.startswith(POOL_KEY)
