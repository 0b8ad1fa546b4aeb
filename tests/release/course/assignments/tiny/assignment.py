# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # Tiny
#
# A course in one notebook: every kind of marker once. Nothing here needs TensorFlow.

# %% tags=["setup"]
# %matplotlib inline
import matplotlib.pyplot as plt
import numpy as np
from helper import pictures

images, labels = pictures()

# %% question="constants"
n_images = len(images)  # SOLUTION
mean: float = float(np.mean(images) / 255)  # SOLUTION
height, width = images.shape[1:3]  # SOLUTION
total = 0
total += n_images * height  # SOLUTION
stacked = np.concatenate(  # SOLUTION
    [images, images[::-1]],
    axis=0,
)  # SOLUTION
print(n_images, mean, height, width, total, stacked.shape)

# %% question="quiz"
### edTest(test_quiz) ###
answer1 = "B"  # SOLUTION


# %% question="scaling"
def brighten(pixels, amount):
    """Add some light."""
    lighter = pixels + amount  # SOLUTION NO PROMPT
    return np.clip(lighter, 0, 255)  # SOLUTION


def invert(pixels):
    # BEGIN SOLUTION
    largest = np.iinfo(np.uint8).max
    return largest - pixels
    # END SOLUTION


# %%
plt.imshow(brighten(images[0] / 1.0, 10) / 255)
plt.show()

# %% question="figure"
fig, axes = plt.subplots(1, 2)
# BEGIN SOLUTION
for ax, picture in zip(axes, images, strict=False):
    ax.imshow(invert(picture))
plt.show()
# END SOLUTION

# %%
scratch = np.arange(12).reshape(3, 4)  # SOLUTION NO PROMPT

# %% [markdown] question="essay"
# Why are the pictures inverted?
#
# <!-- BEGIN SOLUTION -->
# Because every value was taken away from the largest one. Dark became bright and bright became dark.
# <!-- END SOLUTION -->
