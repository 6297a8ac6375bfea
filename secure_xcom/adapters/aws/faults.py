"""``diagnose``: what a failure of an AWS client means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from secure_xcom.errors import Diagnosis, Fault

if TYPE_CHECKING:
    from botocore.exceptions import ClientError


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What a service's adapter has to say of its failures: by AWS's code first, then by fault."""

    of_code: Mapping[str, tuple[Fault, str]]
    of_fault: Mapping[Fault, str]


_COMMON: Final[Mapping[Fault, str]] = {
    Fault.UNAUTHENTICATED: (
        "no credentials that AWS takes: none, expired, or a clock that is off. Check its role, profile or environment"
    ),
    Fault.UNAVAILABLE: (
        "not reached or overloaded. Check the network, region_name and endpoint_url, or let the task retry"
    ),
}
"""What is the same for each service."""

_ROLE: Final = "the role was not given. Its trust policy must allow the worker sts:AssumeRole and sts:TagSession"

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


def diagnose(error: Exception, where: str, advice: Advice) -> Diagnosis:
    """Say what a failure of a boto3 client means. Its message is never looked at: AWS quotes requests in it."""
    from botocore.exceptions import ClientError

    fault, code = _answered(error) if isinstance(error, ClientError) else (_unanswered(error), type(error).__name__)
    if code in advice.of_code:
        fault, told = advice.of_code[code]
    elif isinstance(error, ClientError) and _refuses_role(error, fault):
        fault, told = Fault.UNAUTHENTICATED, _ROLE
    else:
        told = advice.of_fault.get(fault) or _COMMON[fault]
    return Diagnosis(fault=fault, where=where, code=code, advice=told)


def _answered(error: ClientError) -> tuple[Fault, str]:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    fault = _FAULT_OF_CODE.get(code) or _FAULT_OF_STATUS.get(status, Fault.FAILED)
    return fault, code if _CODE.fullmatch(code) else f"HTTP {status}"


def _refuses_role(error: ClientError, fault: Fault) -> bool:
    """Whether a role was refused that is asked for before the call itself is made: by Access, or by boto3's chain."""
    return fault in (Fault.DENIED, Fault.FAILED) and error.operation_name.startswith("AssumeRole")


def _unanswered(error: Exception) -> Fault:
    from botocore import exceptions as aws

    if isinstance(
        error, (aws.ConnectionError, aws.HTTPClientError, aws.IncompleteReadError, aws.FlexibleChecksumError)
    ):
        return Fault.UNAVAILABLE
    return Fault.UNAUTHENTICATED if isinstance(error, _credential_errors()) else Fault.FAILED


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
