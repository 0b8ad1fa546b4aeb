"""Staying behind for the next submission: processes, files, and objects the kernel keeps."""

from __future__ import annotations

from tests.security.attack import Attack, attack, family


def _file(id: str, folder: str, words: str) -> Attack:
    return attack(
        id,
        f"leave a file in {words}",
        f"open(os.path.join({folder}, W['marker'] + '.txt'), 'w').write('x')",
    )


ATTACKS = family(
    "stay",
    [
        attack(
            "daemon",
            "leave a daemon: forked twice, in a session of its own",
            """
            def job():
                os.setsid()
                if os.fork():
                    os._exit(0)
                named()
                signal.alarm(20)
                os.closerange(0, 1024)
                time.sleep(20)
            os.waitpid(forked(job), 0)
            """,
        ),
        attack(
            "session",
            "leave a program in a session of its own",
            "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(20)', W['marker']],"
            " start_new_session=True)",
        ),
        attack(
            "nohup",
            "leave a program started by the shell with nohup",
            "!nohup setsid sh -c 'sleep 20; : {W[\"marker\"]}' >/dev/null 2>&1 & sleep 0.5",
        ),
        attack(
            "stubborn_child",
            "leave a child that ignores every signal it can, stopped",
            """
            def job():
                os.setsid()
                for number in range(1, 65):
                    try:
                        signal.signal(number, signal.SIG_IGN)
                    except (OSError, ValueError):
                        pass
                time.sleep(20)
            child = forked(job)
            time.sleep(0.2)
            os.kill(child, signal.SIGSTOP)
            """,
        ),
        attack(
            "adopting",
            "adopt orphans, so that they never reach the supervisor",
            """
            def job():
                os.setsid()
                libc.prctl(36, 1, 0, 0, 0)  # SET_CHILD_SUBREAPER
                if os.fork() == 0:
                    os.setsid()
                    named()
                    signal.alarm(20)
                time.sleep(20)
            forked(job)
            """,
        ),
        attack(
            "respawning",
            "leave a process that goes on forking and dying, so that its pid is never the same",
            """
            def job():
                os.setsid()
                end = time.monotonic() + 10
                while time.monotonic() < end:
                    if os.fork():
                        os._exit(0)
                    time.sleep(0.02)
            forked(job)
            """,
        ),
        attack(
            "late_thread",
            "leave a thread that is not a daemon",
            "threading.Thread(target=time.sleep, args=(20,)).start()",
            control="naive",
        ),
        _file("file_tmp", "'/tmp'", "/tmp"),
        _file("file_shm", "'/dev/shm'", "/dev/shm"),
        _file("file_var_tmp", "'/var/tmp'", "/var/tmp"),
        _file("file_run", "'/run'", "/run"),
        _file("file_home", "W['home']", "the judge's home folder"),
        attack(
            "scheduled",
            "leave a job for cron (of one comment)",
            "open('/etc/cron.d/' + W['marker'], 'w').write('# nothing')",
            control="maybe",
        ),
        attack(
            "shared_memory",
            "leave System V shared memory",
            "call('shmget', W['key'], 4096, 0o1666)",
        ),
        attack(
            "semaphore",
            "leave a System V semaphore",
            "call('semget', W['key'], 1, 0o1666)",
        ),
        attack(
            "message_queue",
            "leave a System V message queue",
            "call('msgget', W['key'], 0o1666)",
        ),
        attack(
            "posix_queue",
            "leave a POSIX message queue",
            """
            call("mq_open", W["marker"].encode(), os.O_CREAT | os.O_RDWR, 0o666, 0)
            won("a POSIX message queue was left behind") if os.path.exists("/dev/mqueue/" + W["marker"]) else 0
            """,
            control="maybe",
        ),
        attack(
            "keyring",
            "leave a key in the kernel's keyring",
            """
            key = call("add_key", b"user", W["marker"].encode(), b"x", 1, -4)  # the user's keyring
            call("keyctl", 15, key, 30)  # SET_TIMEOUT
            """,
            control="maybe",
        ),
    ],
)
