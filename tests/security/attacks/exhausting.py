"""Using up what others need. Each stops by itself a little above the limit it tries to pass."""

from __future__ import annotations

from autograder.evidence import Array, Evidence
from tests.security.attack import attack, family
from tests.security.world import World

_GOAL = """
goal = W["limits"]["memory_mb"] * 5 // 4
"""


def _too_much(world: World, evidence: Evidence) -> list[str]:
    """Whether more than the output limit was taken in."""
    values = [value for question in evidence.questions.values() for value in question.values.values()]
    figures = [*evidence.loose_figures, *(f for q in evidence.questions.values() for f in q.figures)]
    size = sum(value.array.nbytes for value in values if isinstance(value, Array))
    size += sum(image.pixels.nbytes for figure in figures for axes in figure.axes for image in axes.images)
    return (
        ["more evidence was taken than the limit allows"]
        if size > 512_000_000 or len(figures) > 2 * 1000
        else []
    )


ATTACKS = family(
    "exhaust",
    [
        attack(
            "fork_bomb",
            "start processes without end",
            """
            wanted = W["limits"]["processes"] * 5 // 4
            made = [forked(lambda: time.sleep(20)) for number in range(wanted)]
            won(f"more processes run than are allowed ({len(made)})")
            """,
        ),
        attack(
            "threads",
            "start threads without end",
            """
            done = threading.Event()
            wanted = W["limits"]["processes"] * 5 // 4
            made = [threading.Thread(target=done.wait, args=(20,), daemon=True) for number in range(wanted)]
            try:
                for thread in made:
                    thread.start()
                won(f"more threads run than are allowed ({len(made)})")
            finally:
                done.set()
            """,
        ),
        attack(
            "memory_lists",
            "keep more and more bytes",
            _GOAL,
            """
            kept = []
            try:
                while len(kept) * 16 < goal:
                    kept.append(b"x" * (16 << 20))
                won("more memory was held than is allowed")
            finally:
                kept.clear()
            """,
        ),
        attack(
            "memory_numpy",
            "fill one large array",
            _GOAL,
            """
            import numpy
            large = numpy.ones(goal << 17)
            won("more memory was held than is allowed")
            del large
            """,
        ),
        attack(
            "memory_shared_map",
            "fill shared anonymous memory, which a limit on data does not count",
            _GOAL,
            """
            room = mmap.mmap(-1, goal << 20)
            for step in range(0, goal << 20, 4096):
                room[step] = 1
            won("more memory was held than is allowed")
            room.close()
            """,
        ),
        attack(
            "memory_memfd",
            "fill a file that exists in memory only",
            _GOAL,
            """
            file = call("memfd_create", b"x", 0)
            for step in range(goal):
                os.write(file, b"x" * (1 << 20))
            won("more memory was held than is allowed")
            os.close(file)
            """,
        ),
        attack(
            "memory_children",
            "fill memory in several children, each below the limit",
            _GOAL,
            """
            def fill():
                held = b"x" * (goal << 18)
                os.write(door, b"1")
                time.sleep(8)
            reading, door = os.pipe()
            children = [forked(fill, 10) for number in range(4)]
            os.close(door)
            held = 0
            while os.read(reading, 1):
                held += 1
                if held == 4:
                    time.sleep(2)  # A watchdog may look now and then only.
                    if not any(os.waitpid(child, os.WNOHANG)[0] for child in children):
                        won("more memory was held than is allowed")
                    break
            for child in children:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
            """,
        ),
        attack(
            "memory_shm",
            "fill /dev/shm",
            """
            goal = W["limits"]["disk_mb"] * 5 // 4
            for number in range(goal // 16):
                with open(f"/dev/shm/{W['marker']}{number}", "wb") as file:
                    file.write(b"x" * (16 << 20))
            time.sleep(1)  # A watchdog may look now and then only.
            won("/dev/shm takes more than is allowed")
            """,
        ),
        attack(
            "disk",
            "fill the disk from the work folder",
            """
            goal = W["limits"]["disk_mb"] * 5 // 4
            for number in range(goal // 16):
                with open(f"file{number}", "wb") as file:
                    file.write(b"x" * (16 << 20))
            time.sleep(1)  # A watchdog may look now and then only.
            won("the work folder takes more than is allowed")
            """,
        ),
        attack(
            "inodes",
            "make empty files without end",
            """
            for number in range(W["limits"]["inodes"] * 5 // 4):
                os.close(os.open(f"file{number}", os.O_CREAT | os.O_WRONLY))
            time.sleep(1)  # A watchdog may look now and then only.
            won("more files were made than are allowed")
            """,
        ),
        attack(
            "huge_file",
            "make one huge file, with holes and without",
            """
            goal = W["limits"]["file_mb"] + 1
            with open("huge", "wb") as file:
                try:
                    file.truncate(goal << 20)
                    won("a file larger than allowed was made")
                except OSError:
                    pass
                file.seek(goal << 20)
                file.write(b"x")
                file.flush()
                won("a file larger than allowed was made")
            """,
        ),
        attack(
            "descriptors",
            "open files without end",
            """
            kept = [os.dup(0) for number in range(W["limits"]["open_files"] * 5 // 4)]
            won("more files are open than are allowed")
            """,
        ),
        attack(
            "raise_limits",
            "raise the limits again",
            """
            import resource
            for which in (resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE, resource.RLIMIT_DATA):
                hard = resource.getrlimit(which)[1]
                if hard == resource.RLIM_INFINITY:
                    won("there is no limit to raise")
                    continue
                try:
                    resource.setrlimit(which, (hard + 1, hard + 1))
                    won("a limit can be raised")
                except (OSError, ValueError):
                    pass
            """,
            control="privileged",
        ),
        attack(
            "print_flood",
            "print without end",
            """
            for line in range(2000):
                print("x" * 100_000)
                os.write(1, b"y" * 100_000)
            """,
            control="held",
        ),
        attack(
            "figure_flood",
            "draw more figures than are kept",
            """
            import matplotlib.pyplot as plt
            for number in range(1200):
                figure = plt.figure()
                figure.add_axes([0, 0, 1, 1]).imshow([[0, 1], [2, 3]])
                plt.close(figure)
            """,
            control="held",
            outside=_too_much,
        ),
        attack(
            "evidence_flood",
            "assign more arrays than may be sent",
            "import numpy",
            *("loot = numpy.zeros(62_000_000, numpy.uint8)" for _ in range(10)),
            control="held",
            outside=_too_much,
        ),
        attack(
            "spin",
            "compute for ever with all signals blocked",
            """
            signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
            while True:
                pass
            """,
            control="naive",
            cell_seconds=1.0,
        ),
        attack(
            "alarm_taken",
            "take the alarm for itself and never return",
            """
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, lambda *what: None)
            signal.setitimer = signal.signal = lambda *what: None
            while True:
                try:
                    time.sleep(1)
                except BaseException:
                    pass
            """,
            control="naive",
            cell_seconds=1.0,
        ),
        attack(
            "swallow",
            "swallow every interruption",
            """
            def again():
                try:
                    while True:
                        time.sleep(0.01)
                except BaseException:
                    again()
            sys.setrecursionlimit(100_000)
            again()
            """,
            control="naive",
            cell_seconds=1.0,
        ),
        attack(
            "native_sleep",
            "wait for ever inside the C library",
            """
            while True:
                ctypes.PyDLL(None).usleep(900_000_000)
            """,
            control="naive",
            cell_seconds=1.0,
        ),
        attack(
            "hold_the_pipe",
            "leave a child that keeps the channel open, so that the end is never seen",
            """
            def hold():
                os.setsid()
                time.sleep(20)
            forked(hold)
            """,
        ),
        attack(
            "recursion",
            "recurse until the stack ends",
            """
            sys.setrecursionlimit(10**9)
            nested = []
            for step in range(2_000_000):
                nested = [nested]
            repr(nested)
            """,
            control="naive",
        ),
    ],
)
