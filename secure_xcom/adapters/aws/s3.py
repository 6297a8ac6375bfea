"""``s3://bucket/prefix``: sealed objects in Amazon S3, or in what speaks its protocol.

Isolation between Dags is the bucket policy's and the roles' work: an object's key begins with its dag_id, so that a
role can be given one Dag's prefix. In a bucket with versioning a delete hides the object and keeps its bytes, sealed:
a lifecycle rule for noncurrent versions is what removes them.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Final

from secure_xcom.adapters.aws import (
    ACCESS_PARAMS,
    LOCATION_PARAMS,
    Access,
    Advice,
    LazyClient,
    Location,
    Role,
    diagnose,
    require_boto3,
)
from secure_xcom.adapters.aws.rights import Statement, on_encryption_by_s3, on_objects
from secure_xcom.errors import ConfigurationError, Diagnosis, Fault, ObjectNotFound, ObjectTooLarge, StoreError
from secure_xcom.model.domain import MAX_PREFIX_BYTES
from secure_xcom.ports.identity import Identity
from secure_xcom.ports.listing import Listed
from secure_xcom.ports.store import HEAD_BYTES, Head, Store
from secure_xcom.settings.uri import AdapterUri

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import PutObjectRequestTypeDef


_CHANGED: Final = ("PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey", "404", "412")

_BUCKET: Final = re.compile(r"[A-Za-z0-9._-]{3,255}", re.ASCII)


class S3Store(Store):
    """Keeps objects below ``bucket/prefix``, one request for each operation; S3 is durable when a put returns.

    With ``sse_kms_key_id`` S3 encrypts what is sealed once more, under that KMS key; otherwise the bucket's default
    encryption applies.

    Permissions:
        - ``s3:PutObject`` to push, ``s3:GetObject`` to pull and ``s3:DeleteObject`` to purge, on the objects below the
          prefix; ``s3:PutObjectTagging`` too for values with a lifetime.
        - With ``sse_kms_key_id``: ``kms:GenerateDataKey`` and ``kms:Decrypt`` on that key, through S3.
        - With ``role_arn``: these for the role, and ``sts:AssumeRole`` and ``sts:TagSession`` for the worker.

        ``s3:ListBucket`` is not needed, and tells the names of all Dags; an operator's commands that list need it.
    """

    scheme = "s3"

    def __init__(
        self,
        bucket: str,
        prefix: str = "",
        *,
        location: Location | None = None,
        access: Access | None = None,
        sse_kms_key_id: str | None = None,
    ) -> None:
        if len(prefix.encode()) > MAX_PREFIX_BYTES:
            raise ConfigurationError(
                f"store: the prefix has {len(prefix.encode())} bytes, and S3's limit for a key leaves "
                f"{MAX_PREFIX_BYTES}: shorten it"
            )
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self._sse_kms_key_id = sse_kms_key_id
        self._client: LazyClient[S3Client] = LazyClient("s3", location or Location(), access)

    @classmethod
    def from_uri(cls, uri: AdapterUri, identity: Identity | None = None) -> S3Store:
        """``s3://bucket/prefix``; parameters ``sse_kms_key_id`` and those of ``Location`` and ``Access``.

        Raises ``ConfigurationError``, and ``ImportError`` when boto3 is not installed.
        """
        uri.require_params((*LOCATION_PARAMS, *ACCESS_PARAMS, "sse_kms_key_id"), option="store")
        if not _BUCKET.fullmatch(uri.authority):
            raise ConfigurationError("store: s3:// takes a bucket and a prefix, as in s3://my-bucket/airflow/xcom")
        location, sse_kms_key_id = Location.of(uri, option="store"), uri.params.get("sse_kms_key_id")

        def needed(role: Role, identity: Identity) -> list[Statement]:
            prefix = f"{uri.path}/" if uri.path else ""
            own, readable = identity.domain.segment, [domain.segment for domain in identity.readable]
            statements = on_objects(uri.authority, prefix, own, readable, partition=role.partition)
            if sse_kms_key_id is not None:
                key = on_encryption_by_s3(sse_kms_key_id, partition=role.partition, account=role.account)
                statements.append(key)
            return statements

        access = Access.of(uri, identity, needed, option="store")
        require_boto3()
        return cls(uri.authority, uri.path, location=location, access=access, sse_kms_key_id=sse_kms_key_id)

    def list_below(self, folder: str) -> None:
        """Ask for one name."""
        self._attempt(lambda: self._list(folder))

    def put_unprotected(self, name: str) -> bool:
        """Leave away what ``sse_kms_key_id`` asks for."""
        if self._sse_kms_key_id is None:
            return False
        self._attempt(lambda: self._put_as_is(name))
        return True

    def server_time(self) -> float:
        """S3 tells the time with any answer, refusals too."""
        return self._attempt(self._client.server_time(lambda s3: s3.head_bucket(Bucket=self._bucket)))

    def listing(self, folder: str = "", after: str = "") -> Iterator[Listed]:
        """Ask for 1,000 names at once, in S3's order, which needs ``s3:ListBucket``."""
        page = self._attempt(lambda: self._page(folder, after))
        while page:
            yield from page
            last = page[-1].name
            page = self._attempt(lambda last=last: self._page(folder, last))  # type: ignore[misc]  # a default binds it

    def _page(self, folder: str, after: str) -> list[Listed]:
        below = f"{self._prefix}{folder}/" if folder else self._prefix
        with self._client.use() as s3:
            answer = s3.list_objects_v2(
                Bucket=self._bucket, Prefix=below, StartAfter=self._prefix + after, MaxKeys=_PAGE
            )
        return [
            Listed(one["Key"].removeprefix(self._prefix), one["Size"], one["LastModified"].timestamp())
            for one in answer.get("Contents", ())
        ]

    def _stat(self, name: str) -> Listed:
        """List the one name: that takes no right to read objects, and an answer to HEAD has no code to judge it by."""
        with self._client.use() as s3:
            answer = s3.list_objects_v2(Bucket=self._bucket, Prefix=self._prefix + name, MaxKeys=1)
        for one in answer.get("Contents", ()):
            if one["Key"] == self._prefix + name:
                return Listed(name, one["Size"], one["LastModified"].timestamp())
        raise ObjectNotFound("the sealed object is not there", f"S3 bucket {self._bucket}")

    def _list(self, folder: str) -> None:
        with self._client.use() as s3:
            s3.list_objects_v2(Bucket=self._bucket, Prefix=f"{self._prefix}{folder}/", MaxKeys=1)

    def _put_as_is(self, name: str) -> None:
        with self._client.use() as s3:
            s3.put_object(Bucket=self._bucket, Key=self._prefix + name, Body=b"")

    def _put(self, name: str, data: bytes | bytearray, expires: int) -> None:
        with self._client.use() as s3:
            s3.put_object(**self._request(name, data, expires))

    def _replace(self, name: str, old: Head, new: bytes, expires: int) -> bool:
        """Have S3 compare the entity tag (If-Match). What is tagged with a lifetime is tagged with the rest of it."""
        from botocore.exceptions import ClientError

        if not old.version:
            raise StoreError("the server gave no ETag, so that nothing can be replaced safely", f"S3 {self._bucket}")
        with self._client.use() as s3:
            try:
                request = self._request(name, new, expires)
                request["IfMatch"] = old.version
                s3.put_object(**request)
            except ClientError as error:
                # 404 for an object that is gone, 409 for one that was deleted or written during the request (Amazon S3
                # user guide, "How to prevent object overwrites with conditional writes").
                if error.response.get("Error", {}).get("Code") not in _CHANGED:
                    raise
                return False
        return True

    def _request(self, name: str, data: bytes | bytearray, expires: int) -> PutObjectRequestTypeDef:
        request: PutObjectRequestTypeDef = {
            "Bucket": self._bucket,
            "Key": self._prefix + name,
            "Body": data,  # type: ignore[typeddict-item]  # boto3 takes a bytearray as it is (botocore.validate)
            "ContentType": "application/octet-stream",
        }
        if self._sse_kms_key_id is not None:
            request["ServerSideEncryption"] = "aws:kms"
            request["SSEKMSKeyId"] = self._sse_kms_key_id
        if days := _days_until(expires):
            request["Tagging"] = f"{DAYS_TAG}={days}"
        return request

    def _get(self, name: str) -> bytes:
        with self._client.use() as s3:
            answer = s3.get_object(Bucket=self._bucket, Key=self._prefix + name)
            # Closing a body that was not read to its end drops the connection with it, unread.
            with closing(answer["Body"]) as body:
                if answer["ContentLength"] > self.max_object_bytes:
                    raise ObjectTooLarge(
                        f"the object has {answer['ContentLength']} bytes, over the limit of {self.max_object_bytes}: "
                        "this store has not written it"
                    )
                return body.read()

    def _head(self, name: str) -> Head:
        from botocore.exceptions import ClientError

        with self._client.use() as s3:
            try:
                answer = s3.get_object(Bucket=self._bucket, Key=self._prefix + name, Range=f"bytes=0-{HEAD_BYTES - 1}")
            except ClientError as error:
                # No range of an empty object can be had (RFC 9110, section 15.5.17).
                if error.response["ResponseMetadata"]["HTTPStatusCode"] != 416:
                    raise
                return Head(b"", 0)
            with closing(answer["Body"]) as body:
                size = int(answer["ContentRange"].rpartition("/")[2])
                return Head(body.read(), size, answer.get("ETag", ""))

    def _delete(self, name: str) -> None:
        with self._client.use() as s3:
            s3.delete_object(Bucket=self._bucket, Key=self._prefix + name)

    def _diagnose(self, error: Exception) -> Diagnosis:
        return diagnose(error, f"S3 bucket {self._bucket}", _ADVICE)


