"""``aws-kms://alias/name``: data keys made and unwrapped by AWS KMS.

Everything between ``aws-kms://`` and ``?`` names the key, in one of KMS's own ways::

    aws-kms://alias/airflow-xcom                                            an alias
    aws-kms://1234abcd-12ab-34cd-56ef-1234567890ab                          a key id
    aws-kms:///arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-...     an ARN, of a key or an alias

The name *as configured* is the KEK's id, and it goes with every request, so that KMS itself refuses what another key
wrapped. KMS answers with the ARN of the key behind an alias, which cannot be compared with an alias without a request
and a permission more; so all workers must name the key in the same way. KMS's own rotation of key material changes
no name and needs nothing here. An alias that is pointed to another key leaves what was sealed before unreadable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
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
from secure_xcom.adapters.aws.arn import KMS_KEY
from secure_xcom.adapters.aws.rights import Statement, on_data_keys
from secure_xcom.errors import ConfigurationError, Diagnosis, Fault, WrongKey
from secure_xcom.model.seal import DataKey, WrappedKey
from secure_xcom.ports.identity import Identity
from secure_xcom.ports.keys import KeyProvider
from secure_xcom.settings.uri import AdapterUri

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient


class AwsKms(KeyProvider):
    """Has KMS make, wrap and unwrap data keys under one symmetric key; the context is KMS's encryption context.

    CloudTrail records every call with its context, so the context says who asked for which Dag run, and a key policy
    can demand one (``kms:EncryptionContext:dag_id``).

    Permissions:
        - ``kms:GenerateDataKey`` to push and ``kms:Decrypt`` to pull, on the key.
        - With ``role_arn``: these for the role, and ``sts:AssumeRole`` and ``sts:TagSession`` for the worker.
        - For ``secure-xcom rewrap``: ``kms:ReEncryptFrom`` on the old key and ``kms:ReEncryptTo`` on the new one; from
          a key elsewhere ``kms:Decrypt`` and ``kms:Encrypt``.
    """

    scheme = "aws-kms"

    def __init__(self, key: str, location: Location | None = None, access: Access | None = None) -> None:
        self._key = key
        self.location = location or Location()
        self._client: LazyClient[KMSClient] = LazyClient("kms", self.location, access)

    @classmethod
    def from_uri(cls, uri: AdapterUri, identity: Identity | None = None) -> AwsKms:
        """``aws-kms://`` and the key's alias, id or ARN; the parameters of ``Location`` and ``Access``.

        An ARN's region is used when no other is given. Raises ``ConfigurationError``, and ``ImportError`` when boto3
        is not installed.
        """
        uri.require_params((*LOCATION_PARAMS, *ACCESS_PARAMS), option="key")
        key = "/".join(part for part in (uri.authority, uri.path) if part)
        named = KMS_KEY.fullmatch(key)
        if named is None:
            raise ConfigurationError(
                "key: aws-kms:// takes an alias, a key id or an ARN, as in aws-kms://alias/airflow-xcom or "
                "aws-kms:///arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
            )
        location = Location.of(uri, option="key")

        def needed(role: Role, identity: Identity) -> list[Statement]:
            own, readable = identity.domain.segment, [domain.segment for domain in identity.readable]
            return on_data_keys(key, own, readable, partition=role.partition, account=role.account)

        access = Access.of(uri, identity, needed, option="key")
        require_boto3()
        return cls(key, replace(location, region_name=location.region_name or named["region"]), access)

    def server_time(self) -> float:
        """KMS tells the time with any answer, refusals too."""
        return self._attempt(self._client.server_time(lambda kms: kms.describe_key(KeyId=self._key)))

    def _generate(self, context: Mapping[str, str]) -> DataKey:
        with self._client.use() as kms:
            answer = kms.generate_data_key(KeyId=self._key, KeySpec="AES_256", EncryptionContext=context)
        return DataKey(plaintext=answer["Plaintext"], wrapped=answer["CiphertextBlob"], kek_id=self._key)

    def _unwrap(self, wrapped: bytes, kek_id: str, context: Mapping[str, str]) -> bytes:
        if kek_id != self._key:
            raise WrongKey(
                f"the object is sealed under another KMS key than the configured {self._key}, or under another name of "
                "it: set [secure_xcom] key to what it was when the object was sealed"
            )
        with self._client.use() as kms:
            answer = kms.decrypt(KeyId=self._key, CiphertextBlob=wrapped, EncryptionContext=context)
        return answer["Plaintext"]

    def _wrap(self, key: bytes, context: Mapping[str, str]) -> WrappedKey:
        with self._client.use() as kms:
            answer = kms.encrypt(KeyId=self._key, Plaintext=key, EncryptionContext=context)
        return WrappedKey(kek_type=self.scheme, kek_id=self._key, wrapped=answer["CiphertextBlob"], was_seen=True)

    def _holds(self, kek_id: str) -> bool:
        return kek_id == self._key

    def _current(self) -> str:
        return self._key

    def _rewrap(self, wrapped: bytes, kek_id: str, context: Mapping[str, str], into: KeyProvider) -> WrappedKey | None:
        # ReEncrypt works within one region (AWS KMS API reference, "ReEncrypt").
        if not isinstance(into, AwsKms) or into.location != self.location:
            return None
        with self._client.use() as kms:
            answer = kms.re_encrypt(
                CiphertextBlob=wrapped,
                SourceKeyId=kek_id,
                SourceEncryptionContext=context,
                DestinationKeyId=into.current(),
                DestinationEncryptionContext=context,
            )
        return WrappedKey(kek_type=into.scheme, kek_id=into.current(), wrapped=answer["CiphertextBlob"])

    def _diagnose(self, error: Exception) -> Diagnosis:
        return diagnose(error, f"KMS key {self._key}", _ADVICE)


_ADVICE: Final = Advice(
    of_code={
        "InvalidCiphertextException": (
            Fault.WRONG_KEY,
            "the object's data key was not wrapped by KMS for this Dag run",
        ),
        "IncorrectKeyException": (
            Fault.WRONG_KEY,
            "another key wrapped the object's data key. Point the alias back, and give a new key an alias of its own",
        ),
        "NotFoundException": (
            Fault.NOT_FOUND,
            "there is no such key in this account and region. Check [secure_xcom] key",
        ),
        "DisabledException": (Fault.DENIED, "the key is disabled. Enable it"),
        "KMSInvalidStateException": (
            Fault.DENIED,
            "the key is about to be deleted, or not ready. Restore or enable it",
        ),
        "InvalidKeyUsageException": (Fault.FAILED, "not a symmetric key for encryption. Configure one that is"),
        "NoRegionError": (Fault.FAILED, "no region is configured. Set region_name in [secure_xcom] key"),
    },
    of_fault={
        Fault.DENIED: (
            "this identity may not use the key for this Dag. Grant kms:GenerateDataKey to push, kms:Decrypt to pull "
            "and kms:ReEncrypt* to rewrap"
        ),
        Fault.FAILED: "the request failed. Check the key and region_name of [secure_xcom] key",
    },
)
