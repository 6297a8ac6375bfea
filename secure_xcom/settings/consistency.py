"""What is wrong with options that are right one by one: a weaker route, or a store or key that nothing can name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from secure_xcom.settings.previous import PreviousStore
    from secure_xcom.settings.routes_file import RoutesFile
    from secure_xcom.settings.uri import AdapterUri

_STORE_STRENGTH: Final[Mapping[str, int]] = {"file": 0, "airflow+file": 0, "airflow+local": 0}

_KEY_STRENGTH: Final[Mapping[str, int]] = {"local": 0}
"""What is kept on the machine itself is weaker than what asks a server, which knows identities; the rest are alike."""


class Options(Protocol):
    """The options that depend on one another: ``Settings`` has them."""

    @property
    def store(self) -> AdapterUri: ...
    @property
    def key(self) -> AdapterUri | None: ...
    @property
    def previous_stores(self) -> tuple[PreviousStore, ...]: ...
    @property
    def previous_keys(self) -> tuple[AdapterUri, ...]: ...
    @property
    def large_store(self) -> AdapterUri | None: ...
    @property
    def ttl(self) -> int: ...
    @property
    def routes(self) -> RoutesFile | None: ...


def contradictions(options: Options) -> Iterator[str]:
    """Give each problem, for people."""
    yield from _weaknesses(options)
    yield from _unreadable(options)
    yield from dict.fromkeys(_indistinct_keys(options))


def _weaknesses(options: Options) -> Iterator[str]:
    """A route may only strengthen what stands above, and what a store does not encrypt needs a key."""
    if options.large_store and options.key is None and options.large_store.scheme != "vault":
        yield f"key: needed with large_store = {options.large_store.scheme}://"
    for route in options.routes.routes if options.routes else ():
        for option, uri, above, strength in (
            ("store", route.store, options.store, _STORE_STRENGTH),
            ("key", route.key, options.key, _KEY_STRENGTH),
        ):
            if uri and above and strength.get(uri.scheme, 1) < strength.get(above.scheme, 1):
                yield (
                    f"routes: {route.domain} {option}: {uri.scheme}:// is weaker than {above.scheme}://, which all "
                    "Dags have; a route may only strengthen"
                )
        if route.ttl is not None and options.ttl and not 0 < route.ttl <= options.ttl:
            yield f"routes: {route.domain} ttl: longer than that of all Dags; a route may only shorten it"
        store, key = route.store or options.store, route.key or options.key
        if key is None and store.scheme != "vault":
            yield f"routes: {route.domain} key: needed with {store.scheme}://"


def _unreadable(options: Options) -> Iterator[str]:
    """Give what is wrong with previous stores: a domain's own, or those of all, under the key of the domain."""
    routes = options.routes.routes if options.routes else ()
    for store, key, previous in (
        (options.store, options.key, options.previous_stores),
        *((one.store or options.store, one.key or options.key, one.previous_stores or ()) for one in routes),
    ):
        for one in previous:
            if one.uri in (store, options.large_store) and one.native != (key is None):
                yield f"previous_stores: {one} is the current store, which seals in another way: give it another place"
            elif one.uri == options.large_store or (one.uri == store and options.large_store is None):
                # Large values leave the current store for a first large store.
                yield f"previous_stores: {one} is the current store: take it out"
            elif key is None and not one.native:
                yield one.without_key


def _indistinct_keys(options: Options) -> Iterator[str]:
    """A header names its key by kind and id alone, so two keys of one name could not be distinguished."""
    routes = options.routes.routes if options.routes else ()
    above = (options.key, options.previous_keys)
    own = (
        (route.key or above[0], above[1] if route.previous_keys is None else route.previous_keys) for route in routes
    )
    for key, previous in (above, *own):
        if previous and key is None:
            yield "previous_keys: need a key that has replaced them: set [secure_xcom] key"
        names = [(uri.scheme, uri.authority, uri.path) for uri in (key, *previous) if uri is not None]
        for scheme, authority, path in sorted({name for name in names if names.count(name) > 1}):
            named = "/".join(part for part in (authority, path) if part)
            yield (
                f"previous_keys: {scheme}://{named} is named twice, as key or as previous key, and an object names its "
                "key in no other way: give the new key another name"
            )
