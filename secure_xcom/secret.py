"""``Secret``: the mark a Dag author puts on a value that must be sealed whatever its name or content."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field
from typing import Final, Generic, NoReturn, TypeVar

from secure_xcom.errors import Refused

T = TypeVar("T")

MASK: Final = "***"

_exposed: ContextVar[bool] = ContextVar("secure_xcom_secret_exposed", default=False)


class Revealed:
    """A bare value on its way through Airflow's serialiser, which leaves an object like this as it is.

    JSON cannot hold it: wherever it went by mistake, it would be refused.
    """

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value

    def __repr__(self) -> str:
        return _printed("what a Secret answers a serialiser")


class Secret(Generic[T]):
    """Marks ``value`` as sensitive: it is sealed wherever it stands in an XCom.

    The consuming task receives the bare value, not the wrapper. ``repr``, ``str`` and formatting give ``***``.
    A worker that runs without this backend fails to serialise it, instead of storing it in plaintext.
    """

    __slots__ = ("_value",)
    __version__ = 1
    CLASSNAME: Final = "secure_xcom.secret.Secret"
    """The name under which Airflow's serialiser encodes it within an object."""

    def __init__(self, value: T) -> None:
        self._value = value

    def reveal(self) -> T:
        """Return the bare value."""
        return self._value

    def __init_subclass__(cls, **options: object) -> NoReturn:
        # Airflow's encoding names the class: a mark under another name would not be recognised, and not be sealed.
        raise TypeError("Secret cannot be subclassed: wrap the value in Secret itself")

    def __repr__(self) -> str:
        return _printed("a Secret within an object")

    def __format__(self, spec: str) -> str:
        return format(_printed("a Secret within an object"), spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and bool(self._value == other._value)

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __deepcopy__(self, memo: object) -> Secret[T]:
        # dataclasses.asdict deep-copies field values; the default would go through __reduce_ex__.
        if _exposed.get():
            # Airflow's serialiser calls it: what it does to the dataclasses in a field is done to those in a mark.
            return Secret(asdict(_Field(self._value))["value"])
        return self

    def __reduce__(self) -> NoReturn:
        raise Refused("a Secret is never pickled: pass the value through an XCom instead")

    def serialize(self) -> Revealed:
        """Answer Airflow's serialiser, which looks for this method; only this backend may ask.

        Raises ``Refused`` to any other backend: Airflow's own would write the value to the database.
        """
        if not _exposed.get():
            raise Refused(
                "a Secret can only be stored by secure-xcom: set [core] xcom_backend = secure_xcom.SecureXComBackend"
            )
        return Revealed(self._value)


def _printed(what: str) -> str:
    """Return the mask. Raises ``Refused`` while a value is encoded: the mask would become its data.

    Airflow's serialiser prints the keys of a dict, and a class's ``serialize()`` may print what it has.
    """
    if _exposed.get():
        raise Refused(f"{what} can be a value, not a key nor a part of a text: wrap the whole in Secret")
    return MASK


@dataclass(frozen=True, slots=True)
class _Field:
    value: object = field(repr=False)


@contextmanager
def exposed() -> Iterator[None]:
    """Let ``Secret.serialize`` answer within the block; for the encoder, whose marks are always sealed."""
    token = _exposed.set(True)
    try:
        yield
    finally:
        _exposed.reset(token)
