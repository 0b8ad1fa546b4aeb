from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograder.worker import kernel, levels, paths, seccomp
from autograder.worker.walls import LAYERS
from tests.worker import imitate
from tests.worker.imitate import MACHINES, NEEDS_ROOT, in_child

pytestmark = NEEDS_ROOT

NEEDS_BUBBLEWRAP = pytest.mark.skipif("A′" not in MACHINES, reason="bubblewrap is not installed")
NAMESPACES = {"pid", "mount", "net", "ipc", "uts", "cgroup"}


def probed(become: Callable[[], None]) -> Any:
    """What the probe finds on a machine: level, layers, missing, advice."""

    def probe() -> list[Any]:
        found = levels.probe()
        return [found.level, sorted(found.layers), found.missing, found.advice]

    level, layers, missing, advice = in_child(probe, become)
    return level, set(layers), " ".join(missing), " ".join(advice)


@pytest.mark.parametrize(
    ("machine", "level", "layers"),
    [
        ("A", "A", {*NAMESPACES, "uid", "landlock", "seccomp"}),
        ("A user", "A", {*NAMESPACES, "user", "landlock", "seccomp"}),
        pytest.param("A′", "A′", {"landlock", "seccomp"}, marks=NEEDS_BUBBLEWRAP),
        ("B", "B", {"uid", "landlock", "seccomp"}),
        ("C", "C", {"landlock", "seccomp"}),
    ],
)
def test_each_machine_is_recognised(machine: str, level: str, layers: set[str]) -> None:
    found = probed(MACHINES[machine])
    assert found[:2] == (level, layers)


def test_where_all_is_there_nothing_is_missing() -> None:
    for machine in ("A", "A user"):
        assert probed(MACHINES[machine])[2:] == ("", "")


def test_what_a_container_lacks_is_said_with_its_reason() -> None:
    _, _, missing, advice = probed(imitate.become_container_user)
    assert "MISSING network namespace: IP blocked by seccomp only" in missing
    assert "MISSING own uid" in missing
    assert "Operation not permitted" in missing
    assert advice


def refusing(*names: str) -> Callable[[], None]:
    """A machine whose kernel lacks some calls."""

    def become() -> None:
        seccomp.apply(seccomp.refusing(kernel.MACHINE, names))

    return become


def test_without_landlock_namespaces_are_still_level_a_and_it_is_said() -> None:
    level, layers, missing, advice = probed(refusing("landlock_create_ruleset"))
    assert level == "A"
    assert "landlock" not in layers
    assert "MISSING landlock" in missing
    assert "lsm=" in advice


def test_without_namespaces_and_landlock_files_have_no_wall() -> None:
    level, _, missing, _ = probed(refusing("unshare", "landlock_create_ruleset"))
    assert level == "D"
    assert "MISSING landlock" in missing


def test_without_seccomp_nothing_else_counts() -> None:
    level, layers, missing, advice = probed(refusing("seccomp"))
    assert level == "D"
    assert "seccomp" not in layers
    assert "MISSING seccomp" in missing
    assert "CONFIG_SECCOMP_FILTER" in advice


def test_root_that_may_not_mount_uses_a_user_namespace() -> None:
    """A container that leaves namespaces to users but takes root's power over the system."""

    level, layers, _, _ = probed(imitate.become_lesser_root)
    assert level == "A"
    assert "user" in layers
    assert "uid" not in layers


@pytest.mark.parametrize("inside", [True, False])
def test_a_read_only_temporary_folder_costs_the_mounts_and_is_named(inside: bool) -> None:
    """With and without an interpreter in sight: bubblewrap needs a folder as much as it needs that."""

    def become() -> None:
        os.chdir(Path(sys.prefix).parent if inside else "/sys")
        kernel.unshare(kernel.CLONE_NEWNS)
        kernel.mount("none", "/", "", kernel.MS_REC | kernel.MS_PRIVATE)
        for folder in ("/tmp", "/var/tmp", "/usr/tmp", str(Path.cwd())):
            if Path(folder).is_dir():
                kernel.mount("x", folder, "tmpfs", kernel.MS_RDONLY)
                os.chdir("/proc")
        tempfile.tempdir = None

    _, layers, missing, _ = probed(become)
    assert "mount" not in layers
    assert "no folder for temporary files can be written to; set TMPDIR" in missing


def test_without_proc_nothing_can_be_verified() -> None:
    def become() -> None:
        kernel.unshare(kernel.CLONE_NEWNS)
        kernel.mount("none", "/", "", kernel.MS_REC | kernel.MS_PRIVATE)
        kernel.mount("x", "/proc", "tmpfs", 0)

    level, layers, missing, _ = probed(become)
    assert (level, layers) == ("D", set())
    assert "MISSING /proc" in missing


