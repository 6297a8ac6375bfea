"""The ``[secure_xcom]`` section, read through Airflow. Importing this does not import the configured XCom backend."""

from __future__ import annotations

import os
from collections.abc import Mapping
from configparser import InterpolationError
from pathlib import Path
from typing import Final

from secure_xcom.airflow.compat import conf
from secure_xcom.errors import ConfigurationError
from secure_xcom.settings import OPTIONS, SECTION, Settings

_ENVIRONMENT_PREFIX: Final = "AIRFLOW__SECURE_XCOM__"


def read_section() -> dict[str, str | None]:
    """Return the ``[secure_xcom]`` options that are set, unknown ones too, so that a typo is reported."""
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
    """Take out the names under which a sensitive option comes from elsewhere.

    Airflow has run the command or asked the secrets backend, and the answer stands under the option's own name. Raises
    ``ConfigurationError`` if there is none: the default in its place would be another ledger.
    """
    for name in (f"{option}_cmd", f"{option}_secret"):
        if name in section:
            del section[name]
            if not section[option]:
                raise ConfigurationError(f"{name}: Airflow got no value of it; mend it, or set {option}")


def _names() -> list[str]:
    try:
        return list(conf.getsection(SECTION) or {})
    except InterpolationError as error:
        option = error.option
    raise _misspelt(option)


def _get(option: str) -> str | None:
    try:
        value: str | None = conf.get(SECTION, option, fallback=None)
    except InterpolationError:
        pass
    else:
        return value
    raise _misspelt(option)


def _misspelt(option: str) -> ConfigurationError:
    # The parser's own words quote what follows the sign, which may be a part of a password.
    return ConfigurationError(f"{option}: in airflow.cfg write %% for %, which alone refers to another option")


def read_settings() -> Settings:
    """Parse the section; raises ``ConfigurationError``."""
    return Settings.parse(read_section(), airflow_home(os.environ))


def airflow_home(environment: Mapping[str, str]) -> Path:
    """``$AIRFLOW_HOME`` as Airflow itself expands it."""
    return Path(os.path.expandvars(environment.get("AIRFLOW_HOME", "~/airflow"))).expanduser()
