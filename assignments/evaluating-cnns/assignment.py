# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Preprocess, evaluate, compare
#
# Three networks for the same task: which one is better, and how would you know? In this notebook you
# prepare the data, write a function that evaluates *any* classifier thoroughly, and then use it to
# compare three networks of growing size.
#
# Training takes ten to fifteen minutes on a laptop, everything else takes seconds.
#
# **How to work with this notebook**
#
# - `___` is a blank. Replace it by an expression; leave the names on the left of `=` as they are.
# - `# YOUR CODE HERE` marks a place for a few lines of your own, and *Your answer here.* a place for a few
#   sentences.
# - **Answers are graded by hidden tests**: they look at the values of your variables just after each cell
#   ran, call your functions with inputs of their own, and **verify figures against your networks**.
#   Colours, sizes and layout are yours to choose.
# - **Trained networks are handed in as files.** `helper.submit(network_a, history_a, "network_a")` writes
#   one beside this notebook. The grader does not train again: it runs each `fit` for a few steps to see
#   that it works, then goes on with the weights you handed in, and measures the accuracy itself.
# - Before you hand in: *Restart kernel and run all cells*, look through the result, save. Hand in this
#   notebook **and** the three files that end in `.trained.npz`.

# %%
import helper
import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import classification_report
from tensorflow import keras

# %% [markdown]
# ## 1 · Preprocessing
#
# MNIST holds 70,000 handwritten digits as 28×28 gray pixels from 0 to 255, and for each a label from 0 to
# 9.

# %%
(x_train, y_train), (x_test, y_test) = helper.load_mnist()

print("to learn from:", x_train.shape, x_train.dtype, "with values from", x_train.min(), "to", x_train.max())
print("labels:", y_train.shape, "the first five:", y_train[:5])

# %% [markdown]
# **Your turn.** Write the function `preprocess(images, labels)`. It is given arrays as above, (N, 28, 28)
# and (N,), and returns two arrays: the images as `float32` of shape (N, 28, 28, 1), scaled to values from
# 0 to 1, and the labels one-hot, shape (N, 10).


# %% question="preprocess"
def preprocess(images, labels):
    # BEGIN SOLUTION
    X = images[..., None].astype("float32") / 255
    Y = keras.utils.to_categorical(labels, 10)
    return X, Y
    # END SOLUTION


X_all, Y_all = preprocess(x_train, y_train)
X_test, Y_test = preprocess(x_test, y_test)
print("images:", X_all.shape, X_all.dtype, " labels:", Y_all.shape)

# %% [markdown]
# **Your turn.** Write the function `split(X, Y)`: it shuffles images and labels *together* and returns
# `X_train, X_valid, Y_train, Y_valid`, 70 % to learn from and 30 % to validate. With all of MNIST these
# are 42,000 and 18,000.


# %% question="split"
def split(X, Y):
    # BEGIN SOLUTION
    order = np.random.default_rng(42).permutation(len(X))
    cut = round(0.7 * len(X))
    return X[order[:cut]], X[order[cut:]], Y[order[:cut]], Y[order[cut:]]
    # END SOLUTION


X_train, X_valid, Y_train, Y_valid = split(X_all, Y_all)
print("to learn from:", X_train.shape, " to validate:", X_valid.shape)

# %% [markdown]
# ## 2 · A first network, and how to evaluate it
#
# **Your turn.** Build `network_a`: a `Conv2D` with 32 filters of 3×3 and ReLU, `Flatten`, and `Dense`
# with 10 units and softmax; 216,650 parameters.

# %% question="network_a"
# BEGIN SOLUTION
network_a = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        keras.layers.Conv2D(32, 3, activation="relu"),
        keras.layers.Flatten(),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
# END SOLUTION
network_a.summary()

# %% [markdown]
# All networks of this notebook are trained alike: Adam, batches of 256, ten epochs. This function
# compiles and trains one and returns its history.


# %%
def train(network):
    network.compile("adam", loss="categorical_crossentropy", metrics=["accuracy"])
    return network.fit(
        X_train, Y_train, batch_size=256, epochs=10, validation_data=(X_valid, Y_valid), verbose=2
    )


history_a = train(network_a)
helper.submit(network_a, history_a, "network_a")

# %% [markdown]
# **Your turn.** Write the function `plot_history(history)`: it draws loss and accuracy over the epochs,
# each for training and validation, with labels that tell them apart.


# %% question="history_a"
def plot_history(history):
    # BEGIN SOLUTION
    fig, axes = plt.subplots(1, 2, figsize=(10, 3.4))
    for ax, metric in zip(axes, ["loss", "accuracy"], strict=True):
        ax.plot(history.history[metric], label="training")
        ax.plot(history.history["val_" + metric], label="validation")
        ax.set_xlabel("epoch")
        ax.set_ylabel(metric)
        ax.legend()
    plt.show()
    # END SOLUTION


plot_history(history_a)

