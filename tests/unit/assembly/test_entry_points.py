"""Other distributions add schemes by entry point, as docs/stores.md describes it, and take over none."""

import re
import subprocess
import sys
import textwrap
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from secure_xcom.assembly.policy import build_policy
from secure_xcom.assembly.registry import build_key_provider, build_store
from secure_xcom.assembly.rules import rule_texts
from secure_xcom.errors import ConfigurationError, MissingDependency
from secure_xcom.settings import entry_points
from secure_xcom.settings.settings import Settings
from secure_xcom.settings.uri import AdapterUri
from secure_xcom.testing.fakes import FakeHost
from tests.root import ROOT
from tests.unit.world import CANARY, assert_tells_nothing

BOX = """
from secure_xcom.adapters.local.keyring import LocalKeyring

class BoxKeys(LocalKeyring):
    scheme = "box"
"""


def _documented(language: str) -> list[str]:
    _, _, page = (ROOT / "docs" / "stores.md").read_text().partition("\n## A store of your own\n")
    return re.findall(rf"^```{language}\n(.*?)^```$", page.partition("\n## ")[0], re.MULTILINE | re.DOTALL)


def _write_wheel(directory: Path, modules: dict[str, str], groups: dict[str, dict[str, str]]) -> Path:
    """A wheel is a zip file with its metadata: nothing has to be built."""
    wheel, info = directory / "acme_xcom-1.0-py3-none-any.whl", "acme_xcom-1.0.dist-info"
    files = {
        **modules,
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: acme-xcom\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": _entry_points(groups),
    }
    record = "".join(f"{name},,\n" for name in (*files, f"{info}/RECORD"))
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, content in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(name, content)
    return wheel


def _entry_points(groups: dict[str, dict[str, str]]) -> str:
    return "".join(
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in entries.items())
        for group, entries in groups.items()
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that the documented distribution is installed into, with a key provider besides."""
    directory = tmp_path_factory.mktemp("acme")
    groups = tomllib.loads(_documented("toml")[0])["project"]["entry-points"]
    groups["secure_xcom.key_providers"] = {"box": "acme_box:BoxKeys"}
    wheel = _write_wheel(directory, {"acme_xcom.py": _documented("python")[0], "acme_box.py": BOX}, groups)
    options = ("--quiet", "--no-index", "--no-deps", "--disable-pip-version-check", "--target", str(directory / "site"))
    subprocess.run([sys.executable, "-m", "pip", "install", *options, str(wheel)], check=True)
    return directory / "site"


def _python(site: Path, *arguments: str) -> str:
    environment = {"PYTHONPATH": f"{ROOT}:{site}", "PATH": ""}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=site, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


BUILD = """
import json, sys
from pathlib import Path
from secure_xcom.assembly.build import build
from secure_xcom.model.coordinates import Coordinates, XComQuery
from secure_xcom.settings.settings import Settings
from secure_xcom.testing.fakes import FakeHost

