"""What the ledger's tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ledger.site import Site


@pytest.fixture
def site(ledger_url: str, tmp_path: Path) -> Site:
    """A ledger on each kind of database."""
    return Site(ledger_url, tmp_path)


@pytest.fixture
def sqlite_site(tmp_path: Path) -> Site:
    """A ledger on SQLite."""
    return Site(f"sqlite:///{tmp_path / 'ledger.db'}", tmp_path)
