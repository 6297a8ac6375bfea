"""What the settings say, for the pack: the options without secrets, the domains, the rules, and the keys.

Addresses come without the values of their parameters, and the ledger's URL does not appear: it may hold a password.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Final

from secure_xcom.ops.audit.report.pack import DomainFacts, KeyFacts, Rule, Setting
from secure_xcom.settings.options import OPTIONS, Option
from secure_xcom.settings.routes_file import DomainRoute
from secure_xcom.settings.settings import Settings
from secure_xcom.settings.uri import AdapterUri

EVERY_OTHER: Final = "every other Dag"

NO_KEY: Final = "the store's own encryption"

NO_END: Final = "until the object is purged"

_ROTATION: Final[Mapping[str, str]] = {
    "local": "a keyring seals under its primary key, and opens with each key that it still holds",
    "aws-kms": "not asked here: aws kms get-key-rotation-status --key-id KEY",
    "vault-transit": "not asked here: vault read MOUNT/keys/KEY shows latest_version and the time of each version",
}


def settings_of(settings: Settings) -> tuple[Setting, ...]:
    """Return the options in their order."""
    defaults = Settings.parse({}, settings.home.parent)
    return tuple(_setting(option, getattr(settings, option.name), getattr(defaults, option.name)) for option in OPTIONS)


def _setting(option: Option, value: object, default: object) -> Setting:
    is_default = value == default
    shown = ("(default)" if is_default else "(set)") if option.sensitive else _shown(value)
    return Setting(name=option.name, value=shown, is_default=is_default)


def _shown(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value)
        case Enum():
            return str(value.value)
        case AdapterUri():
            return address(value)
        case tuple():
            return ", ".join(map(str, value))
        case int() | str() | Path():
            return str(value)
    return "(set)"


def address(uri: AdapterUri | None) -> str:
    """Return an address with the names of its parameters, but without what they are set to."""
    if uri is None:
        return NO_KEY
    shown = f"{uri.scheme}://{uri.authority}{'/' if uri.path else ''}{uri.path}"
    return f"{shown} with {', '.join(sorted(uri.params))}" if uri.params else shown


def domains_of(settings: Settings) -> tuple[DomainFacts, ...]:
    """Return the domains of the routes file by name, and what holds for each Dag that it does not name."""
    routes = settings.routes.routes if settings.routes else ()
    named = sorted((_domain(settings, route, str(route.domain)) for route in routes), key=lambda one: one.name)
    return (*named, _domain(settings, None, EVERY_OTHER))


def _domain(settings: Settings, route: DomainRoute | None, name: str) -> DomainFacts:
    own_ttl = route.ttl if route else None
    ttl = settings.ttl if own_ttl is None else own_ttl
    return DomainFacts(
        name=name,
        dags=route.dags if route else (),
        store=address((route.store if route else None) or settings.store),
        key=address((route.key if route else None) or settings.key),
        readers=tuple(sorted(map(str, route.readers))) if route else (),
        ttl=f"{ttl} seconds" if ttl else NO_END,
        reason_of_ttl="the ttl of all Dags" if own_ttl is None else "the routes file",
    )


def rules_of(settings: Settings, content_rules: int) -> tuple[Rule, ...]:
    """Return what decides that a part is sealed. ``content_rules`` is how many rules of content are loaded."""
    return tuple(_rules(settings, content_rules))


def _rules(settings: Settings, content_rules: int) -> Iterator[Rule]:
    yield Rule(name="mode", setting=settings.mode.value, found=_MODES[settings.mode.value])
    yield Rule(name="seal", setting=settings.seal.value, found=_SEALS[settings.seal.value])
    yield Rule(name="Secret(...)", setting="always on", found="what an author wraps is sealed in every mode")
    yield Rule(name="contracts", setting="always on", found="a key under contract is sealed whole in every mode")
    yield Rule(name="names", setting=settings.names.value, found="names of keys are judged by their words")
    yield Rule(
        name="sensitive_keys", setting=", ".join(settings.sensitive_keys), found="patterns that are always sensitive"
    )
    yield Rule(name="ignored_keys", setting=", ".join(settings.ignored_keys), found="patterns that are not sensitive")
    yield Rule(
        name="content_rules",
        setting="on" if settings.content_rules else "off",
        found=f"{content_rules} rules look at texts" if settings.content_rules else "texts are not looked at",
    )


_MODES: Final[Mapping[str, str]] = {
    "enforce": "what the rules find is sealed",
    "observe": "what the rules find is reported, and stays in plaintext",
    "open-only": "what the rules find stays in plaintext; what was sealed before still opens",
}
_SEALS: Final[Mapping[str, str]] = {
    "sensitive": "the sensitive parts of values are sealed",
    "all": "whole values are sealed, but for what Airflow itself reads",
}


def keys_of(settings: Settings, domains: Iterable[DomainFacts]) -> tuple[KeyFacts, ...]:
    """Return each key of ``domains``, and its age as far as this machine can tell it without asking a provider."""
    routes = settings.routes.routes if settings.routes else ()
    uris = {address(uri): uri for uri in (settings.key, *(route.key for route in routes)) if uri is not None}
    users: dict[str, list[str]] = {}
    for domain in domains:
        users.setdefault(domain.key, []).append(domain.name)
    return tuple(_key(shown, uris.get(shown), tuple(sorted(users[shown]))) for shown in sorted(users))


def _key(shown: str, uri: AdapterUri | None, domains: tuple[str, ...]) -> KeyFacts:
    if uri is None:
        rotation = "no data key is wrapped: Vault's own barrier key encrypts the store (vault operator key-status)"
        return KeyFacts(uri=shown, domains=domains, changed="not known here", rotation=rotation)
    rotation = _ROTATION.get(uri.scheme, "not known here: ask the provider of this key")
    changed = _changed(Path("/", uri.path)) if uri.scheme == "local" else "not known here"
    return KeyFacts(uri=shown, domains=domains, changed=changed, rotation=rotation)


def _changed(keyring: Path) -> str:
    """Say when the keyring last changed. It is not opened: its age needs no key."""
    try:
        seconds = keyring.stat().st_mtime
    except OSError:
        return "not known here: this user cannot see the keyring, or the first push has yet to make it"
    return f"the keyring last changed at {datetime.fromtimestamp(seconds, tz=UTC).isoformat(timespec='seconds')}"
