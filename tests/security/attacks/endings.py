"""Ending early, in every way a process can end: what came before counts, and what comes after is graded."""

from __future__ import annotations

from tests.security.attack import attack, family

ATTACKS = family(
    "ending",
    [
        attack("os_exit", "end the process at once", "os._exit(0)", control="naive"),
        attack("sys_exit", "leave by sys.exit in a thread and in the cell", "sys.exit(0)", control="naive"),
        attack("quit", "leave by quit() and by raising SystemExit in a finaliser", "quit()", control="naive"),
        attack("kill_self", "kill the own process", "os.kill(os.getpid(), signal.SIGKILL)", control="naive"),
        attack(
            "stop_self",
            "stop the own process",
            "os.kill(os.getpid(), signal.SIGSTOP)",
            control="naive",
            cell_seconds=1.0,
        ),
        attack("segfault", "read address zero", "ctypes.string_at(0)", control="naive"),
        attack("abort", "abort", "os.abort()", control="naive"),
        attack(
            "illegal_call",
            "end by a floating point trap",
            "os.kill(os.getpid(), signal.SIGFPE)",
            control="naive",
        ),
        attack(
            "exec_other",
            "become another program",
            "os.execv('/bin/sh', ['sh', '-c', 'exit 0'])",
            control="naive",
        ),
        attack(
            "close_descriptors",
            "close every descriptor, the channel too",
            "os.closerange(3, 4096)",
            control="held",
        ),
        attack(
            "redirect_channel",
            "point every pipe to /dev/null",
            """
            nothing = os.open("/dev/null", os.O_WRONLY)
            for descriptor in pipes():
                os.dup2(nothing, descriptor)
            """,
            control="held",
        ),
        attack(
            "kill_group",
            "kill the own process group, when it is the job's alone",
            """
            if os.getpgid(0) in (os.getpid(), 0) or os.getpgid(os.getpid()) == os.getpid():
                os.killpg(0, signal.SIGKILL)
            """,
            control="naive",
        ),
        attack(
            "at_exit",
            "register functions that run at the end and hang",
            """
            import atexit
            atexit.register(time.sleep, 1000)
            """,
            control="naive",
        ),
        attack(
            "fork_and_go_on",
            "fork, and let the child go on with the notebook",
            "loot = os.fork() and 1",
            control="held",
        ),
    ],
)
