"""`evaluating-cnns`, graded: a mistake costs exactly its points, another style nothing."""

from tests.classes import evaluating_cnns
from tests.classes.grading import ClassTests


class TestEvaluatingCnns(ClassTests):
    whole = evaluating_cnns.CLASS
