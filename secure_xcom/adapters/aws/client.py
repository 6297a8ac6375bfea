"""``LazyClient``: a boto3 client that connects where it is safe to, on first use, and logs no secret.

Credentials come from ``Access``. boto3 is imported when the first request is made and not before: that costs a quarter
of a second, and a task that seals nothing needs none.
"""

from __future__ import annotations

import importlib.util
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final, Generic, TypeVar, cast

from secure_xcom.adapters.aws.access import Access
from secure_xcom.adapters.aws.transport import require_private
from secure_xcom.ports.calls import CONCURRENT_PULLS, CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS
from secure_xcom.settings.uri import AdapterUri

C = TypeVar("C")

LOCATION_PARAMS: Final = ("endpoint_url", "region_name")

_TALKATIVE: Final = ("botocore.auth", "botocore.credentials", "botocore.endpoint", "botocore.parsers")
"""Loggers that print, at DEBUG, requests with session tokens and whole responses: those of KMS hold data keys. The one
of credentials prints, at WARNING, the traceback of a role that was not given; our error says it, without the answer."""

_in_use: ContextVar[bool] = ContextVar("secure_xcom_aws_in_use", default=False)


class _Hush(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002 - logging's signature
        return not _in_use.get()


_HUSH: Final = _Hush()


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """Where a service is called. ``None`` leaves it to boto3's configuration (AWS_DEFAULT_REGION and the like)."""

    region_name: str | None = None
    endpoint_url: str | None = None

    @classmethod
    def of(cls, uri: AdapterUri, *, option: str) -> Location:
        """Read ``LOCATION_PARAMS``. Raises ``ConfigurationError`` for an endpoint that others could listen to."""
        endpoint_url = uri.params.get("endpoint_url")
        if endpoint_url is not None:
            require_private(endpoint_url, f"{option}: endpoint_url")
        return cls(region_name=uri.params.get("region_name"), endpoint_url=endpoint_url)


class LazyClient(Generic[C]):
    """One boto3 client, made on first use and then shared by all threads, as boto3 allows for clients."""

    def __init__(self, service: str, location: Location, access: Access | None = None) -> None:
        self._service = service
        self._location = location
        self._access = access or Access()
        self._lock = threading.Lock()
        self._client: C | None = None

    @contextmanager
    def use(self) -> Iterator[C]:
        """Lend the client; what botocore logs in the meantime in this thread is dropped where it may be secret.

        Raises ``ConfigurationError`` when boto3's own configuration names an endpoint in the clear.
        """
        token = _in_use.set(True)
        try:
            with self._lock:
                self._client = self._client or self._make()
            yield self._client
        finally:
            _in_use.reset(token)

    def server_time(self, request: Callable[[C], object]) -> Callable[[], float]:
        """Return a call that makes ``request`` and returns the time of the answer, which may be a refusal."""

        def ask() -> float:
            from botocore.exceptions import ClientError

            with self.use() as client:
                try:
                    answer: object = request(client)
                except ClientError as error:
                    answer = error.response
            match answer:
                case {"ResponseMetadata": {"HTTPHeaders": {"date": str(date)}}}:
                    return parsedate_to_datetime(date).timestamp()
            raise LookupError("the answer tells no time")

        return ask

    def _make(self) -> C:
        from botocore.config import Config

        config = Config(
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
            read_timeout=READ_TIMEOUT_SECONDS,
            # The port tries again, with one deadline for all attempts; two loops would multiply them.
            retries={"mode": "standard", "total_max_attempts": 1},
            max_pool_connections=CONCURRENT_PULLS,
        )
        for name in _TALKATIVE:
            logging.getLogger(name).addFilter(_HUSH)
        # boto3.client() would share a default session, whose creation of clients is not safe between threads.
        client = self._access.session(self._location.region_name).client(
            self._service,  # type: ignore[call-overload]
            region_name=self._location.region_name,
            endpoint_url=self._location.endpoint_url,
            config=config,
        )
        # The environment and the profile can name an endpoint too.
        require_private(client.meta.endpoint_url, f"the {self._service} endpoint of boto3's configuration")
        return cast("C", client)


def require_boto3() -> None:
    """Raise ``ImportError`` unless boto3 is installed, without the cost of importing it."""
    if importlib.util.find_spec("boto3") is None:
        raise ImportError("boto3 is not installed", name="boto3")
