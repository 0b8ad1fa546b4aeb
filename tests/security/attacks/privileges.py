"""Gaining rights: users, capabilities, namespaces, mounts, devices, and the kernel's rarer doors."""

from __future__ import annotations

from tests.security.attack import Attack, attack, family


def _door(id: str, name: str, what: str, *arguments: str, control: str = "privileged") -> Attack:
    """Calls the kernel with arguments that mean nothing, to find out whether it looks at them."""
    words = ", ".join([repr(name), *arguments])
    source = f"""
    try:
        call({words})
        won("{what}")
    except OSError as error:
        if error.errno in (errno.EFAULT, errno.EINVAL, errno.ENOEXEC, errno.EBADF, errno.E2BIG):
            won("{what}")  # It looked at the arguments: the way in is open.
        raise
    """
    return attack(id, f"find out whether the kernel answers {name}", source, control=control)


ATTACKS = family(
    "privileges",
    [
        attack(
            "become_root",
            "become root and read a file of root's",
            """
            def job():
                os.setresgid(0, 0, 0)
                os.setresuid(0, 0, 0)
                open("taken", "w").write(open(W["rooted"]).read())
            os.waitpid(forked(job), 0)
            loot = canary(open("taken", "rb").read())
            """,
            control="privileged",
        ),
        attack(
            "setuid_programs",
            "start setuid programs to become another user",
            """
            said = ""
            for command in ("su root -c id", "sudo -n id", "pkexec id"):
                try:
                    said += subprocess.run(
                        command.split(), capture_output=True, text=True, timeout=5, stdin=subprocess.DEVNULL
                    ).stdout
                except (OSError, subprocess.TimeoutExpired):
                    pass
            if "uid=0" in said:
                won("a command ran as root")
            """,
            control="privileged",
        ),
        attack(
            "all_capabilities",
            "take every capability back",
            """
            header = (ctypes.c_uint32 * 2)(0x20080522, 0)
            data = (ctypes.c_uint32 * 6)(*[0xFFFFFFFF, 0xFFFFFFFF, 0, 0x1FF, 0x1FF, 0])
            try:
                call("capset", header, data)
            except OSError:
                pass
            held = dict(line.split(":\\t") for line in open("/proc/self/status") if line.startswith("Cap"))
            if int(held["CapEff"], 16) or int(held["CapPrm"], 16):
                won("the process has capabilities")
            """,
            control="privileged",
        ),
        attack(
            "user_namespace",
            "make a user namespace, to be root in it",
            """
            def job():
                call("unshare", 0x10000000)
                open("unshared", "w").write("yes")
            os.waitpid(forked(job), 0)
            if os.path.exists("unshared"):
                won("a user namespace can be made")
            """,
        ),
        attack(
            "clone_namespace",
            "make a user namespace with clone3, whose arguments a filter cannot see",
            """
            arguments = (ctypes.c_uint64 * 11)(0x10000000, 0, 0, 0, 17)
            pid = call("clone3", arguments, 88)
            if pid == 0:
                os._exit(0)
            os.waitpid(pid, 0)
            won("clone3 makes a user namespace")
            """,
        ),
        attack(
            "mount_outside",
            "mount an empty file system where everybody sees it",
            "call('mount', b'none', W['mountpoint'].encode(), b'tmpfs', 0, b'size=4k')",
            control="privileged",
        ),
        attack(
            "remount_writable",
            "mount a file system over the packages, in namespaces of its own",
            """
            def job():
                call("unshare", 0x20000)
                call("mount", b"none", b"/", 0, 0x44000, 0)
                call("mount", b"none", W["site"].encode(), b"tmpfs", 0, b"size=4k")
                open("mounted", "w").write("yes")
            os.waitpid(forked(job), 0)
            if os.path.exists("mounted"):
                won("the packages can be covered by a mount")
            """,
            control="privileged",
        ),
        attack(
            "chroot_escape",
            "leave the root folder by the classic chroot trick",
            """
            def job():
                os.mkdir("jail")
                outside = os.open("..", os.O_RDONLY)
                os.chroot("jail")
                os.fchdir(outside)
                for step in range(64):
                    os.chdir("..")
                os.chroot(".")
                secret = open(W["secret"]).read()
                os.fchdir(outside)
                os.write(door, secret.encode())
            reading, door = os.pipe()
            os.waitpid(forked(job), 0)
            os.close(door)
            loot = canary(os.read(reading, 999))
            """,
            control="privileged",
        ),
        attack(
            "kernel_settings",
            "open the kernel's settings for writing",
            """
            for name in ("kernel/core_pattern", "kernel/modprobe", "vm/overcommit_memory", "kernel/pid_max"):
                try:
                    os.close(os.open("/proc/sys/" + name, os.O_WRONLY))
                    won(f"{name} can be written")
                except OSError:
                    pass
            for name in ("/proc/sysrq-trigger", "/sys/kernel/uevent_helper", "/sys/power/state"):
                try:
                    os.close(os.open(name, os.O_WRONLY))
                    won(f"{name} can be written")
                except OSError:
                    pass
            """,
            control="privileged",
        ),
        attack(
            "device_node",
            "make a device node for the machine's disk and open it",
            """
            os.mknod("disk", 0o600 | stat.S_IFBLK, os.stat("/").st_dev)
            os.close(os.open("disk", os.O_RDONLY))
            won("the disk can be opened")
            """,
            control="maybe",
        ),
        attack(
            "device_zero",
            "make a device node of the kernel's memory",
            """
            os.mknod("memory", 0o600 | stat.S_IFCHR, os.makedev(1, 11))
            os.close(os.open("memory", os.O_RDONLY | os.O_NONBLOCK))
            won("a device node can be made and opened")
            """,
            control="privileged",
        ),
        attack(
            "set_hostname",
            "rename the machine (to the name it has)",
            """
            socket.sethostname(socket.gethostname())
            won("the machine can be renamed")
            """,
            control="privileged",
        ),
        _door(
            "load_module",
            "init_module",
            "loading kernel modules was reached",
            "0",
            "0",
            "b''",
            control="maybe",
        ),
        _door("bpf", "bpf", "bpf was reached", "0", "0", "0"),
        _door("io_uring", "io_uring_setup", "io_uring was reached", "1", "0", control="maybe"),
        _door("perf_events", "perf_event_open", "perf was reached", "0", "0", "-1", "-1", "0"),
        _door("userfaultfd", "userfaultfd", "userfaultfd was reached", "0", control="maybe"),
        attack(
            "kernel_log",
            "read the kernel's log",
            """
            room = ctypes.create_string_buffer(4096)
            if call("syslog", 3, room, 4096) > 0:
                won("the kernel's log can be read")
            """,
            control="privileged",
        ),
        attack(
            "foreign_calls",
            "use the 32-bit system calls, which a filter for 64 bits may forget",
            """
            assert os.uname().machine == "x86_64"
            code = b"\\x53\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\x5b\\xc3"  # getpid by int 0x80
            page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
            page.write(code)
            address = ctypes.addressof(ctypes.c_char.from_buffer(page))
            if ctypes.CFUNCTYPE(ctypes.c_int)(address)() == os.getpid():
                won("32-bit system calls are answered")
            """,
            control="maybe",
        ),
        attack(
            "x32_calls",
            "use system calls of the x32 kind",
            """
            assert os.uname().machine == "x86_64"
            if libc.syscall(ctypes.c_long(0x40000000 | 39)) == os.getpid():
                won("x32 system calls are answered")
            """,
            control="maybe",
        ),
    ],
)
