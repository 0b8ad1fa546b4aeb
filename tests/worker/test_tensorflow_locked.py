"""The libraries of a notebook, imported before the walls and used behind them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.worker.imitate import NEEDS_ROOT

SCRIPT = """
import os, sys, tempfile
import keras, numpy as np, tensorflow as tf
import matplotlib.pyplot as plt
from IPython.core.interactiveshell import InteractiveShell
from tests.worker import imitate


def work():
    os.environ["HOME"] = "/tmp"
    network = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Conv2D(4, 3, activation="relu"),
                                keras.layers.Flatten(), keras.layers.Dense(10)])
    network.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    images = np.random.rand(64, 28, 28, 1).astype("float32")
    network.fit(images, np.zeros(64), verbose=0)
    network.save("saved.keras")
    again = keras.models.load_model("saved.keras").predict(images, verbose=0)
    compiled = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    compiled.compile("sgd", "mse", jit_compile=True)
    compiled.fit(np.ones((8, 4)), np.ones((8, 2)), verbose=0)
    pipeline = tf.data.Dataset.from_tensor_slices(images).map(lambda x: x + 1, num_parallel_calls=4).batch(8)
    plt.imshow(images[0, :, :, 0])
    plt.savefig("figure.png")
    shell = InteractiveShell.instance()
    shell.run_cell("files = !ls *.png")
    shell.run_cell("import asyncio; await asyncio.sleep(0); awaited = True")
    same = bool(np.allclose(again, network.predict(images, verbose=0)))
    return [same, len(list(pipeline)), list(shell.user_ns["files"]), shell.user_ns["awaited"]]


print(imitate.in_walls(work))
"""


@NEEDS_ROOT
def test_tensorflow_matplotlib_and_ipython_work_behind_the_walls() -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": "/tmp",
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "OPENBLAS_NUM_THREADS": "1",
        "CUDA_VISIBLE_DEVICES": "-1",
        "MPLBACKEND": "agg",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip().endswith("[True, 8, ['figure.png'], True]"), done.stderr[-3000:]
