"""``Host``: what the exchange needs of Airflow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from secure_xcom.model.contract import Terms
    from secure_xcom.model.coordinates import Coordinates, TaskInstance, XComQuery
    from secure_xcom.model.origin import Origin
    from secure_xcom.model.value import JSON
    from secure_xcom.ports.identity import Connections


class DeclaredContracts(Protocol):
    """What a Dag's tasks may push, pull and delete; ``contracts.enforce.DagContract`` implements it."""

    @property
    def dag_id(self) -> str:
        """The Dag that declares them."""

    def for_push(self, writer: TaskInstance | None, where: Coordinates, value: object) -> Terms | None:
        """Return the terms of what is pushed, ``None`` for none. Raises ``ContractViolation``."""

    def for_pull(self, reader: TaskInstance | None, query: XComQuery) -> bool:
        """Return whether what is asked for must be under contract. Raises ``ContractViolation``."""

    def for_deletion(self, actor: TaskInstance | None, where: Coordinates) -> None:
        """Raise ``ContractViolation`` unless the task may delete the key."""


class EndOfTask(Protocol):
    """What to do when the task of this process ends."""

    def before_success(self) -> None:
        """Run after the task's code, before Airflow hears of its success. An error that it raises fails the task."""

    def after_success(self) -> None:
        """Run after Airflow has recorded the success."""

    def after_failure(self) -> None:
        """Run after the task has failed for good, or skipped itself."""

    def before_pausing(self) -> None:
        """Run before Airflow hears that the task goes on in another process. An error that it raises fails the task."""

    def before_leaving(self) -> None:
        """Run when the process ends and the task goes on in another one: it is tried again, or was deferred."""


class Host(Protocol):
    """What the exchange needs of Airflow; ``airflow.host`` implements it."""

    @property
    def connections(self) -> Connections:
        """Airflow's connections."""

    def encode(self, value: object) -> JSON:
        """Airflow's serialisation of ``value``. Raises ``TypeError`` and the like for what it cannot do."""

    def decode(self, encoded: JSON) -> object:
        """The reverse of ``encode``."""

    def hides_name(self, name: str) -> bool:
        """Whether Airflow itself would hide a value of this name."""

    @property
    def listed_names(self) -> Sequence[str]:
        """What the operator names in ``[core] sensitive_var_conn_names``: parts of names."""

    def holds_registered_secret(self, text: str) -> bool:
        """Whether ``text`` contains a value that is registered with Airflow's secrets masker."""

    @property
    def masks_by_content(self) -> Callable[[str], bool] | None:
        """What tells whether Airflow masks a part of a text by what it looks like; ``None`` where it does not.

        Raises ``ConfigurationError`` for an option that is neither true nor false.
        """

    def mask(self, texts: Iterable[str]) -> None:
        """Have Airflow mask these strings in logs and rendered templates from now on."""

    @property
    def shortest_maskable(self) -> int:
        """Length in characters below which Airflow never masks a string."""

    def warn_unmaskable(self, coordinates: Coordinates | None, count: int, readable: frozenset[str] | None) -> None:
        """Warn, once for each value, that ``count`` parts of it cannot be masked.

        ``readable`` has their texts, ``None`` if they are not known: what is rendered with them must not show them.
        """

    def follow(self, end: EndOfTask) -> None:
        """Call ``end`` when the running task ends."""

    def warn(self, message: str) -> None:
        """Warn, in the task's log, of something that needs attention and stops nothing."""

    def report(self, counts: Mapping[tuple[str, str], int]) -> None:
        """Tell how often something would be sealed, by pattern of paths and rule, in the mode that only observes."""

    def running(self) -> TaskInstance | None:
        """The task instance that runs in this process, ``None`` outside of a task."""

    def origin(self, where: Coordinates) -> Origin:
        """What is known of how the running task made what it pushes at a place."""

    def run_began(self) -> float:
        """When the running task's run began at the earliest, in Unix seconds; 0.0 where nothing says so.

        It must not move when tasks are cleared, since objects of tasks that were not cleared stay.
        """

    def row_at(self, query: XComQuery) -> JSON:
        """What the database holds at a place of which all coordinates are named; ``None`` for no row."""

    def declared(self) -> DeclaredContracts | None:
        """The contracts that the running task's Dag declares, ``None`` for none. Raises ``InvalidContract``."""
