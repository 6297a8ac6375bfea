"""``Exchange``: push, pull and purge. The only place that knows the order of the steps.

Everything here fails closed: a step that cannot be done raises, and neither a placeholder nor plaintext takes the
value's place.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from secure_xcom.classify import Policy, scan
from secure_xcom.errors import (
    Expired,
    InvalidCoordinates,
    InvalidPlaceholder,
    PayloadError,
    StoreUnavailable,
    WrongCoordinates,
)
from secure_xcom.masking import leaves_of, masking_of
from secure_xcom.model import (
    JSON,
    Asked,
    Coordinates,
    Finding,
    Mode,
    Path,
    Placeholder,
    SealContext,
)
from secure_xcom.names import new_object_id, object_name, require_name
from secure_xcom.ports import CONCURRENT_PULLS, Host
from secure_xcom.routes import Route, Routes
from secure_xcom.seal import tree
from secure_xcom.seal.objects import Objects
from secure_xcom.seal.payload import decode_parts, encode_parts

PURGE_SECONDS: Final = 10.0
"""How long a purge may hold up the start of a task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    value: object = field(repr=False)
    leaves: Sequence[object] = field(default=(), repr=False)
    coordinates: Coordinates | None = None


class Exchange:
    """Seals values into a store and gets them back. Safe to use from several threads."""

    def __init__(
        self,
        *,
        routes: Routes,
        policy: Policy,
        host: Host,
        clock: Callable[[], float],
        mode: Mode = Mode.ENFORCE,
        clock_skew: int = 60,
    ) -> None:
        self._routes = routes
        self._policy = policy
        self._host = host
        self._clock = clock
        self._mode = mode
        self._clock_skew = clock_skew

    def push(self, value: object, coordinates: Coordinates | None) -> JSON:
        """Return what the database is to hold for ``value``; what is sensitive in it is in the store when this returns.

        Raises a ``SecureXComError`` and leaves no plaintext anywhere when any step fails.
        """
        objects = Objects(self._host.encode, self._host.decode)
        findings = self._classify(value, coordinates, objects)
        if not findings:
            return self._host.encode(value)
        where = _required(coordinates)
        route = self._route(where.dag_id)
        try:
            parts = tree.extract(value, findings, objects.encode)
            self._mask(list(leaves_of((part.value for part in parts), objects.encode)), where)
            context = self._context(where, route.ttl)
            name = object_name(where, context.object_id)
            row = tree.replace(value, _placeholders(findings, route.store.scheme, name), objects.encode)
            sealed = route.sealer.seal(encode_parts(tree.bind(row, parts), objects.encode), context)
        except RecursionError:
            pass
        else:
            route.store.put(route.folder + name, sealed, context.expires)
            return row
        raise PayloadError(f"the value of {where} is nested too deeply, or contains itself")

    def pull(self, row: JSON, asked: Asked) -> object:
        """Return the value that ``row`` stands for, exactly as it was pushed.

        The checks, in their order; each raises its own ``SecureXComError``:

        0. grant: the running task's domain may read the one that is asked for             NotGranted
        1. recognise: every node that claims to be a placeholder is a whole one           InvalidPlaceholder
        2. reference: all name one object, in the configured store, at coordinates asked  InvalidPlaceholder, Wrong-
        3. fetch: the object is there, and this identity may read it                      StoreError
        4. admit: the object's own coordinates are the ones asked for, and give its name; its lifetime has not ended
                                                                                          WrongCoordinates, Expired
        5. open: the key is a configured one, header and content are authentic            WrongKey, Tampered
        6. match: each part stands where it was taken from, none is missing or added      Tampered
        """
        opened = self._open(row, asked, self._route_for([row], asked))
        self._mask(opened.leaves, opened.coordinates)
        return opened.value

    def pull_all(self, rows: Sequence[JSON], asked: Asked) -> list[object]:
        """Pull rows together, concurrently, in their order; the first failure is raised.

        Besides the checks of ``pull``, the map indexes of the objects must rise when one run was asked for, as the
        rows do: a placeholder moved to the row of another mapped instance is found by that.
        """
        route = self._route_for(rows, asked)
        if route is None:
            return [self._host.decode(row) for row in rows]
        with ThreadPoolExecutor(min(CONCURRENT_PULLS, len(rows)), "secure-xcom-pull") as pool:
            opened = list(pool.map(lambda row: self._open(row, asked, route), rows))
        # Across runs Airflow's rows are in no such order, and repeat for each Dag that has a run of the same name.
        if asked.run_id is not None:
            _require_rising([one.coordinates for one in opened if one.coordinates is not None])
        self._mask([leaf for one in opened for leaf in one.leaves], next((o.coordinates for o in opened), None))
        return [one.value for one in opened]

    def purge(self, row: JSON, asked: Asked) -> None:
        """Delete the object that ``row`` stands for, if it belongs to ``asked``; idempotent.

        Returns within ``PURGE_SECONDS``. Raises a ``SecureXComError``, which the caller logs: a purge that failed
        leaves an orphan, never a broken task.
        """
        placeholders = tree.find_placeholders(row)
        if placeholders:
            route = self._route(asked.dag_id)
            name = _reference(placeholders, asked, route.store.scheme)
            _within(PURGE_SECONDS, lambda: route.store.delete(route.folder + name))

    def _classify(self, value: object, coordinates: Coordinates | None, objects: Objects) -> list[Finding]:
        name = coordinates.key if coordinates else ""
        # What the author marked is never written in plaintext, whatever the mode.
        policy = self._policy if self._mode is Mode.ENFORCE else self._policy.for_marks_only()
        try:
            findings = scan(value, name, policy, objects.encode)
            observed = scan(value, name, self._policy, objects.encode) if self._mode is Mode.OBSERVE else []
        except RecursionError:
            pass
        else:
            if observed:
                sealed = {finding.path for finding in findings}
                self._host.report(coordinates, [finding for finding in observed if finding.path not in sealed])
            return findings
        raise PayloadError("the value is nested too deeply, or contains itself")

    def _context(self, where: Coordinates, ttl: int) -> SealContext:
        now = int(self._clock())
        return SealContext(coordinates=where, object_id=new_object_id(), created=now, expires=now + ttl if ttl else 0)

    def _route(self, dag_id: str) -> Route:
        # Outside of a task (a callback of a Dag) the Dag whose value is asked for is the one that asks.
        return self._routes.route(dag_id, self._host.running_dag() or dag_id)

    def _route_for(self, rows: Sequence[JSON], asked: Asked) -> Route | None:
        """Return the way to the objects of ``asked``, or ``None`` when no row needs one."""
        return self._route(asked.dag_id) if any(tree.find_placeholders(row) for row in rows) else None

    def _open(self, row: JSON, asked: Asked, route: Route | None) -> _Opened:
        placeholders = tree.find_placeholders(row)
        if route is None or not placeholders:
            return _Opened(value=self._host.decode(row))
        name = _reference(placeholders, asked, route.store.scheme)
        admitted = _Admission(name, asked, self._clock() - self._clock_skew)
        plaintext = route.sealer.open(route.store.get(route.folder + name), admitted)
        objects = Objects(self._host.encode, self._host.decode)
        try:
            parts = tree.unbind(row, placeholders, decode_parts(plaintext, objects.decode))
            value = tree.restore(row, tree.match(placeholders, parts), objects.decode)
            leaves = list(leaves_of((part.value for part in parts), objects.encode))
        except RecursionError:
            pass
        else:
            return _Opened(value=value, leaves=leaves, coordinates=admitted.coordinates)
        raise PayloadError("the sealed value is nested too deeply to be rebuilt in this task")

    def _mask(self, leaves: Sequence[object], coordinates: Coordinates | None) -> None:
        masking = masking_of(leaves, self._host.shortest_maskable)
        if masking.texts:
            self._host.mask(masking.texts)
        if masking.unmaskable:
            self._host.warn_unmaskable(coordinates, masking.unmaskable)


