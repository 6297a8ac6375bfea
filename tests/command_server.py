"""``secure-xcom`` for many commands: Airflow is imported once, and each command is a process forked from that.

A command alone takes two seconds, nearly all of them to import Airflow. The child has the environment, the directory
and the streams of the client, and reads the client's ``airflow.cfg``.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

CLIENT = """
import json, os, socket, sys
with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as server:
    server.connect({address!r})
    asked = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
    socket.send_fds(server, [asked], [0, 1, 2])
    sys.exit(server.recv(1)[0])
"""
"""Takes the place of the command. Its interpreter needs no packages, and starts at once."""


def write_client(directory: Path, address: Path) -> None:
    """Put a ``secure-xcom`` into a directory of the path."""
    (directory / "client.py").write_text(CLIENT.format(address=str(address)))
    command = directory / "secure-xcom"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -I -S {directory / "client.py"} "$@"\n')
    command.chmod(0o755)


@contextmanager
def serving(directory: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """Keep a ``secure-xcom`` in ``directory``, answered by a process that Airflow is imported into with this home."""
    # A socket's path is short.
    address = directory / "s"
    write_client(directory, address)
    settings = {
        "AIRFLOW__CORE__XCOM_BACKEND": "secure_xcom.SecureXComBackend",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }
    command = [sys.executable, "-P", __file__, address]
    with subprocess.Popen(command, env={**environment, **settings}, stdout=subprocess.PIPE) as server:
        try:
            assert server.stdout
            assert server.stdout.readline() == b"ready\n"
            yield
        finally:
            server.kill()


def serve(address: str) -> None:
    """Answer clients, until the process is ended."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as server:
        server.bind(address)
        server.listen()
        print("ready", flush=True)
        while True:
            client, _ = server.accept()
            with client:
                child = os.fork()
                if not child:
                    _answer(client)
            os.waitpid(child, 0)


def _answer(client: socket.socket) -> None:
    code = 70
    try:
        asked, streams, _, _ = socket.recv_fds(client, 1 << 18, 3)
        arguments, directory, environment = json.loads(asked)
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        os.chdir(directory)
        os.environ.clear()
        os.environ.update(environment)
        code = _run(arguments)
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        client.send(bytes([code]))
        os._exit(0)


def _run(arguments: list[str]) -> int:
    from secure_xcom.airflow.internals.compat import conf
    from secure_xcom.cli import app

    conf.read(Path(os.environ["AIRFLOW_HOME"], "airflow.cfg"))
    try:
        app(arguments, prog_name="secure-xcom")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    return 0


if __name__ == "__main__":
    import secure_xcom.airflow.deployment
    import secure_xcom.airflow.host
    import secure_xcom.cli
    import secure_xcom.ledger.rekey
    import secure_xcom.ledger.verify  # noqa: F401

    serve(sys.argv[1])