# %% [markdown]
# Accuracy alone hides a lot. The next functions show more. All of them are given the network's scores `P`
# for some images, an array (N, 10), as `network.predict` returns it, and what else they need: the images
# `X` (N, 28, 28, 1) or the true digits `y` (N,).
#
# **How sure is it of zeros?** For digits that *are* zeros the probability of a zero should be near 1, for
# all others near 0.
#
# **Your turn.** Write `plot_zero_probability(P, y)`: a histogram of the probability of being a zero, with
# 10 bins from 0 to 1 and a *logarithmic* vertical axis (else the rare mistakes are invisible), once for
# true zeros, in red, and once for all others, in blue, with labels.


# %% question="zero_probability"
def plot_zero_probability(P, y):
    # BEGIN SOLUTION
    zeros = y == 0
    plt.figure(figsize=(6, 3.4))
    bins = np.linspace(0, 1, 11)
    plt.hist(P[zeros, 0], bins=bins, color="red", alpha=0.5, log=True, label="true zeros")
    plt.hist(P[~zeros, 0], bins=bins, color="blue", alpha=0.5, log=True, label="other digits")
    plt.xlabel("probability of being a zero")
    plt.ylabel("digits")
    plt.legend()
    plt.show()
    # END SOLUTION


P_a = network_a.predict(X_test, batch_size=500, verbose=0)
plot_zero_probability(P_a, y_test)

# %% [markdown]
# **Which digits are mixed up?** Entry $(i, j)$ of the *confusion matrix* counts the images of digit $i$
# that were predicted as $j$.
#
# **Your turn.** Write `plot_confusion(P, y)`: the matrix as a heatmap, the counts written into the cells,
# the axes labelled "prediction" (horizontal) and "truth" (vertical).


# %% question="confusion"
def plot_confusion(P, y):
    # BEGIN SOLUTION
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (y, P.argmax(axis=1)), 1)
    plt.figure(figsize=(5.4, 5))
    plt.imshow(counts, cmap="Blues")
    for row in range(10):
        for column in range(10):
            color = "white" if counts[row, column] > counts.max() / 2 else "black"
            plt.text(column, row, counts[row, column], ha="center", va="center", color=color, fontsize=8)
    plt.xticks(range(10))
    plt.yticks(range(10))
    plt.xlabel("prediction")
    plt.ylabel("truth")
    plt.show()
    # END SOLUTION


plot_confusion(P_a, y_test)

# %% [markdown]
# **What are the worst errors?** An error is bad when the network was sure of it: when the probability of
# the digit it predicted is much larger than that of the true one. The difference of the two is a measure.
#
# **Your turn.** Write `plot_worst_errors(P, X, y)`: the six digits with the largest difference, in two
# rows of three, each with a title that names the predicted and the true digit, in this form: `predicted
# 1, true 7`.


# %% question="worst_errors"
def plot_worst_errors(P, X, y):
    # BEGIN SOLUTION
    rows = np.arange(len(P))
    difference = P.max(axis=1) - P[rows, y]
    worst = np.argsort(-difference)[:6]
    fig, axes = plt.subplots(2, 3, figsize=(6, 4.4))
    for index, ax in zip(worst, axes.flat, strict=True):
        ax.imshow(X[index, ..., 0], cmap="gray")
        ax.set_title(f"predicted {P[index].argmax()}, true {y[index]}", fontsize=9)
        ax.axis("off")
    plt.show()
    # END SOLUTION


plot_worst_errors(P_a, X_test, y_test)

# %% [markdown]
# **And the ordinary ones?**
#
# **Your turn.** Write `plot_first(P, X)`: the first 15 digits, each with the *predicted* digit as its
# title.


# %% question="first_digits"
def plot_first(P, X):
    # BEGIN SOLUTION
    fig, axes = plt.subplots(1, 15, figsize=(12, 1.4))
    for index, ax in enumerate(axes):
        ax.imshow(X[index, ..., 0], cmap="gray")
        ax.set_title(P[index].argmax())
        ax.axis("off")
    plt.show()
    # END SOLUTION


plot_first(P_a, X_test)

# %% [markdown]
# Now all of it in one.
#
# **Your turn.** Write `evaluate(network, X_test, Y_test)`. It prints scikit-learn's
# `classification_report` (precision, recall and F1 score of each digit), draws the four figures with the
# functions above, and returns the network's loss and accuracy on these images as a pair of numbers.


# %% question="evaluate"
def evaluate(network, X_test, Y_test):
    # BEGIN SOLUTION
    loss, accuracy = network.evaluate(X_test, Y_test, batch_size=500, verbose=0)
    P = network.predict(X_test, batch_size=500, verbose=0)
    y = Y_test.argmax(axis=1)
    print(classification_report(y, P.argmax(axis=1), digits=3))
    plot_zero_probability(P, y)
    plot_confusion(P, y)
    plot_worst_errors(P, X_test, y)
    plot_first(P, X_test)
    return loss, accuracy
    # END SOLUTION