class _Admission:
    """Step 4 of ``pull``: compares an object's own coordinates with those asked for, and keeps them.

    A lifetime that was prolonged by who writes to the store passes here and fails in step 5, with the whole header.
    """

    def __init__(self, name: str, asked: Asked, now: float) -> None:
        self._now = now
        self._name = name
        self._asked = asked
        self.coordinates: Coordinates | None = None

    def __call__(self, context: SealContext) -> None:
        if not self._asked.admits(context.coordinates):
            raise WrongCoordinates("the sealed object belongs to another XCom than the one that was asked for")
        if object_name(context.coordinates, context.object_id) != self._name:
            raise WrongCoordinates("the sealed object was moved: it lies under another name than its own")
        if context.expires and self._now > context.expires:
            raise Expired(
                f"the sealed value of {context.coordinates} has ended its lifetime: clear the producing task so that "
                "it pushes again, or raise [secure_xcom] ttl for what is pushed from now on"
            )
        self.coordinates = context.coordinates


def _placeholders(findings: Sequence[Finding], store: str, name: str) -> dict[Path, Placeholder]:
    return {finding.path: Placeholder(store=store, name=name, index=index) for index, finding in enumerate(findings)}


def _reference(placeholders: dict[Path, Placeholder], asked: Asked, store: str) -> str:
    stores = {placeholder.store for placeholder in placeholders.values()}
    names = {placeholder.name for placeholder in placeholders.values()}
    if stores != {store}:
        raise InvalidPlaceholder(
            f"the placeholder names another store than the configured {store}://: "
            "set [secure_xcom] store to the one that holds the object"
        )
    if len(names) != 1:
        raise InvalidPlaceholder("the placeholders of one row name several objects")
    (name,) = names
    require_name(name, asked)
    return name


def _required(coordinates: Coordinates | None) -> Coordinates:
    if coordinates is None:
        raise InvalidCoordinates("a sensitive value can only be sealed with its dag_id, run_id, task_id and key")
    return coordinates


def _require_rising(found: Sequence[Coordinates]) -> None:
    one_run = len({where.run_id for where in found}) == 1
    if one_run and any(first.map_index >= second.map_index for first, second in pairwise(found)):
        raise WrongCoordinates("placeholders were moved or copied between the rows of mapped task instances")


def _within(seconds: float, call: Callable[[], None]) -> None:
    """Run ``call`` in a thread and wait no longer than ``seconds``; what it raises in that time is raised here."""
    failures: list[Exception] = []

    def run() -> None:
        try:
            call()
        except Exception as error:
            failures.append(error)

    # A daemon: the store's own deadline ends it, and it must not keep the task's process alive until then.
    thread = threading.Thread(target=run, name="secure-xcom-purge", daemon=True)
    thread.start()
    thread.join(seconds)
    if failures:
        raise failures[0]
    if thread.is_alive():
        raise StoreUnavailable(f"the store did not answer within {seconds:.0f} s; the object may be left as an orphan")
