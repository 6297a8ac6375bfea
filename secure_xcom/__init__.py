"""secure-xcom: an XCom backend for Apache Airflow that seals what is sensitive.

Importing this package imports neither Airflow nor a cloud SDK; the backend is loaded when Airflow asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from secure_xcom.errors import SecureXComError
from secure_xcom.secret import Secret

if TYPE_CHECKING:
    from secure_xcom.airflow.backend import SecureXComBackend

__version__ = "0.1.0"

__all__ = ["Secret", "SecureXComBackend", "SecureXComError", "__version__"]


def __getattr__(name: str) -> object:
    if name == "SecureXComBackend":
        from secure_xcom.airflow.backend import SecureXComBackend

        return SecureXComBackend
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
