"""The anchor: a file with the ends of the ledger's chains as the last verification found them.

It is what shows that a ledger was set back whole, so it belongs where the ledger's database cannot be written from. By
default it lies beside the ledger. There it shows what the owner of the database did, who has no rights on this machine.
It shows nothing that a writer of both did.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Final

import msgspec

from secure_xcom.errors import ConfigurationError, translated
from secure_xcom.ports.private_file import write_private_file
from secure_xcom.ports.private_path import make_private_directory, real_path

End = tuple[Annotated[int, msgspec.Meta(ge=0)], str, str, str]
"""A chain's length and its last MAC, and the Dag and run that it is of."""


NAME: Final = "ledger-anchor.json"
"""The file's name below ``$AIRFLOW_HOME/secure_xcom``, for a ledger on a server."""


def anchor_beside(ledger: str, home: Path) -> Path:
    """Return the anchor's place beside the ledger of this URL: beside SQLite's file, or in ``home`` for a server.

    Who can write both the ledger and this file can set both back.
    """
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    def no_url(_: Exception) -> ConfigurationError:
        # The library's own words quote the URL, and with it the password.
        return ConfigurationError("ledger: must be a URL such as sqlite:////var/lib/airflow/ledger.db")

    with translated((ArgumentError, ValueError), into=no_url):
        url = make_url(ledger)
    if url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:"):
        return Path(f"{url.database}-anchor.json")
    return home / NAME


def read_anchor(path: Path) -> Mapping[str, End] | None:
    """Return the ends, ``None`` if there is no file yet.

    Raises ``ConfigurationError`` for what cannot be one, and where others can put another file in its place.
    """

    def unreadable(error: Exception) -> ConfigurationError:
        problem = "is damaged: restore it, since a new one would take the ledger as it is now for whole"
        if isinstance(error, OSError):
            problem = f"cannot be read: {os.strerror(error.errno or 0)}"
        return ConfigurationError(f"--anchor {path}: the file {problem}")

    with (
        translated((msgspec.DecodeError, UnicodeDecodeError, OSError), into=unreadable),
        suppress(FileNotFoundError),
    ):
        return msgspec.json.decode(real_path(path, "--anchor: the file").read_bytes(), type=dict[str, End])
    return None


def write_anchor(path: Path, ends: Mapping[str, End], *, makes_directory: bool = False) -> None:
    """Replace the file in one step, readable by its owner alone. Raises ``ConfigurationError``.

    With ``makes_directory`` its directory is made too, for this user alone.
    """

    def unwritable(error: OSError) -> ConfigurationError:
        problem = os.strerror(error.errno or 0)
        return ConfigurationError(f"--anchor {path}: the file cannot be written: {problem}. --no-anchor writes none")

    with translated(OSError, into=unwritable):
        if makes_directory:
            make_private_directory(path.parent, "--anchor: the file")
        write_private_file(path, _encoded(ends), "--anchor: the file")


def _encoded(ends: Mapping[str, End]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(dict(sorted(ends.items()))), indent=1)
