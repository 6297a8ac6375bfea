"""The documents are checked facts."""

import configparser
import importlib
import re
import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

import pytest

from secure_xcom import errors
from secure_xcom.assembly.registry import KEY_PROVIDERS, STORES, Adapter
from secure_xcom.errors import SecureXComError
from secure_xcom.model import object_name as names
from secure_xcom.model.value import BINARY
from secure_xcom.payload import codec as payload
from secure_xcom.payload.parts import Root
from secure_xcom.ports.store import MAX_OBJECT_BYTES
from secure_xcom.seal import cipher, envelope, native
from secure_xcom.settings.options import OPTIONS, SECTION, Option
from secure_xcom.settings.settings import Settings
from tests.root import ROOT

DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
SETTINGS = (DOCS / "settings.md").read_text()
FORMAT = (DOCS / "format.md").read_text()


def test_the_page_of_settings_is_the_one_that_the_options_make() -> None:
    generated = runpy.run_path(str(DOCS / "generate_settings.py"))["page"]()
    assert generated == SETTINGS, "run: python docs/generate_settings.py"


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_each_option_is_described_with_its_default_and_its_variable(option: Option) -> None:
    _, _, rest = SETTINGS.partition(f"## `{option.name}`\n")
    section = rest.partition("\n## ")[0]
    assert option.description in section
    assert f"| type | {option.type} |" in section
    assert f"| default | {f'`{option.default}`' if option.default else 'empty'} |" in section
    assert f"`AIRFLOW__SECURE_XCOM__{option.name.upper()}`" in section


@pytest.mark.parametrize(("option", "table"), [("store", STORES), ("key", KEY_PROVIDERS)])
def test_an_option_names_each_scheme_that_it_takes(option: str, table: Mapping[str, Adapter]) -> None:
    (description,) = (one.description for one in OPTIONS if one.name == option)
    # Airflow has two names for each of these.
    schemes = [scheme.removesuffix("*") for scheme in table if scheme not in ("abfss", "gcs")]
    assert [scheme for scheme in schemes if f"`{scheme}" not in description] == []
    page = (DOCS / "stores.md").read_text()
    assert [scheme for scheme in schemes if not re.search(rf"^## .*`{re.escape(scheme)}", page, re.MULTILINE)] == []


def test_no_option_is_described_that_does_not_exist() -> None:
    assert re.findall(r"^## `(.*)`$", SETTINGS, re.MULTILINE) == [option.name for option in OPTIONS]


def test_the_format_lists_each_extension_type_with_its_code() -> None:
    listed = re.findall(r"^\| (\d+) \| `([A-Z_]+)` \|", FORMAT, re.MULTILINE)
    assert listed == [(str(int(code)), code.name) for code in sorted([*payload._Ext, *BINARY])]


def test_the_format_lists_each_branch_with_its_kind() -> None:
    listed = re.findall(r"^\| `([A-Z]+)` \| (\d+) \|", FORMAT, re.MULTILINE)
    branches = [(kind.__name__.removeprefix("In").upper(), str(kind.__struct_config__.tag)) for kind in get_args(Root)]
    assert listed == branches


def test_the_format_says_the_constants_that_the_code_uses() -> None:
    for constant in (
        f"`{envelope.MAGIC.decode()}`",
        f"`{native.NATIVE_MAGIC.decode()}`",
        f"`{cipher._LABEL.decode()}`",
        f"{names.SEGMENT_LIMIT} bytes",
        f"{names.TEXT_LIMIT:,} characters each",
        f"more than {names.TEXT_LIMIT:,} characters",
        f"{cipher.TAG_BYTES}-byte tag",
        f"{1 << envelope.SEGMENT_LOG2:,} bytes",
        f"{MAX_OBJECT_BYTES:,} bytes",
        f"| codec | {envelope.CODEC_PARTS}: ",
    ):
        assert constant in FORMAT, constant
    read = envelope._SEGMENT_LOG2_READ
    assert f"{read.start} to {read.stop - 1}" in FORMAT
    assert f"secure_xcom.Sealed@version={1}" in FORMAT


