"""What an attack is: a notebook that tries one thing, and how its success would be seen.

An attack's notebook begins with a cell `before = 1`, then the prelude (everything the attacker could know:
the worst case), then the attack, and ends with `after = 2`. The three parts are three questions.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any, Literal

from autograder.evidence import Evidence, Plan, QuestionPlan

if TYPE_CHECKING:
    from tests.security.world import World

BEFORE, AFTER = 1, 2
CREDIT = 42
"""What a grader that trusts objects would accept as the attack's own answer."""

Control = Literal["works", "privileged", "naive", "maybe", "held"]
Outside = Callable[["World", Evidence], list[str]]


FAMILIES = {
    "read": "Reading secrets",
    "forge": "Forging results",
    "network": "Reaching the network",
    "signal": "Disturbing other processes",
    "privileges": "Gaining privileges",
    "exhaust": "Exhausting the machine",
    "stay": "Staying behind",
    "poison": "Poisoning what others load",
    "ending": "Ending early",
    "object": "Objects that lie, libraries that were changed",
    "hand-in": "Hand-ins that are no notebooks",
    "page": "Acting in pages",
    "picture": "Pictures made for the reader",
}


@dataclass(frozen=True)
class Attack:
    """One attack.

    Attributes:
        id: unique.
        family: what it is about, for the table.
        tries: one sentence.
        cells: its source, one string a cell; `W` holds what `World.facts` tells, `won(text)` claims success.
        control: what the control expects of it. "works": it succeeds in a process without walls;
            "privileged": it does when started by root with all capabilities; "naive": only against a grader
            that executes, unpickles and compares in the ordinary way (what keeps it out is how evidence
            is made, not the walls); "held": it fails without walls too, and must; "maybe": it needs something
            that not every kernel has.
        outside: sentences about harm that only this attack can do; `World.damage` looks for the rest.
        keeps: what must be captured of its notebook: both, or only what came before.
        cell_seconds: the time limit of its cells.
        make: writes the hand-in itself, where a list of cells is not what is handed in.
        succeeds: levels of isolation at which it is known to succeed; said in the docs.
        because: why it does.
    """

    id: str
    family: str
    tries: str
    cells: tuple[str, ...] = ()
    control: Control = "works"
    outside: Outside | None = None
    keeps: Literal["all", "before", "nothing"] = "all"
    cell_seconds: float = 20.0
    make: Callable[[World, Path], None] | None = None
    succeeds: tuple[str, ...] = ()
    because: str = ""


def attack(id: str, tries: str, *cells: str, **options: Any) -> Attack:
    """An attack whose family is filled in by `family`."""
    return Attack(id, "", tries, tuple(dedent(cell).strip() for cell in cells), **options)


def family(name: str, attacks: Sequence[Attack]) -> tuple[Attack, ...]:
    """The attacks, as members of one of FAMILIES."""
    return tuple(replace(one, family=name) for one in attacks)


def plan(cell_seconds: float) -> Plan:
    """Three questions: before, attack, after."""
    names = {"before": "before", "attack": "loot", "after": "after"}
    questions = (QuestionPlan(id, "code", capture=(name,), names=(name,)) for id, name in names.items())
    return Plan("attacked", tuple(questions), cell_seconds=cell_seconds)


PRELUDE = '''
import ctypes, errno, json, mmap, os, re, signal, socket, stat, struct, subprocess, sys, threading, time
W = json.loads({facts!r})
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
libc.mmap.restype = ctypes.c_void_p
CALLS = dict(zip(
    ("ptrace process_vm_readv pidfd_open pidfd_getfd pidfd_send_signal open_by_handle_at setns unshare mount "
     "init_module bpf io_uring_setup userfaultfd perf_event_open memfd_create add_key keyctl shmget semget "
     "msgget capset syslog mq_open rt_sigqueueinfo prlimit64 clone3 name_to_handle_at").split(),
    dict(
        x86_64=(101, 310, 434, 438, 424, 304, 308, 272, 165, 175, 321, 425, 323, 298, 319, 248, 250, 29, 64,
                68, 126, 103, 240, 129, 302, 435, 303),
        aarch64=(117, 270, 434, 438, 424, 265, 268, 97, 40, 105, 280, 425, 282, 241, 279, 217, 219, 194, 190,
                 186, 91, 116, 180, 138, 261, 435, 264),
    )[os.uname().machine],
))
loot = ""


def won(text):
    """Claim success."""
    global loot
    loot = "SUCCESS: " + text


def call(name, *arguments):
    """A system call, past every wrapper; raises OSError."""
    ctypes.set_errno(0)
    words = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    result = libc.syscall(ctypes.c_long(CALLS[name]), *words)
    if result == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), name)
    return result


def named():
    """Marks this process, so that it is found if it stays."""
    libc.prctl(15, W["marker"].encode(), 0, 0, 0)


def forked(job, seconds=20):
    """A child with the marker that does its job, then ends within some seconds; returns its pid."""
    pid = os.fork()
    if pid == 0:
        try:
            named()
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(seconds)
            job()
        finally:
            os._exit(0)
    return pid


def frames(*records):
    """Evidence as the worker sends it."""
    packed = b""
    for record in records:
        text = json.dumps(record).encode()
        packed += struct.pack(">4sIQ", b"LPE1", len(text), 0) + text
    return packed


def pipes():
    """Every descriptor that may be the way out."""
    found = []
    for descriptor in range(3, 1024):
        try:
            mode = os.fstat(descriptor).st_mode
        except OSError:
            continue
        if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
            found.append(descriptor)
    return found


def canary(blob):
    """The secret in some bytes, or an empty text."""
    match = re.search((W["prefix"] + "[0-9a-f]{{24}}").encode(), bytes(blob))
    return match.group().decode() if match else ""
'''


def notebook(cells: Sequence[str], facts: Mapping[str, Any]) -> dict[str, Any]:
    """The attack's notebook as JSON."""
    prelude = PRELUDE.format(facts=json.dumps(facts)).strip()
    sources = [
        ("before", f"before = {BEFORE}"),
        *(("attack", source) for source in (prelude, *cells)),
        ("after", f"after = {AFTER}"),
    ]
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": [
            {
                "id": f"c{index}",
                "cell_type": "code",
                "metadata": {"question": question},
                "source": source,
                "outputs": [],
                "execution_count": None,
            }
            for index, (question, source) in enumerate(sources)
        ],
    }
