"""The ``[secure_xcom]`` section, read through Airflow. Importing this does not import the configured XCom backend."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from secure_xcom.airflow.compat import conf
from secure_xcom.settings import OPTIONS, SECTION, Settings

_ENVIRONMENT_PREFIX: Final = "AIRFLOW__SECURE_XCOM__"


def read_section() -> dict[str, str | None]:
    """Return the ``[secure_xcom]`` options that are set, unknown ones too, so that a typo is reported."""
    section: dict[str, str | None] = dict.fromkeys(conf.getsection(SECTION) or {})
    for option in OPTIONS:
        section[option.name] = conf.get(SECTION, option.name, fallback=None)
    for variable in os.environ:
        name = variable.removeprefix(_ENVIRONMENT_PREFIX).lower()
        if variable.startswith(_ENVIRONMENT_PREFIX):
            section.setdefault(name, None)
    return section


def read_settings() -> Settings:
    """Parse the section; raises ``ConfigurationError``."""
    return Settings.parse(read_section(), airflow_home(os.environ))


def airflow_home(environment: Mapping[str, str]) -> Path:
    """``$AIRFLOW_HOME`` as Airflow itself expands it."""
    return Path(os.path.expandvars(environment.get("AIRFLOW_HOME", "~/airflow"))).expanduser()
