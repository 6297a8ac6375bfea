"""``AirflowHost``: what the exchange needs of Airflow, asked through the Task SDK alone."""

from __future__ import annotations

import logging
import os
from functools import cache
from typing import TYPE_CHECKING, Final

from airflow.sdk.log import mask_secret

from secure_xcom.airflow import end_of_task
from secure_xcom.airflow.declarations import contract_of
from secure_xcom.airflow.internals.compat import conf, deserialize, serialize
from secure_xcom.airflow.internals.secrets_masker import (
    content_search,
    holds_registered,
    mask_deeply,
    register,
    should_hide_value_for_key,
)
from secure_xcom.airflow.internals.task_runner import began_of_run, is_wrapped
from secure_xcom.airflow.settings import read_settings
from secure_xcom.airflow.task_instance import identity_of, running_instance
from secure_xcom.assembly.build import build
from secure_xcom.errors import ClaimRefused, ConfigurationError, translated
from secure_xcom.model.coordinates import RETURN_VALUE
from secure_xcom.model.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from secure_xcom.contracts.enforce import DagContract
    from secure_xcom.exchange.exchange import Exchange
    from secure_xcom.model.coordinates import Coordinates, TaskInstance, XComQuery
    from secure_xcom.model.value import JSON
    from secure_xcom.ports.host import EndOfTask
    from secure_xcom.ports.identity import Connections

log = logging.getLogger("airflow.task.secure_xcom")

_DEFAULT_SHORTEST: Final = 5
"""Airflow's default of ``[logging] min_length_masked_secret``."""

_TELLING: Final = frozenset(("_hook", "bash_command", "command", "cmds", "endpoint"))
"""Attributes of operators that tell how a value was made (``airflow.origins``)."""


_MOST_WARNED: Final = 1000
"""Values that were warned of and are remembered: a script with ``dag.test()`` runs many tasks."""


class AirflowHost:
    """Implements ``ports.host.Host`` on a worker."""

    def __init__(self) -> None:
        self._warned_of: dict[Coordinates | None, None] = {}

    @property
    def connections(self) -> Connections:
        from secure_xcom.airflow.connections import AirflowConnections

        return AirflowConnections()

    def encode(self, value: object) -> JSON:
        encoded: JSON = serialize(value)
        return encoded

    def decode(self, encoded: JSON) -> object:
        decoded: object = deserialize(encoded)
        return decoded

    def hides_name(self, name: str) -> bool:
        return bool(should_hide_value_for_key(name))

    @property
    def listed_names(self) -> Sequence[str]:
        return str(conf.get("core", "sensitive_var_conn_names", fallback="") or "").split(",")

    def holds_registered_secret(self, text: str) -> bool:
        return holds_registered(text)

    @property
    def masks_by_content(self) -> Callable[[str], bool] | None:
        option = "mask_secrets_content_patterns"
        problem = f"[core] {option}: must be True or False"
        with translated(Exception, into=lambda _: ConfigurationError(problem)):
            is_wanted = conf.getboolean("core", option, fallback=False)
        return content_search() if is_wanted else None

    def mask(self, texts: Iterable[str]) -> None:
        from secure_xcom.airflow.internals import log as log_lines

        # Where no policy was loaded, as in a script that calls dag.test(), this is the first place to do it.
        mask_deeply()
        log_lines.keep_structure()
        listed = [*texts]
        if not register(listed):
            mask_secret(listed)

    @property
    def shortest_maskable(self) -> int:
        return int(conf.getint("logging", "min_length_masked_secret", fallback=_DEFAULT_SHORTEST))

    def warn_unmaskable(self, coordinates: Coordinates | None, count: int, readable: frozenset[str] | None) -> None:
        from secure_xcom.airflow.internals import rendering

        rendering.hide_unmaskable()
        rendering.note_unmaskable(readable)
        # A template may pull the same value many times.
        if coordinates in self._warned_of:
            return
        self._warned_of[coordinates] = None
        if len(self._warned_of) > _MOST_WARNED:
            self._warned_of.pop(next(iter(self._warned_of)))
        log.warning(
            "secure-xcom: %d sealed value(s) of %s cannot be masked by Airflow (too short, too long, or a number): "
            "do not log them or use them in templates",
            count,
            coordinates,
        )

    def follow(self, end: EndOfTask) -> None:
        from secure_xcom.airflow import listener

        if not is_wrapped():
            raise ClaimRefused(
                "this process does not follow its tasks, so a consume-once value could be consumed twice: "
                "install secure-xcom with its entry point airflow.policy, from which Airflow loads what follows tasks"
            )
        if end_of_task.followed() is None:
            listener.register()
        end_of_task.follow(end)

    def warn(self, message: str) -> None:
        log.warning("%s", message)

    def running(self) -> TaskInstance | None:
        instance = running_instance()
        return None if instance is None else identity_of(instance)

    def origin(self, where: Coordinates) -> Origin:
        instance = running_instance()
        is_returned = instance is not None and where.key == RETURN_VALUE and instance.task_id == where.task_id
        task = getattr(instance, "task", None)
        if not is_returned or _TELLING.isdisjoint(getattr(task, "__dict__", ())):
            return Origin(task_id=where.task_id)
        # Most operators tell nothing, and a first push of theirs loads no more.
        from secure_xcom.airflow.origins import origin_of

        return origin_of(task, where.task_id)

    def run_began(self) -> float:
        return began_of_run(running_instance())

    def row_at(self, query: XComQuery) -> JSON:
        from airflow.sdk.bases.xcom import BaseXCom

        from secure_xcom.airflow.internals.xcom import database_value

        return database_value(BaseXCom, query)

    def declared(self) -> DagContract | None:
        instance = running_instance()
        return None if instance is None else contract_of(instance.task.dag)

    def report(self, counts: Mapping[tuple[str, str], int]) -> None:
        from secure_xcom.airflow import listener, observed

        listener.register()
        observed.add(counts)


@cache
def exchange() -> Exchange:
    """Return this process's exchange, with the clients that it makes."""
    return build(read_settings(), AirflowHost())


# A forked task must not share the parent's sockets and locks.
os.register_at_fork(after_in_child=exchange.cache_clear)
