"""``is_uncommon``: whether a word may be masked where it is a password, or would hide half of every log.

Nothing is masked for being a word, since most words that are sealed are names and states. A password of letters alone
is a word too, and only a log that says the same word by itself loses something.
"""

from __future__ import annotations

import re
from typing import Final

from secure_xcom.classify.name_words import VENDORS, words
from secure_xcom.classify.stand_ins import STATES

SHORTEST: Final = 8
"""Characters of a word that is masked: shorter ones are parts of too many others."""

_WORDS: Final = re.compile(r"[^\W\d_]+(?:[ _-]+[^\W\d_]+)*[.!]?")

_LONGEST_PARTICLE: Final = 3

_OF_LOGS: Final = words(
    """
    password passphrase passcode passwords username userpass database databases postgres postgresql rabbitmq cassandra
    couchbase clickhouse minioadmin changeme changeit production development integration preproduction administrator
    superuser anonymous localhost hostname metadata scheduler executor executors triggerer webserver apiserver
    processor operator operators provider providers connection connections variable variables complete completed
    succeeded successful scheduled upstream downstream deferred restarting starting stopping attempting exception
    traceback critical information debugging messages response requests received returned returning templates template
    templated customer customers products transaction transactions analytics reporting warehouse inventory marketing
    accounts payments employees january february september october november december wednesday thursday saturday
    starttls insecure disabled enabled optional required default undefined utf latin
    processing processed exported importing directory location partition partitions timestamp datetime interval
    execution container containers kubernetes namespace deployment environment configuration connected disconnected
    authentication authorization forbidden external redacted unchanged successfully finished finish function functions
    dependency dependencies instance instances generated encrypted encryption workflow workflows heartbeat endpoint
    endpoints resource resources read write only worker workers airflow task tasks dags running queued skipped removed
    success error errors value values table tables schema query queries report reports daily hourly weekly monthly
    public private main master replica primary secondary staging test tests user users admin root service services
    account server client host data file files path name type list item items order orders sales start started stop
    stopped load loading loaded import export update updated insert inserted select delete deleted create created
    """
)
"""Words of logs, names of users and of databases, and what they are for."""


def is_uncommon(text: str) -> bool:
    """Return whether a text is a word, or some that are joined, of which logs do not say each by itself.

    White space around it does not count. Names with dots, slashes and colons are those of hosts, tables and folders.
    """
    if len(text) < SHORTEST or _WORDS.fullmatch(text := text.strip()) is None or len(text) < SHORTEST:
        return False
    parts = [part for part in re.split("[ _-]+", text.strip("!. ").lower()) if len(part) > _LONGEST_PARTICLE]
    return not all(part in _OF_LOGS or part in STATES or part in VENDORS for part in parts)
