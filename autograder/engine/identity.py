"""Identities: hashes that change when something that a grade depends on changes.

Reads bytes only; executes nothing.
"""

from __future__ import annotations

import hashlib
import json

from autograder import __version__
from autograder.course import Assignment
from autograder.engine import process
from autograder.engine.submissions import Submission, contents
from reference import checkpoints, datasets


def of_hand_in(submission: Submission) -> str:
    """Identity of what was handed in: sha256 of the notebook; with trained networks, of all files together.

    Raises:
        OSError: the notebook cannot be read. A network that cannot be counts as an empty one.
    """
    notebook = hashlib.sha256(contents(submission.notebook))
    if not submission.trained:
        return notebook.hexdigest()
    whole = hashlib.sha256(notebook.digest())
    for name, path in submission.trained:
        try:
            blob = contents(path, process.MOST_NETWORK_BYTES)
        except OSError:
            blob = b""
        whole.update(f"{name} ".encode() + hashlib.sha256(blob).digest())
    return whole.hexdigest()


def of_course(assignment: Assignment, data: datasets.Dataset) -> str:
    """Identity of all that is the same for a class: source, config, version of Loupe, checkpoints, data."""
    config = assignment.config
    names = [config.model.checkpoint] if config.model else sorted(set(config.models.values()))
    used = [checkpoints.for_data(name, stand_in=data.stand_in).sha256 for name in names]
    parts = [assignment.name, assignment.version, __version__, used, data.sha256]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def of_job(hand_in: str, course: str) -> str:
    """Identity of all that a grade depends on, from `of_hand_in` and `of_course`."""
    return hashlib.sha256(f"{course} {hand_in}".encode()).hexdigest()


def of_submission(submission: Submission, course: str) -> str:
    """`of_job` of a submission; of a file that cannot be read, of the reason."""
    try:
        hand_in = of_hand_in(submission)
    except OSError as error:
        hand_in = f"unreadable {error.errno}"
    return of_job(hand_in, course)
