"""Reading what is not the student's: hidden files, other submissions, memory, environment, descriptors."""

from __future__ import annotations

from tests.security.attack import attack, family

_DUMP = """
import re
def writable(pid):
    for line in open(f"/proc/{pid}/maps"):
        span, rights = line.split()[:2]
        if rights.startswith("rw") and "[v" not in line:
            start, end = (int(edge, 16) for edge in span.split("-"))
            yield start, min(end, start + (64 << 20))
"""

ATTACKS = family(
    "read",
    [
        attack(
            "read_config",
            "open the hidden config by its path",
            "loot = canary(open(W['secret'], 'rb').read())",
        ),
        attack(
            "read_hidden_tests",
            "walk the course's folder and read every file",
            """
            for top, folders, files in os.walk(W["folder"]):
                for name in files:
                    try:
                        loot = loot or canary(open(os.path.join(top, name), "rb").read())
                    except OSError:
                        pass
            """,
        ),
        attack(
            "read_other_submission",
            "copy another student's notebook with a shell command",
            """!cat "{W['other']}" > stolen.ipynb""",
            "loot = canary(open('stolen.ipynb', 'rb').read())",
        ),
        attack(
            "read_results",
            "read other students' results through a symbolic link",
            "os.symlink(W['results'], 'results')",
            "loot = canary(open('results/other/result.json', 'rb').read())",
        ),
        attack(
            "read_by_hardlink",
            "give a hidden file a second name in the work folder",
            "os.link(W['secret'], 'mine.yaml')",
            "loot = canary(open('mine.yaml', 'rb').read())",
        ),
        attack(
            "read_by_proc_root",
            "reach hidden files through another process's /proc/PID/root and cwd",
            """
            for way in (f"/proc/{W['victim']}/root{W['secret']}", f"/proc/{W['victim']}/cwd/rooted.txt",
                        f"/proc/1/root{W['secret']}", f"/proc/self/root{W['secret']}"):
                try:
                    loot = loot or canary(open(way, "rb").read())
                except OSError:
                    pass
            """,
        ),
        attack(
            "read_by_handle",
            "open a hidden file by its file handle, past every path",
            """
            handle = ctypes.create_string_buffer(bytes.fromhex(W["handle"]))
            for place in ("/", ".", "/usr", W["site"], os.path.dirname(sys.executable)):
                try:
                    anchor = os.open(place, os.O_RDONLY)
                    loot = loot or canary(os.read(call("open_by_handle_at", anchor, handle, os.O_RDONLY), 999))
                except OSError:
                    pass
            """,
            control="privileged",
        ),
        attack(
            "sizes_and_names",
            "learn names and sizes of hidden files by asking for them",
            """
            if os.stat(W["secret"]).st_size:
                won("a hidden file's size and times can be learned")
            """,
            succeeds=("C",),
            because="landlock keeps contents, not what `stat` tells of a path that is known already",
        ),
        attack(
            "watch_folder",
            "be told of everything that happens in the results' folder",
            """
            if libc.inotify_add_watch(libc.inotify_init(), W["results"].encode(), 0xFFF) > 0:
                won("a folder outside can be watched")
            """,
        ),
        attack(
            "list_course",
            "find the course beside the grader's own package and list its configs",
            """
            root = os.path.dirname(W["package"])
            for folder in (os.path.join(root, "grading_config"), os.path.join(W["package"], "_course")):
                if os.path.isdir(folder) and os.listdir(folder):
                    won("the course's configs can be listed")
            """,
        ),
        attack(
            "import_grader",
            "import the grader's checks and configs",
            """
            import importlib
            for name in ("autograder.config", "autograder.checks", "autograder.grading", "autograder.course"):
                try:
                    importlib.import_module(name)
                    won(f"{name} can be imported")
                except ImportError:
                    pass
            """,
        ),
        attack(
            "import_reference",
            "import the reference networks and their checkpoints",
            """
            import reference.checkpoints
            won("the reference can be imported")
            """,
        ),
        attack(
            "read_grader_source",
            "read the source of the grader's checks",
            """
            if "class" in open(os.path.join(W["package"], "checks", "values.py")).read():
                won("the grader's checks can be read")
            """,
        ),
        attack(
            "judge_memory",
            "read the judge's memory through /proc/PID/mem",
            """
            memory = open(f"/proc/{W['judge']}/mem", "rb", 0)
            memory.seek(W["judge_address"])
            loot = canary(memory.read(W["length"]))
            """,
            control="privileged",
        ),
        attack(
            "victim_readv",
            "read another process's memory with process_vm_readv",
            """
            class Part(ctypes.Structure):
                _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
            room = ctypes.create_string_buffer(W["length"])
            here = Part(ctypes.addressof(room), W["length"])
            there = Part(W["victim_address"], W["length"])
            call("process_vm_readv", W["victim"], ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
            loot = canary(room.raw)
            """,
            control="privileged",
        ),
        attack(
            "victim_ptrace",
            "attach to another process as a debugger and read its memory",
            """
            call("ptrace", 0x4206, W["victim"], 0, 0)  # SEIZE does not stop it.
            memory = open(f"/proc/{W['victim']}/mem", "rb", 0)
            memory.seek(W["victim_address"])
            loot = canary(memory.read(W["length"])) or "SUCCESS: another process was traced"
            """,
            control="privileged",
        ),
        attack(
            "victim_environment",
            "read the environment of the judge, the supervisor and another process",
            """
            for pid in (W["victim"], W["judge"], os.getppid(), 1):
                try:
                    loot = loot or canary(open(f"/proc/{pid}/environ", "rb").read())
                except OSError:
                    pass
            """,
            control="privileged",
        ),
        attack(
            "victim_arguments",
            "read the arguments of the judge, the supervisor and another process",
            """
            for pid in (W["victim"], W["judge"], os.getppid(), 1):
                try:
                    loot = loot or canary(open(f"/proc/{pid}/cmdline", "rb").read())
                except OSError:
                    pass
            """,
        ),
        attack(
            "victim_descriptor",
            "open another process's open file through /proc/PID/fd",
            "loot = canary(open(f\"/proc/{W['victim']}/fd/{W['victim_descriptor']}\", 'rb').read())",
            control="privileged",
        ),
        attack(
            "victim_pidfd",
            "copy another process's descriptor with pidfd_getfd",
            """
            other = call("pidfd_open", W["victim"], 0)
            taken = call("pidfd_getfd", other, W["victim_descriptor"], 0)
            loot = canary(os.pread(taken, 999, 0))
            """,
            control="privileged",
        ),
        attack(
            "inherited_descriptors",
            "read from every descriptor the process was born with",
            """
            for descriptor in range(3, 4096):
                try:
                    if stat.S_ISREG(os.fstat(descriptor).st_mode):
                        loot = loot or canary(os.pread(descriptor, 9999, 0))
                except OSError:
                    pass
            """,
            control="naive",
        ),
        attack(
            "own_environment",
            "look for secrets in the process's own environment",
            """
            loot = canary("\\0".join(os.environ.values()).encode() + open("/proc/self/environ", "rb").read())
            """,
            control="naive",
        ),
        attack(
            "own_memory",
            "search the process's own memory for what it was forked with",
            _DUMP,
            """
            memory = open("/proc/self/mem", "rb", 0)
            for start, end in writable("self"):
                try:
                    memory.seek(start)
                    loot = loot or canary(memory.read(end - start))
                except OSError:
                    pass
            """,
            control="naive",
        ),
        attack(
            "objects_and_frames",
            "search all live objects, modules and frames for answers",
            """
            import gc
            seen = [frame.f_locals for frame in sys._current_frames().values()]
            frame = sys._getframe()
            while frame:
                seen += [dict(frame.f_locals), {k: v for k, v in frame.f_globals.items() if k != "W"}]
                frame = frame.f_back
            for thing in [*gc.get_objects(), *seen]:
                if type(thing) in (dict, list, tuple):
                    for item in list(thing.values() if type(thing) is dict else thing):
                        if type(item) is str:
                            loot = loot or canary(item.encode("utf-8", "replace"))
            """,
            control="naive",
        ),
        attack(
            "other_mounts",
            "enter another process's mount namespace",
            """
            space = os.open(f"/proc/{W['victim']}/ns/mnt", os.O_RDONLY)
            reading, door = os.pipe()
            def job():
                call("unshare", 0x200)
                call("setns", space, 0)
                os.write(door, open(W["rooted"], "rb").read())
            os.waitpid(forked(job), 0)
            os.close(door)
            loot = canary(os.read(reading, 999))
            """,
            control="privileged",
        ),
        attack(
            "kernel_memory",
            "open the kernel's memory, its log and the machine's disks",
            """
            for device in ("/dev/mem", "/dev/kmsg", "/proc/kcore", "/dev/vda", "/dev/sda", "/dev/nvme0n1"):
                try:
                    os.close(os.open(device, os.O_RDONLY | os.O_NONBLOCK))
                    won(f"{device} can be opened")
                except OSError:
                    pass
            """,
            control="privileged",
        ),
    ],
)
