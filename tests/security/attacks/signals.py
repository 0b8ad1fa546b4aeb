"""Disturbing other processes. Where success would reach beyond the world's victim, signal 0 is sent: it asks only."""

from __future__ import annotations

from tests.security.attack import attack, family

ATTACKS = family(
    "signal",
    [
        attack("kill_other", "end another process", "os.kill(W['victim'], signal.SIGTERM)"),
        attack("stop_other", "stop another process", "os.kill(W['victim'], signal.SIGSTOP)"),
        attack(
            "kill_other_from_thread",
            "end another process from a second thread and from a child program",
            """
            def job():
                os.kill(W["victim"], signal.SIGTERM)
            thread = threading.Thread(target=job)
            thread.start()
            thread.join()
            """,
            "!kill -TERM {W['victim']}",
        ),
        attack(
            "signal_judge",
            "find out whether the judge can be signalled",
            """
            os.kill(W["judge"], 0)
            won("the judge can be signalled")
            """,
        ),
        attack(
            "signal_parent",
            "find out whether the supervising process can be signalled",
            """
            parent = os.getppid()
            if parent > 0:
                os.kill(parent, 0)
                won("the parent can be signalled")
            """,
        ),
        attack(
            "signal_everything",
            "find out whether any process but the own one can be signalled",
            """
            own = {os.getpid(), *map(int, os.listdir("/proc/self/task"))}
            for pid in range(1, max(W["judge"], W["victim"]) + 1000):
                try:
                    if pid not in own:
                        os.kill(pid, 0)
                        won(f"the process {pid} can be signalled")
                except OSError:
                    pass
            """,
        ),
        attack(
            "signal_by_owner",
            "let the kernel send a signal: name another process owner of a pipe",
            """
            import fcntl
            one, two = socket.socketpair()
            fcntl.fcntl(one, fcntl.F_SETOWN, W["victim"])
            fcntl.fcntl(one, 10, signal.SIGTERM)  # F_SETSIG
            fcntl.fcntl(one, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
            two.send(b"x")
            """,
        ),
        attack(
            "signal_by_pidfd",
            "signal another process through a pidfd",
            "call('pidfd_send_signal', call('pidfd_open', W['victim'], 0), int(signal.SIGTERM), 0, 0)",
        ),
        attack(
            "queue_signal",
            "queue a signal to another process with a made-up sender",
            """
            information = (ctypes.c_int * 32)(15, 0, -1)
            call("rt_sigqueueinfo", W["victim"], 15, information)
            """,
        ),
        attack(
            "change_priority",
            "slow another process down",
            "os.setpriority(os.PRIO_PROCESS, W['victim'], 19)",
        ),
        attack(
            "change_limits",
            "change another process's limits",
            """
            import resource
            resource.prlimit(W["victim"], resource.RLIMIT_CORE, (0, 0))
            """,
        ),
        attack(
            "change_processors",
            "move another process to one processor",
            "os.sched_setaffinity(W['victim'], {min(os.sched_getaffinity(0))})",
        ),
    ],
)