def _slugs(page: Path) -> set[str]:
    """The anchors of a page's titles, as GitHub makes them."""
    prose = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    titles = re.findall(r"^#+ (.*)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(page: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#:]*)(?:#([^)]*))?\)", page.read_text()):
        linked = page.parent / target if target else page
        assert linked.exists(), target
        assert not anchor or anchor in _slugs(linked), f"{target}#{anchor}"


@pytest.mark.parametrize("name", ["README.md", "SECURITY.md"])
def test_each_guarantee_names_a_test_that_exists(name: str) -> None:
    named = re.findall(r"`(tests/[\w/.]*)(?:::(\w+))?`", (ROOT / name).read_text())
    assert named
    for path, test in named:
        assert (ROOT / path).exists(), path
        assert not test or f"def {test}(" in (ROOT / path).read_text(), f"{path}::{test}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_file_or_a_name_of_ours_that_a_document_mentions_exists(page: Path) -> None:
    text = page.read_text()
    files = re.findall(r"`((?:secure_xcom|tests|docs|examples|benchmarks)/[\w/.-]*\w/?)`", text)
    assert [file for file in files if not (ROOT / file).exists()] == []
    dotted = re.findall(r"\b(?:from )?(secure_xcom(?:\.\w+)+)(?: import (\w+))?", text)
    # The placeholder's class is a name in the database alone, and the others are groups of entry points.
    known = {"secure_xcom.Sealed", "secure_xcom.stores", "secure_xcom.key_providers", "secure_xcom.rules"}
    named = {f"{path}.{name}".strip(".") for path, name in dotted} - known
    assert [name for name in sorted(named) if not exists(name)] == []


def exists(dotted: str) -> bool:
    """Whether a dotted name leads to a module, or to something in one."""
    module, _, name = dotted.rpartition(".")
    try:
        importlib.import_module(dotted)
    except ImportError:
        return bool(module) and exists(module) and hasattr(importlib.import_module(module), name)
    return True


def _configurations() -> list[tuple[str, str]]:
    """The ini blocks that are complete: to be copied into ``airflow.cfg``."""
    return [
        (str(page.relative_to(ROOT)), block)
        for page in PAGES
        for block in re.findall(r"^```ini\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)
        if "xcom_backend" in block
    ]


@pytest.mark.parametrize(("page", "block"), _configurations())
def test_a_configuration_to_be_copied_is_understood_and_has_a_ledger(page: str, block: str, tmp_path: Path) -> None:
    parser = configparser.ConfigParser()
    parser.read_string(block)
    section = dict(parser[SECTION])
    assert section.get("ledger"), f"{page}: without a ledger each worker has one of its own"
    settings = Settings.parse(section, tmp_path)
    one_machine = (settings.store.scheme, settings.store.path.partition("/")[0]) == ("file", "var")
    assert settings.ledger.startswith("sqlite") is one_machine


def test_no_document_tells_to_install_a_name_of_the_package_index_that_is_not_ours() -> None:
    for page in PAGES:
        assert not re.search(r"pip install[^\n]*['\"\s]secure-xcom", page.read_text()), page


ERRORS = {
    name
    for name, value in vars(errors).items()
    if isinstance(value, type) and issubclass(value, SecureXComError) and value.__module__ == errors.__name__
}


def test_each_error_has_a_section_and_no_section_is_without_an_error() -> None:
    page = (DOCS / "errors.md").read_text()
    sections = dict(re.findall(r"^### `(\w+)`\n(.*?)(?=^##|\Z)", page, re.MULTILINE | re.DOTALL))
    assert set(sections) == ERRORS
    assert len(re.findall(r"^### ", page, re.MULTILINE)) == len(sections)
    for name, section in sections.items():
        said = re.findall(r"^\*\*(.*?)\.\*\* \S", section, re.MULTILINE)
        assert said == ["What happened", "Why", "What to do"], name


def test_contributors_find_each_target_of_make_and_each_folder_of_the_package() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text()
    targets = re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert [target for target in targets if f"`make {target}" not in page] == []
    rooms = sorted(path.parent.name for path in (ROOT / "secure_xcom").glob("*/__init__.py"))
    assert [room for room in rooms if f"`{room}`" not in page] == []
