"""What the failures of fsspec's clients mean, and what to do about them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from secure_xcom.errors import Diagnosis, Fault

_FAULT_OF_STATUS: Final[Mapping[int, Fault]] = {
    401: Fault.UNAUTHENTICATED,
    403: Fault.DENIED,
    404: Fault.NOT_FOUND,
    **dict.fromkeys((408, 429, 500, 502, 503, 504), Fault.UNAVAILABLE),
}

_FAULT_OF_TYPE: Final[Mapping[str, Fault]] = {
    # Each stands for its subclasses too; the nearest one counts.
    "aiohttp.ClientError": Fault.UNAVAILABLE,
    "azure.ClientAuthenticationError": Fault.UNAUTHENTICATED,
    "azure.IncompleteReadError": Fault.UNAVAILABLE,
    "azure.ServiceRequestError": Fault.UNAVAILABLE,
    "azure.ServiceResponseError": Fault.UNAVAILABLE,
    "builtins.ConnectionError": Fault.UNAVAILABLE,
    "builtins.FileNotFoundError": Fault.NOT_FOUND,
    "builtins.PermissionError": Fault.DENIED,
    "builtins.TimeoutError": Fault.UNAVAILABLE,
    "gcsfs.ChecksumError": Fault.UNAVAILABLE,
    "google.GoogleAuthError": Fault.UNAUTHENTICATED,
    "google.TransportError": Fault.UNAVAILABLE,
    "requests.RequestException": Fault.UNAVAILABLE,
}
"""By package and class, so that no client is imported to look at its errors."""

_ADVICE: Final[Mapping[Fault, str]] = {
    Fault.DENIED: "refused. Grant the connection's identity reading, writing and deleting objects below the prefix",
    Fault.UNAUTHENTICATED: (
        "no credentials that it takes: none, expired or wrong. Check the connection of conn_id, or the environment"
    ),
    Fault.NOT_FOUND: (
        "the sealed object is not there: purged, or removed by a lifecycle rule. Clear the task that pushed it"
    ),
    Fault.UNAVAILABLE: (
        "not reached or overloaded. Check the network and the connection's endpoint, or let the task retry"
    ),
    Fault.FAILED: "the request failed. Check [secure_xcom] store and the connection that it names",
}


def diagnose(error: Exception, place: str) -> Diagnosis:
    """Say what is wrong at ``place``, such as ``gs://my-bucket``."""
    fault, code = _fault_and_code(error)
    return Diagnosis(fault=fault, where=place, code=code, advice=_ADVICE[fault])


def _fault_and_code(error: Exception) -> tuple[Fault, str]:
    """Tell what a client's failure means, and its status or its name. Its text is never repeated: it quotes answers."""
    status = status_of(error)
    types = [f"{kind.__module__.partition('.')[0]}.{kind.__name__}" for kind in type(error).mro()]
    code = f"HTTP {status}" if status else type(error).__name__
    # Azure answers 403 to a wrong key too, and only its client tells the two apart.
    if status in _FAULT_OF_STATUS and "azure.ClientAuthenticationError" not in types:
        return _FAULT_OF_STATUS[status], code
    return next((_FAULT_OF_TYPE[name] for name in types if name in _FAULT_OF_TYPE), Fault.FAILED), code


def status_of(error: Exception) -> int:
    """Return the HTTP status of an answer, 0 for no answer. The clients of Azure, aiohttp and Google name it so."""
    for name in ("status_code", "status", "code"):
        value = str(getattr(error, name, ""))
        if re.fullmatch("[1-5][0-9]{2}", value, re.ASCII):
            return int(value)
    # gcsfs raises a bare OSError for this one status.
    return 403 if type(error) is OSError and str(error).startswith("Forbidden") else 0
