"""Loupe, the grader: verifies what students compute and what their figures show.

Data flow: `release` makes the notebooks, `worker` executes a submission and sends evidence,
`grading` judges it with `checks` and the oracle, `report` writes what people and systems read.
"""

__version__ = "0.1.0"
