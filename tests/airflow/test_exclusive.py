"""``exclusive`` in a Dag file: where it may stand, and what is told where it may not."""

from __future__ import annotations

import functools

import pytest

from secure_xcom import Key, exclusive
from secure_xcom.errors import InvalidContract

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def sdk():
    return pytest.importorskip("airflow.sdk")


def _dag(sdk, build):
    with sdk.DAG("made", schedule=None) as dag:
        build()
    return dag


def _keys(dag):
    from secure_xcom.airflow.declarations import contract_of

    found = contract_of(dag)
    return {} if found is None else {task_id: sorted(task.keys) for task_id, task in found.tasks.items()}


def _above(sdk):
    @exclusive("a", "b")
    @sdk.task
    def make():
        pass

    return make


def _below(sdk):
    @sdk.task(multiple_outputs=True)
    @exclusive("a", Key("b"))
    def make():
        pass

    return make


def _twice(sdk):
    @exclusive("a")
    @sdk.task
    @exclusive("b")
    def make():
        pass

    return make


@pytest.mark.parametrize("decorated", [_above, _below, _twice])
def test_the_decorator_stands_above_or_below_task(sdk, decorated):
    def build():
        @sdk.task
        def use():
            pass

        decorated(sdk)() >> use()

    assert _keys(_dag(sdk, build)) == {"make": ["a", "b"]}


def test_a_mapped_task_and_one_in_a_group_have_their_contracts(sdk):
    def build():
        @sdk.task
        @exclusive("a")
        def make(number):
            pass

        @sdk.task
        def use():
            pass

        with sdk.TaskGroup("group"):
            made = make.expand(number=[1, 2])
        made >> use()

    assert _keys(_dag(sdk, build)) == {"group.make": ["a"]}


def test_a_function_that_was_bound_keeps_its_contract(sdk):
    from airflow.providers.standard.operators.python import PythonOperator

    @exclusive("a")
    def make(number):
        pass

    def build():
        use = PythonOperator(task_id="use", python_callable=print)
        PythonOperator(task_id="make", python_callable=functools.partial(make, 1)) >> use

    assert _keys(_dag(sdk, build)) == {"make": ["a"]}


@pytest.mark.parametrize("first", [True, False])
def test_it_may_stand_before_or_after_the_lines_that_order_the_tasks(sdk, first):
    from airflow.providers.standard.operators.empty import EmptyOperator

    with sdk.DAG("made", schedule=None) as dag:
        make, use = EmptyOperator(task_id="make"), EmptyOperator(task_id="use")
        if first:
            exclusive(dag, {"make": ["a"]})
        make >> use
        if not first:
            exclusive(dag, {"make": ["a"]})
    assert _keys(dag) == {"make": ["a"]}


WRONG = {
    "no keys of a task": lambda dag: exclusive(dag, {"make": "a"}),
    "a number": lambda dag: exclusive(dag, {"make": [1]}),
    "no mapping": lambda dag: exclusive(dag, ["a"]),
    "no Dag": lambda dag: exclusive({"make": ["a"]}, {"make": ["a"]}),
    "a key without a name": lambda dag: exclusive(dag, {"make": [Key([])]}),  # type: ignore[arg-type]
    "readers that are a number": lambda dag: exclusive(dag, {"make": [Key("a", readers=5)]}),  # type: ignore[arg-type]
    "on something that is no function": lambda dag: exclusive("a")(dag),
    "on a task group": lambda dag: exclusive("a")(pytest.importorskip("airflow.sdk").task_group(lambda: None)),
    "on a bound function": lambda dag: exclusive("a")(functools.partial(print)),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_what_could_have_no_effect_is_refused_with_its_line(sdk, wrong):
    with pytest.raises(InvalidContract, match=r"test_exclusive\.py:\d+"):
        wrong(sdk.DAG("made", schedule=None))


@pytest.mark.parametrize("operator", ["virtualenv", "external_python"])
@pytest.mark.parametrize("mapped", [False, True])
def test_a_function_whose_source_runs_elsewhere_takes_no_decorator(sdk, operator, mapped):
    options = {"external_python": {"python": "/usr/bin/python3"}}.get(operator, {})

    def build():
        @getattr(sdk.task, operator)(**options)
        @exclusive("a")
        def make(number):
            pass

        return make.expand(number=[1]) if mapped else make(1)

    with pytest.raises(InvalidContract, match=r"(?s)its operator runs .* exclusive\(dag.*task .make."):
        _keys(_dag(sdk, build))


def test_a_mistake_in_a_list_of_keys_names_the_key(sdk):
    with pytest.raises(
        InvalidContract,
        match=r"(?s)a Key .* a list of readers, not Key.name='k'.*test_exclusive.py:\d+",
    ):
        exclusive(_dag(sdk, _below(sdk)), {"make": [Key("k", readers="b")]})
