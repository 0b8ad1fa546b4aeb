"""Seven submissions of `investigating-cnns`, by name."""

from tests.fairness.right import ENLARGED, LEFT_TO_A_PERSON, ONE_BY_ONE, TEXTBOOK
from tests.fairness.submission import Submission
from tests.fairness.wrong import CONFUSED, INDICES, SLIPS

SUBMISSIONS: dict[str, Submission] = {
    "textbook": TEXTBOOK,
    "one-by-one": ONE_BY_ONE,
    "enlarged": ENLARGED,
    "left-to-a-person": LEFT_TO_A_PERSON,
    "wrong-indices": INDICES,
    "wrong-slips": SLIPS,
    "wrong-confused": CONFUSED,
}
