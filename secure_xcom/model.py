"""Frozen values that the layers above exchange. No behaviour beyond naming and shape."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from secure_xcom.errors import InvalidPlaceholder
from secure_xcom.secret import MASK

CLASSNAME: Final = "__classname__"
VERSION: Final = "__version__"
DATA: Final = "__data__"
"""The three keys of Airflow's serialised objects (airflow.sdk.serde)."""

SEALED_CLASSNAME: Final = "secure_xcom.Sealed"
SEALED_VERSION: Final = 1

Path = tuple[str | int, ...]
"""Where a part stands within a value: dict keys and list positions from the root; ``()`` is the whole value."""

JSON = None | bool | int | float | str | list["JSON"] | dict[str, "JSON"]


class Mode(Enum):
    """What the backend does with findings: seal, report only, or neither. It opens what is sealed in every mode, and
    seals what the author wrapped in ``Secret`` in every mode."""

    ENFORCE = "enforce"
    OBSERVE = "observe"
    OPEN_ONLY = "open-only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Coordinates:
    """What identifies an XCom. ``map_index`` is -1 for a task that is not mapped."""

    dag_id: str
    run_id: str
    task_id: str
    key: str
    map_index: int = -1

    def __str__(self) -> str:
        return (
            f"dag_id={self.dag_id!r} run_id={self.run_id!r} task_id={self.task_id!r} "
            f"map_index={self.map_index} key={self.key!r}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskInstance:
    """Who runs: the first four identify it through all its tries, as Airflow's task instance."""

    dag_id: str
    run_id: str
    task_id: str
    map_index: int = -1
    try_number: int = 1
    try_id: str = field(default="", compare=False)
    """Airflow's own id of this try, another one for each; empty where none is known."""

    def is_at(self, where: Coordinates) -> bool:
        """Whether the coordinates are its own."""
        own = (self.dag_id, self.run_id, self.task_id, self.map_index)
        return own == (where.dag_id, where.run_id, where.task_id, where.map_index)

    def __str__(self) -> str:
        mapped = "" if self.map_index < 0 else f"[{self.map_index}]"
        return f"task {self.task_id}{mapped} of Dag {self.dag_id}, run {self.run_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The coordinates that a reader asked for; ``None`` stands for a part that the request left open."""

    dag_id: str
    run_id: str | None
    task_id: str | None = None
    key: str | None = None
    map_index: int | None = None

    def admits(self, found: Coordinates) -> bool:
        """Whether ``found`` is among what was asked for."""
        wanted = (self.dag_id, self.run_id, self.task_id, self.key, self.map_index)
        actual = (found.dag_id, found.run_id, found.task_id, found.key, found.map_index)
        return all(want is None or want == have for want, have in zip(wanted, actual, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A sensitive part: where it stands and which rule says so; never what matched."""

    path: Path
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a value that is sealed. ``encoded`` tells that ``value`` is Airflow's encoding of it, since the
    part stands within an object that Airflow serialises."""

    path: Path
    encoded: bool
    value: object = field(repr=False)


POOL_KEY: Final = "pool:"
"""Begins the key under which a pool's values are sealed: they are no XComs, and have no row."""

ANY_TASK: Final = "*"
"""Stands for every task of a Dag. No task of Airflow has this id."""


@dataclass(frozen=True, slots=True, order=True)
class Reader:
    """A task that may read a value under contract, of the same Dag or of another one."""

    dag_id: str
    task_id: str

    def __str__(self) -> str:
        return f"{self.dag_id}.{self.task_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What travels with a value: who may read it, and whether only once. Its writer is the task of its coordinates."""

    readers: frozenset[Reader]
    once: bool = False

    def admits(self, reader: TaskInstance) -> bool:
        """Whether the task may read; ``ANY_TASK`` of its Dag stands for it too."""
        return not self.readers.isdisjoint({Reader(reader.dag_id, reader.task_id), Reader(reader.dag_id, ANY_TASK)})

    def __str__(self) -> str:
        names = ", ".join(map(str, sorted(self.readers))) or "nobody"
        return f"read by {names}{', once' if self.once else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SealContext:
    """What is authenticated with a sealed object, and travels inside it.

    ``created`` and ``expires`` are Unix seconds; ``expires`` 0 is never. ``contract`` is ``None`` for a value that
    anybody may read whom the store and the key allow.
    """

    coordinates: Coordinates
    object_id: str
    created: int
    expires: int = 0
    contract: Contract | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataKey:
    """A data key in the clear beside its wrapped form."""

    plaintext: bytes = field(repr=False)
    wrapped: bytes
    kek_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Placeholder:
    """What the database holds in place of the part number ``index`` of the object ``name`` in ``store``."""

    store: str
    name: str
    index: int

    def to_json(self) -> dict[str, JSON]:
        """Return the shape that Airflow's UI prints on one line and its public REST API refuses to accept."""
        data: dict[str, JSON] = {"value": MASK, "store": self.store, "ref": f"{self.name}#{self.index}"}
        return {CLASSNAME: SEALED_CLASSNAME, VERSION: SEALED_VERSION, DATA: data}

    @staticmethod
    def claims(node: object) -> bool:
        """Whether ``node`` says of itself that it is a placeholder."""
        return isinstance(node, Mapping) and node.get(CLASSNAME) == SEALED_CLASSNAME

    @classmethod
    def parse(cls, node: object) -> Placeholder:
        """Read a database node that claims to be a placeholder; raises ``InvalidPlaceholder`` unless it is whole."""
        match node:
            case {"__classname__": "secure_xcom.Sealed", "__version__": 1, "__data__": dict(data), **rest} if not rest:
                match data:
                    case {"value": "***", "store": str(store), "ref": str(ref), **more} if not more:
                        name, hash_sign, index = ref.rpartition("#")
                        if hash_sign and re.fullmatch(r"0|[1-9][0-9]{0,8}", index, re.ASCII):
                            return cls(store=store, name=name, index=int(index))
        raise InvalidPlaceholder(
            "the database row holds a damaged or forged placeholder: clear the producing task so that it pushes again"
        )