def test_another_system_has_no_walls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    found = levels.probe()
    assert (found.level, found.layers) == ("D", frozenset())
    assert found.missing[0].startswith("MISSING all walls")
    assert "Docker" in found.advice[0]


def test_when_no_process_can_be_started_the_probe_still_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    def fork() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", fork)
    found = levels.probe()
    assert found.level == "D"
    assert "no process can be started" in " ".join(found.missing)


def test_a_trial_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(levels, "_SECONDS", 0.1)
    monkeypatch.setattr(levels, "_try_landlock", signal.pause)
    found = levels.probe()
    assert "landlock" not in found.layers
    assert "it never ended" in " ".join(found.missing)


@pytest.mark.parametrize(
    ("layers", "level"),
    [
        ({*LAYERS}, "A"),
        ({*LAYERS} - {"uid"}, "A"),
        ({*LAYERS} - {"user", "uts", "cgroup", "landlock"}, "A"),
        ({*LAYERS} - {"user", "uid"}, "C"),
        ({*LAYERS} - {"mount"}, "B"),
        ({*LAYERS} - {"net"}, "B"),
        ({"landlock", "seccomp"}, "C"),
        ({"uid", "seccomp"}, "D"),
        ({*LAYERS} - {"seccomp"}, "D"),
        (set(), "D"),
    ],
)
def test_levels_by_layers(layers: set[str], level: str) -> None:
    assert levels.classify(layers) == level


# ------------------------------------------------------------------ bubblewrap

FAKE_BWRAP = """#!/bin/sh
while [ "$1" != "--" ]; do shift; done
shift
exec "$@"
"""


def test_bubblewrap_lifts_a_machine_without_namespaces(tmp_path: Path) -> None:
    (tmp_path / "bwrap").write_text(FAKE_BWRAP)
    (tmp_path / "bwrap").chmod(0o755)

    def become() -> None:
        imitate.become_container_root()
        os.environ["PATH"] = f"{tmp_path}:{os.environ['PATH']}"

    level, layers, missing, _ = probed(become)
    assert level == "A′"
    assert layers == {"landlock", "seccomp"}
    assert "all jobs share those that bubblewrap makes" in missing


def test_bubblewrap_that_fails_does_not(tmp_path: Path) -> None:
    (tmp_path / "bwrap").write_text("#!/bin/sh\necho 'bwrap: no permission' >&2; exit 1\n")
    (tmp_path / "bwrap").chmod(0o755)

    def become() -> None:
        imitate.become_container_root()
        os.environ["PATH"] = f"{tmp_path}:{os.environ['PATH']}"

    assert probed(become)[0] == "B"
    assert "bwrap: no permission" in in_child(levels.bubblewrap_missing, become)


def test_the_command_shows_the_readable_hides_the_hidden_and_shares_nothing(tmp_path: Path) -> None:
    for name in ("lib/open.py", "lib/secret/key"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    library, secret = str(tmp_path / "lib"), str(tmp_path / "lib/secret")
    command = levels.bwrap_command((library,), (secret,), ("/jobs",))
    words = " ".join(command)
    assert command[0] == "bwrap"
    assert command[-1] == "--"
    assert {f"--unshare-{name}" for name in ("user", "pid", "net", "ipc", "uts")} <= set(command)
    assert words.index(f"--ro-bind {library} {library}") < words.index(f"--tmpfs {secret}")
    assert "--bind /jobs /jobs" in words
    assert "--setenv TMPDIR /jobs" in words


@NEEDS_BUBBLEWRAP
def test_within_bubblewrap_nothing_can_be_written_but_the_jobs_folders() -> None:
    def write(folder: str) -> list[str]:
        script = "import sys\nfor one in sys.argv[1:]:\n try: open(one, 'w'); print(one)\n except OSError: 0"
        command = levels.bwrap_command(*paths.default_readable(), [folder])
        wanted = [f"{place}/new" for place in ("", "/tmp", "/dev", "/dev/shm", "/usr", folder)]
        done = subprocess.run(
            [*command, sys.executable, "-ISc", script, *wanted], capture_output=True, text=True, check=True
        )
        return done.stdout.split()

    with tempfile.TemporaryDirectory(prefix="loupe-test-") as folder:
        Path(folder).chmod(0o777)
        assert in_child(lambda: write(folder), MACHINES["A′"]) == [f"{folder}/new"]
