from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograder.worker import kernel, landlock, paths
from tests.worker.imitate import NEEDS_ROOT, in_child

pytestmark = NEEDS_ROOT


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """packages/ with an open and a hidden package, and a folder to write to."""
    for name in ("packages/open/a.py", "packages/hidden/key.py", "packages/one.py", "own/notes", "other/x"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


def behind(grants: landlock.Grants, action: Callable[[], Any]) -> Any:
    def locked() -> Any:
        kernel.set_no_new_privileges()
        landlock.apply(grants)
        return action()

    return in_child(locked)


def goes(action: Callable[[], object]) -> bool:
    try:
        action()
    except PermissionError:
        return False
    return True


def test_only_what_is_granted_can_be_opened(tree: Path) -> None:
    grants = landlock.Grants(read=(str(tree / "packages"),), write=(str(tree / "own"),))

    def attempts() -> dict[str, bool]:
        return {
            "read granted": goes((tree / "packages/open/a.py").read_text),
            "write own": goes(lambda: (tree / "own/new").write_text("x")),
            "rename in own": goes(lambda: (tree / "own/new").rename(tree / "own/newer")),
            "read other": goes((tree / "other/x").read_text),
            "list other": goes(lambda: list((tree / "other").iterdir())),
            "write readable": goes(lambda: (tree / "packages/one.py").write_text("x")),
            "truncate readable": goes(lambda: os.truncate(tree / "packages/one.py", 0)),
            "remove readable": goes((tree / "packages/one.py").unlink),
            "link out": goes(lambda: os.link(tree / "packages/open/a.py", tree / "packages/b.py")),
        }

    granted = {"read granted", "write own", "rename in own"}
    behind_it = behind(grants, attempts)
    assert {name for name, went in behind_it.items() if went} == granted
    assert (tree / "packages/one.py").read_text() == "packages/one.py"
    assert all(in_child(attempts).values())


def test_neighbours_of_the_hidden_are_readable_and_the_hidden_is_not(tree: Path) -> None:
    packages = tree / "packages"
    grants = paths.readable_minus_hidden((str(packages),), (str(packages / "hidden"),))

    def attempts() -> list[bool]:
        files = ("open/a.py", "one.py", "hidden/key.py")
        return [goes((packages / name).read_text) for name in files] + [
            goes(lambda: list(packages.iterdir()))
        ]

    assert behind(grants, attempts) == [True, True, False, True]
    assert str(packages) not in grants.read


def test_paths_that_are_not_there_are_passed_over(tree: Path) -> None:
    grants = landlock.Grants(read=(str(tree / "nowhere"), str(tree / "other")))
    assert behind(grants, lambda: goes((tree / "other/x").read_text))


def test_tcp_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def connect() -> bool:
            return goes(lambda: socket.create_connection(("127.0.0.1", port), timeout=5).close())

        assert in_child(connect)
        assert not behind(landlock.Grants(), connect)


def test_processes_outside_cannot_be_signalled() -> None:
    victim = os.fork()
    if victim == 0:
        signal.pause()
        os._exit(0)
    try:

        def signal_it() -> bool:
            return goes(lambda: os.kill(victim, 0))

        assert in_child(signal_it)
        assert not behind(landlock.Grants(), signal_it)
    finally:
        os.kill(victim, signal.SIGKILL)
        os.waitpid(victim, 0)


def test_abstract_sockets_outside_cannot_be_reached() -> None:
    name = f"\0loupe-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(name)
        server.listen()

        def connect() -> bool:
            with socket.socket(socket.AF_UNIX) as client:
                return goes(lambda: client.connect(name))

        assert in_child(connect)
        assert not behind(landlock.Grants(), connect)


def test_what_an_older_kernel_lacks_is_said() -> None:
    assert landlock.without(7) == []
    assert landlock.without(1)[0] == "truncating files outside"
    assert len(landlock.without(1)) == 4


@pytest.mark.parametrize("version", [1, 2, 3, 4, 5])
def test_older_versions_still_keep_files(version: int, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landlock, "abi", lambda: version)
    assert not behind(landlock.Grants(write=(str(tree / "own"),)), lambda: goes((tree / "other/x").read_text))
