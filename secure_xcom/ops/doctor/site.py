"""Checks of the installation that the doctor runs in: Airflow's configuration, the ledger and the spool."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Final, Protocol

from secure_xcom.errors import translated
from secure_xcom.ledger.spool import SET_ASIDE, SPOOL, Spool
from secure_xcom.model.mode import Mode
from secure_xcom.ops.doctor.report import Check, Failed, NotMadeYet, Outcome, Skipped, Warned, run
from secure_xcom.settings.settings import LedgerMode, Settings

BACKEND: Final = "secure_xcom.SecureXComBackend"
OLDEST: Final = (3, 1)
NEWEST: Final = (3, 3)
"""The versions of Airflow that the tests run on."""

_USUAL_SHORTEST: Final = 5

_OF_A_MACHINE: Final = frozenset({"file", "airflow+file", "airflow+local"})


class Site(Protocol):
    """Airflow's configuration, as far as the doctor checks it."""

    version: str
    backend: str
    """``[core] xcom_backend``, as it is set."""
    hides_sensitive: bool
    """``[core] hide_sensitive_var_conn_fields``: whether Airflow masks anything at all."""
    shortest_maskable: int
    """``[logging] min_length_masked_secret``."""


def checks(site: Site, settings: Settings | None) -> Iterator[Check]:
    """Check the installation and its ledger. ``settings`` is ``None`` when they could not be read."""
    named: tuple[tuple[str, Callable[[], str]], ...] = (
        ("airflow-version", lambda: _version(site)),
        ("backend", lambda: _backend(site)),
        ("masking", lambda: _masking(site)),
        ("returned-values", lambda: _returned_values(site, settings)),
        ("mode", lambda: _mode(settings)),
        ("ledger", lambda: _ledger(settings)),
        ("spool", lambda: _spool(settings)),
    )
    for name, check in named:
        yield run(name, check, "check [secure_xcom] ledger, the network, and the rights of its user")


def _version(site: Site) -> str:
    found = re.match(r"(\d+)\.(\d+)", site.version)
    if found is None or not OLDEST <= (int(found[1]), int(found[2])) <= NEWEST:
        raise Failed(f"Airflow {site.version} is not tested", "run Airflow 3.1, 3.2 or 3.3")
    return f"Airflow {site.version}"


def _backend(site: Site) -> str:
    fix = f"set [core] xcom_backend = {BACKEND} on every worker, and on the triggerer and the API server"
    failed = Failed(
        f"[core] xcom_backend = {site.backend} cannot be imported" if site.backend else "[core] xcom_backend is empty",
        fix,
    )
    with translated((ImportError, AttributeError, ValueError), into=lambda _: failed):
        # Airflow resolves it in the same way, in every task; it comes from the configuration alone.
        module, _, name = site.backend.rpartition(".")
        found = getattr(import_module(module), name)
    ours = getattr(import_module("secure_xcom"), "SecureXComBackend")  # noqa: B009 - a lazy name
    if not (isinstance(found, type) and issubclass(found, ours)):
        raise Failed(f"[core] xcom_backend = {site.backend}: values are not sealed", fix)
    return site.backend


def _masking(site: Site) -> str:
    if not site.hides_sensitive:
        raise Failed(
            "[core] hide_sensitive_var_conn_fields is off: Airflow neither masks secrets nor finds sensitive keys",
            "set [core] hide_sensitive_var_conn_fields = True",
        )
    if site.shortest_maskable > _USUAL_SHORTEST:
        raise Failed(
            f"[logging] min_length_masked_secret = {site.shortest_maskable}: shorter secrets show in logs",
            f"set it to {_USUAL_SHORTEST}, Airflow's default, or less",
        )
    return f"Airflow masks secrets of {site.shortest_maskable} and more characters"


def _returned_values(site: Site, settings: Settings | None) -> str:
    if settings is None:
        raise Skipped("needs settings")
    if run("backend", lambda: _backend(site), "").outcome is not Outcome.OK:
        raise Skipped("needs the backend: without it tasks log what they return")
    if not settings.hide_returned_values:
        raise Failed(
            "hide_returned_values is off: a Python task logs its return value before it is sealed",
            "set [secure_xcom] hide_returned_values = True",
        )
    return "tasks do not log them"


def _mode(settings: Settings | None) -> str:
    if settings is None:
        raise Skipped("needs settings")
    if settings.mode is not Mode.ENFORCE:
        raise Warned(
            f"mode is {settings.mode.value}: of what is pushed, what stands in Secret(...) alone is sealed",
            "set [secure_xcom] mode = enforce when the rules are tuned",
        )
    return "what is sensitive is sealed"


def _ledger(settings: Settings | None) -> str:
    if settings is None:
        raise Skipped("needs settings")
    if settings.ledger_mode is LedgerMode.OFF:
        raise Skipped("ledger_mode is off: nothing is recorded, and consume-once values cannot be read")
    from secure_xcom.ledger.db.database import Database

    database = Database.of(settings.ledger, settings.retry_deadline)
    is_local = database.dialect == "sqlite"
    kind = f"{database.dialect}{' (one machine only)' if is_local else ''}"
    is_made = database.reach()
    found = f"{kind}: {'it takes entries' if is_made else 'the first push makes it'}"
    if is_local and (shared := _shared_stores(settings)):
        raise Warned(
            f"{found}, and each machine keeps a ledger of its own, beside {' and '.join(shared)} for all of them",
            "set [secure_xcom] ledger to a database that all workers reach, unless this is the only machine",
            is_pending=not is_made,
        )
    if not is_made:
        raise NotMadeYet(found)
    return found


def _shared_stores(settings: Settings) -> list[str]:
    """Return the stores that other machines reach too: what one of them wrote, each may read and claim."""
    routes = settings.routes.routes if settings.routes else ()
    stores = (settings.store, *(route.store for route in routes))
    return sorted({f"{store.scheme}://" for store in stores if store is not None and store.scheme not in _OF_A_MACHINE})


def _spool(settings: Settings | None) -> str:
    if settings is None:
        raise Skipped("needs settings")
    directory = settings.home / SPOOL
    waiting, rejected = Spool(directory).count()
    if rejected:
        fix = (
            f"run `secure-xcom audit verify`, examine the files in {directory} that end with {SET_ASIDE}, and move them"
        )
        raise Failed(f"the ledger refuses {rejected} batches of entries, which were set aside", fix)
    if waiting:
        return f"{waiting} batches of entries on this machine wait for the ledger"
    raise Skipped("no entries on this machine wait for the ledger")
