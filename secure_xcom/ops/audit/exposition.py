"""Prometheus' text format (0.0.4), for node_exporter's textfile collector.

A name in a label is never more than text: control characters are escapes, and then the format's own characters are
escaped (https://prometheus.io/docs/instrumenting/exposition_formats/).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from secure_xcom.ops.lineage.text import visible

Labels = tuple[tuple[str, str], ...]

NO_LABELS: Final[Labels] = ()

_ESCAPES: Final = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


def metric(name: str, kind: str, says: str, values: Mapping[Labels, float]) -> Iterator[str]:
    """Yield a metric with its help, its type and its series."""
    yield f"# HELP {name} {says}\n# TYPE {name} {kind}\n"
    yield from (f"{name}{_written(labels)} {value}\n" for labels, value in values.items())


def gauge(name: str, says: str, value: float) -> Iterator[str]:
    """Yield a gauge of one series."""
    return metric(name, "gauge", says, {NO_LABELS: value})


def _written(labels: Labels) -> str:
    if not labels:
        return ""
    return f"{{{','.join(f'{name}={_quoted(value)}' for name, value in labels)}}}"


def _quoted(value: str) -> str:
    return f'"{visible(value).translate(_ESCAPES)}"'
