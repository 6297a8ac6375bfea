"""The ``[secure_xcom]`` section, read through Airflow. Importing this does not import the configured XCom backend."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from configparser import InterpolationError
from pathlib import Path
from typing import Any, Final

from secure_xcom.airflow.internals.compat import conf
from secure_xcom.errors import ConfigurationError
from secure_xcom.settings.options import OPTIONS, SECTION
from secure_xcom.settings.settings import Settings

_ENVIRONMENT_PREFIX: Final = "AIRFLOW__SECURE_XCOM__"


def read_section() -> dict[str, str | None]:
    """Return the ``[secure_xcom]`` options that are set, unknown ones too, so that a typo is reported."""
    # Airflow 3.1 knows a provider's options only where one of its own commands has run.
    conf.sensitive_config_values.update((SECTION, option.name) for option in OPTIONS if option.sensitive)
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
    return list(_read(lambda: conf.getsection(SECTION), "[secure_xcom]") or {})


def _get(option: str) -> str | None:
    value: str | None = _read(lambda: conf.get(SECTION, option, fallback=None), option)
    return value


def _read(read: Callable[[], Any], what: str) -> Any:
    """Ask Airflow. Raises ``ConfigurationError``, without the words of what failed: they may quote what was read."""
    try:
        return read()
    except InterpolationError as error:
        problem = _misspelt(error.option)
    except Exception as error:
        # Whatever a command or a secrets backend raises.
        name = type(error).__name__
        problem = ConfigurationError(f"{what}: Airflow could not read it ({name}): mend its _cmd or _secret")
    raise problem


def _misspelt(option: str) -> ConfigurationError:
    # The parser's own words quote what follows the sign, which may be a part of a password.
    return ConfigurationError(f"{option}: in airflow.cfg write %% for %, which alone refers to another option")


def hides_returned_values() -> bool:
    """Read one option alone: the others may cost a command each. Raises ``ConfigurationError``."""
    option = "hide_returned_values"
    return Settings.parse({option: _get(option)}, airflow_home(os.environ)).hide_returned_values


def read_settings() -> Settings:
    """Parse the section; raises ``ConfigurationError``."""
    return Settings.parse(read_section(), airflow_home(os.environ))


def airflow_home(environment: Mapping[str, str]) -> Path:
    """``$AIRFLOW_HOME`` as Airflow itself expands it."""
    return Path(os.path.expandvars(environment.get("AIRFLOW_HOME", "~/airflow"))).expanduser()
