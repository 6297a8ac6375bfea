"""Settings to the classifier's ``Policy``."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from secure_xcom.assembly.content import build_content
from secure_xcom.classify import Policy
from secure_xcom.classify.names import Gate, Names, substring_of
from secure_xcom.classify.paths import PathPatterns
from secure_xcom.errors import ConfigurationError
from secure_xcom.model.path_pattern import is_path, is_path_alone
from secure_xcom.settings.settings import NameRule, Seal, Settings

if TYPE_CHECKING:
    from collections.abc import Collection

    from secure_xcom.ports.host import Host


def build_policy(settings: Settings, host: Host) -> Policy:
    """Assemble the classifier's policy. Raises ``ConfigurationError`` if Airflow hides no name, not even ``password``.

    So does an option of Airflow's that cannot be read.

    That is so with ``[core] hide_sensitive_var_conn_fields = False``, and where Airflow's settings were never read.
    """
    if settings.seal is not Seal.ALL and not host.hides_name("password"):
        raise ConfigurationError(
            "Airflow hides no value by its name, not even a password, so none would be sealed: set "
            "[core] hide_sensitive_var_conn_fields = True, or [secure_xcom] seal = all"
        )
    names = _names(settings, host).compiled()
    content = build_content(settings, names, host.masks_by_content)
    return Policy(
        names=names,
        content=content,
        holds_registered_secret=host.holds_registered_secret,
        sensitive_paths=PathPatterns(_paths(settings.sensitive_keys)),
        ignored_paths=PathPatterns(_paths(settings.ignored_keys)),
        shapes=settings.names is NameRule.SEGMENTS,
        everything=settings.seal is Seal.ALL,
    )


def _names(settings: Settings, host: Host) -> Names:
    sensitive = [pattern for pattern in settings.sensitive_keys if not is_path_alone(pattern)]
    ignored = [pattern for pattern in settings.ignored_keys if not is_path_alone(pattern)]
    if settings.names is NameRule.AIRFLOW:
        return Names(sensitive=sensitive, ignored=ignored, listed=host.hides_name)
    return Names(
        sensitive=sensitive,
        ignored=ignored,
        listed=substring_of(host.listed_names),
        judge=_judge,
        is_harmless=_is_harmless,
    )


def _judge(name: str) -> str | None:
    # With the first name that is judged: a command that reads the settings needs no table of words.
    from secure_xcom.classify.key_names import rule_of_key_name

    return rule_of_key_name(name)


@cache
def _gate() -> Gate:
    from secure_xcom.classify.key_rules import is_harmless_under

    return is_harmless_under


def _is_harmless(rule: str, value: object) -> bool:
    return _gate()(rule, value)


def _paths(patterns: Collection[str]) -> list[str]:
    return [pattern for pattern in patterns if is_path(pattern)]
