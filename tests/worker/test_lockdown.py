"""The walls from inside, on every machine that can be imitated; each attempt goes through without them."""

from __future__ import annotations

import asyncio
import os
import pwd
import resource
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autograder.worker import kernel, levels, lockdown, paths
from autograder.worker.walls import JobLimits, Walls
from tests.worker import imitate
from tests.worker.imitate import MACHINES, NEEDS_ROOT, in_child, in_walls

pytestmark = NEEDS_ROOT

REPOSITORY = Path(__file__).parents[2]
ALL = pytest.mark.parametrize("machine", MACHINES)
WITH_MOUNTS = pytest.mark.parametrize("machine", ["A", "A user"])
WITHOUT_MOUNTS = pytest.mark.parametrize("machine", ["B", "C"])
ONLY_OWN_USER = pytest.mark.parametrize("machine", ["A", "A user", "B"])


def locked(machine: str, action: Callable[[], Any], **settings: Any) -> Any:
    return in_walls(action, MACHINES[machine], **settings)


def free(machine: str, action: Callable[[], Any]) -> Any:
    return in_child(action, MACHINES[machine])


def went(action: Callable[[], object]) -> bool:
    try:
        action()
    except OSError:
        return False
    return True


# ------------------------------------------------------------------ files


@ALL
def test_the_work_folder_is_the_working_directory_and_writable(machine: str) -> None:
    def use() -> list[Any]:
        Path("sub").mkdir()
        Path("sub/new").write_text("mine")
        Path("given.txt").write_text(Path("given.txt").read_text() + "!")
        return [Path("sub/new").read_text(), Path("given.txt").read_text()]

    assert locked(machine, use, files={"given.txt": b"hello"}) == ["mine", "hello!"]


@ALL
def test_files_outside_cannot_be_read(machine: str) -> None:
    def read() -> dict[str, bool]:
        outside = (
            REPOSITORY / "pyproject.toml",
            REPOSITORY / "autograder/evidence.py",
            Path("/etc/hostname"),
        )
        return {str(path): went(path.read_bytes) for path in outside}

    assert set(free(machine, read).values()) == {True}
    assert set(locked(machine, read).values()) == {False}


@ALL
def test_nothing_but_the_own_folders_can_be_written(machine: str) -> None:
    def write() -> dict[str, bool]:
        folders = ("/", "/etc", "/usr", "/dev", "/var/tmp", "/run", sys.prefix, sys.base_prefix, "/proc")
        return {folder: went((Path(folder) / "loupe-test").touch) for folder in folders}

    assert set(locked(machine, write).values()) == {False}
    assert not Path("/var/tmp/loupe-test").exists()


def test_root_without_walls_can_write_to_those_folders() -> None:
    def write() -> bool:
        kernel.unshare(kernel.CLONE_NEWNS)
        kernel.mount("none", "/", "", kernel.MS_REC | kernel.MS_PRIVATE)
        kernel.mount("x", "/var/tmp", "tmpfs", 0)
        return went(Path("/var/tmp/loupe-test").touch)

    assert in_child(write)


@WITH_MOUNTS
def test_the_root_holds_nothing_but_what_is_readable(machine: str) -> None:
    def look() -> list[str]:
        return [*map(str, Path("/etc").iterdir()), *map(str, Path("/").iterdir())]

    seen = set(locked(machine, look))
    assert "/etc/shadow" not in seen
    assert not seen & {"/home", "/var", "/run", "/mnt", "/srv", "/boot"}
    assert "/usr" in seen


@ALL
def test_this_project_is_hidden_and_its_neighbours_are_not(machine: str) -> None:
    def look() -> list[bool]:
        packages = Path(next(entry for entry in sys.path if entry.endswith("site-packages")))
        ours = [path for name in ("loupe_grader*", "_editable_impl_loupe*") for path in packages.glob(name)]
        files = [path for folder in ours for path in (folder, *folder.rglob("*")) if path.is_file()]
        return [
            any(went(path.read_bytes) for path in files),
            went((packages / "numpy/version.py").read_bytes),
        ]

    assert free(machine, look) == [True, True]
    assert locked(machine, look) == [False, True]


@WITH_MOUNTS
def test_temporary_files_and_shared_memory_are_the_jobs_own(machine: str) -> None:
    with tempfile.NamedTemporaryFile(prefix="loupe-secret-") as secret:

        def look() -> list[Any]:
            Path("/tmp/mine").touch()
            Path("/dev/shm/mine").touch()
            return [Path(secret.name).exists(), sorted(path.name for path in Path("/dev/shm").iterdir())]

        assert locked(machine, look) == [False, ["mine"]]
    assert not Path("/tmp/mine").exists()