home = Path(sys.argv[1])
section = {"store": f"shelf://{home}/shelf.db", "key": f"box://{home}/box.json"}
exchange = build(Settings.parse(section, home), FakeHost())
"""
PUSH = f"""{BUILD}
where = Coordinates(dag_id="d", run_id="r", task_id="t", key="k")
print(json.dumps(exchange.push({{"password": sys.argv[2]}}, where)))
"""
PULL = f"""{BUILD}
query = XComQuery(dag_id="d", run_id="r", task_id="t", key="k")
print(exchange.pull(json.loads(sys.argv[2]), query)["password"])
"""


def test_a_value_is_pushed_and_pulled_through_an_installed_distribution(site: Path, tmp_path: Path) -> None:
    row = _python(site, "-c", PUSH, str(tmp_path), CANARY)
    assert '"store": "shelf"' in row
    assert CANARY not in row
    assert {path.name for path in tmp_path.iterdir()} >= {"shelf.db", "box.json"}
    assert CANARY.encode() not in (tmp_path / "shelf.db").read_bytes()
    assert _python(site, "-c", PULL, str(tmp_path), row) == f"{CANARY}\n"


def test_the_documented_store_passes_the_contract_suite_as_documented(site: Path, tmp_path: Path) -> None:
    suite = tmp_path / "test_shelf.py"
    suite.write_text(_documented("python")[1])
    told = _python(site, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--rootdir={tmp_path}", str(suite))
    assert re.search(r"\b\d\d passed", told), told


Declare = Callable[..., None]


@pytest.fixture
def declare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Declare]:
    """Install a distribution that declares one scheme, and has one module."""

    def install(distribution: str, scheme: str, value: str, content: str = "", group: str = "stores") -> None:
        site = tmp_path / distribution
        info = site / f"{distribution}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(_entry_points({f"secure_xcom.{group}": {scheme: value}}))
        (site / f"{distribution}_module.py").write_text(textwrap.dedent(content))
        monkeypatch.syspath_prepend(str(site))
        entry_points._all.cache_clear()

    yield install
    monkeypatch.undo()
    for distribution in ("acme", "other"):
        sys.modules.pop(f"{distribution}_module", None)
    entry_points._all.cache_clear()


def _store(uri: str) -> object:
    return build_store(AdapterUri.parse(uri, option="store"))


@pytest.mark.parametrize("uri", ["file:///x", "s3://bucket/x"])
def test_a_store_of_ours_is_taken_over_by_nobody(declare: Declare, uri: str) -> None:
    declare("acme", uri.partition(":")[0], "acme_module:Store", "raise SystemExit('was imported')")
    assert type(_store(uri)).__module__.startswith("secure_xcom.adapters.")


def test_a_key_of_ours_is_taken_over_by_nobody(declare: Declare) -> None:
    declare("acme", "local", "acme_module:Keys", "raise SystemExit('was imported')", group="key_providers")
    provider = build_key_provider(AdapterUri.parse("local:///x", option="key"))
    assert type(provider).__module__ == "secure_xcom.adapters.local.keyring"


def test_a_scheme_of_ours_costs_no_look_at_other_distributions(declare: Declare) -> None:
    declare("acme", "shelf", "acme_module:Store")
    assert _store("file:///x")
    assert entry_points._all.cache_info().currsize == 0


def test_other_schemes_of_ours_go_on(declare: Declare) -> None:
    declare("acme", "s3", "acme_module:Store")
    assert _store("file:///x")


def test_a_scheme_that_two_distributions_declare_is_nobodys(declare: Declare) -> None:
    declare("acme", "shelf", "acme_module:Store")
    declare("other", "shelf", "other_module:Store")
    with pytest.raises(ConfigurationError, match="can have one adapter only") as caught:
        _store("shelf://x")
    assert "acme 1.0" in str(caught.value)
    assert "other 1.0" in str(caught.value)


@pytest.mark.parametrize(
    ("value", "content"),
    [
        ("acme_module:Absent", ""),
        ("acme_module:thing", "thing = 1"),
        ("acme_module:Keys", "from secure_xcom.testing import InMemoryKeyProvider as Keys"),
    ],
    ids=["absent", "no class", "a key provider"],
)
def test_what_is_no_store_is_told(declare: Declare, value: str, content: str) -> None:
    declare("acme", "shelf", value, content)
    with pytest.raises(ConfigurationError, match=rf"store: {value} of acme 1\.0 is no Store"):
        _store("shelf://x")


def test_a_class_with_another_scheme_than_its_entry_point_is_told(declare: Declare) -> None:
    content = """
        from secure_xcom.testing import InMemoryStore
        class Store(InMemoryStore):
            @classmethod
            def from_uri(cls, uri, identity=None):
                return cls()
    """
    declare("acme", "shelf", "acme_module:Store", content)
    with pytest.raises(ConfigurationError, match=r"calls its scheme memory, its entry point shelf"):
        _store("shelf://x")


def test_a_class_that_no_setting_can_name_is_told(declare: Declare) -> None:
    declare("acme", "shelf", "acme_module:Store", "from secure_xcom.testing import InMemoryStore as Store")
    with pytest.raises(ConfigurationError, match="shelf:// cannot be named in the settings"):
        _store("shelf://x")


def test_a_package_that_is_missing_is_told_with_who_needs_it(declare: Declare) -> None:
    declare("acme", "shelf", "acme_module:Store", "import acme_sdk")
    with pytest.raises(MissingDependency, match=r"install acme_sdk \(needed by acme 1\.0\)") as caught:
        _store("shelf://x")
    assert caught.value.__context__ is None


def test_a_class_that_fails_is_told_by_the_kind_of_its_error_alone(declare: Declare) -> None:
    declare("acme", "shelf", "acme_module:Store", f"raise ValueError({CANARY!r})")
    with pytest.raises(ConfigurationError, match=r"shelf:// of acme 1\.0 cannot be made: ValueError") as caught:
        _store("shelf://x")
    assert_tells_nothing(caught.value)
    assert caught.value.__context__ is None


def test_the_schemes_of_others_are_listed_with_ours(declare: Declare) -> None:
    declare("acme", "shelf", "acme_module:Store")
    with pytest.raises(ConfigurationError, match=r"unknown scheme gopher://; known: .*, s3, shelf, vault"):
        _store("gopher://x")


def test_a_scheme_of_another_distribution_may_be_near_to_one_of_ours(declare: Declare, tmp_path: Path) -> None:
    declare("acme", "vaults", "acme_module:Store")
    settings = Settings.parse({"store": "vaults://x", "key": "local:///x"}, tmp_path)
    assert settings.store.scheme == "vaults"
    with pytest.raises(ConfigurationError, match=r"known: .*, vaults;\sdid you mean vaults://\?"):
        Settings.parse({"store": "vaultss://x"}, tmp_path)


# Rules.

RULES = """
[[rule]]
id = "acme-token"
description = "Token of ACME's gateway"
reason = "Calls the gateway as its owner."
literals = ["acme_"]
pattern = 'acme_[A-Za-z0-9]{32}'
example = "acme_<32 base62>"
counterexample = "acme_<8 base62>"
source = "https://wiki.acme.example/tokens"
"""

TOKEN = "acme_" + "9fK2xQ7b" * 4


def _rule_of(text: str, **options: str) -> str | None:
    policy = build_policy(Settings.parse(options, Path("/nowhere")), FakeHost())
    return policy.rule_of_text(text)


def test_a_distribution_brings_rules_along(declare: Declare) -> None:
    assert _rule_of(TOKEN) is None
    declare("acme", "acme", "acme_module:RULES", f"RULES = {RULES!r}", group="rules")
    assert _rule_of(f"at {TOKEN}") == "content-acme-token"
    assert "content-acme-token" in rule_texts(Settings.parse({}, Path("/nowhere")))


def test_a_file_has_rules_of_the_deployment(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(RULES)
    assert _rule_of(TOKEN, rules=str(tmp_path / "rules.toml")) == "content-acme-token"


def test_without_content_rules_those_of_others_are_off_too(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(RULES)
    assert _rule_of(TOKEN, rules=str(tmp_path / "rules.toml"), content_rules="off") is None


MISTAKEN: dict[str, tuple[str, str]] = {
    "no such name": ("", "rules of acme 1.0: cannot be loaded (AttributeError)"),
    "not a text": ("RULES = 7", "rules of acme 1.0: acme_module:RULES is not a text"),
    "raises": (f"raise ValueError({CANARY!r})", "rules of acme 1.0: cannot be loaded (ValueError)"),
    "no TOML": (f"RULES = {CANARY!r}", "rules of acme 1.0: the file of rules is not TOML"),
    "an id of ours": (f"RULES = {RULES.replace('acme-token', 'github-token')!r}", "two rules have the same id"),
}


@pytest.mark.parametrize(("content", "says"), MISTAKEN.values(), ids=MISTAKEN.keys())
def test_mistaken_rules_of_a_distribution_fail_and_name_it(declare: Declare, content: str, says: str) -> None:
    declare("acme", "acme", "acme_module:RULES", content, group="rules")
    with pytest.raises(ConfigurationError) as caught:
        _rule_of(TOKEN)
    assert says in str(caught.value)
    assert_tells_nothing(caught.value)


@pytest.mark.parametrize("text", [None, "[[rule]]\nid = 7\n", "rule = 1\n"], ids=["no file", "mistakes", "no tables"])
def test_a_mistaken_file_fails_and_is_named(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "rules.toml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ConfigurationError, match=re.escape(str(path))):
        _rule_of(TOKEN, rules=str(path))


def test_a_relative_path_of_rules_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="rules: must be an absolute path"):
        Settings.parse({"rules": "rules.toml"}, Path("/nowhere"))
