"""``NO_SESSION``: what cookies are called that hold no session, though scripts of a page cannot read them."""

from __future__ import annotations

import re
from typing import Final

NO_SESSION: Final = re.compile("(?i:affinity|awsalb|optanon|consent|bigip|lang|locale|theme)")
"""Matches in the names of those that balance load, or remember a consent or a language."""