@WITHOUT_MOUNTS
def test_without_a_root_of_its_own_a_job_writes_to_its_folder_only(machine: str) -> None:
    def write() -> list[bool]:
        Path(".tmp/x").touch()
        return [went(Path("/tmp/loupe-x").touch), went(Path("/dev/shm/loupe-x").touch)]

    assert locked(machine, write) == [False, False]


@WITH_MOUNTS
def test_the_disk_is_full_at_its_limit(machine: str) -> None:
    def fill() -> list[Any]:
        def write(folder: str) -> str:
            try:
                for number in range(4):
                    (Path(folder) / str(number)).write_bytes(bytes(1 << 20))
            except OSError as error:
                return os.strerror(error.errno or 0)
            return "all written"

        def create(folder: str) -> int:
            for number in range(1000):
                if not went((Path(folder) / f"f{number}").touch):
                    return number
            return 1000

        folders = (".", "/tmp", "/dev/shm")
        return [*(write(folder) for folder in folders), *(create(folder) < 200 for folder in folders)]

    limits = JobLimits(disk_mb=2, inodes=100)
    assert locked(machine, fill, limits=limits) == ["No space left on device"] * 3 + [True] * 3


@WITH_MOUNTS
def test_given_files_that_do_not_fit_are_named_as_the_cause(machine: str) -> None:
    with pytest.raises(imitate.ChildError, match="do not fit into its disk limit"):
        locked(machine, lambda: 1, limits=JobLimits(disk_mb=1), files={"big": bytes(3 << 20)})


def test_links_and_pipes_among_the_given_files_stay_behind(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/hostname")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/file").write_text("x")

    def enter() -> list[str]:
        walls = imitate.walls_here(str(tmp_path))
        lockdown.unshare_processes(walls)

        def look() -> list[str]:
            return sorted(map(str, Path().rglob("*")))

        return list(in_child(look, lambda: lockdown.enter(walls, [60])))

    assert in_child(enter) == ["folder", "folder/file"]


