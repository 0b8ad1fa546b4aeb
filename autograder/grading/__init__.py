"""The judge: recomputes what submissions claim and turns evidence into results; runs no student code."""
