"""`mnist-cnn`, graded: a mistake costs exactly its points, another style nothing."""

from tests.classes import mnist_cnn
from tests.classes.grading import ClassTests


class TestMnistCnn(ClassTests):
    whole = mnist_cnn.CLASS