def test_an_interpreter_out_of_reach_is_said_in_words(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    work = tmp_path / "work"
    work.mkdir()

    def enter() -> str:
        imitate.become_container_root()
        try:
            lockdown.enter(imitate.walls_here(str(work)), [60])
        except lockdown.LockdownError as error:
            return f"{error.step}: {error}"
        return ""

    words = in_child(enter)
    assert words.startswith("paths: ")
    assert "cannot enter" in words
    assert str(work) in words


# ------------------------------------------------------------------ network, processes, privileges


@ALL
def test_a_listening_socket_cannot_be_reached(machine: str, unix_server: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def connect() -> list[bool]:
            def unix() -> None:
                with socket.socket(socket.AF_UNIX) as client:
                    client.connect(unix_server)

            return [went(lambda: socket.create_connection(("127.0.0.1", port), 5).close()), went(unix)]

        assert free(machine, connect) == [True, True]
        assert locked(machine, connect) == [False, False]
        server.setblocking(False)
        server.accept()[0].close()  # The one made without walls.
        assert not select.select([server], [], [], 0)[0]


@pytest.fixture
def unix_server() -> Iterator[str]:
    """The path of a listening Unix socket that everybody may connect to."""
    with tempfile.TemporaryDirectory(prefix="loupe-test-") as folder, socket.socket(socket.AF_UNIX) as server:
        Path(folder).chmod(0o755)
        path = f"{folder}/server"
        server.bind(path)
        Path(path).chmod(0o777)
        server.listen()
        yield path


@ALL
def test_a_process_outside_cannot_be_touched(machine: str) -> None:
    """The victim runs as the user of the locked process's supervisor."""

    def with_victim(attack: Callable[[int], Any], lock: bool) -> Any:
        def run() -> Any:
            victim = os.fork()
            if victim == 0:
                signal.pause()
                os._exit(0)
            kernel.set_dumpable(True)
            try:
                if not lock:
                    return attack(victim)
                with tempfile.TemporaryDirectory(prefix="loupe-test-") as work:
                    Path(work).chmod(0o755)
                    walls = imitate.walls_here(work)
                    lockdown.unshare_processes(walls)
                    return in_child(lambda: attack(victim), lambda: lockdown.enter(walls, [60]))
            finally:
                os.kill(victim, signal.SIGKILL)
                os.waitpid(victim, 0)

        return in_child(run, MACHINES[machine])

    def attack(victim: int) -> list[bool]:
        return [
            went(lambda: os.kill(victim, 0)),
            went(lambda: resource.prlimit(victim, resource.RLIMIT_CPU, (100, 100))),
            went(lambda: os.sched_setaffinity(victim, os.sched_getaffinity(0))),
            went(lambda: os.setpriority(os.PRIO_PROCESS, victim, 1)),
            went(lambda: Path(f"/proc/{victim}/status").read_text()),
        ]

    assert with_victim(attack, lock=False) == [True] * 5
    assert with_victim(attack, lock=True) == [False] * 5


@WITH_MOUNTS
def test_only_the_jobs_processes_exist(machine: str) -> None:
    def look() -> list[Any]:
        return [os.getpid(), [path.name for path in Path("/proc").iterdir() if path.name.isdigit()]]

    assert locked(machine, look) == [1, ["1"]]


@ALL
def test_no_privilege_is_left_or_can_be_had(machine: str) -> None:
    def look() -> list[Any]:
        lines = Path("/proc/self/status").read_text().splitlines()
        status = dict(line.split(":", 1) for line in lines)
        had = [int(status[name], 16) for name in ("CapEff", "CapPrm", "CapInh", "CapAmb")]
        calls = [
            went(lambda: os.setuid(0)) and os.getuid() == 0,
            went(lambda: kernel.unshare(kernel.CLONE_NEWUSER)),
            went(lambda: kernel.mount("x", ".", "tmpfs", 0)),
            went(lambda: kernel.syscall("ptrace", 0, 0, 0, 0)),
            went(lambda: os.mknod("disk", 0o60600, os.makedev(254, 0))),
        ]
        return [had, int(status["NoNewPrivs"]), calls]

    assert locked(machine, look) == [[0] * 4, 1, [False] * 5]


@ALL
def test_no_descriptor_is_inherited(machine: str) -> None:
    reading, writing = os.pipe()
    secret = os.dup2(reading, 190, inheritable=True)
    try:

        def look() -> list[int]:
            return [number for number in range(256) if went(lambda number=number: os.fstat(number))]

        assert 190 in free(machine, look)
        assert locked(machine, look) == [0, 1, 2, 60]
    finally:
        for descriptor in (reading, writing, secret):
            os.close(descriptor)


# ------------------------------------------------------------------ limits


@ALL
def test_a_large_file_is_refused_at_its_limit(machine: str) -> None:
    def write() -> list[Any]:
        with Path("big").open("wb", buffering=0) as file:
            return [went(lambda: [file.write(bytes(1 << 20)) for _ in range(4)]), file.tell()]

    assert locked(machine, write, limits=JobLimits(file_mb=2)) == [False, 2 << 20]


@ALL
def test_too_much_memory_is_a_memory_error(machine: str) -> None:
    def take() -> str:
        try:
            return str(len(bytearray(512 << 20)))
        except MemoryError:
            return "MemoryError"

    assert free(machine, take) == str(512 << 20)
    assert locked(machine, take, limits=JobLimits(memory_mb=256)) == "MemoryError"


@ONLY_OWN_USER
def test_a_fork_bomb_ends_at_its_limit(machine: str) -> None:
    def bomb() -> int:
        children = []
        try:
            for _ in range(60):
                child = os.fork()
                if child == 0:
                    signal.pause()
                    os._exit(0)
                children.append(child)
        except OSError:
            pass
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        return len(children)

    assert free(machine, bomb) == 60
    assert 10 < locked(machine, bomb, limits=JobLimits(processes=30)) < 31


def test_where_the_user_is_shared_the_limit_counts_what_runs_already() -> None:
    def bomb() -> bool:
        _, limit = resource.getrlimit(resource.RLIMIT_NPROC)
        return 30 < limit < 30 + 100_000

    assert locked("C", bomb, limits=JobLimits(processes=30))


@ALL
def test_too_much_processor_time_is_the_end(machine: str) -> None:
    def burn() -> None:
        signal.signal(signal.SIGXCPU, signal.SIG_IGN)
        while True:
            pass

    with pytest.raises(imitate.ChildError, match="without an answer"):
        locked(machine, burn, limits=JobLimits(cpu_seconds=1))


@ALL
def test_the_other_limits_are_set(machine: str) -> None:
    def read() -> list[list[int]]:
        kinds = (resource.RLIMIT_NOFILE, resource.RLIMIT_CORE, resource.RLIMIT_CPU)
        return [list(resource.getrlimit(kind)) for kind in kinds]

    assert locked(machine, read, limits=JobLimits(open_files=99, cpu_seconds=7)) == [[99, 99], [0, 0], [7, 8]]


# ------------------------------------------------------------------ what must go on working


@ALL
def test_python_works_behind_the_walls(machine: str) -> None:
    def work() -> list[Any]:
        os.environ["TMPDIR"] = tempfile.tempdir = (
            "/tmp" if machine.startswith("A") else str(Path(".tmp").resolve())
        )
        seen: list[int] = []
        thread = threading.Thread(target=lambda: seen.append(1))
        thread.start()
        thread.join()

        async def nothing() -> int:
            await asyncio.sleep(0)
            return 2

        seen.append(asyncio.run(nothing()))
        code = "import numpy, json; print(json.dumps(int(numpy.arange(3).sum())))"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        with tempfile.TemporaryFile() as file:
            file.write(b"x")
        shell = subprocess.run("echo $((6*7)) | cat", shell=True, capture_output=True, text=True, check=True)
        return [seen, done.stdout.strip() or done.stderr, shell.stdout.strip()]

    assert locked(machine, work) == [[1, 2], "3", "42"]


@ONLY_OWN_USER
def test_a_pseudo_terminal_can_be_opened(machine: str) -> None:
    def talk() -> str:
        outer, inner = os.openpty()
        os.write(inner, b"hello")
        return os.read(outer, 5).decode()

    assert locked(machine, talk) == "hello"


@WITH_MOUNTS
def test_the_user_has_a_name(machine: str) -> None:
    assert locked(machine, lambda: pwd.getpwuid(os.getuid()).pw_name) == "student"


# ------------------------------------------------------------------ verify


def findings(become: Callable[[], None], change: Callable[[Walls], Walls]) -> list[str]:
    """What `verify` says of a process locked behind `change(walls)` when `walls` were asked for."""

    def supervise() -> Any:
        with tempfile.TemporaryDirectory(prefix="loupe-test-") as work:
            Path(work).chmod(0o755)
            walls = imitate.walls_here(work)
            built = change(walls)
            lockdown.unshare_processes(built)
            ready, say_ready = os.pipe()
            hold, release = os.pipe()
            child = os.fork()
            if child == 0:
                try:
                    lockdown.enter(built, [say_ready, hold])
                    os.write(say_ready, b"+")
                    os.read(hold, 1)
                finally:
                    os._exit(0)
            os.close(say_ready)
            try:
                return lockdown.verify(child, walls) if os.read(ready, 1) else ["never locked"]
            finally:
                os.close(release)
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)

    return list(in_child(supervise, become))


@ALL
def test_walls_that_stand_are_verified(machine: str) -> None:
    found = findings(MACHINES[machine], lambda walls: walls)
    if machine == "B":  # Root without CAP_SYS_PTRACE cannot look at another user's descriptors.
        assert found == ["unknown: its descriptors cannot be read (Permission denied)"]
    else:
        assert found == []


@pytest.mark.parametrize(
    ("left_out", "words"),
    [
        ("seccomp", "No system call is filtered."),
        ("net", "It shares our net namespace."),
        ("ipc", "It shares our ipc namespace."),
        ("uts", "It shares our uts namespace."),
        ("pid", "It is not the first process of a process namespace."),
        ("mount", "It shares our mount namespace."),
    ],
)
@pytest.mark.parametrize("become", [imitate.open_the_way, imitate.become_nobody])
def test_a_missing_layer_is_found(become: Callable[[], None], left_out: str, words: str) -> None:
    def without(walls: Walls) -> Walls:
        dropped = {left_out, "mount"} if left_out == "pid" else {left_out}
        return replace(walls, layers=walls.layers - dropped)

    assert words in findings(become, without)


def test_other_ids_and_wider_limits_are_found() -> None:
    def change(walls: Walls) -> Walls:
        uid = (walls.uid or 0) + 1
        return replace(walls, uid=uid, limits=replace(walls.limits, memory_mb=8192, processes=999))

    found = " ".join(findings(imitate.become_root, change))
    for words in ("It has other ids", "Max data size is", "Max processes is 999"):
        assert words in found


def test_what_should_be_hidden_and_is_not_is_found() -> None:
    found = findings(imitate.become_root, lambda walls: replace(walls, hidden=()))
    assert any("loupe_grader" in line and line.endswith("can be seen.") for line in found)


def test_a_process_that_is_gone_is_unknown_not_well() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    walls = Walls(frozenset({"seccomp"}), (), (), "/tmp", None, JobLimits())
    found = lockdown.verify(child, walls)
    assert found
    assert all(line.startswith("unknown: ") for line in found)


def test_this_unlocked_process_fails_every_check() -> None:
    walls = imitate.walls_here("/tmp/loupe-nowhere")
    found = " ".join(lockdown.verify(os.getpid(), walls))
    for words in (
        "may gain privileges",
        "No system call is filtered",
        "It has capabilities",
        "shares our net",
    ):
        assert words in found


# ------------------------------------------------------------------ paths


def test_a_venv_inside_a_hidden_project_stays_readable_without_it() -> None:
    readable, hidden = paths.default_readable()
    places = {place.path: place.kind for place in paths.layout(readable, hidden, ("/tmp",))}
    assert str(REPOSITORY) not in places
    assert places["/tmp"] == "own"
    assert "/usr" in places
    assert not any(path == str(Path.home()) for path in places)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    for name in (
        "usr/lib/a.so",
        "usr/site/open/x.py",
        "usr/site/secret/key",
        "usr/site/secret/venv/bin/python",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "alias").symlink_to("usr")
    return tmp_path


def test_the_hidden_is_covered_at_every_path_that_shows_it(site: Path) -> None:
    alias, real = str(site / "alias/site"), str(site / "usr/site")
    places = paths.layout((alias,), (f"{real}/secret",), ())
    assert {(place.path, place.kind) for place in places} == {
        (alias, "read"),
        (real, "read"),
        (f"{alias}/secret", "hide"),
        (f"{real}/secret", "hide"),
    }


def test_a_readable_path_below_a_hidden_one_stays_readable(site: Path) -> None:
    usr = str(site / "usr")
    arguments = ((usr, f"{usr}/site/secret/venv"), (f"{usr}/site/secret",))
    kinds = [(place.path, place.kind) for place in paths.layout(*arguments, ())]
    assert kinds == [(usr, "read"), (f"{usr}/site/secret", "hide"), (f"{usr}/site/secret/venv", "read")]
    grants = paths.readable_minus_hidden(*arguments)
    assert set(grants.read) == {f"{usr}/lib", f"{usr}/site/open", f"{usr}/site/secret/venv"}
    assert grants.listed == (usr, f"{usr}/site")


def test_links_are_made_last_and_what_they_lead_to_is_shown(site: Path) -> None:
    link = paths.layout((str(site / "alias"),), (), ())
    assert [(place.kind, place.source) for place in link] == [("read", str(site / "usr")), ("link", "usr")]


def test_a_home_folder_is_never_readable_even_as_the_prefix(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("bin", "lib", "secrets"):
        (site / "home" / name).mkdir(parents=True)
    home = str(site / "home")
    monkeypatch.setenv("HOME", home)
    for name in ("prefix", "exec_prefix", "base_prefix", "base_exec_prefix"):
        monkeypatch.setattr(sys, name, home)
    readable, _ = paths.default_readable()
    ours = [path for path in readable if path.startswith(home)]
    assert ours == [f"{home}/bin", f"{home}/lib"]


def test_packages_of_this_project_that_are_installed_are_hidden(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = site / "lib/site-packages"
    for name in (
        "autograder/worker/paths.py",
        "reference/a.py",
        "loupe_grader-1.dist-info/RECORD",
        "numpy/a.py",
    ):
        (packages / name).parent.mkdir(parents=True, exist_ok=True)
        (packages / name).touch()
    monkeypatch.setattr(sys, "path", [str(packages)])
    _, hidden = paths.default_readable()
    found = {Path(path).name for path in hidden if path.startswith(str(packages))}
    assert found == {"autograder", "reference", "loupe_grader-1.dist-info"}


def test_somebody_elses_package_of_the_same_name_is_left_alone(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = site / "lib/site-packages"
    (packages / "reference").mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [str(packages)])
    _, hidden = paths.default_readable()
    assert not [path for path in hidden if path.startswith(str(packages))]


def test_the_uids_of_jobs_belong_to_nobody() -> None:
    assert not [user for user in pwd.getpwall() if user.pw_uid in levels.JOB_UIDS]
