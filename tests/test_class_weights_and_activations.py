"""`weights-and-activations`, graded: a mistake costs exactly its points, another style nothing."""

from tests.classes import weights_and_activations
from tests.classes.grading import ClassTests


class TestWeightsAndActivations(ClassTests):
    whole = weights_and_activations.CLASS
