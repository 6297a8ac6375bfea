"""secure-xcom: an XCom backend for Apache Airflow that seals what is sensitive.

Importing this package imports neither Airflow nor a cloud SDK; the backend is loaded when Airflow asks for it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from secure_xcom.errors import SecureXComError
from secure_xcom.secret import Secret

if TYPE_CHECKING:
    from secure_xcom.airflow.backend import SecureXComBackend
    from secure_xcom.airflow.contracts import exclusive
    from secure_xcom.airflow.pool import Pool
    from secure_xcom.contracts.declare import Key
    from secure_xcom.model.contract import Reader

__version__ = "0.1.0"

__all__ = ["Key", "Pool", "Reader", "Secret", "SecureXComBackend", "SecureXComError", "__version__", "exclusive"]

_LATE: Final = {
    "Key": "secure_xcom.contracts.declare",
    "Pool": "secure_xcom.airflow.pool",
    "Reader": "secure_xcom.model.contract",
    "SecureXComBackend": "secure_xcom.airflow.backend",
    "exclusive": "secure_xcom.airflow.contracts",
}


def __getattr__(name: str) -> object:
    if name in _LATE:
        return getattr(import_module(_LATE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