loss_a, accuracy_a = evaluate(network_a, X_test, Y_test)
print(f"network (a): loss {loss_a:.3f}, accuracy {accuracy_a:.2%}")

# %% [markdown]
# ## 3 · Two larger networks
#
# **Your turn.** Build `network_b`: as `network_a`, but between `Flatten` and the last layer a `Dense`
# with 128 units and ReLU, `Dropout(0.25)` before `Flatten` and `Dropout(0.5)` before the last layer;
# 2,770,634 parameters.

# %% question="network_b"
# BEGIN SOLUTION
network_b = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        keras.layers.Conv2D(32, 3, activation="relu"),
        keras.layers.Dropout(0.25),
        keras.layers.Flatten(),
        keras.layers.Dense(128, activation="relu"),
        keras.layers.Dropout(0.5),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
# END SOLUTION
network_b.summary()

# %%
history_b = train(network_b)
helper.submit(network_b, history_b, "network_b")

# %% [markdown]
# **Your turn.** Draw its history, evaluate it, and keep what `evaluate` returns in `loss_b, accuracy_b`.

# %% question="results_b"
plot_history(history_b)  # SOLUTION NO PROMPT
loss_b, accuracy_b = evaluate(network_b, X_test, Y_test)  # SOLUTION
print(f"network (b): loss {loss_b:.3f}, accuracy {accuracy_b:.2%}")

# %% [markdown]
# **Your turn.** Build `network_c`: as `network_b`, but after the first convolution a second, with 64
# filters of 3×3 and ReLU, and `MaxPooling2D(2)`; 1,199,882 parameters.

# %% question="network_c"
# BEGIN SOLUTION
network_c = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        keras.layers.Conv2D(32, 3, activation="relu"),
        keras.layers.Conv2D(64, 3, activation="relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Dropout(0.25),
        keras.layers.Flatten(),
        keras.layers.Dense(128, activation="relu"),
        keras.layers.Dropout(0.5),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
# END SOLUTION
network_c.summary()

# %%
history_c = train(network_c)
helper.submit(network_c, history_c, "network_c")

# %% [markdown]
# **Your turn.** The same as for (b): draw, evaluate, keep the numbers in `loss_c, accuracy_c`.

# %% question="results_c"
plot_history(history_c)  # SOLUTION NO PROMPT
loss_c, accuracy_c = evaluate(network_c, X_test, Y_test)  # SOLUTION
print(f"network (c): loss {loss_c:.3f}, accuracy {accuracy_c:.2%}")

# %% [markdown] question="comparison"
# **In your own words.** Compare the three networks: accuracy, the worst errors, overfitting (their
# histories), and number of parameters. Which would you take, and why does the one with most parameters
# not win?
#
# <!-- BEGIN SOLUTION -->
# (a) reaches about 98 %, (b) about 98.5 %, (c) about 99.1 %. (a) overfits quickly: its training loss
# falls on while the validation loss stands still after a few epochs. (b) has thirteen times as many
# parameters, nearly all of them in the dense layer behind Flatten, where they see pixels at fixed places;
# dropout keeps it from overfitting much, but it gains little. (c) has a second convolution that combines
# the features of the first, and pooling, which makes the dense layer smaller and the answer depend less
# on exact places: fewer parameters than (b), at the right place, and the best result. The errors that
# remain with (c) are digits that people find hard as well. I would take (c).
# <!-- END SOLUTION -->

# %% [markdown]
# ## 4 · Bonus: shapes
#
# **Your turn.** Collect from `network_c`, layer by layer, the name, the shape of the input and the shape
# of the output, without the batch axis, as three entries of a tuple: `layer_shapes` is a list of such
# tuples. (In Keras 3 a layer has no `input_shape`; take `layer.input.shape`. A functional network lists its
# input layer as well, which has no input: leave it out.)

# %% question="layer_shapes"
# BEGIN SOLUTION
layer_shapes = [
    (layer.name, tuple(layer.input.shape[1:]), tuple(layer.output.shape[1:])) for layer in network_c.layers
]
# END SOLUTION
for entry in layer_shapes:
    print(*entry)

# %% [markdown]
# **Your turn.** And from those layers that have any, the shapes of weights and biases: `weight_shapes` is
# a list of pairs such as `((3, 3, 1, 32), (32,))`.

# %% question="weight_shapes"
# BEGIN SOLUTION
weight_shapes = [
    tuple(array.shape for array in layer.get_weights()) for layer in network_c.layers if layer.get_weights()
]
# END SOLUTION
for entry in weight_shapes:
    print(*entry)

# %% [markdown]
# **Done?** *Restart kernel and run all cells*, check that no `___` is left and every figure is there,
# save, and hand in this notebook together with `network_a.trained.npz`, `network_b.trained.npz` and
# `network_c.trained.npz`.
