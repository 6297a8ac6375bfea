"""``RULES``: the built-in rules of all families, in the order in which they are looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from secure_xcom.classify.content import (
    ai,
    aws,
    cloud,
    code_hosting,
    commands,
    data_platforms,
    files,
    infrastructure,
    interfaces,
    keys,
    links,
    messaging,
    networks,
    observability,
    once,
    operands,
    package_registries,
    payments,
    prefixed,
    services,
    statements,
    unlisted,
    urls,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from secure_xcom.classify.content.rule import Rule

FAMILIES: Final[Mapping[str, tuple[Rule, ...]]] = {
    "AWS": aws.RULES,
    "Cloud providers": cloud.RULES,
    "Code hosting": code_hosting.RULES,
    "Package registries": package_registries.RULES,
    "Providers of models": ai.RULES,
    "Messaging": messaging.RULES,
    "Payments": payments.RULES,
    "Data platforms": data_platforms.RULES,
    "Observability": observability.RULES,
    "Infrastructure": infrastructure.RULES,
    "Services": services.RULES,
    "Interfaces": interfaces.RULES,
    "Further services": prefixed.RULES,
    "Services that nobody listed": unlisted.RULES,
    "Networks": networks.RULES,
    "Keys and headers": keys.RULES,
    "URLs": urls.RULES,
    "Links": links.RULES,
    "Command lines": (*commands.RULES, *operands.RULES),
    "Statements and calls": statements.RULES,
    "Codes and links": once.RULES,
    "Files": files.RULES,
}

RULES: Final = tuple(rule for rules in FAMILIES.values() for rule in rules)
