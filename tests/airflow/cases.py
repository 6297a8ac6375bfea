"""What the canary Dags are meant to do: each case is one comparison that a consumer makes."""

from __future__ import annotations

from typing import Final

from tests.airflow.facts import HAS_ASYNC_XCOMS

_LONG_KEY: Final = "key-xxxxxxxxxxxxxxxxxxxx"

_PRINTED: Final = """
    frame_column frame_whole frame_index frame_dtypes frame_wide keys keys_under_name prefixes overlaps odd changing
"""
_WAYS: Final = ("printed", "rendered", "again")

ONLY_SEALED: Final = frozenset(f"{way}-surrogate" for way in _WAYS) | frozenset(
    f"key-{key}"
    for key in (
        "nan_secret",
        "innocent",
        "wrapped_list",
        "bytes_secret",
        "wrapped_bytes",
        "lookalike",
        "frame",
    )
)
"""Cases that Airflow's own backend cannot store at all."""

_ASYNC: Final = frozenset({"async-argument", "async-pull", "async-pull-list"})

_ALWAYS: Final = """
    argument multiple-outputs multiple-outputs-whole second-push registered teardown task-group
    key-api_token key-pem_secret key-odd_secret key-account_number_secre key-numbers key-account key-login key-empties
    key-none_secret key-empty_secret key-int_keys_secret
    second-try second-try-key first-try-gone callback-retry callback-success callback-failure
    mapped-list mapped-index mapped-last mapped-slice mapped-reversed mapped-indexes mapped-one-index mapped-pull-all
    mapped-task-list mapped-chain expand-0 expand-1 expand-kwargs-0 expand-kwargs-1
    template-argument template-odd templates-dict bash-command bash-environment
    own-after-deferral deferred deferred-key over-deferral
    own-run-first own-run-second prior-dates-first prior-dates-second cross-dag cross-dag-key without-backend
    password-uri password-json_text password-ascii_json_text password-literal password-cell
    password-again-uri password-again-json_text password-again-ascii_json_text password-again-literal
    password-again-cell
    apart-address apart-settings apart-document apart-table
    pin-argument pin-template pin-mapped-0 pin-mapped-1
"""

CASES: Final = (
    ONLY_SEALED
    | {_LONG_KEY}
    | frozenset(_ALWAYS.split())
    | (_ASYNC if HAS_ASYNC_XCOMS else frozenset())
    | {f"{way}-{kind}" for way in _WAYS for kind in _PRINTED.split()}
)

FAILING_RUN: Final = ("canary_retries", "main")
FAILING_TASK: Final = (*FAILING_RUN, "fail", -1)


def rendered_with_the_pin(pin: str) -> dict[tuple[str, str, int], dict[str, object]]:
    """Return the template fields that a pin was rendered into, where what is shown of it is ``pin``."""
    mapped = {
        ("canary_printed", "use_mapped_pin", index): {"op_args": [], "op_kwargs": {"pin": pin}} for index in (0, 1)
    }
    text = pin if pin == "***" else f"the pin is {pin}"
    return mapped | {
        ("canary_printed", "use_pin", -1): {"op_args": [{"password": "***"}, pin], "op_kwargs": {}},
        ("canary_printed", "use_pin_text", -1): {"op_args": [], "op_kwargs": {"pin": pin, "text": text}},
    }
