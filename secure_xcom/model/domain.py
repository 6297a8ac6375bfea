"""``Domain``: what is kept apart from the rest. A Dag by default, or a namespace that several Dags share (a team).

A domain has two spellings. Its ``segment`` is the folder of its objects, the ``dag_id`` of the encryption context and
the value of the AWS session tag ``dag_id``, all three alike, so that a policy can compare them. Its ``name`` goes into
what has a narrower alphabet and ignores case: roles, policies and Transit keys.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from secure_xcom.errors import ConfigurationError, InvalidCoordinates
from secure_xcom.model.object_name import SEGMENT_LIMIT, dag_segment, text_of_segment

NAMESPACE_SIGN: Final = "@"
"""Begins a namespace's segment. No Dag's segment holds it: there it is escaped."""

SEGMENT_BYTES: Final = 41
"""The longest segment of a namespace; a Dag's is a part of the object's name."""

MAX_PREFIX_BYTES: Final = 1024 - len("/") - (5 * (SEGMENT_LIMIT + len("/")) + 32) - (SEGMENT_BYTES + len("/"))
"""What S3's limit of 1,024 bytes for a key leaves when a namespace and an object's name are as long as they can be."""

DOMAIN_FIELD: Final = "{domain}"
"""In the settings this stands for a domain's name, where each domain has a key, a role or an account of its own."""

_NAMESPACE: Final = re.compile(r"[a-z0-9]+(?:[_-][a-z0-9]+)*", re.ASCII)
_PLAIN: Final = re.compile(r"(?!.*--)[a-z0-9](?:[a-z0-9_.-]{0,46}[a-z0-9])?", re.ASCII)
_READABLE: Final = 14
"""Characters of a hashed name that come from the Dag's own."""


@dataclass(frozen=True, slots=True)
class Domain:
    """An isolation domain. Different domains have different segments and different names, whatever they are called."""

    label: str
    is_namespace: bool = False

    def __post_init__(self) -> None:
        if self.is_namespace and not (_NAMESPACE.fullmatch(self.label) and len(self.label) < SEGMENT_BYTES):
            raise ConfigurationError(
                f"routes: {self.label!r} cannot name a namespace: use at most 40 lower-case letters and digits, and "
                "single '-' or '_' between them"
            )

    @property
    def segment(self) -> str:
        """At most 150 characters of ``A-Za-z0-9_.-=:@``. Raises ``InvalidCoordinates`` for a Dag such as ``..``."""
        if self.is_namespace:
            return NAMESPACE_SIGN + self.label
        return dag_segment(self.label)

    @property
    def name(self) -> str:
        """At most 48 characters of ``a-z0-9_.-``, a letter or digit at both ends.

        A Dag whose id fits is called by it. Another one (capital letters, ``--``, too long) has a few of its characters
        and 128 bits of its SHA-256. Plain ids hold no ``--``, so two Dags never share a name.
        """
        if self.is_namespace:
            return f"{self.label}--team"
        if _PLAIN.fullmatch(self.label):
            return self.label
        readable = re.sub(r"[^a-z0-9]+", "-", self.label.lower(), flags=re.ASCII)[:_READABLE].strip("-") or "dag"
        return f"{readable}--{hashlib.sha256(self.segment.encode()).hexdigest()[:32]}"

    def __str__(self) -> str:
        return f"namespace {self.label!r}" if self.is_namespace else f"Dag {self.label!r}"


def domain_of_segment(segment: str) -> Domain | None:
    """Return the domain whose segment this is; ``None`` for the segment of a long Dag id, which was cut, and for
    any other text."""
    is_namespace = segment.startswith(NAMESPACE_SIGN)
    try:
        domain = Domain(segment[1:], is_namespace) if is_namespace else Domain(text_of_segment(segment))
        is_whole = domain.segment == segment
    except (ConfigurationError, InvalidCoordinates):
        return None
    return domain if is_whole else None


def fill(template: str, name: str) -> str:
    """Return ``template`` with a domain's name for ``{domain}``."""
    return template.replace(DOMAIN_FIELD, name)
