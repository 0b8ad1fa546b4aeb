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
# # Train, then look
#
# You train a convolutional network on tiny colour photographs, look at where it goes wrong, and then at its
# weights and its activations.
#
# Training takes about twenty minutes on a laptop, or two on a GPU; everything else takes seconds.
#
# **How to work with this notebook**
#
# - `___` is a blank. Replace it by an expression; leave the names on the left of `=` as they are.
# - `# YOUR CODE HERE` marks a place for a few lines of your own, and *Your answer here.* a place for a few
#   sentences.
# - **Answers are graded by hidden tests**: they look at the values of your variables just after each cell
#   ran, call your functions with inputs of their own, and **verify figures against your network**. Colours,
#   sizes and layout are yours to choose.
# - **The trained network is handed in as a file.** `helper.submit(model, history)` writes it beside this
#   notebook. The grader does not train again: it runs `fit` for a few steps to see that it works, then goes
#   on with the weights you handed in, and measures the accuracy itself.
# - Before you hand in: *Restart kernel and run all cells*, look through the result, save. Hand in this
#   notebook **and** the file `model.trained.npz`.

# %%
import helper
import matplotlib.pyplot as plt
import numpy as np
from tensorflow import keras

class_names = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]

# %% [markdown]
# ## 1 · The images
#
# CIFAR-10: photographs of ten kinds of things, 32×32 pixels, three colour channels from 0 to 255. The
# network gets them scaled to values around zero, $(x - 128) / 128$, and one-hot labels: ten numbers, all
# 0 but for a 1 at the class.

# %%
(x_train, y_train), (x_test, y_test) = helper.load_cifar10()

X_train = (x_train.astype("float32") - 128) / 128
X_test = (x_test.astype("float32") - 128) / 128
Y_train = keras.utils.to_categorical(y_train, 10)
Y_test = keras.utils.to_categorical(y_test, 10)

print("to learn from:", X_train.shape, "with values from", X_train.min(), "to", X_train.max())
print("to test with: ", X_test.shape)

# %% [markdown]
# To *show* an image, undo the scaling: `plt.imshow` expects colours from 0 to 1 and clips everything else.
#
# **Your turn.** Write the function `to_picture(X)`: it takes scaled images, one or many, and returns them
# with values from 0 to 1.


# %% question="to_picture"
def to_picture(X):
    # BEGIN SOLUTION
    return (X * 128 + 128) / 255
    # END SOLUTION


plt.figure(figsize=(2, 2))
plt.imshow(to_picture(X_train[0]))
plt.title(class_names[np.argmax(Y_train[0])])
plt.axis("off")
plt.show()

# %% [markdown]
# ## 2 · The network
#
# Here is a network that works well: six convolutions, each followed by the activation function ELU; two of
# them move in steps (*strides*) of two pixels instead of being followed by pooling; at the end only the
# largest value of each map is kept.
#
# | layer | filters | kernel | strides |
# |---|---|---|---|
# | `Conv2D` | 16 | 5×5 | 1 |
# | `Conv2D` | 16 | 3×3 | 1 |
# | `Conv2D` | 32 | 3×3 | 2 |
# | `Conv2D` | 32 | 3×3 | 1 |
# | `Conv2D` | 64 | 3×3 | 2 |
# | `Conv2D` | 64 | 3×3 | 1 |
# | `GlobalMaxPooling2D` | | | |
# | `Dropout` 0.5 | | | |
# | `Dense` 10, softmax | | | |
#
# All convolutions with `padding="same"` and `activation="elu"`: 73,498 parameters.
#
# **Your turn.** Build this network, or one of your own that begins with at least two convolutions and
# ends with ten outputs and softmax, as `model`. Use built-in Keras layers only.

# %% question="network"
model = keras.Sequential(
    # BEGIN SOLUTION
    [
        keras.Input((32, 32, 3)),
        keras.layers.Conv2D(16, 5, padding="same", activation="elu"),
        keras.layers.Conv2D(16, 3, padding="same", activation="elu"),
        keras.layers.Conv2D(32, 3, strides=2, padding="same", activation="elu"),
        keras.layers.Conv2D(32, 3, padding="same", activation="elu"),
        keras.layers.Conv2D(64, 3, strides=2, padding="same", activation="elu"),
        keras.layers.Conv2D(64, 3, padding="same", activation="elu"),
        keras.layers.GlobalMaxPooling2D(),
        keras.layers.Dropout(0.5),
        keras.layers.Dense(10, activation="softmax"),
    ]
    # END SOLUTION
)
model.summary()

