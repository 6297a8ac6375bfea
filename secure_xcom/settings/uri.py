"""``AdapterUri``: a parsed ``store`` or ``key`` setting, the same for every adapter."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from secure_xcom.errors import ConfigurationError, translated

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from secure_xcom.model.domain import Domain


PLACE_PARAMS: Final = ("endpoint_url", "url", "namespace", "db")
"""The parameters that say where a store is, beside its URI. The others say as whom it is asked, and how."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterUri:
    """``scheme://authority/path?name=value&...``; the path has no slash at its ends and no empty or dotted segment."""

    scheme: str
    authority: str
    path: str
    # Whatever stands there by mistake, such as a token, is refused later and shown nowhere.
    params: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)

    @classmethod
    def parse(cls, text: str, *, option: str) -> AdapterUri:
        """Parse the value of ``option``; raises ``ConfigurationError`` that names it and never repeats credentials."""
        problem = (
            f"{option}: not a valid URI: write scheme://authority/path?name=value, such as s3://bucket/prefix, or "
            "file:///folder with three slashes"
        )
        if any(ord(character) < 0x21 for character in text):
            raise ConfigurationError(f"{option}: the URI holds a space or a control character")
        with translated(ValueError, into=lambda _: ConfigurationError(problem)):
            split = urlsplit(text)
            pairs = parse_qsl(split.query, keep_blank_values=True, strict_parsing=bool(split.query))
        if not split.scheme or split.fragment or "://" not in text:
            raise ConfigurationError(problem)
        if "@" in split.netloc:
            raise ConfigurationError(
                f"{option}: credentials do not belong in the URI, where `airflow config list` shows them; "
                "use the environment, a connection or the platform's identity"
            )
        if any(ord(character) < 0x20 for character in unquote(text)):
            raise ConfigurationError(f"{option}: the URI holds an encoded control character")
        params = dict(pairs)
        if len(params) != len(pairs):
            raise ConfigurationError(f"{option}: a parameter is given twice")
        return cls(
            scheme=split.scheme,
            authority=unquote(split.netloc),
            path=_clean_path(unquote(split.path), option),
            params=MappingProxyType(params),
        )

    def require_params(self, known: Collection[str], *, option: str) -> None:
        """Raise ``ConfigurationError`` for a parameter that the adapter does not know: a typo must not be ignored."""
        for name in self.params:
            if name not in known:
                listed = ", ".join(sorted(known)) or "none"
                raise ConfigurationError(f"{option}: {self.scheme}:// knows no parameter {name!r}; it knows: {listed}")

    @property
    def place(self) -> str:
        """What says where a store is. Two URIs with one place differ in their identities alone."""
        where = "&".join(f"{name}={self.params[name]}" for name in PLACE_PARAMS if name in self.params)
        return f"{self.scheme}://{self.authority}/{self.path}{'?' if where else ''}{where}"

    @property
    def names_domain(self) -> bool:
        """Whether ``{domain}`` is in it, so that each domain has a URI of its own."""
        from secure_xcom.model.domain import DOMAIN_FIELD

        return any(DOMAIN_FIELD in text for text in (self.authority, self.path, *self.params.values()))

    def of_domain(self, owner: Domain, running: Domain) -> AdapterUri:
        """Return the URI of the objects or keys of ``owner``, with the parameters of the task's domain ``running``."""
        if not self.names_domain:
            return self
        from secure_xcom.model.domain import fill

        params = {name: fill(text, running.name) for name, text in self.params.items()}
        authority, path = fill(self.authority, owner.name), fill(self.path, owner.name)
        return replace(self, authority=authority, path=path, params=params)


def is_private(url: str) -> bool:
    """Whether ``url`` keeps what is sent there private: https, or http to this machine; and holds no credentials.

    Data keys and tokens travel there, so plain http to another host is never private enough.
    """
    try:
        split = urlsplit(url)
        host, _ = split.hostname or "", split.port
    except ValueError:
        return False
    if not host or "@" in split.netloc or split.query or split.fragment:
        return False
    return split.scheme == "https" or (split.scheme == "http" and _is_this_machine(host))


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _clean_path(path: str, option: str) -> str:
    absolute = path.strip("/")
    if any(segment in ("", ".", "..") for segment in absolute.split("/") if absolute):
        raise ConfigurationError(f"{option}: the path holds an empty, '.' or '..' segment")
    return absolute
