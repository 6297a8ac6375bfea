"""Write docs/settings.md from ``secure_xcom.settings.OPTIONS``: ``python docs/generate_settings.py``."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from secure_xcom.settings.options import OPTIONS, SECTION, Option

PAGE: Final = Path(__file__).with_name("settings.md")

_INTRODUCTION: Final = """\
# Settings

The options of the section `[secure_xcom]`. Set each in `airflow.cfg` or as an environment variable, which wins. An
option that is absent or empty has its default. `airflow config list --section secure_xcom --show-values` shows what is
in force. [deployment.md](deployment.md) has complete configurations to copy.

The backend itself is an option of Airflow: `[core] xcom_backend = secure_xcom.SecureXComBackend`.

The log of the first task that pushes or pulls reports all mistakes at once, each with the option's name and the fix. An
option that does not exist is a mistake too. A URI with credentials is refused, since
`airflow config list --show-values` prints it.

Names and patterns are compared in lower case. A run of characters other than letters, digits and `_` counts as one `_`:
the pattern `x-api-key` matches `X-API-Key` and `x_api_key`. A pattern matches a whole name; `*` stands for any
characters, `?` for one. `ignored_keys` wins over `sensitive_keys` and over the names that Airflow hides. A value that
holds a registered secret, or is wrapped in `Secret`, is sealed under any name: [sensitive.md](sensitive.md).

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
