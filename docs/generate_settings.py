"""Writes docs/settings.md from ``secure_xcom.settings.OPTIONS``: ``python docs/generate_settings.py``."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from secure_xcom.settings.options import OPTIONS, SECTION, Option

PAGE: Final = Path(__file__).with_name("settings.md")

_INTRODUCTION: Final = """\
# Settings

The options of the section `[secure_xcom]`. Each can be given in `airflow.cfg` or as an environment variable, which
wins; an option that is absent or empty has its default. `airflow config list
--section secure_xcom --show-values` shows what is in force.

The backend itself is an option of Airflow's: `[core] xcom_backend = secure_xcom.SecureXComBackend`.

All mistakes are told at once, in the log of the first task that pushes or pulls, each with the option's name and the
fix.
An option that does not exist is a mistake too. Credentials have no place here: a URI that holds some is refused, since
`airflow config list --show-values` prints it.

Names and patterns are compared in lower case, with each run of characters other than letters, digits and `_` taken as
one `_`: the pattern `x-api-key` matches `X-API-Key` and `x_api_key`. A pattern matches a whole name; `*` stands for any
characters, `?` for one. `ignored_keys` goes before `sensitive_keys`, and that before what
Airflow hides. A value that holds a registered secret, or is wrapped in `Secret`, is sealed under any name.

With `mode = observe`, the log names the rule: `name-airflow` (Airflow hides the name), `name-configured`
(`sensitive_keys`), `registered` (it holds a value registered with Airflow's masker), `wrapped` (`Secret`), `reserved`
(a dict that Airflow's serialiser would refuse or take for its own encoding), `all` (`seal = all`).

The parameters of each store and key are in [stores.md](stores.md).
"""


def page() -> str:
    """Return the page as it should be."""
    return "\n".join((_INTRODUCTION, *(_section(option) for option in OPTIONS)))


def _section(option: Option) -> str:
    rows = {
        "type": option.type,
        "default": f"`{option.default}`" if option.default else "empty",
        "example": f"`{option.example}`" if option.example else "",
        "environment": f"`AIRFLOW__{SECTION.upper()}__{option.name.upper()}`",
        "since": option.version_added,
    }
    table = "\n".join(f"| {name} | {text} |" for name, text in rows.items() if text)
    return f"## `{option.name}`\n\n{option.description}\n\n| | |\n|---|---|\n{table}\n"


if __name__ == "__main__":
    PAGE.write_text(page())
