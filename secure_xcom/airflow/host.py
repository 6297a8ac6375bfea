"""``AirflowHost``: what the exchange needs of Airflow, asked through the Task SDK alone.

Airflow imports the backend, and so this module, while it imports its own ``Dag``: what stands above that is imported in
the functions that need it.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final

from airflow.sdk._shared.secrets_masker.secrets_masker import (
    SECRETS_TO_SKIP_MASKING,
    _secrets_masker,
    redact,
    should_hide_value_for_key,
)
from airflow.sdk.log import mask_secret

from secure_xcom.airflow.connections import AirflowConnections
from secure_xcom.airflow.contracts import contract_of
from secure_xcom.airflow.internals.compat import conf, serde
from secure_xcom.airflow.internals.echo import mask_deeply, mask_labels
from secure_xcom.airflow.internals.task_instance import identity_of, running_instance
from secure_xcom.airflow.settings import read_settings
from secure_xcom.assembly.build import build
from secure_xcom.contracts.enforce import DagContract
from secure_xcom.exchange.exchange import Exchange
from secure_xcom.model.coordinates import Coordinates, TaskInstance
from secure_xcom.model.value import JSON, Finding
from secure_xcom.ports.host import EndOfTask

log = logging.getLogger("airflow.task.secure_xcom")

_DEFAULT_SHORTEST: Final = 5
"""Airflow's default of ``[logging] min_length_masked_secret``."""


def register_together(texts: Sequence[str]) -> None:
    """Put texts into the masker of this process with one compilation of its pattern.

    ``mask_secret``, called next, then finds them there. Without this it compiles the pattern anew for each text:
    a thousand of them took 41 s, together 0.1 s. It cannot be helped in the supervisor, which compiles for each.
    """
    masker = _secrets_masker()
    masked = [
        form for text in texts if text.lower() not in SECRETS_TO_SKIP_MASKING for form in masker._adaptations(text)
    ]
    new = {re.escape(form) for form in masked if len(form) >= masker.min_length_to_mask} - masker.patterns
    if new:
        masker.patterns |= new
        masker.replacer = re.compile("|".join(masker.patterns))


class AirflowHost(AirflowConnections):
    """Implements ``ports.Host`` on a worker."""

    def encode(self, value: object) -> JSON:
        encoded: JSON = serde.serialize(value)
        return encoded

    def decode(self, encoded: JSON) -> object:
        decoded: object = serde.deserialize(encoded)
        return decoded

    def hides_name(self, name: str) -> bool:
        return bool(should_hide_value_for_key(name))

    def holds_registered_secret(self, text: str) -> bool:
        return bool(redact(text) != text)

    def mask(self, texts: Iterable[str]) -> None:
        # One message to the supervisor for all of them: it is the supervisor that writes the task's log.
        if listed := list(texts):
            # Whoever comes to know a secret comes by here, before it can be rendered.
            from airflow.sdk.execution_time import task_runner

            mask_labels(task_runner)
            mask_deeply()
            register_together(listed)
            mask_secret(listed)

    @property
    def shortest_maskable(self) -> int:
        return int(conf.getint("logging", "min_length_masked_secret", fallback=_DEFAULT_SHORTEST))

    def warn_unmaskable(self, coordinates: Coordinates | None, count: int) -> None:
        log.warning(
            "secure-xcom: %d sealed value(s) of %s cannot be masked by Airflow (too short, too long, or a number): "
            "do not log them or use them in templates",
            count,
            coordinates,
        )

    def follow(self, end: EndOfTask) -> None:
        from secure_xcom.airflow.internals.end_of_task import follow

        follow(end)

    def warn(self, message: str) -> None:
        log.warning("%s", message)

    def running(self) -> TaskInstance | None:
        instance = running_instance()
        return None if instance is None else identity_of(instance)

    def declared(self) -> DagContract | None:
        instance = running_instance()
        return None if instance is None else contract_of(instance.task.dag)

    def report(self, coordinates: Coordinates | None, findings: Sequence[Finding]) -> None:
        for finding in findings:
            where = "/".join(str(step) for step in finding.path) or "the whole value"
            log.warning("secure-xcom: would seal %s of %s by rule %s", where, coordinates, finding.rule)


@cache
def exchange() -> Exchange:
    """The process's exchange: clients are made once, and made anew after a fork."""
    return build(read_settings(), AirflowHost())


# A forked task must not share the parent's sockets and locks.
os.register_at_fork(after_in_child=exchange.cache_clear)
