"""Whether other users of this machine can read the credential files of a worker, or change its routes file."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from secure_xcom.model.domain import Domain
from secure_xcom.ops.doctor.report import Check, Failed, Skipped, run
from secure_xcom.settings.settings import Settings

_CREDENTIALS: Final = ("secret_id_file", "jwt_file", "password_file", "client_key")
"""The parameters of a store or key that name a file with a secret."""


def check(settings: Settings, domains: Iterable[Domain], routes: Path | None) -> Check:
    """Check the modes of the files of these domains. An absent file belongs to another worker, and is left out.

    A file on a file system that is mounted read-only is left out too. Kubernetes mounts a pod's secrets like that, with
    mode 0644, and no other pod sees them.
    """
    return run("files", lambda: _found(settings, domains, routes), "")


def _found(settings: Settings, domains: Iterable[Domain], routes: Path | None) -> str:
    secret = sorted({file for domain in domains for file in _credentials(settings, domain)})
    files = [(file, 0o006) for file in secret] + ([(routes, 0o002)] if routes else [])
    checked = [(file, forbidden) for file, forbidden in files if _is_on_writable_disk(file)]
    if not checked:
        raise Skipped("the settings name no credential file that is on a writable disk of this machine")
    wrong = [problem for file, forbidden in checked for problem in _problems(file, forbidden)]
    if wrong:
        found = ", ".join(f"{file} has mode {mode:04o}" for file, mode, _ in wrong)
        fix = " && ".join(f"chmod {change} {shlex.quote(str(file))}" for file, _, change in wrong)
        raise Failed(f"other users of this machine can read or change files that identify this worker: {found}", fix)
    return f"{len(checked)} files are closed to other users"


def _credentials(settings: Settings, domain: Domain) -> Iterator[Path]:
    routes = settings.routes.routes if settings.routes else ()
    previous = (*settings.previous_stores, *(one for route in routes for one in route.previous_stores or ()))
    named = (settings.store, settings.key, *(uri for route in routes for uri in (route.store, route.key)))
    for uri in (*named, *(one.uri for one in previous)):
        if uri is not None:
            params = uri.of_domain(domain, domain).params
            yield from (Path(params[name]) for name in _CREDENTIALS if params.get(name))


def _is_on_writable_disk(file: Path) -> bool:
    try:
        return file.exists() and not os.statvfs(file).f_flag & os.ST_RDONLY
    except OSError:
        return False


def _problems(file: Path, forbidden: int) -> Iterator[tuple[Path, int, str]]:
    mode = stat.S_IMODE(file.stat().st_mode)
    if mode & forbidden:
        yield file, mode, "o-rwx" if forbidden & 0o004 else "o-w"
    folder = file.absolute().parent
    mode = stat.S_IMODE(folder.stat().st_mode)
    # A user who may write to a directory can replace its files, unless the directory is sticky, as /tmp is.
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        yield folder, mode, "o-w"
