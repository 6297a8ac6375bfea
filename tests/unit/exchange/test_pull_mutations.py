"""Each check of a pull has a test that fails without it.

Each row of the table takes one check out of the source and names a test. That test passes on the whole package, and
fails in a process of its own on the altered one.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import pytest

from secure_xcom.exchange import pull
from tests.mutation import VARIABLE
from tests.root import ROOT

PULL = "secure_xcom.exchange.pull"
CHECKS = "secure_xcom.exchange.admission"
PARTS = "secure_xcom.payload.parts"

EXCHANGE = "tests/unit/exchange/test_exchange.py"
ADMISSION = "tests/unit/exchange/test_admission.py"
ATTACKS = "tests/unit/exchange/test_exchange_attacks.py"
DOWNGRADE = "tests/unit/exchange/test_downgrade.py"
CONTRACTS = "tests/unit/exchange/test_exchange_contracts.py"


@dataclass(frozen=True, kw_only=True)
class Mutation:
    """A check of the step ``step``, as it stands in ``module``, and what stands there without it."""

    step: int
    module: str
    old: str
    new: str
    test: str


MUTATIONS = {
    "the reader's own contract": Mutation(
        step=1,
        module=PULL,
        old="required = declared.for_pull(request.reader, request.query)",
        new="required = False",
        test=f"{CONTRACTS}::test_a_plain_row_in_the_place_of_a_value_under_contract_is_refused",
    ),
    "a contract that is required of plain rows": Mutation(
        step=1,
        module=PULL,
        old="        if rows:\n            request.authorise(",
        new="        if False:\n            request.authorise(",
        test=f"{CONTRACTS}::test_a_plain_row_in_the_place_of_a_value_under_contract_is_refused",
    ),
    "a placeholder is complete": Mutation(
        step=2,
        module=PARTS,
        old="elif Placeholder.claims(node):",
        new="elif Placeholder.claims(node) and len(node) == 3:",
        test=f"{ATTACKS}::test_a_forged_placeholder_leads_nowhere",
    ),
    "a plain row in the place of a sealed one": Mutation(
        step=3,
        module=PULL,
        old="            self._compare_plain(recognised, request)  # 3. compare\n",
        new="",
        test=f"{DOWNGRADE}::test_a_plain_value_in_the_place_of_a_sealed_one_is_refused",
    ),
    "the grant": Mutation(
        step=4,
        module="secure_xcom.assembly.router",
        old="        self.require_access(owner, running)\n        return",
        new="        return",
        test="tests/unit/assembly/test_router.py::test_a_dag_that_was_not_granted_is_refused_before_anything_is_read",
    ),
    "one object a row": Mutation(
        step=2,
        module=PARTS,
        old="if len(placeholders) > 1:",
        new="if False:",
        test=f"{ATTACKS}::test_placeholders_of_two_objects_in_one_row_are_refused_before_anything_is_read",
    ),
    "the coordinates in the object's name": Mutation(
        step=5,
        module="secure_xcom.model.object_name",
        old="    require_name(name, query)\n    return name",
        new="    return name",
        test=f"{ATTACKS}::test_a_row_moved_to_another_xcom_is_refused_before_any_object_is_read",
    ),
    "an object that is not there": Mutation(
        step=6,
        module=PULL,
        old="            return route.find(name, is_large=is_large)\n",
        new="            from secure_xcom.ports.store import Head\n            return route, Head(b'', 0)\n",
        test=f"{ATTACKS}::test_a_reference_to_an_object_that_never_was_is_not_found",
    ),
    "an envelope's version": Mutation(
        step=7,
        module="secure_xcom.seal.envelope",
        old="if magic != MAGIC or suite != SUITE_AES256_GCM_HKDF_SHA512 or flags or codec != CODEC_PARTS:",
        new="if False:",
        test="tests/unit/seal/test_envelope_attacks.py::test_asks_for_no_key_to_read_another_version",
    ),
    "a native object's version": Mutation(
        step=7,
        module="secure_xcom.seal.native",
        old="if len(data) < start or data[: len(magic)] != magic:",
        new="if len(data) < start:",
        test="tests/unit/seal/test_native.py::test_refuses_a_whole_frame_of_another_version",
    ),
    "the header's coordinates": Mutation(
        step=8,
        module=CHECKS,
        old="if not query.admits(context.coordinates):",
        new="if False:",
        test=f"{ADMISSION}::test_a_header_of_other_coordinates_is_refused_though_it_gives_the_objects_name",
    ),
    "the header gives the object's name": Mutation(
        step=8,
        module=CHECKS,
        old="if object_name(context.coordinates, context.object_id) != name:",
        new="if False:",
        test=f"{ATTACKS}::test_an_object_under_the_name_of_another_is_refused_without_a_key",
    ),
    "the sealed contract names the reader": Mutation(
        step=8,
        module=CHECKS,
        old="    request.authorise(context.contract, where)\n",
        new="",
        test=f"{CONTRACTS}::test_the_contract_holds_for_every_reader_whatever_its_own_dag_file_says",
    ),
    "the lifetime": Mutation(
        step=8,
        module=CHECKS,
        old="if context.expires and now > context.expires:",
        new="if False:",
        test=f"{CONTRACTS}::test_the_lifetime_of_a_key_ends_it",
    ),
    "the object's end": Mutation(
        step=9,
        module=CHECKS,
        old="if context.object_id in request.past.ended:",
        new="if False:",
        test=f"{ATTACKS}::test_an_earlier_value_of_the_same_xcom_does_not_open_though_its_object_is_still_there",
    ),
    "the object's age": Mutation(
        step=9,
        module=CHECKS,
        old="if is_of_own_run and context.created + clock_skew < request.run_began:",
        new="if False:",
        test=f"{DOWNGRADE}::test_an_object_that_is_older_than_the_readers_run_is_refused",
    ),
    "the claim": Mutation(
        step=10,
        module=PULL,
        old="if context.contract is None or not context.contract.once:",
        new="if True:",
        test=f"{CONTRACTS}::test_the_first_reader_gets_it_and_every_other_is_refused",
    ),
    "the kind of key": Mutation(
        step=11,
        module="secure_xcom.seal.data_keys",
        old="if provider.scheme == kek_type]",
        new="]",
        test="tests/unit/seal/test_sealer.py::test_asks_no_provider_to_unwrap_a_key_of_another_kind",
    ),
    "the commitment to the key": Mutation(
        step=11,
        module="secure_xcom.seal.envelope",
        old="    cipher.require_commitment(commitment, header.commitment)\n",
        new="",
        test=f"{ATTACKS}::test_each_altered_byte_of_an_object_is_refused",
    ),
    "one object for both requests": Mutation(
        step=12,
        module="secure_xcom.ports.store",
        old="if not head.begins(whole):",
        new="if False:",
        test="tests/unit/exchange/test_large_objects.py"
        "::test_an_object_that_is_replaced_between_the_two_requests_is_refused",
    ),
    "the content": Mutation(
        step=12,
        module="secure_xcom.seal.cipher",
        old="aead.decrypt_into(",
        new="0 and aead.decrypt_into(",
        test="tests/unit/seal/test_envelope_attacks.py::test_refuses_a_segment_of_another_object_at_the_same_place",
    ),
    "as many parts as placeholders": Mutation(
        step=13,
        module=PARTS,
        old="if count != places:",
        new="if False:",
        test=f"{ATTACKS}::test_a_placeholder_that_was_moved_within_its_row_is_refused",
    ),
    "each part at its own path": Mutation(
        step=13,
        module=PARTS,
        old="if next(expected)(node):",
        new="if next(expected):",
        test=f"{ATTACKS}::test_a_placeholder_that_was_moved_within_its_row_is_refused",
    ),
    "the order of mapped rows": Mutation(
        step=14,
        module=PULL,
        old="require_rising([one.context.coordinates for one in opened if one.context])",
        new="pass",
        test=f"{ATTACKS}::test_placeholders_moved_between_mapped_rows_are_refused",
    ),
    "the mask": Mutation(
        step=15,
        module=PULL,
        old="mask(self._host, [leaf for one in opened for leaf in one.leaves], where, self._secrets_in)",
        new="pass",
        test="tests/unit/exchange/test_masking.py::test_a_value_is_masked_when_it_is_sealed_and_again_when_it_is_opened",
    ),
    "the record": Mutation(
        step=16,
        module=PULL,
        old="self._runtime.recorder.record(*entries, required=bool(claims))",
        new="pass",
        test=f"{CONTRACTS}::test_a_value_whose_reading_cannot_be_recorded_is_not_handed_out",
    ),
}


def test_each_step_of_the_pull_has_a_check_that_is_taken_out() -> None:
    steps = {int(number) for number in re.findall(r"^(\d+)\. ", pull.__doc__ or "", re.MULTILINE)}
    assert {mutation.step for mutation in MUTATIONS.values()} == steps


@pytest.mark.parametrize("name", MUTATIONS)
def test_the_check_stands_once_in_the_source(name: str) -> None:
    mutation = MUTATIONS[name]
    source = Path(import_module(mutation.module).__file__ or "").read_text()
    assert source.count(mutation.old) == 1


def test_the_tests_pass_on_the_whole_package() -> None:
    done = _run(sorted({mutation.test for mutation in MUTATIONS.values()}))
    assert done.returncode == pytest.ExitCode.OK, done.stdout


@pytest.mark.parametrize("name", MUTATIONS)
def test_without_the_check_a_test_fails(name: str) -> None:
    mutation = MUTATIONS[name]
    done = _run([mutation.test], json.dumps([mutation.module, mutation.old, mutation.new]))
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout + done.stderr
    assert f"FAILED {mutation.test}" in done.stdout


def _run(tests: list[str], mutation: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    environment |= {} if mutation is None else {VARIABLE: mutation}
    # None of these tests needs a server, whose fixtures take as long to import as the tests to run.
    plugins = ["-p", "tests.mutation", "-p", "tests.unit.conftest", "-p", "no:cacheprovider", "-p", "no:xdist"]
    command = [sys.executable, "-P", "-m", "pytest", "-q", "--noconftest", *plugins]
    return subprocess.run(
        [*command, *tests], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
