"""The folder to which Airflow moves task logs, as ``audit scan`` reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

from secure_xcom.airflow.connections import AirflowConnections
from secure_xcom.airflow.internals.compat import conf
from secure_xcom.errors import SecureXComError
from secure_xcom.ops.audit.scan.log_text import Readable
from secure_xcom.ops.audit.scan.logs import LogFile
from secure_xcom.ops.audit.scan.sources import Unscannable
from secure_xcom.ports.listing import seconds_of_moment

_SCHEMES: Final = ("s3", "s3a", "gs", "gcs", "abfs", "abfss", "file")
"""Where Airflow writes files, and its object storage reads them. A log service such as CloudWatch keeps no files."""

_TIMES: Final = ("LastModified", "last_modified", "mtime", "updated")


class StorageFolder:
    """Implements ``ops.audit.scan.remote_logs.Folder`` over an ``ObjectStoragePath``."""

    def __init__(self, root: Any) -> None:
        self._fs = root.fs
        self._root = root.path.rstrip("/")

    def list(self, below: str) -> tuple[Sequence[LogFile], Sequence[str]]:
        """Return files and folders. Raises what the client raises."""
        files: list[LogFile] = []
        folders: list[str] = []
        for entry in self._fs.ls(f"{self._root}/{below}".rstrip("/"), detail=True):
            path = str(entry["name"]).rstrip("/")[len(self._root) :].lstrip("/")
            if not path or path == below:
                # A client may list the folder itself, as an object of no bytes.
                continue
            if entry.get("type") == "directory":
                folders.append(path)
            else:
                files.append(_file(path, entry))
        return files, folders

    def open(self, path: str) -> AbstractContextManager[Readable]:
        """Open a file. Raises what the client raises."""
        opened: AbstractContextManager[Readable] = self._fs.open(f"{self._root}/{path}", "rb")
        return opened


def remote_folder() -> Callable[[], StorageFolder] | None:
    """Return what reaches the folder, ``None`` where Airflow moves no logs. It raises ``Unscannable``."""
    if not conf.getboolean("logging", "remote_logging", fallback=False):
        return None
    reached: list[StorageFolder] = []

    def reach() -> StorageFolder:
        if not reached:
            reached.append(_reached())
        return reached[0]

    return reach


def _reached() -> StorageFolder:
    base = str(conf.get("logging", "remote_base_log_folder", fallback="") or "")
    scheme = base.partition("://")[0]
    if scheme not in _SCHEMES:
        raise Unscannable(
            f"remote logs are read from {', '.join(_SCHEMES)} alone, and Airflow writes to {_named(base)}"
        )
    conn_id = str(conf.get("logging", "remote_log_conn_id", fallback="") or "") or None
    try:
        return StorageFolder(AirflowConnections().storage_path(base, conn_id))
    except SecureXComError as error:
        problem = error.message
    except Exception as error:
        problem = type(error).__name__
    raise Unscannable(f"the folder of remote logs is not reached: {problem}")


def _named(base: str) -> str:
    scheme, found, _ = base.partition("://")
    return f"{scheme}://" if found and scheme.isalnum() else "[logging] remote_base_log_folder"


def _file(path: str, entry: Mapping[str, Any]) -> LogFile:
    changed = next((entry[name] for name in _TIMES if entry.get(name)), None)
    return LogFile(path, int(entry.get("size") or 0), seconds_of_moment(changed))
