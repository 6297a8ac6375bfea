"""``Objects``: Airflow's serialisation, made safe to call on secrets.

What a class's own serialiser or validator raises may quote the value (pydantic's errors do); so every such error
becomes a ``PayloadError`` that names the class and nothing else, raised when the other one is out of reach.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from secure_xcom.errors import PayloadError, translated
from secure_xcom.model.value import CLASSNAME, DATA, JSON
from secure_xcom.secret import Secret, exposed

_NOT_ALLOWED: Final = "add it to [core] allowed_deserialization_classes, as for any XCom"


class Objects:
    """Encodes and decodes for one push or pull; what was encoded or decoded before is not encoded again."""

    def __init__(self, encode: Callable[[object], JSON], decode: Callable[[JSON], object]) -> None:
        self._encode = encode
        self._decode = decode
        # The object is kept beside its encoding: an id is only unique while its object lives.
        self._encoded: dict[int, tuple[object, JSON]] = {}

    def encode(self, value: object) -> JSON:
        """Return Airflow's encoding; raises ``PayloadError`` for what Airflow cannot serialise."""
        if id(value) not in self._encoded:
            self._encoded[id(value)] = (value, self._encode_safely(value))
        return self._encoded[id(value)][1]

    def decode(self, encoded: JSON) -> object:
        """Rebuild an object; raises ``PayloadError`` when Airflow refuses or its class does."""
        with translated(Exception, into=lambda error: _not_rebuilt(encoded, error)):
            decoded = self._decode(encoded)
        self._encoded[id(decoded)] = (decoded, encoded)
        return decoded

    def _encode_safely(self, value: object) -> JSON:
        with translated(Exception, into=lambda error: _not_serialised(value, error)):
            with exposed():
                encoded = self._encode(value)
            _require_json(encoded)
        if hasattr(value, "model_dump") and _PYDANTIC_MASK in _texts(encoded):
            raise PayloadError(_HIDDEN_BY_PYDANTIC)
        return encoded


def _not_rebuilt(encoded: JSON, error: Exception) -> Exception:
    if isinstance(error, RecursionError):
        return error
    problem = f"{type(error).__name__} from the class that was to be rebuilt"
    if isinstance(error, ImportError):
        # A class's own deserialiser may raise this too, so Airflow's words are recognised and not repeated.
        problem = _NOT_ALLOWED if "not found in allow list" in str(error) else type(error).__name__
    name = encoded.get(CLASSNAME) if isinstance(encoded, dict) else type(encoded).__name__
    return PayloadError(f"a sealed value of type {name} cannot be rebuilt: {problem}")


def _not_serialised(value: object, error: Exception) -> Exception:
    if isinstance(error, RecursionError):
        return error
    return PayloadError(
        f"Airflow cannot serialise an object of {type(value)} ({type(error).__name__}): return built-in types, "
        "a dataclass, or a class with serialize() and deserialize()"
    )


_PYDANTIC_MASK: Final = "**********"
"""What pydantic's JSON holds in place of a SecretStr or SecretBytes: the value is lost."""

_HIDDEN_BY_PYDANTIC: Final = (
    "a pydantic model with a SecretStr or SecretBytes cannot go through an XCom: Airflow's encoding holds asterisks in "
    "its place. Use str for the field, whose name or secure_xcom.Secret has it sealed"
)


def _require_json(encoded: object) -> None:
    """Raise ``TypeError`` for anything but JSON: it would not be searched, and Airflow's refusal would quote it."""
    if isinstance(encoded, dict):
        if encoded.get(CLASSNAME) != Secret.CLASSNAME:
            for child in encoded.values():
                _require_json(child)
    elif isinstance(encoded, list):
        for child in encoded:
            _require_json(child)
    elif not (encoded is None or isinstance(encoded, (bool, int, float, str))):
        raise TypeError


def _texts(encoded: JSON) -> Iterator[str]:
    if isinstance(encoded, str):
        yield encoded
    elif isinstance(encoded, (dict, list)):
        for child in encoded.values() if isinstance(encoded, dict) else encoded:
            yield from _texts(child)


def unmarked(encoded: JSON) -> JSON:
    """Airflow's encoding of an object without the marks in it, which the consumer is not to see."""
    if isinstance(encoded, dict):
        if encoded.get(CLASSNAME) == Secret.CLASSNAME:
            return unmarked(encoded[DATA])
        return {key: unmarked(child) for key, child in encoded.items()}
    return [unmarked(child) for child in encoded] if isinstance(encoded, list) else encoded
