"""The provider's metadata, from which ``airflow config list`` and ``airflow providers list`` know the package."""

from __future__ import annotations

from typing import Any

from secure_xcom.settings.options import OPTIONS, SECTION


def get_provider_info() -> dict[str, Any]:
    """Answer the entry point ``apache_airflow_provider``."""
    options = {
        option.name: {
            "description": option.description + "\n",
            "version_added": option.version_added,
            "type": option.type,
            "example": option.example,
            "default": option.default,
            "sensitive": option.sensitive,
        }
        for option in OPTIONS
    }
    return {
        "package-name": "secure-xcom",
        "name": "Secure XCom",
        "description": "An XCom backend that seals sensitive values into Vault, object storage, Redis or local files.",
        "config": {SECTION: {"description": "Options of the secure-xcom XCom backend.", "options": options}},
    }
