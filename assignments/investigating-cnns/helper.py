"""What the notebook `investigating-cnns` is given: images, a trained network and one figure.

Keep this file, `checkpoint.npz` and `images.npz` in the same folder as the notebook. You are welcome to
read it; there is nothing to change here.
"""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from tensorflow import keras

FOLDER = Path(__file__).resolve().parent

cifar10dict = {
    0: "airplane",
    1: "automobile",
    2: "bird",
    3: "cat",
    4: "deer",
    5: "dog",
    6: "frog",
    7: "horse",
    8: "ship",
    9: "truck",
}


def get_cifar10():
    """Load the test images and their labels.

    Returns:
        x_test: (1000, 32, 32, 3) float32, from -0.5 to 0.5, the range the network was trained on.
        y_test: (1000, 10) float32, one-hot: a 1 in the column of the image's class, 0 elsewhere.
    """
    arrays = _read("images.npz")
    if not {"images", "labels"} <= arrays.keys():
        raise ValueError(_damaged("images.npz"))
    x_test = arrays["images"] / np.float32(255) - np.float32(0.5)
    y_test = np.eye(len(cifar10dict), dtype=np.float32)[arrays["labels"]]
    return x_test, y_test


def cnn_model():
    """Build the convolutional network and load its trained weights.

    Returns:
        A compiled `keras.Sequential`: images (N, 32, 32, 3) in, probabilities of the classes (N, 10) out.
        Its `evaluate` returns the loss (categorical cross-entropy) and the accuracy.
    """
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            layers.Conv2D(32, 3, padding="same", name="conv2d"),
            layers.Activation("relu", name="activation"),
            layers.Conv2D(32, 3, name="conv2d_1"),
            layers.Activation("relu", name="activation_1"),
            layers.MaxPooling2D(2, name="max_pooling2d"),
            layers.Conv2D(64, 3, padding="same", name="conv2d_2"),
            layers.Activation("relu", name="activation_2"),
            layers.Conv2D(64, 3, name="conv2d_3"),
            layers.Activation("relu", name="activation_3"),
            layers.MaxPooling2D(2, name="max_pooling2d_1"),
            layers.Flatten(name="flatten"),
            layers.Dense(128, name="dense"),
            layers.Activation("relu", name="activation_4"),
            layers.Dense(10, name="dense_1"),
            layers.Activation("softmax", name="activation_5"),
        ],
        name="investigating_cnn",
    )
    arrays = _read("checkpoint.npz")
    weights = [arrays[key] for key in sorted(arrays)]
    if [array.shape for array in weights] != [array.shape for array in model.get_weights()]:
        raise ValueError(_damaged("checkpoint.npz"))
    model.set_weights(weights)
    model.compile(loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def plot_featuremaps(image, maps, layer_names):
    """Show an image with the first sixteen feature maps of a layer around it, in four rows and four columns.

    Each map has a colour scale of its own: black is its smallest value, white its largest.

    Args:
        image: (32, 32, 3) or a batch of one, (1, 32, 32, 3), from -0.5 to 0.5.
        maps: (height, width, filters) or a batch of one; what the layer computed for that image.
        layer_names: a list with the layer's name, for the title.
    """
    image, maps = _single("image", image), _single("maps", maps)
    figure = plt.figure(figsize=(9.5, 5.8), layout="constrained")
    # Two columns of maps, a wide one for the image, two columns of maps.
    grid = figure.add_gridspec(4, 5, width_ratios=(1, 1, 2.6, 1, 1))
    centre = figure.add_subplot(grid[:, 2])
    centre.imshow(image + 0.5)
    centre.set_title("the input")
    centre.axis("off")
    cells = [(row, column) for row in range(4) for column in (0, 1, 3, 4)]
    for index, (row, column) in zip(range(maps.shape[-1]), cells, strict=False):
        axes = figure.add_subplot(grid[row, column])
        axes.imshow(maps[:, :, index], cmap="gray")
        axes.set_title(f"map {index}", fontsize="small")
        axes.axis("off")
    figure.suptitle(f"Feature maps of {', '.join(layer_names)}")
    plt.show()


def _single(name, array):
    """One item, without the batch axis."""
    array = np.asarray(array)
    if array.ndim == 4 and len(array) == 1:
        return array[0]
    if array.ndim != 3:
        raise ValueError(
            f"plot_featuremaps shows one image at a time, but `{name}` has the shape {array.shape}."
        )
    return array


def _read(name):
    """The arrays of a file that belongs beside this one."""
    try:
        with np.load(FOLDER / name, allow_pickle=False) as archive:
            return {key: archive[key] for key in archive.files}
    except FileNotFoundError:
        raise FileNotFoundError(
            f"{name} is not in {FOLDER}: keep helper.py, checkpoint.npz and images.npz beside the notebook."
        ) from None
    except (ValueError, OSError, EOFError, AttributeError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(_damaged(name)) from error


def _damaged(name):
    return f"{FOLDER / name} is damaged or not the file of this assignment: download it again."
