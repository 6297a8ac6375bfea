"""Files that are named twice, and would be overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest

from secure_xcom.cli.audit_paths import require_apart
from secure_xcom.errors import ConfigurationError


@pytest.mark.parametrize("name", ["a", "./a", "link", "hard", "below/../a"])
def test_a_file_that_is_written_is_no_other_one(name: str, tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "a").write_text("key")
    (tmp_path / "link").symlink_to("a")
    (tmp_path / "hard").hardlink_to(tmp_path / "a")
    other = Path(f"{tmp_path}/{name}")
    for written, read in ((other, tmp_path / "a"), (tmp_path / "a", other)):
        with pytest.raises(ConfigurationError, match=r"--output .*--sign-key"):
            require_apart({"--output": written}, {"--sign-key": read})
    with pytest.raises(ConfigurationError, match=r"--output .*--metrics"):
        require_apart({"--output": other, "--metrics": tmp_path / "a"}, {})


def test_files_that_are_not_there_yet_are_compared_by_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="name another one"):
        require_apart({"--output": tmp_path / "a", "--metrics": tmp_path / "." / "a"}, {})
    require_apart({"--output": tmp_path / "a", "--metrics": tmp_path / "b"}, {"--scan": None})


def test_what_is_only_read_and_what_is_meant_to_be_one_may_be_one(tmp_path: Path) -> None:
    require_apart({}, {"--scan": tmp_path, "--doctor": tmp_path})
    both = {"--baseline", "--write-baseline"}
    require_apart({"--write-baseline": tmp_path}, {"--baseline": tmp_path}, may_be_one=both)
