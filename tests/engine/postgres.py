"""A PostgreSQL server of the tests' own, where one is installed: in a folder, reached by a socket there."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg

_START_SECONDS = 60.0


def programs() -> Path | None:
    """The folder with `initdb` and `postgres`; None where they are not installed."""
    found = shutil.which("initdb")
    # Debian has them beside the path, one folder a version.
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    places = [Path(found).resolve()] if found else versions
    return places[-1].parent if places else None


class Server:
    """A server that runs.

    Args:
        folder: with its socket.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count()

    def database(self) -> str:
        """The URL of a new, empty schema: a database would have to be copied for each."""
        name = f"book{next(self._numbers)}"
        with self.connected() as connection:
            connection.execute(f"CREATE SCHEMA {name}")
        return f"postgresql://loupe@/postgres?host={self._folder}&options=-csearch_path%3D{name}"

    def disconnect(self) -> None:
        """End all connections, as a server does that starts again."""
        with self.connected() as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )

    def connected(self) -> psycopg.Connection:
        """A connection of the driver's."""
        return psycopg.connect(f"host={self._folder} dbname=postgres user=loupe", autocommit=True)


@contextmanager
def server(bin_folder: Path) -> Iterator[Server]:
    """Start a server, and end it.

    Args:
        bin_folder: as `programs` found it.
    """
    # Not below pytest's folder: the server refuses to be root, and others cannot enter that.
    folder = Path(tempfile.mkdtemp(prefix="loupe-postgres-"))
    user = _user()
    if user is not None:
        os.chown(folder, user, -1)
    command = ["-D", str(folder / "data")]
    try:
        making = [
            str(bin_folder / "initdb"),
            *command,
            "-U",
            "loupe",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
        ]
        subprocess.run(making, check=True, capture_output=True, user=user, cwd=folder)
        options = ["-k", str(folder), "-c", "listen_addresses=", "-c", "fsync=off"]
        with subprocess.Popen(
            [str(bin_folder / "postgres"), *command, *options],
            user=user,
            cwd=folder,
            stderr=(folder / "log").open("wb"),
        ) as process:
            try:
                started = Server(folder)
                _await(started, process, folder / "log")
                yield started
            finally:
                process.send_signal(signal.SIGINT)  # Waits for no client that is still connected.
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _await(started: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while True:
        try:
            started.connected().close()
            return
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(log.read_text()) from None
            time.sleep(0.1)


def _user() -> int | None:
    """Who runs the server: a process of root's must be somebody else."""
    if os.geteuid():
        return None
    names = {entry.pw_name: entry.pw_uid for entry in pwd.getpwall()}
    return names.get("postgres", names.get("nobody"))
