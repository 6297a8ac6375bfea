"""Whether the previous stores hold objects of ours still, or can be taken out of the settings."""

from __future__ import annotations

from typing import Final

from secure_xcom.assembly.router import Router
from secure_xcom.errors import StoreDenied, translated
from secure_xcom.ops.doctor.report import Check, Skipped, Warned, run
from secure_xcom.ops.lifecycle.move.places import Places
from secure_xcom.settings.settings import Settings

_MAY_NOT_LIST: Final = "this identity may not list, as it should be: `secure-xcom move --dry-run` lists them"


def check(settings: Settings, router: Router) -> Check:
    """List each previous store up to the first object of ours."""
    return run("previous-stores", lambda: _found(settings, router), "make the previous store answer, or take it out")


def _found(settings: Settings, router: Router) -> str:
    places = Places(settings, router, known_dags=lambda: ())
    if any(scope.previous.uri.names_domain for scope in places.scopes()):
        raise Skipped("each Dag has a previous store of its own: `secure-xcom move --dry-run` lists them")
    with translated(StoreDenied, into=lambda _: Skipped(_MAY_NOT_LIST)):
        left = {str(scope): places.is_left(scope) for scope in places.scopes() if not places.is_in_place(scope)}
    empty = ", ".join(store for store, is_left in left.items() if not is_left)
    if empty:
        raise Warned(f"{empty} holds no object of ours any more", "take it out of previous_stores on all machines")
    told = [f"{', '.join(left)} holds objects still: `secure-xcom move --delete` empties it"] if left else []
    if len(left) < len(places.scopes()):
        told.append("store is named as a previous store: `secure-xcom move --delete` takes its large values out")
    return "; ".join(told)
