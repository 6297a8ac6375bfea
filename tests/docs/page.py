"""A page's blocks of commands and settings, and a machine on which they are run as they stand."""

from __future__ import annotations

import configparser
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.root import ROOT

_ID = "0123456789abcdef"
"""Stands in a page for the id of a cut."""


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, and its text."""

    language: str
    text: str


def sections(page: str) -> dict[str, list[Block]]:
    """Return the blocks of a page below each of its titles."""
    found: dict[str, list[Block]] = {}
    for part in re.split(r"^##+ ", (ROOT / page).read_text(), flags=re.MULTILINE):
        title, _, text = part.partition("\n")
        fenced = re.findall(r"^ *```(\w+)\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
        found[title] = [Block(language, _flush(block)) for language, block in fenced]
    return found


def _flush(text: str) -> str:
    """A block within a list is indented."""
    indent = len(text) - len(text.lstrip(" "))
    return "".join(line[indent:] if line.strip() else line for line in text.splitlines(keepends=True))


@dataclass
class Machine:
    """A machine on which the commands of a page are run. ``/var/lib`` and ``/mnt`` are below its root."""

    root: Path
    environment: Mapping[str, str]
    replaced: dict[str, str] = field(default_factory=dict)
    """What stands in the page, and what it is here."""
    ids: tuple[str, ...] = ()
    """The cuts that the last verification reported."""

    @property
    def home(self) -> Path:
        return self.root / "home"

    def do(self, blocks: list[Block]) -> str:
        """Do what the blocks say, in their order; return what the commands printed."""
        return "".join(self._do(block) for block in blocks)

    def section(self) -> dict[str, str]:
        """Return the options of ``[secure_xcom]`` as they are now."""
        return dict(self._settings()["secure_xcom"])

    def _do(self, block: Block) -> str:
        text = self._here(block.text)
        match block.language:
            case "sh":
                return self._run(text)
            case "ini":
                self._set(text)
            case "toml" | "json":
                name, _, content = text.partition("\n")
                path = Path(name.removeprefix("# "))
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(content)
        return ""

    def _here(self, text: str) -> str:
        for named, here in {"/var/lib/": f"{self.root}/var/", "/mnt/": f"{self.root}/mnt/"}.items():
            text = text.replace(named, here)
        for named, here in self.replaced.items():
            text = text.replace(named, here)
        return text.replace(f" --accept {_ID}", "".join(f" --accept {one}" for one in self.ids))

    def _run(self, script: str) -> str:
        # A line that says with which code it exits is one that must.
        checked = re.sub(
            r"^(.*\S) +# exits with (\d).*$", r"{ \1; } && exit 99 || test $? = \2", script, flags=re.MULTILINE
        )
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", checked],
            env={**self.environment, "AIRFLOW_HOME": str(self.home)},
            cwd=self.root,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        self.ids = tuple(re.findall(r"--accept (\w{16})", done.stdout + done.stderr)) or self.ids
        return done.stdout + done.stderr

    def _settings(self) -> configparser.ConfigParser:
        parser = configparser.ConfigParser(interpolation=None)
        parser.read(self.home / "airflow.cfg")
        return parser

    def _set(self, text: str) -> None:
        settings = self._settings()
        settings.read_string(text)
        self.home.mkdir(exist_ok=True)
        with (self.home / "airflow.cfg").open("w") as file:
            settings.write(file)


def environment_of(directory: Path, **more: str) -> dict[str, str]:
    """Return the environment of a worker that has these commands, and no setting or credential but ``more``."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AIRFLOW", "VAULT_", "BAO_", "AWS_", "PG"))
    }
    return kept | {"PATH": f"{directory}:{os.environ['PATH']}", "COLUMNS": "200", **more}
