"""Whether Airflow is configured to use this backend. Where it is not, the installed package changes nothing."""

from __future__ import annotations

import sys
from typing import Final

from secure_xcom.airflow.internals.compat import conf

BACKEND: Final = "secure_xcom.SecureXComBackend"
"""What ``[core] xcom_backend`` is to be set to."""

_OURS: Final = frozenset({BACKEND, "secure_xcom.airflow.backend.SecureXComBackend"})


def configured_backend() -> str:
    """Return ``[core] xcom_backend``."""
    return str(conf.get("core", "xcom_backend"))


def is_on() -> bool:
    """Return whether ``[core] xcom_backend`` is this backend or a subclass of it.

    Only a class that is neither this backend nor Airflow's own is imported to find out. Ask when Airflow is loaded,
    not while it is loading: the class may need all of it.
    """
    path = configured_backend()
    if path in _OURS:
        return True
    return not path.startswith("airflow.") and _is_subclass()


def _is_subclass() -> bool:
    try:
        configured = conf.getimport("core", "xcom_backend")
    except Exception:
        # Whatever the module of the class raises. Without its backend Airflow runs no task.
        return False
    # A subclass has imported its base.
    ours = sys.modules.get("secure_xcom.airflow.backend")
    return ours is not None and isinstance(configured, type) and issubclass(configured, ours.SecureXComBackend)
