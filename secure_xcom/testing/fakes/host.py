"""``FakeHost``: a host without Airflow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from secure_xcom.classify.matcher import Matcher
from secure_xcom.contracts.enforce import DagContract
from secure_xcom.errors import ConfigurationError
from secure_xcom.model.coordinates import Coordinates, TaskInstance, XComQuery
from secure_xcom.model.origin import UNKNOWN, Origin
from secure_xcom.model.value import JSON
from secure_xcom.ports.host import EndOfTask
from secure_xcom.ports.identity import Connection, Connections

_COLLECTIONS: Final = {"builtins.tuple": tuple, "builtins.set": set, "builtins.frozenset": frozenset}


class FakeHost:
    """A host without Airflow: encodes nothing but built-in types, and remembers every call."""

    shortest_maskable = 5
    masks_by_content: Callable[[str], bool] | None = None
    """Nothing is masked by its content, unless a test says so."""

    def __init__(
        self,
        *,
        hidden: Iterable[str] = ("password", "token", "secret"),
        listed: Iterable[str] | None = None,
        registered: Iterable[str] = (),
    ) -> None:
        self._hidden = tuple(hidden)
        self._listed = self._hidden if listed is None else tuple(listed)
        self._known = Matcher()
        self._known.add(registered)
        self.masked: list[str] = []
        self.warnings: list[tuple[Coordinates | None, int]] = []
        self.reports: dict[tuple[str, str], int] = {}
        self.messages: list[str] = []
        self.end: EndOfTask | None = None
        self.instance: TaskInstance | None = None
        self.contract: DagContract | None = None
        self.began = 0.0
        self.made = UNKNOWN
        self.rows: dict[XComQuery, JSON] = {}

    def running(self) -> TaskInstance | None:
        """Return what the test set."""
        return self.instance

    def origin(self, where: Coordinates) -> Origin:
        """Return what the test set, and the place's task."""
        return replace(self.made, task_id=where.task_id)

    def run_began(self) -> float:
        """Return what the test set."""
        return self.began

    def row_at(self, query: XComQuery) -> JSON:
        """Return what the test set."""
        return self.rows.get(query)

    def declared(self) -> DagContract | None:
        """Return what the test set."""
        return self.contract

    def follow(self, end: EndOfTask) -> None:
        """Remember it, so that a test can end the task."""
        self.end = end

    def warn(self, message: str) -> None:
        """Remember the message."""
        self.messages.append(message)

    @property
    def connections(self) -> Connections:
        """Itself."""
        return self

    def connection(self, conn_id: str) -> Connection:
        """There are no connections."""
        raise ConfigurationError(f"conn_id: there is no connection {conn_id}")

    def aws_session(self, conn_id: str, region_name: str | None) -> object:
        """There are no connections."""
        raise ConfigurationError(f"conn_id: there is no connection {conn_id}")

    def storage_path(self, uri: str, conn_id: str | None) -> object:
        """There is no object storage."""
        raise ConfigurationError(f"store: there is no Airflow to reach {uri.partition(':')[0]}://")

    def encode(self, value: object) -> JSON:
        """Encode as Airflow does: tuples and sets as objects, keys as text, and reserved keys not at all."""
        match value:
            case None | bool() | int() | float() | str():
                return value
            case list():
                return [self.encode(item) for item in value]
            case tuple() | set() | frozenset():
                name = f"builtins.{type(value).__name__}"
                return {"__classname__": name, "__version__": 1, "__data__": [self.encode(item) for item in value]}
            case dict() if value.keys().isdisjoint(("__classname__", "__id__")):
                return {str(key): self.encode(item) for key, item in value.items()}
        raise TypeError(f"cannot serialize object of type {type(value)}")

    def decode(self, encoded: JSON) -> object:
        """Reverse ``encode``."""
        match encoded:
            case list():
                return [self.decode(item) for item in encoded]
            case {"__classname__": str(name), "__version__": int(), "__data__": list(items)} if name in _COLLECTIONS:
                return _COLLECTIONS[name](self.decode(item) for item in items)
            case {"__classname__": str(name), "__version__": int()}:
                raise ImportError(f"{name} was not found in allow list for deserialization imports")
            case dict():
                return {key: self.decode(item) for key, item in encoded.items()}
        return encoded

    def hides_name(self, name: str) -> bool:
        """Whether the name contains one of the hidden words."""
        return any(word in name.lower() for word in self._hidden)

    @property
    def listed_names(self) -> Sequence[str]:
        """The hidden words, if there are no others."""
        return self._listed

    def holds_registered_secret(self, text: str) -> bool:
        """Whether the text contains one of the registered secrets, or what was masked."""
        return self._known.holds(text)

    def mask(self, texts: Iterable[str]) -> None:
        """Remember the texts."""
        new = [*texts]
        self.masked.extend(new)
        self._known.add(new)

    def warn_unmaskable(
        self,
        coordinates: Coordinates | None,
        count: int,
        readable: frozenset[str] | None,
    ) -> None:
        """Remember the warning."""
        self.warnings.append((coordinates, count))

    def report(self, counts: Mapping[tuple[str, str], int]) -> None:
        """Remember the findings."""
        self.reports.update(counts)
