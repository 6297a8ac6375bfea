"""``operator``: the name under which the ledger records the person who runs a command."""

from __future__ import annotations

import os
import pwd
import re
from contextlib import suppress
from typing import Final

_USER: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]{0,63}")


def operator() -> str:
    """Return the user of this process, and the one who became it with sudo, as this machine knows them."""
    user = str(os.getuid())
    with suppress(KeyError):
        user = pwd.getpwuid(os.getuid()).pw_name
    before = os.environ.get("SUDO_USER", "")
    return f"{before} as {user}" if _USER.fullmatch(before) else user
