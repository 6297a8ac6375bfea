"""How well the content rules find tokens, what they take for one wrongly, and how long they need.

``python -m benchmarks.detection.content`` prints the figures of the development half and of the held-out half.
Texts are those of ``tests/data/content``, and the leaves of the example outputs that botocore ships, split by service.
Times are of the process alone, the best of some runs: other work on the machine does not count.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

from secure_xcom.classify.content import RULES, ContentRules
from tests.unit.classify.content.corpus import rows

HALVES = ("dev", "held")
LINE = (
    "[2024-11-28T12:00:00.123+0000] {{taskinstance.py:1157}} INFO - Marking task as SUCCESS. dag_id=sales, "
    "task_id=load_{}, run_id=manual__2024, path=/opt/airflow/dags/sales.py\n"
)
ADVERSARIAL = (
    "key=",
    "token=a ",
    "glpat- ",
    "sk-",
    "://a:",
    "eyJ" + "A" * 20 + ".",
    "Bearer a ",
    "MTA",
    "AKIA ",
    "password: ",
    ":_auth",
)


def leaves(half: str) -> Iterator[str]:
    """Yield the texts in botocore's example outputs; services are split by the digests of their names."""
    spec = find_spec("botocore")
    if spec is None or spec.origin is None:
        print("botocore is not installed: no example outputs")
        return
    for path in sorted((Path(spec.origin).parent / "data").glob("*/*/examples-1.json*")):
        service = path.parts[-3]
        if HALVES[hashlib.sha256(service.encode()).digest()[-1] % 2] == half:
            data = path.read_bytes()
            examples = json.loads(gzip.decompress(data) if path.suffix == ".gz" else data)["examples"]
            for operation in examples.values():
                for example in operation:
                    yield from _texts(example.get("output"))


def _texts(node: object) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for child in node.values():
            yield from _texts(child)
    elif isinstance(node, list):
        for child in node:
            yield from _texts(child)


def seconds(work: Callable[[], object], times: int) -> float:
    """Return the best of seven runs, of one time of ``work``."""
    runs = []
    for _ in range(7):
        start = time.process_time()
        for _ in range(times):
            work()
        runs.append((time.process_time() - start) / times)
    return min(runs)


def main() -> None:
    content = ContentRules(RULES)
    print(f"{len(RULES)} rules")
    for half in HALVES:
        tokens = [row.text for row in rows("tokens.csv") if row.half == half]
        negatives = [row.text for row in rows("negatives.csv") if row.half == half]
        outputs = list(leaves(half))
        found = sum(content.rule_of(text) is not None for text in tokens)
        wrong = sum(content.rule_of(text) is not None for text in negatives)
        flagged = sum(content.rule_of(text) is not None for text in outputs)
        print(f"{half:5} tokens found {found} of {len(tokens)}", end=", ")
        print(f"hard negatives {wrong} of {len(negatives)}, AWS example outputs {flagged} of {len(outputs):,}")
    log = "".join(map(LINE.format, range(9_000)))
    base64 = b64encode(random.Random(1).randbytes(800_000)).decode()
    print(f"first text      {seconds(lambda: ContentRules(RULES).rule_of('some text'), 1) * 1e3:8.1f} ms")
    print(f"20 characters   {seconds(lambda: content.rule_of('2024-01-01T00:00:00Z'), 20_000) * 1e6:8.2f} us")
    for name, text in {"a log": log, "base64": base64}.items():
        print(f"1 KB of {name:8}{seconds(lambda: content.rule_of(text[:1024]), 2_000) * 1e6:8.1f} us")  # noqa: B023
        print(f"1 MB of {name:8}{seconds(lambda: content.rule_of(text[:1_000_000]), 1) * 1e3:8.1f} ms")  # noqa: B023
    worst = {unit: seconds(lambda: content.rule_of(unit * (1_000_000 // len(unit))), 1) for unit in ADVERSARIAL}  # noqa: B023
    unit = max(worst, key=worst.__getitem__)
    print(f"worst 1 MB      {worst[unit] * 1e3:8.1f} ms, of {unit!r}")


if __name__ == "__main__":
    main()
