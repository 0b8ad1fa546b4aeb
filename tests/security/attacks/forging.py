"""Forging results: writing to files that hold grades, and to the channel that carries evidence."""

from __future__ import annotations

from autograder.evidence import LIMITS, Evidence
from tests.security.attack import attack, family
from tests.security.world import World, texts


def _invented(world: World, evidence: Evidence) -> list[str]:
    """Whether something is in the evidence that nobody asked for."""
    found = []
    if set(evidence.questions) - {"before", "attack", "after"}:
        found.append("the evidence has a question that was not asked")
    if any("forged" in question.values for question in evidence.questions.values()):
        found.append("the evidence has a value that was not asked for")
    if any(len(text) > 4 * LIMITS.text for text in texts(evidence)):
        found.append("a text longer than the limit is in the evidence")
    return found


def _believed(world: World, evidence: Evidence) -> list[str]:
    """Whether a picture counts as if the notebook had not been executed."""
    pictures = [*evidence.loose_rendered, *(one for q in evidence.questions.values() for one in q.rendered)]
    return ["a saved picture counts without being drawn" for picture in pictures if not picture.executed]


_SEND = """
def send(blob):
    for descriptor in pipes():
        view = memoryview(blob)
        try:
            while view:
                view = view[os.write(descriptor, view):]
        except OSError:
            pass
"""

