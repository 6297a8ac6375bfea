"""``MigrateTables``: the tables of Airflow's database that ``migrate`` changes, and where XComs lay outside of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Self

from secure_xcom.airflow.internals.compat import conf
from secure_xcom.airflow.internals.live_database import LARGEST, Layout, LiveDatabase, LiveTable
from secure_xcom.airflow.internals.metadata import metadata_url
from secure_xcom.airflow.internals.tables import ARCHIVE
from secure_xcom.errors import ConfigurationError

if TYPE_CHECKING:
    from secure_xcom.ops.lifecycle.migrate.cells import Table

_XCOM_KEY: Final = ("dag_run_id", "task_id", "map_index", "key")
_XCOM: Final = Layout(key=_XCOM_KEY, columns=("value",), name="key")
_RENDERED: Final = Layout(key=("dag_id", "task_id", "run_id", "map_index"), columns=("rendered_fields", "k8s_pod_yaml"))
_EVENTS: Final = Layout(key=("id",), columns=("extra",))

PICKLES: Final = "_xcom_archive"
"""Where Airflow 3 put the pickled XComs of Airflow 2 when it was upgraded (its migration eed27faa34e3)."""


class MigrateTables:
    """Use it as a context: it gives the connections back. ``dags`` narrows each table, if there are any."""

    def __init__(self, url: str, dags: Sequence[str] = ()) -> None:
        self._database = LiveDatabase(url)
        self._dags = tuple(dags)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def xcoms(self) -> Table:
        """Return the table of XComs. Raises ``ConfigurationError`` for a database of another Airflow."""
        from sqlalchemy import LargeBinary

        problem = ""
        if "xcom" not in self._database.tables():
            problem = "has no table xcom that this user sees"
        elif not {*_XCOM_KEY, "value"} <= (found := self._database.columns("xcom")).keys():
            problem = "has a table xcom of another form"
        elif isinstance(found["value"], LargeBinary):
            problem = "holds XComs as bytes, as Airflow 2 did: upgrade it with airflow db migrate"
        if problem:
            raise ConfigurationError(f"[database] sql_alchemy_conn: the database {problem}")
        return LiveTable(self._database, "xcom", _XCOM, self._dags)

    def archives(self) -> list[Table]:
        """Return the tables in which ``airflow db clean`` keeps XComs."""
        begin = f"{ARCHIVE}xcom__"
        return [LiveTable(self._database, name, _XCOM, self._dags) for name in self._named(begin)]

    def pickles(self) -> list[Table]:
        """Return the table of Airflow 2's pickled XComs, if there is one."""
        return [LiveTable(self._database, name, _XCOM, self._dags) for name in self._named(PICKLES)]

    def rendered(self) -> list[Table]:
        """Return the table of rendered fields, and its archives."""
        names = ["rendered_task_instance_fields", *self._named(f"{ARCHIVE}rendered_task_instance_fields__")]
        return [LiveTable(self._database, name, _RENDERED, self._dags) for name in names]

    def events(self) -> list[Table]:
        """Return the event log, and its archives."""
        names = ["log", *self._named(f"{ARCHIVE}log__")]
        return [LiveTable(self._database, name, _EVENTS, self._dags) for name in names]

    def _named(self, begin: str) -> list[str]:
        return sorted(name for name in self._database.tables() if name.startswith(begin))


class StorageObjects:
    """Implements ``migrate.sealing.Objects`` over the path that ``XComObjectStorageBackend`` is configured with.

    Only a path below it is followed, with the connection that Airflow's settings name.
    """

    def __init__(self, base: str) -> None:
        from airflow.sdk import ObjectStoragePath

        self._base: Any = ObjectStoragePath(base)
        self._begin = str(self._base).rstrip("/") + "/"

    def owns(self, text: str) -> bool:
        """Whether a text begins with the base, and leads nowhere else."""
        return text.startswith(self._begin) and not {"", ".", ".."} & {*self._below(text).split("/")}

    def read(self, text: str) -> bytes | None:
        """Return the content, decompressed by what its name ends with, as the provider does."""
        try:
            with self._path(text).open(mode="rb", compression="infer") as file:
                data: bytes = file.read(LARGEST + 1)
        except Exception:
            # Each file system raises errors of its own. The row stays, and is reported.
            return None
        return data if len(data) <= LARGEST else None

    def delete(self, text: str) -> bool:
        """Delete an object, and return whether it is gone."""
        try:
            self._path(text).unlink(missing_ok=True)
        except Exception:
            return False
        return True

    def _path(self, text: str) -> Any:
        return self._base.joinpath(*self._below(text).split("/"))

    def _below(self, text: str) -> str:
        return text.removeprefix(self._begin)


def storage_objects() -> StorageObjects | None:
    """Return the objects of the base that Airflow's settings name, ``None`` if they name none.

    Raises ``ConfigurationError`` for one that Airflow cannot reach.
    """
    option = "xcom_objectstorage_path"
    base = str(conf.get("common.io", option, fallback="") or "")
    if not base:
        return None
    try:
        return StorageObjects(base)
    except Exception as error:
        name = type(error).__name__
    raise ConfigurationError(f"[common.io] {option}: cannot be reached ({name}): correct it, or remove it")


__all__ = ["MigrateTables", "StorageObjects", "metadata_url", "storage_objects"]
