"""``diagnose``: what a failure of an AWS client means, in the four kinds that a reader can do something about."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from botocore.exceptions import ClientError


class Fault(Enum):
    """What a reader can do about a failure."""

    DENIED = auto()
    UNAUTHENTICATED = auto()
    ROLE = auto()
    UNAVAILABLE = auto()
    OTHER = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A failed call. ``code`` is AWS's error code or the name of botocore's exception, never free text."""

    fault: Fault
    code: str


_CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9.]{1,63}", re.ASCII)
"""What an error code looks like; anything else in its place is not repeated."""

_FAULT_OF_STATUS: Final[Mapping[int, Fault]] = {
    401: Fault.UNAUTHENTICATED,
    403: Fault.DENIED,
    **dict.fromkeys((429, 500, 502, 503, 504), Fault.UNAVAILABLE),
}

_FAULT_OF_CODE: Final[Mapping[str, Fault]] = {
    # Amazon S3 API reference, "Error responses"; AWS KMS API reference, "Common errors". InvalidTokenId is MinIO's.
    **dict.fromkeys(
        (
            "AuthFailure",
            "ExpiredToken",
            "ExpiredTokenException",
            "IncompleteSignature",
            "IncompleteSignatureException",
            "InvalidAccessKeyId",
            "InvalidClientTokenId",
            "InvalidSignatureException",
            "InvalidToken",
            "InvalidTokenId",
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException",
            "RequestExpired",
            "RequestTimeTooSkewed",
            "SignatureDoesNotMatch",
            "TokenRefreshRequired",
            "UnrecognizedClientException",
        ),
        Fault.UNAUTHENTICATED,
    ),
    **dict.fromkeys(("AccessDenied", "AccessDeniedException", "AllAccessDisabled"), Fault.DENIED),
    # Those that AWS sends with a status that does not tell; the others come with 429 or 5xx.
    **dict.fromkeys(
        (
            "BandwidthLimitExceeded",
            "DependencyTimeoutException",
            "KMS.ThrottlingException",
            "OperationAborted",
            "PriorRequestNotComplete",
            "RequestLimitExceeded",
            "RequestThrottled",
            "RequestThrottledException",
            "RequestTimeout",
            "RequestTimeoutException",
            "SlowDown",
            "ThrottledException",
            "Throttling",
            "ThrottlingException",
            "TooManyRequestsException",
        ),
        Fault.UNAVAILABLE,
    ),
}


def diagnose(error: Exception) -> Failure:
    """Tell what a failure of a boto3 client means. Its message is never looked at: AWS quotes requests in it."""
    from botocore import exceptions as aws

    if isinstance(error, aws.ClientError):
        return _diagnose_answer(error)
    if isinstance(
        error, (aws.ConnectionError, aws.HTTPClientError, aws.IncompleteReadError, aws.FlexibleChecksumError)
    ):
        fault = Fault.UNAVAILABLE
    elif isinstance(error, _credential_errors()):
        fault = Fault.UNAUTHENTICATED
    else:
        fault = Fault.OTHER
    return Failure(fault=fault, code=type(error).__name__)


def _diagnose_answer(error: ClientError) -> Failure:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    fault = _FAULT_OF_CODE.get(code) or _FAULT_OF_STATUS.get(status, Fault.OTHER)
    # A role is asked for before the call itself is made: by Access, or by boto3's own chain.
    if fault not in (Fault.UNAVAILABLE, Fault.UNAUTHENTICATED) and error.operation_name.startswith("AssumeRole"):
        fault = Fault.ROLE
    return Failure(fault=fault, code=code if _CODE.fullmatch(code) else f"HTTP {status}")


def _credential_errors() -> tuple[type[Exception], ...]:
    """Return what botocore's credential chain raises: nothing found, half of it found, or no answer from its source."""
    from botocore import exceptions as aws

    return (
        aws.CredentialRetrievalError,
        aws.InvalidConfigError,
        aws.MetadataRetrievalError,
        aws.NoAuthTokenError,
        aws.NoCredentialsError,
        aws.PartialCredentialsError,
        aws.ProfileNotFound,
        aws.SSOError,
        aws.TokenRetrievalError,
    )
