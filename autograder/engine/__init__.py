"""Runs jobs: one submission each, executed beside no answers, judged by `grading`, written by `report`."""
