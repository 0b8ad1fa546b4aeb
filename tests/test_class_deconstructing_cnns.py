"""`deconstructing-cnns`, graded: a mistake costs exactly its points, another style nothing."""

from tests.classes import deconstructing_cnns
from tests.classes.grading import ClassTests


class TestDeconstructingCnns(ClassTests):
    whole = deconstructing_cnns.CLASS
