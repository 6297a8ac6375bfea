"""Airflow's secrets masker, with one matcher in place of a pattern that it compiles anew for each text.

Airflow's own masker joins all texts into one regular expression, in the order of a set, and compiles it for each new
text, in the task and in its supervisor: a thousand texts took 23 s there, and of two texts where one begins the other
the rest of the longer one may show. ``install`` replaces what ``SecretsMasker`` searches with, for the whole process;
where one of its private names has moved, Airflow's own way stays in use.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import wraps
from typing import Any, Final

from airflow.sdk._shared.secrets_masker.secrets_masker import (
    SECRETS_TO_SKIP_MASKING,
    SecretsMasker,
    _secrets_masker,
)

from secure_xcom.classify.distinct import is_distinctive
from secure_xcom.classify.forms import LONGEST_NESTED, base64_forms, deep_forms, printed_forms
from secure_xcom.classify.matcher import Matcher
from secure_xcom.errors import MaskingFailed
from secure_xcom.secret import MASK

MOST_IN_A_MESSAGE: Final = 10_000
"""Texts that go to the supervisor in one message: its frames are limited to 4 GiB, and it answers each before more."""

LONGEST_MESSAGE: Final = 1 << 22
"""Characters of a message, but for a longer text: the supervisor attends to its heartbeat between two messages."""

FORMS: Final = "secure_xcom_password"
"""The name under which forms go to the supervisor. It tells that no forms of theirs are wanted; and Airflow's own
masker, which takes only what is named like a secret, takes them too."""

MOST_IN_BASE64: Final = 100
"""Texts of one registration that are looked for in base64 too. Connections and variables come one by one; a task's
sealed values come by thousands, and six more forms of each would hold it up."""

MOST_FORMS_IN_BASE64: Final = 500
"""As many of what a task seals: each of its texts comes in up to a hundred forms."""

LONGEST_IN_BASE64: Final = 1 << 20
"""Characters of a registration that are looked for in base64."""

SHORTEST_IN_BASE64: Final = 10
"""Characters of base64 below which it is a part of too many other texts."""

_SURROGATES: Final = re.compile("[\ud800-\udfff]")


class Replacer:
    """Stands in the place of the compiled pattern of a ``SecretsMasker``."""

    def __init__(self) -> None:
        self.all = Matcher()
        self.distinctive = Matcher()
        """What makes a pushed text sensitive: a common word that somebody registered does not."""

    def add(self, texts: Iterable[str]) -> None:
        """Add texts in all the forms in which they are printed."""
        listed = list(texts)
        self.all.add(listed)
        self.distinctive.add(filter(is_distinctive, listed))

    def sub(self, replacement: str, text: str) -> str:
        """Answer like ``re.Pattern.sub``, the only method of a pattern that Airflow's masker calls."""
        return self.all.mask(text, replacement)

    def __bool__(self) -> bool:
        return len(self.all) > 0


def install() -> None:
    """Have every masker of this process, and of its children, search with a matcher; once."""
    if SecretsMasker.add_mask is not _add_mask:
        SecretsMasker.add_mask = _add_mask
        SecretsMasker.redact = _with_keys(SecretsMasker.redact)


def register(texts: Iterable[str]) -> None:
    """Mask texts, in all the forms that are to be masked, in this process and in its supervisor, which writes the log.

    Raises ``MaskingFailed`` if the supervisor does not take them: Airflow's own function would say nothing.
    """
    masker = _secrets_masker()
    listed = [*texts]
    if masker.secret_mask_adapter is not None:
        listed += [form for text in tuple(listed) for form in _forms(masker, text, printed_forms)]
    _replacer_of(masker).add(listed)
    # A text that UTF-8 cannot hold fails the whole message. What a log prints of it are its escapes.
    sendable = [text for text in listed if text.isascii() or not _SURROGATES.search(text)]
    if len(sendable) <= MOST_FORMS_IN_BASE64 and sum(map(len, sendable)) <= LONGEST_IN_BASE64:
        sendable += [form for text in sendable for form in _in_base64(text)]
    for message in _messages(sendable):
        _tell_supervisor(message)


def _messages(texts: Iterable[str]) -> Iterator[list[str]]:
    message: list[str] = []
    size = 0
    for text in texts:
        if message and (len(message) == MOST_IN_A_MESSAGE or size + len(text) > LONGEST_MESSAGE):
            yield message
            message, size = [], 0
        message.append(text)
        size += len(text)
    if message:
        yield message


