"""Reference solutions of the course: data, networks, checkpoints, training, figures.

Imports nothing of `autograder`; the grader's oracle and the solution notebooks stand on it.
"""
