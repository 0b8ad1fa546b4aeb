from __future__ import annotations

import subprocess
import sys

import pytest

from autograder.engine import uids

FREE = range(3_000_000_000, 3_000_000_003)  # Outside of what jobs are given: tests run beside others.


def test_claims_differ_until_none_is_left_and_can_be_released() -> None:
    claims = [uids.claim(FREE) for _ in FREE]
    try:
        assert {claim.uid for claim in claims} == set(FREE)
        with pytest.raises(OSError, match="every user number"):
            uids.claim(FREE)
        claims[0].release()
        again = uids.claim(FREE)
        assert again.uid == claims[0].uid
        again.release()
    finally:
        for claim in claims:
            claim.release()


def test_another_process_sees_what_is_claimed_and_its_own_claims_end_with_it() -> None:
    code = f"from autograder.engine import uids; print(uids.claim({FREE[:2]!r}).uid)"
    command = [sys.executable, "-c", code]
    mine = uids.claim(FREE[:1])
    try:
        for _ in range(2):
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            assert int(done.stdout) == FREE.start + 1
    finally:
        mine.release()
