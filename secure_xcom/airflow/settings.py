"""The ``[secure_xcom]`` section, read through Airflow. Importing this module imports no XCom backend."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from configparser import InterpolationError
from pathlib import Path
from typing import Any, Final

from secure_xcom.airflow.internals.compat import conf
from secure_xcom.airflow.internals.configuration import mark_sensitive
from secure_xcom.errors import ConfigurationError
from secure_xcom.settings.options import OPTIONS, SECTION
from secure_xcom.settings.settings import Settings

_ENVIRONMENT_PREFIX: Final = "AIRFLOW__SECURE_XCOM__"


def read_section() -> dict[str, str | None]:
    """Return the ``[secure_xcom]`` options that are set, unknown ones too, so that a typo is reported."""
    mark_sensitive(SECTION, (option.name for option in OPTIONS if option.sensitive))
    section: dict[str, str | None] = dict.fromkeys(_names())
    for option in OPTIONS:
        section[option.name] = _get(option.name)
    for variable in os.environ:
        name = variable.removeprefix(_ENVIRONMENT_PREFIX).lower()
        if variable.startswith(_ENVIRONMENT_PREFIX):
            section.setdefault(name, None)
    for option in OPTIONS:
        if option.sensitive:
            _require_answered(section, option.name)
    return section


def _require_answered(section: dict[str, str | None], option: str) -> None:
    """Drop the ``_cmd`` and ``_secret`` forms of a sensitive option, whose answer Airflow gives as the option itself.

    Raises ``ConfigurationError`` if there was no answer: the option's default in its place would be another ledger.
    """
    for name in (f"{option}_cmd", f"{option}_secret"):
        if name in section:
            del section[name]
            if not section[option]:
                raise ConfigurationError(f"{name}: Airflow got no value from it; correct it, or set {option}")


def _names() -> list[str]:
    return list(_read(lambda: conf.getsection(SECTION), "[secure_xcom]") or {})


def _get(option: str) -> str | None:
    value: str | None = _read(lambda: conf.get(SECTION, option, fallback=None), option)
    return value


def _read(read: Callable[[], Any], what: str) -> Any:
    """Ask Airflow. Raises ``ConfigurationError``, without the text of what failed, which may quote what was read."""
    try:
        return read()
    except InterpolationError as error:
        problem = _misspelt(error.option)
    except Exception as error:
        # A command or a secrets backend may raise anything.
        name = type(error).__name__
        problem = ConfigurationError(f"{what}: Airflow could not read it ({name}): correct its _cmd or _secret")
    raise problem


def _misspelt(option: str) -> ConfigurationError:
    # The parser's own message quotes what follows the sign, which may be a part of a password.
    return ConfigurationError(f"{option}: in airflow.cfg write %% for %, which alone refers to another option")


def hides_returned_values() -> bool:
    """Read this one option. Each of the others may cost a command. Raises ``ConfigurationError``."""
    option = "hide_returned_values"
    return Settings.parse({option: _get(option)}, airflow_home(os.environ)).hide_returned_values


def read_settings() -> Settings:
    """Parse the section; raises ``ConfigurationError``."""
    return Settings.parse(read_section(), airflow_home(os.environ))


def airflow_home(environment: Mapping[str, str]) -> Path:
    """Return ``$AIRFLOW_HOME`` as Airflow itself expands it."""
    return Path(os.path.expandvars(environment.get("AIRFLOW_HOME", "~/airflow"))).expanduser()