_PAGE: Final = 1000
"""The most that S3 lists for one request (Amazon S3 API, ListObjectsV2)."""

DAYS_TAG: Final = "secure-xcom-days"
"""The object tag that lifecycle rules go by. S3 counts an object's age in days, and its rules name them one by one."""

DAYS: Final = (1, 2, 3, 7, 14, 30, 60, 90, 180, 365)
"""The tag's values: a rule for each removes what has ended its lifetime, up to that many days after its push."""


def _days_until(expires: int) -> int | None:
    if not expires:
        return None
    needed = (expires - time.time()) / 86_400
    return next((days for days in DAYS if days >= needed), None)


_ADVICE: Final = Advice(
    of_code={
        "NoSuchKey": (
            Fault.NOT_FOUND,
            "the sealed object is not there: purged, or removed by a lifecycle rule. Clear the task that pushed it",
        ),
        "NoSuchBucket": (
            Fault.FAILED,
            "there is no such bucket. Create it, or set [secure_xcom] store to the one there is",
        ),
    },
    of_fault={
        # Without s3:ListBucket, S3 answers 403 for a key that does not exist.
        Fault.DENIED: (
            "refused, or the object is gone. Grant s3:GetObject, s3:PutObject, s3:PutObjectTagging and s3:DeleteObject "
            "below the Dag's prefix"
        ),
        Fault.FAILED: "the request failed. Check bucket, region_name and endpoint_url of [secure_xcom] store",
    },
)
