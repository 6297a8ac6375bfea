"""What an error says of the settings, wherever its text has its first break of line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from secure_xcom.errors import ConfigurationError


@contextmanager
def mistake(
    match: str, kind: type[ConfigurationError] = ConfigurationError
) -> Iterator[pytest.ExceptionInfo[ConfigurationError]]:
    """Expect an error of that kind, with this pattern in one of its problems."""
    with pytest.raises(kind) as caught:
        yield caught
    problems = caught.value.problems
    assert any(re.search(match, problem) for problem in problems), problems