# %% [markdown]
# **Your turn.** Compile it with Adam (learning rate 0.001), loss `categorical_crossentropy` and the
# metric `accuracy`, and train it: batches of 32, 30 epochs, the last tenth of the images held back for
# validation. The callback `ReduceLROnPlateau(factor=0.5, patience=3)` halves the learning rate whenever
# the validation loss has not improved for three epochs. Keep what `fit` returns in `history`.
#
# Your network has to classify **at least 70 % of the test images** correctly. (The original of this
# exercise ended at about 75 % on training and 73 % on validation images.)
#
# Does yours stay below? Let it see mirrored images, too: `keras.layers.RandomFlip("horizontal")` as its first
# layer mirrors half of the images while it learns, and does nothing afterwards.

# %% question="training"
# BEGIN SOLUTION
model.compile(keras.optimizers.Adam(1e-3), loss="categorical_crossentropy", metrics=["accuracy"])
# END SOLUTION
history = model.fit(
    # BEGIN SOLUTION
    X_train,
    Y_train,
    batch_size=32,
    epochs=30,
    validation_split=0.1,
    callbacks=[keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=3)],
    verbose=2,
    # END SOLUTION
)

# %%
helper.submit(model, history)

# %% [markdown]
# **Your turn.** Draw the curves: loss and accuracy over the epochs, each for training and validation, with
# labels that tell them apart.

# %% question="curves"
fig, axes = plt.subplots(1, 2, figsize=(10, 3.4), layout="constrained")
# BEGIN SOLUTION
for ax, metric in zip(axes, ["loss", "accuracy"], strict=True):
    ax.plot(history.history[metric], label="training")
    ax.plot(history.history["val_" + metric], label="validation")
    ax.set_xlabel("epoch")
    ax.set_ylabel(metric)
    ax.legend()
# END SOLUTION
plt.show()

# %% [markdown]
# **Your turn.** Evaluate the network on the test images, and let it predict them: `Y_predict` holds ten
# class scores for each.

# %% question="test"
test_loss, test_accuracy = model.evaluate(X_test, Y_test, batch_size=500, verbose=0)  # SOLUTION
Y_predict = model.predict(X_test, batch_size=500, verbose=0)  # SOLUTION

print(f"test loss {test_loss:.3f}, test accuracy {test_accuracy:.1%}")

# %% [markdown]
# ## 3 · Single predictions
#
# **Your turn.** Write the function `plot_prediction(X, Y, Y_predict)`. It is given one scaled image, its
# one-hot label and the ten scores that the network computed for it, and shows the image beside ten
# *bars*, one a class, labelled with the class names (`barh` leaves room for these). The bar of the true class
# is red, all others have another colour.


# %% question="plot_prediction"
def plot_prediction(X, Y, Y_predict):
    # BEGIN SOLUTION
    fig, (left, right) = plt.subplots(1, 2, figsize=(6, 2.6), layout="constrained")
    left.imshow(to_picture(X))
    left.axis("off")
    true = np.argmax(Y)
    right.barh(class_names, Y_predict, color=["red" if index == true else "C0" for index in range(10)])
    right.set_xlim(0, 1)
    right.invert_yaxis()
    plt.show()
    # END SOLUTION


plot_prediction(X_test[0], Y_test[0], Y_predict[0])

# %% [markdown]
# **Your turn.** Find test images that the network gets wrong: put their indices into `wrong`, all of
# them. Then show at least four of them with their scores.

# %% question="misclassified"
wrong = np.flatnonzero(Y_predict.argmax(axis=1) != y_test.ravel())  # SOLUTION
# BEGIN SOLUTION
for index in wrong[:4]:
    plot_prediction(X_test[index], Y_test[index], Y_predict[index])
# END SOLUTION

# %% [markdown] question="kinds_of_errors"
# **In your own words.** Look at more of them. What kinds of errors are there, and why might they occur?
#
# <!-- BEGIN SOLUTION -->
# Most errors are between classes that look alike: cat and dog, deer and horse, automobile and truck, and
# between classes with the same background, as bird and airplane before the sky or ship and airplane over
# blue. Others come from unusual pictures: close-ups, parts of an object, odd colours or perspectives,
# several things in one image. Often the true class has the second-largest score; sometimes the network is
# very sure and wrong. At 32×32 pixels some images are hard for people too.
# <!-- END SOLUTION -->

# %% [markdown]
# ## 4 · The confusion matrix
#
# Entry $(i, j)$ of the confusion matrix counts the images of class $i$ that were predicted as class $j$.
# *Normalised* means: each row is divided by its sum, so that it tells which share of a class's images was
# predicted as what.
#
# **Your turn.** Write the function `plot_confusion(Y_true, Y_predict)`. It is given one-hot labels and
# predicted scores, both of shape (N, 10), and shows the normalised matrix as a heatmap with the *counts*
# written into the cells, the axes labelled "prediction" (horizontal) and "truth" (vertical). Mind the
# axis of the sum: `C / C.sum(axis=1)` divides *columns*.


