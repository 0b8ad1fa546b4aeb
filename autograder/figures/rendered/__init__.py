"""Figures read back from rendered pixels: what a picture in a saved notebook was drawn from.

Used where no code was executed, or what it drew could not be captured. `reading.read` turns decoded pixels
into figure records of the form that the data path judges: the panels are found (`segmentation`), laid on the
pixel grid exactly (`registration`), brought back to their cells (`resampling`) and to numbers (`colours`);
one image that holds a grid is taken apart by `sheets`. Pure and bounded; decodes no files, reads no texts,
judges nothing.
"""
