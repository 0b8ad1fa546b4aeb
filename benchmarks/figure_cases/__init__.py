"""Figures that students draw, right ones in many styles and wrong ones, for `calibrate_figures.py`.

One module a group of kinds. `KINDS` names them, `THRESHOLDS` says for each which scores are compared with
what, `cases(world, quick)` draws, and `scores(verdict)` gives the scores of a verdict, the deciding one
first; `base` says what a case is.
"""
