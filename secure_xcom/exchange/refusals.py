"""What a store's or a key's refusal means to the task that pulls: whose value it is, and what grants or finds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secure_xcom.errors import NotGranted, ObjectNotFound

if TYPE_CHECKING:
    from secure_xcom.errors import SecureXComError
    from secure_xcom.exchange.admission import ReadRequest
    from secure_xcom.model.placeholder import Placeholder
    from secure_xcom.ports.routes import Route


def not_granted(error: SecureXComError, request: ReadRequest) -> SecureXComError:
    """Say of another Dag's value what grants it. Of the own Dag's, the refusal itself is what to mend."""
    if request.reader is None or request.reader.dag_id == request.query.dag_id:
        return error
    return NotGranted(
        "the value is another Dag's, and its store or key refuses this Dag: grant it by readers in the routes file",
        f"{request}: have the owner of the value add {request.reader.dag_id!r} to the readers of its Dag in the "
        "file that [secure_xcom] routes names, and apply what `secure-xcom iam` prints",
        *error.args,
    )


def elsewhere(error: ObjectNotFound, placeholder: Placeholder, route: Route) -> ObjectNotFound:
    """Say of an object that is nowhere if the row names another store. That is for people: no store is asked for it."""
    if placeholder.store in {one.store.scheme for one in route.everywhere}:
        return error
    return ObjectNotFound(
        *error.args,
        "the placeholder names another kind of store than the configured ones: add the store that it was pushed to to "
        "[secure_xcom] previous_stores",
    )
