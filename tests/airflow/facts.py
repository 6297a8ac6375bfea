"""What differs between the supported versions of Airflow: a fact each, so that no test has to know a version."""

from __future__ import annotations

from importlib.metadata import version
from typing import Final

INSTALLED: Final = tuple(map(int, version("apache-airflow-core").split(".")[:2]))

HAS_ASYNC_XCOMS: Final = INSTALLED >= (3, 3)
"""``XCom`` and a task instance have asynchronous methods."""

READS_OLD_TUPLES: Final = INSTALLED >= (3, 2)
"""A tuple in the encoding of Airflow 2 can be read back."""

REGISTERS_OPTIONS: Final = INSTALLED >= (3, 2)
"""Airflow itself reads the options that a provider declares, before the first push of a process."""

LISTS_SHOW_PLACEHOLDERS: Final = INSTALLED >= (3, 2)
"""The REST API shows an XCom with a list that holds a placeholder.

Before, it would load the objects of a list (and of nothing else), may not, and breaks the connection.
"""

REFUSES_IN_WORDS: Final = INSTALLED >= (3, 2)
"""The REST API answers who writes a placeholder with a refusal. Before, its own encoder fails."""

SCHEDULER_PRINTS_TASK_LOGS: Final = INSTALLED >= (3, 2)
"""The local executor has the logs of tasks in the output of the scheduler too."""

DELETES_XCOMS: Final = INSTALLED >= (3, 2)
"""The REST API deletes an XCom."""
