"""What is imported when: a task that seals nothing pays for no SDK, and what is not installed is told kindly."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from secure_xcom.assembly.registry import KEY_PROVIDERS, STORES, build_key_provider, build_store
from secure_xcom.errors import MissingDependency
from secure_xcom.settings.uri import AdapterUri
from tests.root import ROOT

SDKS = ["airflow", "boto3", "botocore", "hvac", "redis", "requests"]
HEAVY = [*SDKS, "cryptography", "pandas", "pyarrow", "sqlalchemy"]

PUSH = """
import json, sys
from pathlib import Path
from types import SimpleNamespace

from secure_xcom.assembly.build import build
from secure_xcom.model.coordinates import Coordinates
from secure_xcom.model.origin import UNKNOWN
from secure_xcom.settings.settings import Settings

section, home, value = json.loads(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])
host = SimpleNamespace(
    encode=lambda value: value,
    decode=lambda value: value,
    hides_name=lambda name: name == "password",
    listed_names=["password"],
    masks_by_content=None,
    holds_registered_secret=lambda text: False,
    mask=lambda texts: None,
    warn_unmaskable=lambda coordinates, count, readable: None,
    shortest_maskable=5,
    running=lambda: None,
    origin=lambda where: UNKNOWN,
    declared=lambda: None,
    connections=None,
    warn=lambda message: None,
)
exchange = build(Settings.parse(section, Path(home)), host)
exchange.push(value, Coordinates(dag_id="d", run_id="r", task_id="t", key="k"))
print(json.dumps(sorted(sys.modules)))
"""

SECTIONS: dict[str, dict[str, str]] = {
    "nothing set": {},
    "s3 and KMS": {"store": "s3://bucket/prefix?region_name=eu-west-1", "key": "aws-kms://alias/a"},
    "s3 and Transit": {"store": "s3://bucket", "key": "vault-transit://transit/key"},
    "Vault": {"store": "vault://secret/xcom"},
    "Vault and KMS": {"store": "vault://secret/xcom", "key": "aws-kms://alias/a"},
}


def _python(code: str, *arguments: str) -> list[str]:
    """Run ``code`` in a fresh interpreter; it prints a JSON list."""
    environment = {**os.environ, "VAULT_ADDR": "https://vault.example.com:8200", "VAULT_TOKEN": "none"}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    names: list[str] = json.loads(done.stdout)
    return names


def _imported(modules: list[str], heavy: list[str]) -> set[str]:
    return {module.partition(".")[0] for module in modules} & set(heavy)


def test_importing_the_package_imports_nothing_heavy() -> None:
    modules = _python("import json, sys, secure_xcom; print(json.dumps(sorted(sys.modules)))")
    assert _imported(modules, [*HEAVY, "msgspec", "tenacity"]) == set()


def test_the_metadata_of_the_provider_needs_no_airflow() -> None:
    code = """
import json, sys
sys.modules["airflow"] = None
from secure_xcom.settings.provider_info import get_provider_info
print(json.dumps(sorted(get_provider_info())))
"""
    assert "config" in _python(code)


@pytest.mark.parametrize("section", SECTIONS.values(), ids=SECTIONS.keys())
def test_a_push_of_nothing_sensitive_imports_no_sdk_and_no_cryptography(
    section: dict[str, str], tmp_path: Path
) -> None:
    modules = _python(PUSH, json.dumps(section), str(tmp_path), json.dumps({"user": "u"}))
    assert _imported(modules, HEAVY) == set()
    assert list(tmp_path.iterdir()) == []


def test_a_push_of_something_sensitive_would_be_noticed(tmp_path: Path) -> None:
    modules = _python(PUSH, "{}", str(tmp_path), json.dumps({"password": "p"}))
    assert _imported(modules, HEAVY) == {"cryptography", "sqlalchemy"}


def test_every_module_can_be_imported_without_an_sdk() -> None:
    code = """
import importlib, json, pkgutil, sys
sys.modules.update(dict.fromkeys(json.loads(sys.argv[1])))
import secure_xcom
names = [m.name for m in pkgutil.walk_packages(secure_xcom.__path__, "secure_xcom.", onerror=lambda name: None)]
names = [name for name in names if not name.startswith("secure_xcom.airflow")]
for name in names:
    importlib.import_module(name)
print(json.dumps(names))
"""
    assert "secure_xcom.exchange.exchange" in _python(code, json.dumps(SDKS))


ADAPTERS = [
    ("store", "s3://bucket/prefix", "boto3"),
    ("key", "aws-kms://alias/name", "boto3"),
    ("store", "redis://localhost/xcom", "redis"),
    ("store", "vault://secret/xcom", "hvac"),
    ("key", "vault-transit://transit/key", "hvac"),
]


@pytest.mark.parametrize(("option", "text", "package"), ADAPTERS, ids=[text for _, text, _ in ADAPTERS])
def test_a_missing_package_is_told_with_what_to_install(
    option: str, text: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setenv("VAULT_ADDR", "https://vault.example.com:8200")
    monkeypatch.setenv("VAULT_TOKEN", "none")
    uri = AdapterUri.parse(text, option=option)
    table, build = (STORES, build_store) if option == "store" else (KEY_PROVIDERS, build_key_provider)
    with pytest.raises(MissingDependency) as caught:
        build(uri)
    (problem,) = caught.value.problems
    assert problem == (
        f"{option}: {uri.scheme}:// needs a package that is not installed: "
        f"install {package} (the extra {table[uri.scheme].extra} of this package)"
    )
    assert caught.value.__context__ is None


def test_each_extra_that_is_told_to_be_installed_exists() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = {adapter.extra for table in (STORES, KEY_PROVIDERS) for adapter in table.values()} - {None}
    assert named <= set(project["optional-dependencies"])


def test_an_adapter_without_an_extra_needs_nothing_but_the_package() -> None:
    for table in (STORES, KEY_PROVIDERS):
        for scheme, adapter in table.items():
            needs = [text for _, text, _ in ADAPTERS if text.startswith(f"{scheme}://")]
            assert bool(adapter.extra) is bool(needs), scheme


def test_every_module_says_what_it_is_for() -> None:
    modules = (ROOT / "secure_xcom").rglob("*.py")
    assert [str(path) for path in modules if not path.read_text().startswith('"""')] == []
