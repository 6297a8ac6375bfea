"""Names and errors as commands print them: on one line, and with a mask for each name that is a secret itself."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from secure_xcom.errors import ConfigurationError
from secure_xcom.ops.lineage.text import visible

if TYPE_CHECKING:
    from secure_xcom.ops.explain.shown_names import ShownNames


@cache
def names() -> ShownNames:
    """Return what masks names by the rules of this deployment."""
    from secure_xcom.ops.explain.shown_names import built_in_shown_names

    try:
        return _of_deployment()
    except ConfigurationError:
        # The command tells what is wrong with the settings, and the built-in rules need none.
        return built_in_shown_names()


def shown(text: str) -> str:
    """Return the lines of a text, such as an error's, as they may be printed."""
    return "\n".join(map(visible, names().text(text).split("\n")))


def _of_deployment() -> ShownNames:
    from secure_xcom.airflow.host import AirflowHost
    from secure_xcom.airflow.settings import read_settings
    from secure_xcom.ops.explain.shown_names import build_shown_names

    return build_shown_names(read_settings(), AirflowHost())