def holds(text: str) -> bool:
    """Whether ``text`` holds a distinctive text that is registered with this process's masker."""
    masker = _secrets_masker()
    replacer = masker.replacer
    # Each text of each push comes by here: no lock where nothing is to be converted.
    return (replacer if type(replacer) is Replacer else _replacer_of(masker)).distinctive.holds(text)


def _tell_supervisor(texts: list[str]) -> None:
    from airflow.sdk.execution_time import task_runner
    from airflow.sdk.execution_time.comms import MaskSecret

    comms = getattr(task_runner, "SUPERVISOR_COMMS", None)
    if comms is None:
        return
    try:
        comms.send(MaskSecret(value=texts, name=FORMS))
    except Exception as error:
        failure = type(error).__name__
    else:
        return
    raise MaskingFailed(
        f"Airflow's supervisor did not take what its log must not show ({failure}): the task would log it in plaintext"
    )


def _replacer_of(masker: SecretsMasker) -> Replacer:
    """Return what a masker searches with; a pattern that it compiled before becomes a ``Replacer``."""
    with _converting:
        # Two threads that each made one would lose what is registered with the other.
        if not isinstance(masker.replacer, Replacer):
            replacer = Replacer()
            replacer.add(re.sub(r"\\(.)", r"\1", pattern, flags=re.DOTALL) for pattern in masker.patterns)
            masker.replacer = replacer
        return masker.replacer


def _renew_lock() -> None:
    global _converting
    _converting = threading.Lock()


_converting = threading.Lock()

os.register_at_fork(after_in_child=_renew_lock)


def _add_mask(self: SecretsMasker, secret: Any, name: str | None = None) -> None:
    """Do as ``SecretsMasker.add_mask``, and compile nothing."""
    texts = list(_texts(self, secret, None if name == FORMS else name))
    replacer = _replacer_of(self)
    if name == FORMS:
        replacer.add(texts)
        return
    replacer.add(form for text in texts for form in _forms(self, text, _printed))
    if len(texts) <= MOST_IN_BASE64:
        replacer.add(form for text in texts for form in _in_base64(text))


def _with_keys(original: Callable[..., Any]) -> Callable[..., Any]:
    """Have ``redact`` mask the keys of dicts too: Airflow's own masks their values."""

    @wraps(original)
    def redact(self: SecretsMasker, *arguments: Any, **named: Any) -> Any:
        redacted = original(self, *arguments, **named)
        if not isinstance(redacted, (dict, list, tuple)) or not self.replacer:
            return redacted
        try:
            return _keys_masked(redacted, _replacer_of(self).distinctive, named.get("replacement", MASK))
        except RecursionError:
            return MASK

    return redact


def _keys_masked(node: Any, matcher: Matcher, replacement: str) -> Any:
    # Distinctive texts only: a common word that somebody registered may be the name of a log line's field.
    kind = type(node)
    if kind is dict:
        return {
            matcher.mask(key, replacement) if isinstance(key, str) else key: _keys_masked(child, matcher, replacement)
            for key, child in node.items()
        }
    return kind([_keys_masked(child, matcher, replacement) for child in node]) if kind in (list, tuple) else node


def _texts(masker: SecretsMasker, secret: Any, name: str | None) -> Iterable[str]:
    if isinstance(secret, str):
        if not name or masker.should_hide_value_for_key(name):
            yield secret
    elif isinstance(secret, Mapping):
        for key, value in secret.items():
            yield from _texts(masker, value, key)
    elif isinstance(secret, Iterable):
        for value in secret:
            yield from _texts(masker, value, name)


def _in_base64(text: str) -> Iterable[str]:
    if text.lower() in SECRETS_TO_SKIP_MASKING or not is_distinctive(text):
        return
    for form in base64_forms(text):
        if len(form) >= SHORTEST_IN_BASE64:
            yield form


def _forms(masker: SecretsMasker, text: str, forms_of: Callable[[str], Iterable[str]]) -> Iterable[str]:
    """Yield the forms of a text, and of what Airflow's adapter makes of it, that are masked wherever they stand."""
    if text.lower() in SECRETS_TO_SKIP_MASKING or len(text) < masker.min_length_to_mask:
        return
    for adapted in masker._adaptations(text):
        for form in forms_of(adapted) if adapted else ():
            is_long = len(form) >= masker.min_length_to_mask and form.lower() not in SECRETS_TO_SKIP_MASKING
            # Airflow masks the text itself, whatever it is. A line of it may be a word that each log holds.
            if is_long and (form == adapted or is_distinctive(form)):
                yield form


def _printed(text: str) -> Iterable[str]:
    return (*printed_forms(text), *deep_forms(text)) if len(text) <= LONGEST_NESTED else printed_forms(text)
