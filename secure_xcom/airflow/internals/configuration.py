"""The configuration's set of options whose values are secrets."""

from __future__ import annotations

from collections.abc import Iterable

from secure_xcom.airflow.internals.compat import conf


def mark_sensitive(section: str, options: Iterable[str]) -> None:
    """Have Airflow accept ``_cmd`` and ``_secret`` for these options, and mask their values.

    Airflow 3.1 does this for a provider's options only after one of its own commands has run.
    """
    conf.sensitive_config_values.update((section, option) for option in options)
