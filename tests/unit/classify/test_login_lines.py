"""Files of logins: a user and a password on each line."""

from __future__ import annotations

import pytest

from benchmarks.detection.detectors import policy
from secure_xcom.classify import scan
from secure_xcom.classify.login_lines import SHAPE_LOGINS

POLICY = policy()

LOGINS = (
    "mirror:Copper.Kettle8\nbackup:JUTsr0LgiYev1rXv\n",
    "etl_acme=Willow.Brick07\n\nreporting=Gulf-Stream4\n",
    "ann@acme.io;Kiesel.Strand4\r\nbob@acme.io;Kupfer-Lawine40\r\n",
)

OTHERS = (
    "region=eu-west-1\nbucket=acme-data-1\n",
    "alpha:Sales-2026\nbeta:Orders-2025\n",
    "python:3.11-slim\nnode:20.1-alpine\n",
    "a.txt:9fK2xQ7LmZ\nb.txt:8fK2xQ7LmZ\n",
    "ORD-1,Anna.Lang1980\nORD-2,Burk.Kay1981\n",
    "mirror:Copper.Kettle8\n",
    "mirror:Copper.Kettle8\nmirror:Copper.Kettle9\n",
    "mirror:Copper.Kettle8\nbackup=Copper.Kettle9\n",
    "mirror:Copper.Kettle8\nand that was all\n",
)


@pytest.mark.parametrize("text", LOGINS)
def test_a_file_of_logins_is_sealed(text: str) -> None:
    assert scan(text, "return_value", POLICY) == SHAPE_LOGINS


@pytest.mark.parametrize("text", OTHERS)
def test_other_lines_with_a_sign_stay_readable(text: str) -> None:
    assert scan(text, "return_value", POLICY) is None