# %% question="plot_confusion"
def plot_confusion(Y_true, Y_predict):
    # BEGIN SOLUTION
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (Y_true.argmax(axis=1), Y_predict.argmax(axis=1)), 1)
    shares = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    fig, ax = plt.subplots(figsize=(6.4, 5.6), layout="constrained")
    shown = ax.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    fig.colorbar(shown)
    for row in range(10):
        for column in range(10):
            color = "white" if shares[row, column] > 0.5 else "black"
            ax.text(column, row, counts[row, column], ha="center", va="center", color=color, fontsize=7)
    ax.set_xticks(range(10), class_names, rotation=45, ha="right")
    ax.set_yticks(range(10), class_names)
    ax.set_xlabel("prediction")
    ax.set_ylabel("truth")
    plt.show()
    # END SOLUTION


plot_confusion(Y_test, Y_predict)

# %% [markdown] question="confused_classes"
# **In your own words.** Which classes are confused most, and which are told apart best? Is the matrix
# symmetric?
#
# <!-- BEGIN SOLUTION -->
# Cats and dogs are confused most, in both directions, then automobiles with trucks, birds with other
# animals and with airplanes, deer with horses. Vehicles and animals are hardly ever mixed up, and
# automobiles, trucks, ships and frogs are recognised best. The matrix is roughly but not exactly
# symmetric: the network prefers some classes, so that, say, more birds are called deer than deer are
# called birds.
# <!-- END SOLUTION -->

# %% [markdown]
# ## 5 · The filters of the first layer
#
# **Your turn.** Fetch the weights of the first convolution into `weights`, shape (height, width, 3,
# filters), and show *all* its filters as small colour images in a grid. Weights are negative too: scale
# each filter to values from 0 to 1 first (subtract its minimum, divide by its range).

# %% question="filters"
weights = model.layers[0].get_weights()[0]  # SOLUTION

# BEGIN SOLUTION
fig, axes = plt.subplots(2, 8, figsize=(9, 2.6))
for index, ax in enumerate(axes.flat):
    kernel = weights[..., index]
    ax.imshow((kernel - kernel.min()) / (kernel.max() - kernel.min()))
    ax.axis("off")
# END SOLUTION
plt.show()

# %% [markdown]
# ## 6 · Activations
#
# **Your turn.** Write the function `visualize_activation(A, name)`. It is given a layer's output for
# *one* image, shape (1, height, width, maps), and the layer's name, and shows all maps in a grid, the
# name as the figure's title.


# %% question="visualize_activation"
def visualize_activation(A, name):
    # BEGIN SOLUTION
    maps = A[0]
    columns = 8
    rows = -(-maps.shape[-1] // columns)
    fig, axes = plt.subplots(rows, columns, figsize=(9, 1.3 * rows), squeeze=False, layout="constrained")
    for index, ax in enumerate(axes.flat):
        ax.axis("off")
        if index < maps.shape[-1]:
            ax.imshow(maps[..., index], cmap="viridis")
    fig.suptitle(name)
    plt.show()
    # END SOLUTION


visualize_activation(X_test[:1], "the image itself, channel by channel")

# %% [markdown]
# **Your turn.** Choose two images, of the data set or your own, in any case scaled and of shape (32, 32,
# 3): `first_image` and `second_image`. Show the activations of the first *and* of the second convolution
# for the first image …

# %% question="first_activations"
first_image = X_test[7]  # SOLUTION

# BEGIN SOLUTION
conv1 = keras.Model(model.inputs, model.layers[0].output)
conv2 = keras.Model(model.inputs, model.layers[1].output)
visualize_activation(conv1.predict(first_image[None], verbose=0), "first convolution, first image")
visualize_activation(conv2.predict(first_image[None], verbose=0), "second convolution, first image")
# END SOLUTION

# %% [markdown]
# … and for the second.

# %% question="second_activations"
second_image = X_test[12]  # SOLUTION

# BEGIN SOLUTION
visualize_activation(conv1.predict(second_image[None], verbose=0), "first convolution, second image")
visualize_activation(conv2.predict(second_image[None], verbose=0), "second convolution, second image")
# END SOLUTION

# %% [markdown] question="activations_words"
# **In your own words.** What do the maps of the first convolution show, and how do those of the second
# differ? What is common to both images, and what is not?
#
# <!-- BEGIN SOLUTION -->
# The maps of the first layer still look like the image: some keep brightness or one colour, some outline
# edges of one direction or the change from one colour to another. Those of the second layer combine them:
# they are sparser, answer to corners, textures and coloured areas, and are harder to name. A map shows
# the same kind of thing for both images, since its filter is the same, but at other places and of other
# strength, since the images differ.
# <!-- END SOLUTION -->

# %% [markdown]
# **Done?** *Restart kernel and run all cells*, check that no `___` is left and every figure is there,
# save, and hand in this notebook together with `model.trained.npz`.
