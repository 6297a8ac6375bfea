"""Which dicts describe a service, and how such a dict refers to secrets by their names.

A service of Compose may be called ``auth`` or ``token``. Its dict is no section of settings: each part is judged by its
own name. ``secrets`` beside an image lists which objects the service reads, and ``tls_secret`` names one.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from secure_xcom.classify.name_words import words
from secure_xcom.classify.words import words_of

LONGEST: Final = 253
"""Characters of a name of an object in Kubernetes (RFC 1123 subdomain names)."""

MOST_NAMES: Final = 32


def is_service(node: dict[str, object]) -> bool:
    """Return whether a dict has keys of a service in Compose and no others, and an image or a way to build one."""
    has_parts = all(isinstance(value, (dict, list)) for key, value in node.items() if key in _OF_PARTS)
    return has_parts and len(node) > 1 and _has_image(node) and node.keys() <= _KEYS


def refers_to_secrets(key: str, value: object, node: dict[str, object]) -> bool:
    """Return whether a part of a dict names secrets that a service, a route or a workload reads, and holds none."""
    if key == "secrets" and isinstance(value, list) and _are_variables(value):
        return True
    if _is_kept_as(key, value, node):
        return True
    if node.keys().isdisjoint(_BESIDE):
        return False
    if key == "secrets" and isinstance(value, list):
        is_list = _has_image(node) and 0 < len(value) <= MOST_NAMES
        return is_list and all(isinstance(item, str) and _names_a_secret(item) for item in value)
    last = words_of(key)[-2:]
    if last[1:] != ("secret",) or last[0] not in _NAMED or not isinstance(value, str) or "-" not in value:
        return False
    return _is_name(value) and not _OBJECTS.isdisjoint(value.split("-"))


def _is_kept_as(key: str, value: object, node: dict[str, object]) -> bool:
    """Whether a text is the name that a secret has in a store: ``{"secret": "prod/orders-db", "status": "rotated"}``.

    What it is called has to say so, or what became of it stands beside it. Otherwise it may be a passphrase.
    """
    *before, _ = words_of(key)[-2:] or ("",)
    is_called_so = before[0] in _WHICH if before else not _REPORTED.isdisjoint(node)
    return is_called_so and isinstance(value, str) and len(value) <= LONGEST and _kept().fullmatch(value) is not None


def _are_variables(value: list[object]) -> bool:
    """Whether a list names what Compose reads from an environment: ``DB_USER`` and ``DB_PASSWORD``."""
    names = [item for item in value if isinstance(item, str) and len(item) <= LONGEST]
    said = {word for name in names for word in name.lower().split("_")}
    are_names = 0 < len(value) <= MOST_NAMES and len(names) == len(value)
    return are_names and all(map(_variable().fullmatch, names)) and not _NOUNS.isdisjoint(said)


def _has_image(node: dict[str, object]) -> bool:
    image, build = node.get("image"), node.get("build")
    if isinstance(image, str):
        return len(image) <= LONGEST and _image().fullmatch(image) is not None
    return (isinstance(build, dict) and bool(build)) or (
        isinstance(build, str) and _folder().fullmatch(build) is not None
    )


def _is_name(text: str) -> bool:
    return len(text) <= LONGEST and _name().fullmatch(text) is not None


def _names_a_secret(text: str) -> bool:
    """Whether a name says what it names: ``db_password``."""
    said = set(re.split("[._-]", text))
    return _is_name(text) and len(said) > 1 and not _NOUNS.isdisjoint(said)


@cache
def _variable() -> re.Pattern[str]:
    return re.compile(r"[A-Z]{2,24}[0-9]{0,2}(?:_[A-Z]{1,24}[0-9]{0,2}){1,8}", re.ASCII)


@cache
def _kept() -> re.Pattern[str]:
    """Match a path of words in small letters, and numbers of one or two digits."""
    word = "[a-z]{2,16}[0-9]{0,2}"
    step = rf"{word}(?:[_.-](?:{word}|[0-9]{{1,2}})){{0,4}}"
    return re.compile(rf"{step}(?:/{step}){{1,5}}", re.ASCII)


@cache
def _image() -> re.Pattern[str]:
    """Match the name of an image with a tag or a path, or a variable with it."""
    return re.compile(r"[a-z0-9][\w.-]{0,127}[/:][\w./:${}@-]{0,127}(?<=[\w}])|\$\{[\w./:-]{1,128}\}", re.ASCII)


@cache
def _folder() -> re.Pattern[str]:
    """Match where an image is built, below the file of Compose or above it."""
    return re.compile(r"\.{1,2}(?:/[\w.-]{1,64}){0,8}/?|[\w.-]{1,64}(?:/[\w.-]{1,64}){1,8}/?", re.ASCII)


@cache
def _name() -> re.Pattern[str]:
    """Match two words or more in small letters, with one kind of sign between them."""
    word = "[a-z]{2,16}"
    return re.compile(rf"{word}(?:-{word}){{1,8}}|{word}(?:_{word}){{1,8}}|{word}[.]{word}", re.ASCII)


_KEYS: Final = words(
    """
    annotations attach build blkio_config cap_add cap_drop cgroup cgroup_parent command configs container_name cpus
    cpu_count cpu_percent cpu_shares cpu_quota cpuset credential_spec depends_on deploy develop devices dns dns_opt
    dns_search domainname entrypoint env_file environment expose extends external_links extra_hosts group_add
    healthcheck hostname image init ipc isolation labels links logging mac_address mem_limit mem_reservation
    mem_swappiness memswap_limit network_mode networks oom_kill_disable oom_score_adj pid pids_limit platform ports
    post_start pre_stop privileged profiles pull_policy read_only restart runtime scale secrets security_opt shm_size
    stdin_open stop_grace_period stop_signal storage_opt sysctls tmpfs tty ulimits user userns_mode volumes
    volumes_from working_dir
    """
)
"""The attributes of a service (Compose specification, "Services top-level element")."""

_OF_PARTS: Final = words(
    "environment ports volumes depends_on networks healthcheck deploy labels expose secrets configs extra_hosts logging"
)
"""Keys under which a dict or a list stands."""

_BESIDE: Final = words(
    """
    image build namespace ingress ingressclass ingressClassName ingress_class host hosts hostname replicas replicaCount
    serviceaccount serviceAccount service_account container_name
    """
)
"""Keys beside which a secret is named: those of a service, of a route and of a workload."""

_NAMED: Final = words("tls ssl cert certs certificate ca pull registry")
"""What a Secret of Kubernetes holds for such a part. A secret of a client or of an app may be the secret itself."""

_WHICH: Final = words("source src target dest destination vault external remote stored existing")
"""Which secret is meant, before the word itself."""

_REPORTED: Final = words("status state outcome rotated version versions previous_version new_version arn last_rotated")
"""What a report says of a secret beside its name."""

_OBJECTS: Final = words(
    "tls ssl ca cert certs certificate secret secrets creds credentials key keys pull registry regcred wildcard"
)
"""What the name of such a Secret says."""

_NOUNS: Final = words(
    """
    secret secrets password passwd passphrase key keys token tokens credential credentials cert certs certificate env
    config auth creds dsn salt verifier
    """
)
