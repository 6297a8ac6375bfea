"""Who else on this machine may read or change the files that say who a worker is: credentials, and the routes file."""

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
"""The parameters of a store or key that name a file with something secret in it."""


def check(settings: Settings, domains: Iterable[Domain], routes: Path | None) -> Check:
    """Look at the files of these domains; one that is not there belongs to another worker.

    A file system that is mounted read-only is left alone: so Kubernetes mounts a pod's secrets, with mode 0644, and the
    pod's own walls keep others out.
    """
    return run("files", lambda: _found(settings, domains, routes), "")


def _found(settings: Settings, domains: Iterable[Domain], routes: Path | None) -> str:
    secret = sorted({file for domain in domains for file in _credentials(settings, domain)})
    files = [(file, 0o006) for file in secret] + ([(routes, 0o002)] if routes else [])
    looked_at = [(file, forbidden) for file, forbidden in files if _is_ours_to_look_at(file)]
    if not looked_at:
        raise Skipped("no file with credentials is named, or none is on a disk of this machine's")
    wrong = [problem for file, forbidden in looked_at for problem in _problems(file, forbidden)]
    if wrong:
        found = ", ".join(f"{file} has mode {mode:04o}" for file, mode, _ in wrong)
        fix = " && ".join(f"chmod {change} {shlex.quote(str(file))}" for file, _, change in wrong)
        raise Failed(f"others on this machine may read or change what says who this worker is: {found}", fix)
    return f"{len(looked_at)} looked at: closed to others"


def _credentials(settings: Settings, domain: Domain) -> Iterator[Path]:
    routes = settings.routes.routes if settings.routes else ()
    for uri in (settings.store, settings.key, *(uri for route in routes for uri in (route.store, route.key))):
        if uri is not None:
            params = uri.of_domain(domain, domain).params
            yield from (Path(params[name]) for name in _CREDENTIALS if params.get(name))


def _is_ours_to_look_at(file: Path) -> bool:
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
    # Who may write to a directory may put another file in this one's place, unless it is sticky, as /tmp is.
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        yield folder, mode, "o-w"
