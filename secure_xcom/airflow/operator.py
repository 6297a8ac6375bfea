"""``OperatorHost``: Airflow as an operator's command has it, outside of a task and without a task's log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secure_xcom.airflow.host import AirflowHost

if TYPE_CHECKING:
    from collections.abc import Iterable

    from secure_xcom.model.coordinates import Coordinates


class OperatorHost(AirflowHost):
    """Implements ``ports.host.Host``. No value is printed here, so none is registered with Airflow's masker.

    The masker keeps what it is given for as long as the process lives, and a migration handles all values there are.
    """

    def mask(self, texts: Iterable[str]) -> None:
        """Keep nothing."""

    def warn_unmaskable(self, coordinates: Coordinates | None, count: int, readable: frozenset[str] | None) -> None:
        """Say nothing: there is no log of a task."""

    def running(self) -> None:
        """Answer that no task runs here."""

    def declared(self) -> None:
        """Answer that no Dag is loaded here."""
