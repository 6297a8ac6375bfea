"""The documents are checked facts."""

import re
import runpy

import pytest

from secure_xcom.model import object_name as names
from secure_xcom.payload import codec as payload
from secure_xcom.ports.store import MAX_OBJECT_BYTES
from secure_xcom.seal import cipher, envelope, native
from secure_xcom.settings.options import OPTIONS, Option
from tests.root import ROOT

DOCS = ROOT / "docs"
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


def test_no_option_is_described_that_does_not_exist() -> None:
    assert re.findall(r"^## `(.*)`$", SETTINGS, re.MULTILINE) == [option.name for option in OPTIONS]


def test_the_format_lists_each_extension_type_with_its_code() -> None:
    listed = re.findall(r"^\| (\d+) \| `([A-Z]+)` \|", FORMAT, re.MULTILINE)
    assert listed == [(str(int(code)), code.name) for code in payload._Ext]


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
    ):
        assert constant in FORMAT, constant
    read = envelope._SEGMENT_LOG2_READ
    assert f"{read.start} to {read.stop - 1}" in FORMAT
    assert f"secure_xcom.Sealed@version={1}" in FORMAT


def test_links_between_documents_lead_somewhere() -> None:
    broken = [
        f"{page.relative_to(DOCS.parent)}: {target}"
        for page in [*DOCS.rglob("*.md"), *DOCS.parent.glob("*.md")]
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
        if not (page.parent / target).exists()
    ]
    assert broken == []