ATTACKS = family(
    "forge",
    [
        attack(
            "overwrite_result",
            "write the own result file",
            "open(W['result'], 'w').write('{\"earned\": 99}')",
        ),
        attack(
            "replace_gradebook",
            "put another file in the gradebook's place",
            "open('grades.csv', 'w').write('this,99')",
            "import shutil; shutil.copy('grades.csv', W['gradebook'] + '.new')\n"
            "os.replace(W['gradebook'] + '.new', W['gradebook'])",
        ),
        attack("truncate_gradebook", "cut the gradebook off", "os.truncate(W['gradebook'], 0)"),
        attack(
            "lock_results",
            "change the rights of results, so that nobody can read or write them",
            "os.chmod(W['result'], 0)",
            succeeds=("C",),
            because="landlock does not know changes of rights, times and attributes, and the files are the same user's",
        ),
        attack(
            "touch_submission",
            "change the time at which a notebook was handed in",
            "os.utime(W['other'], (1, 1))",
            succeeds=("C",),
            because="landlock does not know changes of rights, times and attributes, and the files are the same user's",
        ),
        attack(
            "mark_result",
            "attach an attribute to a result",
            "os.setxattr(W['result'], 'user.loupe', b'x')",
            succeeds=("C",),
            because="landlock does not know changes of rights, times and attributes, and the files are the same user's",
        ),
        attack(
            "add_submission",
            "make files, folders and links among the submissions",
            """
            place = os.path.join(os.path.dirname(W["other"]), W["marker"])
            for make in (lambda: os.mkdir(place), lambda: os.symlink("other.ipynb", place + "-link"),
                         lambda: os.mkfifo(place + "-pipe"), lambda: open(place + ".ipynb", "w").close()):
                try:
                    make()
                except OSError:
                    pass
            """,
        ),
        attack(
            "overwrite_own_notebook",
            "replace the notebook that was handed in",
            "open(W['notebook'], 'w').write('{}')",
        ),
        attack(
            "delete_submissions",
            "delete other students' submissions",
            "!rm -f \"{W['other']}\"",
        ),
        attack(
            "write_results_later",
            "leave a process that writes the result after the notebook has ended",
            """
            def late():
                if os.fork():
                    os._exit(0)
                os.setsid()
                named()
                signal.alarm(10)
                time.sleep(1.5)
                open(W["result"], "w").write('{"earned": 99}')
            os.waitpid(forked(late), 0)
            """,
        ),
        attack(
            "folder_as_link",
            "replace the work folder by a link, so that cleaning up deletes the results",
            """
            here = os.getcwd()
            os.chdir("/")
            os.rename(here, here + "-away")
            os.symlink(W["results"], here)
            """,
            control="held",
        ),
        attack(
            "link_farm",
            "fill the work folder with links to the results, so that cleaning up follows them",
            """
            for name in ("out", "result.json", "grades.csv", "work"):
                os.symlink(W["results"], name)
            """,
            control="held",
        ),
        attack(
            "deep_folders",
            "leave folders nested so deeply that cleaning up fails",
            """
            os.mkdir(W["marker"])
            os.chdir(W["marker"])
            for step in range(3000):
                os.mkdir("d")
                os.chdir("d")
            """,
            control="held",
        ),
        attack(
            "sealed_folder",
            "leave folders that may not be entered or deleted",
            """
            os.makedirs(W["marker"] + "/inner")
            open(W["marker"] + "/inner/file", "w").write("x")
            import fcntl
            with open(W["marker"] + "/inner/file") as file:
                try:
                    fcntl.ioctl(file, 0x40086602, struct.pack("l", 0x10))  # FS_IOC_SETFLAGS, immutable
                except OSError:
                    pass
            os.chmod(W["marker"] + "/inner", 0)
            os.chmod(W["marker"], 0)
            """,
            control="privileged",
        ),
        attack(
            "forge_question",
            "send evidence for questions and names that are not in the plan",
            _SEND,
            """
            value = {"type": "scalar", "value": 1, "python": "int"}
            send(frames(
                {"kind": "matched", "question": "bonus", "by": "metadata", "cells": [0], "source": "",
                 "untouched": False, "blanks": False},
                {"kind": "value", "question": "bonus", "name": "x", "value": value},
                {"kind": "value", "question": "after", "name": "forged", "value": value},
            ))
            """,
            control="held",
            outside=_invented,
        ),
        attack(
            "forge_score",
            "send points, verdicts and a result as evidence",
            _SEND,
            """
            send(frames(
                {"kind": "score", "points": 99}, {"kind": "verdict", "question": "after", "earned": 99},
                {"kind": "end", "seconds": "none", "points": 99}, {"kind": "result", "earned": 99},
                {"kind": "value", "question": "after", "name": "after", "value": {"type": "pickle", "b": "gA=="}},
            ))
            """,
            control="held",
            outside=_invented,
        ),
        attack(
            "forge_end",
            "send the record that ends the evidence, then go on",
            _SEND,
            "send(frames({'kind': 'end', 'seconds': {}}))",
            control="held",
            keeps="before",
        ),
        attack(
            "forge_picture",
            "send another's picture as saved in a notebook that nobody executes, and pictures of other forms",
            _SEND,
            """
            def picture(cell, shape, kind="|u1", **more):
                pixels = bytes(shape[0] * shape[1] * shape[2] * (4 if kind == "<f4" else 1))
                array = {"$array": {"dtype": kind, "shape": shape, "offset": 0}}
                text = json.dumps({"kind": "rendered", "cell": cell, "pixels": array, **more}).encode()
                return struct.pack(">4sIQ", b"LPE1", len(text), len(pixels)) + text + pixels

            send(b"".join([
                picture(4, [20, 30, 3], executed=False), picture(0, [20, 30, 3], executed=False, score=9),
                picture(4, [20, 30, 4]), picture(4, [20, 30, 3], "<f4"), picture(-1, [20, 30, 3]),
                picture(4, [3_000, 3_000, 3]), *[picture(4, [8, 8, 3], executed=False)] * 300,
            ]))
            send(frames(*[{"kind": "unread", "cell": 4, "why": "x" * 9_000}] * 300))
            """,
            control="held",
            outside=_believed,
        ),
        attack(
            "forge_garbage",
            "write random bytes among the evidence",
            _SEND,
            "send(os.urandom(100_000))",
            control="held",
            keeps="before",
        ),
        attack(
            "forge_giant",
            "announce records of many terabytes",
            _SEND,
            "send(struct.pack('>4sIQ', b'LPE1', 0xFFFFFFFF, 1 << 62) + b'{' * 1000)",
            control="held",
            keeps="before",
        ),
        attack(
            "forge_endless",
            "send records without end",
            _SEND,
            """
            note = frames(*({"kind": "note", "text": f"{n} " + "x" * 1500} for n in range(400)))
            end = time.monotonic() + 60
            while time.monotonic() < end:
                for descriptor in pipes():
                    os.write(descriptor, note)
            won("records were taken for a minute")
            """,
            control="held",
            keeps="before",
            outside=_invented,
        ),
        attack(
            "forge_deep_json",
            "send JSON nested a million deep, and numbers that are none",
            _SEND,
            """
            def raw(text):
                return struct.pack(">4sIQ", b"LPE1", len(text), 0) + text
            send(raw(b'{"kind": "note", "text": ' + b"[" * 1_000_000 + b"]" * 1_000_000 + b"}"))
            send(raw(b'{"kind": "note", "kind": "end", "seconds": {"x": NaN}}'))
            """,
            control="held",
            keeps="before",
        ),
        attack(
            "forge_array",
            "send an array whose header promises four terabytes, and an object array",
            _SEND,
            """
            def array(dtype, shape):
                return {"type": "array", "python": "x", "array": {"$array": {"dtype": dtype, "shape": shape,
                        "offset": 0}}}
            for form in (array("<f4", [1_000_000, 1_000_000]), array("|O", [1]), array("<f4", [0, 1 << 62])):
                send(frames({"kind": "value", "question": "attack", "name": "loot", "value": form}))
            """,
            control="held",
            keeps="before",
        ),
        attack(
            "send_later",
            "keep the channel in a forked process and send evidence after the end",
            _SEND,
            """
            def late():
                if os.fork():
                    os._exit(0)
                os.setsid()
                named()
                signal.alarm(10)
                time.sleep(1.5)
                send(frames({"kind": "value", "question": "after", "name": "after",
                             "value": {"type": "scalar", "value": 99, "python": "int"}}))
            os.waitpid(forked(late), 0)
            """,
        ),
    ],
)
