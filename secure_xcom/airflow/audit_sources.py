"""``AuditSources``: what ``audit scan`` looks at: the tables of Airflow's database, their archives, and task logs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Final, Self

from secure_xcom.airflow.internals.compat import conf
from secure_xcom.airflow.internals.metadata import metadata_url
from secure_xcom.airflow.internals.snapshot import Snapshot
from secure_xcom.airflow.internals.table_rows import Narrowed, TableRows
from secure_xcom.airflow.internals.tables import ARCHIVE, TABLES
from secure_xcom.airflow.known import require_airflow, require_dags
from secure_xcom.airflow.remote_logs import remote_folder
from secure_xcom.errors import ConfigurationError
from secure_xcom.ops.audit.finding import Source, State
from secure_xcom.ops.audit.scan.logs import NAME as TASK_LOG
from secure_xcom.ops.audit.scan.logs import LogFiles
from secure_xcom.ops.audit.scan.remote_logs import NAME as REMOTE_LOG
from secure_xcom.ops.audit.scan.remote_logs import RemoteLogs
from secure_xcom.ops.audit.scan.sources import Scannable

NAMES: Final = (*(table.name for table in TABLES), TASK_LOG, REMOTE_LOG)


class AuditSources:
    """The sources of one thread, over one state of the database. Use it as a context: it gives the connection back."""

    def __init__(self, url: str, logs: Path | None, narrowed: Narrowed) -> None:
        self._snapshot = Snapshot(url)
        self._logs = logs
        self._narrowed = narrowed

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._snapshot.close()

    @property
    def database(self) -> str:
        """The kind of database."""
        return self._snapshot.dialect

    @property
    def revision(self) -> str:
        """The schema's revision, as Airflow names it."""
        return self._snapshot.revision

    def wanted(self, names: AbstractSet[str]) -> list[Scannable]:
        """Return the sources with these names, or all. An archive has its table's name, too.

        Raises ``ConfigurationError`` if the database does not answer, or is not one of Airflow.
        """
        found: list[Scannable] = [
            TableRows(self._snapshot, table, self._narrowed, name)
            for table in TABLES
            for name in (table.name, *self._archives(table.name))
            if not names or names & {table.name, name}
        ]
        self._require_archives({name for name in names if name.startswith(ARCHIVE)} - {one.name for one in found})
        if not names or TASK_LOG in names:
            found.append(LogFiles(self._logs, self._narrowed.dags, self._narrowed.since))
        remote = remote_folder() if not names or REMOTE_LOG in names else None
        if remote is not None:
            found.append(RemoteLogs(remote, self._narrowed.dags, self._narrowed.since))
        return found

    def _require_archives(self, absent: AbstractSet[str]) -> None:
        """Raise ``ConfigurationError`` for an archive that is absent: a scan of nothing would look like a clean one."""
        if absent:
            raise ConfigurationError(
                f"--table: {len(absent)} of the archives are not in this database, or hold no table that is looked at"
            )

    def not_wanted(self, names: AbstractSet[str]) -> list[Source]:
        """Return the sources that the operator left out."""
        # Where Airflow moves no logs, nothing is left out.
        there = NAMES if remote_folder() else [name for name in NAMES if name != REMOTE_LOG]
        left_out = [name for name in there if names and name not in names]
        return [Source(name=name, state=State.LEFT_OUT, passed_over={}) for name in left_out]

    def require_airflow(self) -> None:
        """Raise ``ConfigurationError`` for the database of another product."""
        require_airflow(self._snapshot)

    def require_dags(self) -> None:
        """Raise ``ConfigurationError`` for a Dag of which nothing is there."""
        require_dags(self._snapshot, self._narrowed.dags, self._has_logs)

    def _has_logs(self, dag: str) -> bool:
        folder = f"dag_id={dag}"
        if self._logs is not None and os.path.lexists(self._logs / folder):
            return True
        reach = remote_folder()
        try:
            return reach is not None and any(reach().list(folder))
        except FileNotFoundError:
            return False
        except Exception:
            # The client of a cloud has exceptions of its own. The scan tells of what it cannot reach.
            return True

    def _archives(self, table: str) -> Sequence[str]:
        return sorted(name for name in self._snapshot.tables() if name.startswith(f"{ARCHIVE}{table}__"))


def log_folder() -> Path | None:
    """Return the folder of task logs, ``None`` if Airflow's settings name none."""
    folder = str(conf.get("logging", "base_log_folder", fallback="") or "")
    return Path(folder) if folder else None


__all__ = ["ARCHIVE", "NAMES", "AuditSources", "Narrowed", "log_folder", "metadata_url"]
