"""The process beside student code: runs one notebook, sends evidence, knows no answer and gives no verdict.

`python -m autograder.worker FD` executes a notebook; `python -m autograder.worker.models` predicts with
submitted networks. Starts without pydantic, Jinja, Dask and TensorFlow.
"""
