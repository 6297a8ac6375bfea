"""``Address``: which Vault is asked, and how it proves that it is the one."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from secure_xcom.errors import ConfigurationError
from secure_xcom.settings.uri import AdapterUri, is_private

ADDRESS_PARAMS: Final = ("url", "namespace", "ca_cert")

_MOUNT: Final = re.compile(r"(?!.*(?:^|/)\.{1,2}(?:/|$))[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Vault's URL, ``https`` unless it is this machine's own; ``ca_cert`` ``None`` stands for the system's CAs."""

    url: str
    namespace: str | None = None
    ca_cert: str | None = None

    @classmethod
    def of(cls, uri: AdapterUri, *, option: str) -> Address:
        """Read ``ADDRESS_PARAMS``, or where one is absent VAULT_ADDR, VAULT_NAMESPACE and VAULT_CACERT.

        Nothing turns the certificate's verification off: VAULT_SKIP_VERIFY is not looked at. Raises
        ``ConfigurationError`` with all problems.
        """
        url = uri.params.get("url") or os.environ.get("VAULT_ADDR", "")
        ca_cert = uri.params.get("ca_cert") or os.environ.get("VAULT_CACERT") or None
        problems = []
        if not url:
            problems.append(f"{option}: {uri.scheme}:// needs Vault's address, in url= or VAULT_ADDR")
        elif not is_private(url):
            where = "url=" if "url" in uri.params else "VAULT_ADDR"
            problems.append(
                f"{option}: the address in {where} must begin with https://, or the token would travel in the clear; "
                "http:// is for this machine only, and credentials have no place in it"
            )
        if ca_cert is not None and not Path(ca_cert).exists():
            problems.append(f"{option}: there is no CA certificate at {ca_cert} (ca_cert= or VAULT_CACERT)")
        if problems:
            raise ConfigurationError(*problems)
        return cls(
            url=url,
            namespace=uri.params.get("namespace") or os.environ.get("VAULT_NAMESPACE") or None,
            ca_cert=ca_cert,
        )


def mount_of(uri: AdapterUri, *, option: str, example: str) -> str:
    """Return the mount that ``uri`` names; one of several segments is written with %2F, as in kv%2Fteam."""
    if not _MOUNT.fullmatch(uri.authority):
        raise ConfigurationError(f"{option}: {uri.scheme}:// names a secrets engine's mount first, as in {example}")
    return uri.authority
