"""Syslog (RFC 5424): a message a line, with the entry as structured data and a sentence for people.

The enterprise number is 32473, which RFC 5612 reserves for documentation: this project has none of its own. The
facility is 13, ``log audit``. A name is written with escapes before it is escaped as section 6.3.3 says, so that no
message has a second line.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from secure_xcom.model.entry import Outcome
from secure_xcom.ops.audit.events.fields import PRODUCT, Field, fields, sentence
from secure_xcom.ops.lineage.text import visible

if TYPE_CHECKING:
    from secure_xcom.ledger.reading import Recorded

SD_ID: Final = "xcom@32473"

_FACILITY: Final = 13
_SEVERITY: Final = {Outcome.DONE: 6, Outcome.EXPIRED: 5, Outcome.REFUSED: 4, Outcome.FAILED: 3}
"""Informational, notice, warning, error (section 6.2.1)."""

_BOM: Final = "\ufeff"
"""Says that the message is UTF-8 (section 6.4)."""

_NIL: Final = "-"
_LONGEST_HOSTNAME: Final = 255
_IN_HEADER: Final = ("time", "event")
_ESCAPES: Final = str.maketrans({character: f"\\{character}" for character in '\\"]'})


def encode(batch: Sequence[Recorded]) -> str:
    """Return a message for each entry."""
    return "".join(map(_message, batch))


def _message(recorded: Recorded) -> str:
    entry, found = recorded.entry, fields(recorded)
    priority = _FACILITY * 8 + _SEVERITY[entry.outcome]
    header = f"<{priority}>1 {found['time']} {_hostname(entry.host)} {PRODUCT} {_NIL} {entry.event.value}"
    data = "".join(_parameter(name, field) for name, field in found.items() if name not in _IN_HEADER)
    return f"{header} [{SD_ID}{data}] {_BOM}{sentence(entry)}\n"


def _parameter(name: str, field: Field) -> str:
    if field is None or field == "":
        return ""
    text = visible(field) if isinstance(field, str) else str(field).lower()
    return f' {name}="{text.translate(_ESCAPES)}"'


def _hostname(host: str) -> str:
    """Return the host if the header can hold it: 255 printable characters of ASCII. The data has it in any case."""
    fits = 0 < len(host) <= _LONGEST_HOSTNAME and all("!" <= character <= "~" for character in host)
    return host if fits else _NIL
