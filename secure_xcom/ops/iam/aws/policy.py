"""AWS policies as frozen values, each statement with its reason, and the sizes that AWS allows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Literal, TypeAlias

from secure_xcom.errors import ConfigurationError
from secure_xcom.model.value import JSON

Conditions: TypeAlias = Mapping[str, Mapping[str, str | tuple[str, ...]]]
"""Operator, condition key, and the value or values it is compared with."""

POLICIES_PER_ROLE: Final = 10
"""AWS IAM user guide, "IAM and AWS STS quotas": managed policies attached to a role, unless AWS raises it."""


class Kind(Enum):
    """What a document is attached to. ``limit`` is how many characters AWS takes; here all of them are ASCII.

    AWS IAM user guide, "IAM and AWS STS quotas", where white space does not count for a managed policy; Amazon S3
    user guide, "Bucket policies for Amazon S3"; AWS KMS developer guide, "Key policies".
    """

    PERMISSIONS = ("permissions", 6_144)
    TRUST = ("trust", 2_048)
    BUCKET = ("bucket", 20_480)
    KEY = ("key", 32_768)

    def __init__(self, label: str, limit: int) -> None:
        self.label = label
        self.limit = limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One right, or one refusal. ``all_..._but`` is for refusals: in a right it would allow all the rest."""

    sid: str
    without: str
    """What breaks without it: the end of a sentence, in one line of ASCII."""
    effect: Literal["Allow", "Deny"] = "Allow"
    principals: tuple[str, ...] = ()
    """``("*",)`` for everybody. Empty in a policy of a role or user."""
    actions: tuple[str, ...] = ()
    all_actions_but: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    all_resources_but: tuple[str, ...] = ()
    conditions: Conditions = field(default_factory=dict)

    @property
    def comment(self) -> str:
        """The statement's reason, as a sentence."""
        return f"{self.sid}: without it, {self.without}."

    def as_json(self) -> dict[str, JSON]:
        """Return the statement in AWS's policy language."""
        everybody = self.principals == ("*",)
        conditions: dict[str, JSON] = {
            operator: {key: _plain(values) for key, values in keys.items()}
            for operator, keys in self.conditions.items()
        }
        elements: dict[str, JSON] = {
            "Principal": "*" if everybody else {"AWS": _plain(self.principals)} if self.principals else None,
            "Action": _plain(self.actions),
            "NotAction": _plain(self.all_actions_but),
            "Resource": _plain(self.resources),
            "NotResource": _plain(self.all_resources_but),
            "Condition": conditions,
        }
        return {"Sid": self.sid, "Effect": self.effect, **{name: value for name, value in elements.items() if value}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A policy. ``name`` is the name of the managed policy, or of the role, bucket or key that has the policy."""

    name: str
    kind: Kind
    statements: tuple[Statement, ...]

    def as_json(self) -> dict[str, JSON]:
        """Return the document in AWS's policy language. Policy variables need this version."""
        return {"Version": "2012-10-17", "Statement": [statement.as_json() for statement in self.statements]}

    @property
    def size(self) -> int:
        """Characters of the document as AWS counts them."""
        return len(json.dumps(self.as_json(), separators=(",", ":")))

    def require_fit(self, advice: str) -> Document:
        """Return the document itself. Raises ``ConfigurationError`` with ``advice`` if it is over AWS's limit."""
        if self.size > self.kind.limit:
            raise ConfigurationError(
                f"iam aws: the {self.kind.label} policy of {self.name} has {self.size} characters, and AWS takes "
                f"{self.kind.limit}: {advice}"
            )
        return self


def managed(name: str, statements: Iterable[Statement], advice: str) -> tuple[Document, ...]:
    """Return the statements as managed policies ``name``, ``name-2`` and so on, as few as AWS's limit needs.

    Raises ``ConfigurationError`` with ``advice`` when one statement alone is over the limit.
    """
    return tuple(
        Document(name=name if number == 1 else f"{name}-{number}", kind=Kind.PERMISSIONS, statements=part).require_fit(
            advice
        )
        for number, part in enumerate(_parts(statements), start=1)
    )


def _parts(statements: Iterable[Statement]) -> Iterator[tuple[Statement, ...]]:
    part: tuple[Statement, ...] = ()
    for statement in statements:
        longer = (*part, statement)
        if part and Document(name="", kind=Kind.PERMISSIONS, statements=longer).size > Kind.PERMISSIONS.limit:
            yield part
            longer = (statement,)
        part = longer
    yield part


def _plain(values: str | tuple[str, ...]) -> JSON:
    """Return a list of one as the value itself: AWS takes both, and the shorter form leaves more of the limit."""
    if isinstance(values, str):
        return values
    return values[0] if len(values) == 1 else list(values)
