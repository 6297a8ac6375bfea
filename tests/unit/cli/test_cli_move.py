"""``secure-xcom move`` as people call it."""

from __future__ import annotations

import json
import re
import time
from importlib import import_module
from pathlib import Path

import pytest
from click.testing import Result
from typer import Typer
from typer.testing import CliRunner

from secure_xcom.errors import StoreDenied
from secure_xcom.model.object_name import new_object_id, object_name
from secure_xcom.ops.lifecycle.move.places import Places
from secure_xcom.ops.lifecycle.move.run import Run
from tests.unit.ops.lifecycle.deployment import Deployment, place

module = import_module("secure_xcom.cli.move")
app = Typer(pretty_exceptions_enable=False)
app.command()(module.move)


@pytest.fixture
def deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Deployment:
    made = Deployment(tmp_path, {"store": f"file://{tmp_path}/old"})
    made.push(place(), place("report"))
    made.change(f"file://{tmp_path}/new")

    def run(dags: list[str], *, delete: bool, dry_run: bool) -> Run:
        return made.run(*dags, deletes=delete, dry_run=dry_run)

    monkeypatch.setattr(module, "_run", run)
    return made


def _command(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def _place_foreign_content(deployment: Deployment) -> str:
    name = object_name(place("odd\x1b"), new_object_id())
    path = deployment.home / "old" / name
    path.parent.mkdir(parents=True, mode=0o700)
    path.write_text("theirs")
    return name


def test_a_move_says_what_it_did_and_what_is_left(deployment: Deployment) -> None:
    for arguments, said in (
        (("--dry-run",), "2 objects"),
        (("--dry-run", "--delete"), "holds objects of ours still: secure-xcom move --delete empties it"),
        ((), "copied, and in both stores"),
        ((), "in both stores before"),
        ((), "holds objects of ours still: secure-xcom move --delete empties it"),
        (("--delete",), "moved"),
        (("--delete",), "the move is through: take the option previous_stores out on all machines"),
    ):
        done = _command(*arguments)
        assert (done.exit_code, said in done.stdout) == (0, True), done.stdout
    deployment.pull()


def test_large_values_go_from_the_store_into_a_first_large_store(deployment: Deployment) -> None:
    store = f"file://{deployment.home}/old"
    del deployment.options["previous_stores"]
    deployment.options |= {"store": store, "large_threshold": "1000"}
    deployment.push_value([*range(3000)], place(key="rows"))
    deployment.options |= {"large_store": f"file://{deployment.home}/large", "previous_stores": store}
    for arguments, said in (
        ((), f"{store} holds large values still: secure-xcom move --delete takes them out"),
        (("--delete",), f"{store} holds no large value any more"),
    ):
        done = _command(*arguments)
        assert (done.exit_code, said in done.stdout) == (0, True), done.stdout
    assert "no large values, and stay in the store" in done.stdout
    deployment.pull()


def test_an_object_that_fails_is_named_and_exits_with_1(deployment: Deployment) -> None:
    name = _place_foreign_content(deployment)
    done = _command("--delete")
    assert done.exit_code == 1
    assert f"{name}: Tampered: " in done.stdout
    assert "1 object failed, and stays in the previous store" in done.stdout
    assert "run the same command again" in done.stdout


def test_json_has_the_sums_the_failures_and_the_stores(deployment: Deployment) -> None:
    name = _place_foreign_content(deployment)
    done = _command("--delete", "--json")
    found = json.loads(done.stdout)
    assert (done.exit_code, found["failed"], found["failures"][0]["name"]) == (1, 1, name)
    assert found["outcomes"]["moved"]["objects"] == 2
    assert found["previous_stores"] == [{"store": f"file://{deployment.home}/old", "empty": False}]


def test_a_store_that_may_not_be_listed_exits_with_2(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object) -> object:
        raise StoreDenied("grant s3:ListBucket")

    monkeypatch.setattr(Places, "listed", denied)
    done = _command()
    assert (done.exit_code, "grant s3:ListBucket" in done.stderr) == (2, True)


def test_an_interruption_says_that_the_same_command_goes_on(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr(Places, "listed", interrupted)
    done = _command()
    assert (done.exit_code, "the same command goes on" in done.stderr) == (130, True)


def test_on_a_terminal_a_bar_shows_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    progress = module._progress()
    assert progress.counts
    progress.began(3)
    progress.advanced(1)
    shown, until = "", time.monotonic() + 10
    while "1/3" not in re.sub("\x1b[^a-zA-Z]*[a-zA-Z]", "", shown) and time.monotonic() < until:
        time.sleep(0.02)
        shown += capsys.readouterr().err
    assert "1/3" in re.sub("\x1b[^a-zA-Z]*[a-zA-Z]", "", shown)
    progress.ended()


def test_elsewhere_nothing_is_counted_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    assert not module._progress().counts
