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
# # What layers, filters and classes look for
#
# You train a network on handwritten digits and then take it apart: what do its layers see in an image,
# which pattern does a single filter respond to, and what does the network imagine when it thinks of a
# seven? For the last two you turn training upside down: the weights stay fixed, and the *image* learns.
#
# Training takes five to ten minutes on a laptop, the rest of the notebook about one.
#
# **How to work with this notebook**
#
# - `___` is a blank. Replace it by an expression; leave the names on the left of `=` as they are.
# - `# YOUR CODE HERE` marks a place for a few lines of your own, and *Your answer here.* a place for a few
#   sentences.
# - **Answers are graded by hidden tests**: they look at the values of your variables just after each cell
#   ran, and **figures are verified with your network**. Colours, sizes and layout are yours to choose.
# - **The trained network is handed in as a file.** `helper.submit(model, history)` writes it beside this
#   notebook. The grader does not train again: it runs `fit` for a few steps to see that it works, then goes
#   on with the weights you handed in, and measures the accuracy itself.
# - Before you hand in: *Restart kernel and run all cells*, look through the result, save. Hand in this
#   notebook **and** the file `model.trained.npz`.

# %%
import helper
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from tensorflow import keras

# %% [markdown]
# ## 1 · The digits
#
# MNIST: handwritten digits, 28×28 gray pixels. They are scaled to values from 0 (paper) to 1 (ink) and
# get a channel axis at the end; labels become one-hot. Of the training images a fifth, chosen by a random
# generator with the seed 42, is held back for validation.

# %%
(x_train, y_train), (x_test, y_test) = helper.load_mnist()

X_all = x_train[..., None].astype("float32") / 255
X_test = x_test[..., None].astype("float32") / 255
Y_all = keras.utils.to_categorical(y_train, 10)
Y_test = keras.utils.to_categorical(y_test, 10)

order = np.random.default_rng(42).permutation(len(X_all))
cut = len(order) * 4 // 5
X_train, Y_train = X_all[order[:cut]], Y_all[order[:cut]]
X_valid, Y_valid = X_all[order[cut:]], Y_all[order[cut:]]

print("to learn from:", X_train.shape, " to validate:", X_valid.shape, " to test:", X_test.shape)

# %% [markdown]
# **Your turn.** Show the first ten digits of `X_all`, each with its label as title.

# %% question="first_digits"
fig, axes = plt.subplots(1, 10, figsize=(11, 1.6))
# BEGIN SOLUTION
for index, ax in enumerate(axes):
    ax.imshow(X_all[index, ..., 0], cmap="gray")
    ax.set_title(y_train[index])
    ax.axis("off")
# END SOLUTION
plt.show()

# %% [markdown]
# ## 2 · The network
#
# Three convolutions, each followed by a pooling layer, then two dense layers:
#
# | layer | output |
# |---|---|
# | `Input` | (28, 28, 1) |
# | `Conv2D` 24, 3×3, same, ReLU | (28, 28, 24) |
# | `MaxPooling2D` 2 | (14, 14, 24) |
# | `Conv2D` 48, 3×3, same, ReLU | (14, 14, 48) |
# | `MaxPooling2D` 2 | (7, 7, 48) |
# | `Conv2D` 64, 3×3, same, ReLU | (7, 7, 64) |
# | `MaxPooling2D` 2 | (3, 3, 64) |
# | `Flatten` | (576) |
# | `Dense` 128, ReLU | (128) |
# | `Dropout` 0.25 | (128) |
# | `Dense` 10, softmax | (10) |
#
# **Your turn.** Build it as `model` with the *functional* API: each layer is called with the output of
# the one before, and `keras.Model(inputs, outputs)` ties the ends together. Activations belong to their
# layers here (`activation="relu"`). The summary should count 113,514 parameters.

# %% question="network"
# BEGIN SOLUTION
inputs = keras.Input((28, 28, 1))
x = keras.layers.Conv2D(24, 3, padding="same", activation="relu")(inputs)
x = keras.layers.MaxPooling2D(2)(x)
x = keras.layers.Conv2D(48, 3, padding="same", activation="relu")(x)
x = keras.layers.MaxPooling2D(2)(x)
x = keras.layers.Conv2D(64, 3, padding="same", activation="relu")(x)
x = keras.layers.MaxPooling2D(2)(x)
x = keras.layers.Flatten()(x)
x = keras.layers.Dense(128, activation="relu")(x)
x = keras.layers.Dropout(0.25)(x)
outputs = keras.layers.Dense(10, activation="softmax")(x)
model = keras.Model(inputs, outputs)
# END SOLUTION
model.summary()

# %% [markdown]
# **Your turn.** Compile it with Adam, loss `categorical_crossentropy` and the metric `accuracy`, and
# train it for 20 epochs in batches of 256, with `(X_valid, Y_valid)` as validation data. Keep what `fit`
# returns in `history`. Expect about 99 % on the test images.

# %% question="training"
# BEGIN SOLUTION
model.compile("adam", loss="categorical_crossentropy", metrics=["accuracy"])
history = model.fit(
    X_train, Y_train, batch_size=256, epochs=20, validation_data=(X_valid, Y_valid), verbose=2
)
# END SOLUTION

# %%
helper.submit(model, history)

# %% [markdown]
# **Your turn.** Draw the curves: loss and accuracy over the epochs, each for training and validation,
# with labels that tell them apart.

# %% question="curves"
fig, axes = plt.subplots(1, 2, figsize=(10, 3.4))
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
# **Your turn.** Evaluate it on the test images.

# %% question="test"
test_loss, test_accuracy = model.evaluate(X_test, Y_test, batch_size=500, verbose=0)  # SOLUTION

print(f"test loss {test_loss:.3f}, test accuracy {test_accuracy:.2%}")

# %% [markdown]
# **Your turn.** Let the network predict the first ten test digits, and show them, each with the
# *predicted* digit as its title.

# %% question="predictions"
predicted = model.predict(X_test[:10], verbose=0).argmax(axis=1)  # SOLUTION

fig, axes = plt.subplots(1, 10, figsize=(11, 1.6))
# BEGIN SOLUTION
for index, ax in enumerate(axes):
    ax.imshow(X_test[index, ..., 0], cmap="gray")
    ax.set_title(predicted[index])
    ax.axis("off")
# END SOLUTION
plt.show()

# %% [markdown]
# ## 3 · What the layers see
#
# The output of a convolution for one image is a stack of *feature maps*. To compare many of them at a
# glance, they are *standardised* (each map minus its mean, divided by its standard deviation) and put
# into one large picture, a *mosaic*, eight in a row. This function does it:


# %%
def mosaic(maps, columns=8, gap=1):
    """One picture of many maps (count, height, width), each standardised, `columns` in a row."""
    count, height, width = maps.shape
    rows = -(-count // columns)
    picture = np.zeros((rows * (height + gap) - gap, columns * (width + gap) - gap), "float32")
    for index, one in enumerate(maps):
        row, column = divmod(index, columns)
        one = (one - one.mean()) / (one.std() + 1e-5)
        top, left = row * (height + gap), column * (width + gap)
        picture[top : top + height, left : left + width] = one
    return picture


# %% [markdown]
# **Your turn.** Make `activation_model`: from the network's inputs (`model.inputs`) to a *list* of the
# outputs of its three convolutions, in order. Let it compute `maps1`, `maps2` and `maps3` for the test
# image 51.

# %% question="activation_model"
image = X_test[51:52]

# BEGIN SOLUTION
convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
activation_model = keras.Model(model.inputs, [layer.output for layer in convolutions])
# END SOLUTION
maps1, maps2, maps3 = activation_model.predict(image, verbose=0)  # SOLUTION

print("maps:", maps1.shape, maps2.shape, maps3.shape)

# %% [markdown]
# **Your turn.** Show all maps of the first convolution as a mosaic. (`mosaic` wants the maps on the
# *first* axis: `np.moveaxis` moves an axis.)

# %% question="maps_of_first"
plt.figure(figsize=(8, 3.4))
plt.imshow(mosaic(np.moveaxis(maps1[0], -1, 0)), cmap="gray")  # SOLUTION NO PROMPT
plt.axis("off")
plt.show()

# %% [markdown]
# **Your turn.** The same for the second …

# %% question="maps_of_second"
plt.figure(figsize=(8, 6))
plt.imshow(mosaic(np.moveaxis(maps2[0], -1, 0)), cmap="gray")  # SOLUTION NO PROMPT
plt.axis("off")
plt.show()

# %% [markdown]
# … and for the third.

# %% question="maps_of_third"
plt.figure(figsize=(8, 8))
plt.imshow(mosaic(np.moveaxis(maps3[0], -1, 0)), cmap="gray")  # SOLUTION NO PROMPT
plt.axis("off")
plt.show()

# %% [markdown] question="deeper_maps"
# **In your own words.** How do the maps change from the first to the third convolution, and why do deeper
# maps look more abstract?
#
# <!-- BEGIN SOLUTION -->
# The first maps look like the digit, drawn thick or thin or only by its edges. The second show strokes of
# certain directions and their ends; in the third hardly a digit is left, only a few bright spots. Each
# pooling halves the resolution, so that a value of the third layer sees a large part of the image; and
# each convolution combines the answers of the one before, so that a map no longer says "ink here" but "an
# arc that opens to the left somewhere here". They hold less of what the image looks like and more of what
# it means for the classes.
# <!-- END SOLUTION -->

# %% [markdown]
# ## 4 · What filters look for
#
# A filter is a pattern of weights; which *image* would it like best? Start with a gray image and some
# noise, compute how strongly the filter answers (the mean of its feature map), and change the image along
# the *gradient* of that answer. After some hundred steps the image shows what the filter responds to.
# This is **activation maximisation** by gradient ascent ([Erhan et al.,
# 2009](https://www.researchgate.net/publication/265022827)). The noise is needed: a filter that its ReLU
# keeps silent everywhere has no gradient, and its image would stay as it is.
#
# Two tricks keep it from ending in meaningless noise:
#
# - *jitter*: before each step the image is moved by a random pixel or two, and moved back after it, so
#   that no pattern can hang on to single pixels;
# - the gradient is divided by its root mean square, so that a step has the same size whether the filter
#   answers loudly or softly.
#
# Several filters are done at once: image $i$ of a batch belongs to filter $i$. The function `ascend`
# below does all that. What is missing is the heart of it.
#
# **Your turn.** Write `score(network, images, units)`. `network` computes the feature maps (count,
# height, width, filters) of the images, or ten scores (count, 10); `units` says which filter (or class)
# each image belongs to. Return one number: the *sum* over the images of the mean activation of "their"
# filter. (`tf.gather(maps, units, axis=-1, batch_dims=1)` picks one unit for each image; use TensorFlow's
# functions only, for the gradient to get through.)


# %% question="score"
def score(network, images, units):
    # BEGIN SOLUTION
    maps = network(images)
    count = tf.shape(maps)[0]
    flat = tf.reshape(maps, (count, -1, maps.shape[-1]))
    means = tf.reduce_mean(flat, axis=1)
    return tf.reduce_sum(tf.gather(means, units, axis=-1, batch_dims=1))
    # END SOLUTION


# %% [markdown]
# Now the ascent. Read it; there is nothing to fill in.


# %%
def ascend(network, units, start=None, steps=300, size=0.02, jitter=2, seed=0):
    """Images (count, 28, 28, 1) with values from 0 to 1 that the units of a network answer to most."""
    generator = np.random.default_rng(seed)
    if start is None:
        start = 0.5 + generator.normal(0, 0.2, (len(units), 28, 28, 1))
    images = np.asarray(start, "float32")
    units = tf.constant(units)

    @tf.function
    def gradient_at(pixels):
        with tf.GradientTape() as tape:
            tape.watch(pixels)
            value = score(network, pixels, units)
        return tape.gradient(value, pixels)

    for _ in range(steps):
        move = generator.integers(-jitter, jitter + 1, 2)
        moved = np.roll(images, move, axis=(1, 2))
        gradient = gradient_at(tf.constant(moved)).numpy()
        gradient /= np.sqrt((gradient**2).mean(axis=(1, 2, 3), keepdims=True)) + 1e-8
        images = np.roll(moved + size * gradient, -move, axis=(1, 2)).clip(0, 1)
    return images


def show(images, titles):
    """Eight images in a row, each with a title."""
    fig, axes = plt.subplots(1, len(images), figsize=(1.4 * len(images), 1.9))
    for ax, one, title in zip(axes, images, titles, strict=True):
        ax.imshow(one[..., 0], cmap="gray")
        ax.set_title(title, fontsize=9)
        ax.axis("off")
    plt.show()


# %% [markdown]
# **Your turn.** Compute and show `first`: what the filters 0, 3, 11, 15, 16, 17, 18 and 22 of the first
# convolution respond to. (A network from `model.inputs` to that layer's output is the first argument of
# `ascend`.)

# %% question="first_filters"
filters1 = [0, 3, 11, 15, 16, 17, 18, 22]
first = ascend(keras.Model(model.inputs, convolutions[0].output), filters1)  # SOLUTION

show(first, filters1)  # SOLUTION NO PROMPT

# %% [markdown]
# **Your turn.** The same for eight filters of the second convolution, `second` …

# %% question="second_filters"
filters2 = [8, 21, 23, 25, 31, 32, 35, 41]
network2 = keras.Model(model.inputs, convolutions[1].output)  # SOLUTION
second = ascend(network2, filters2)  # SOLUTION

show(second, filters2)  # SOLUTION NO PROMPT

# %% [markdown]
# … and of the third, `third`.

# %% question="third_filters"
filters3 = [2, 7, 11, 14, 19, 26, 35, 48]
network3 = keras.Model(model.inputs, convolutions[2].output)  # SOLUTION
third = ascend(network3, filters3)  # SOLUTION

show(third, filters3)  # SOLUTION NO PROMPT

# %% [markdown]
# A second round makes the pictures clearer: start from the result, a little blurred by nothing but a
# smaller step and a wider jitter.
#
# **Your turn.** Compute and show `refined`: the third layer's eight filters again, with `third` as the
# start, `size=0.01` and `jitter=4`.

# %% question="refined_filters"
refined = ascend(network3, filters3, start=third, size=0.01, jitter=4)  # SOLUTION

show(refined, filters3)  # SOLUTION NO PROMPT

# %% [markdown]
# ## 5 · What classes look like
#
# The same can be asked of the ten outputs: which image makes the network most certain to see a seven? But
# not of the probabilities after *softmax*: there, a class can also win by making the others lose, and
# near 1 the gradient vanishes. Take the values before it, the *logits*.
#
# **Your turn.** Make `logits_model`: it computes what `model` computes, but without the softmax at the
# end. One way: a new `Dense(10)` layer on the output of the layer before the last, which then gets the
# last layer's weights.

# %% question="logits_model"
# BEGIN SOLUTION
last = keras.layers.Dense(10)
logits_model = keras.Model(model.inputs, last(model.layers[-2].output))
last.set_weights(model.layers[-1].get_weights())
# END SOLUTION

print("logits:", logits_model.predict(image, verbose=0).round(1))

# %% [markdown]
# **Your turn.** Compute `classes`: the images of the ten digits, refined once in the same way (a first
# round, then a second that starts from it with a smaller step). Show them as a grid, each with its digit
# as title.

# %% question="class_images"
digits = list(range(10))
# BEGIN SOLUTION
classes = ascend(logits_model, digits)
classes = ascend(logits_model, digits, start=classes, size=0.01, jitter=4)

fig, axes = plt.subplots(2, 5, figsize=(8, 3.8))
for digit, ax in enumerate(axes.flat):
    ax.imshow(classes[digit, ..., 0], cmap="gray")
    ax.set_title(digit)
    ax.axis("off")
# END SOLUTION
plt.show()

# %% [markdown] question="class_words"
# **In your own words.** Is the image of a class a digit? What does it tell about what the network has
# learned, and what not?
#
# <!-- BEGIN SOLUTION -->
# Hardly: parts of some digits can be guessed, the slanted stroke of a 7 or the ring of a 0, but they are
# surrounded by patches and repeated strokes that no one would write. The image shows what raises the
# score for a class, also by avoiding what speaks for other classes, and nothing in training ever told the
# network that paper outside the digit has to be empty: it has only learned to tell ten kinds of real
# digits apart, not what a digit looks like. So such an image may get a higher score than any real digit.
# <!-- END SOLUTION -->

# %% [markdown]
# ## 6 · Bonus: back to the pixels
#
# [Zeiler and Fergus (2013)](https://arxiv.org/abs/1311.2901) asked the opposite question: not which image
# a filter would like best, but which part of *this* image made it answer. They keep one activation of a
# layer, set all others to zero, and send it back through the network: *unpool* (put each value back to
# where its maximum came from), *rectify* (keep what is positive), *filter* (the transposed convolution
# with the same weights), layer by layer down to the pixels.
#
# **Your turn.** Do this for the strongest map of the second convolution and the test image 51, and show
# the result beside the image. (A short way: the gradient of the map's largest value with respect to the
# image, in which the gradient at each ReLU is rectified itself.) Then answer below; a person looks at
# your figure with it.

# %%
# BEGIN SOLUTION
strongest = int(maps2[0].max(axis=(0, 1)).argmax())
one = np.zeros_like(maps2)
place = np.unravel_index(maps2[0, ..., strongest].argmax(), maps2.shape[1:3])
one[0, place[0], place[1], strongest] = maps2[0, place[0], place[1], strongest]

kernel2, kernel1 = convolutions[1].get_weights()[0], convolutions[0].get_weights()[0]
back = tf.nn.conv2d_transpose(tf.nn.relu(one), kernel2, (1, 14, 14, 24), 1, "SAME")  # filter
pooled, switches = tf.nn.max_pool_with_argmax(maps1, 2, 2, "VALID")
flat = tf.scatter_nd(tf.reshape(switches, (-1, 1)), tf.reshape(back, (-1,)), (maps1.size,))
back = tf.nn.relu(tf.reshape(flat, maps1.shape))  # unpool, rectify
pixels = tf.nn.conv2d_transpose(back, kernel1, (1, 28, 28, 1), 1, "SAME").numpy()  # filter

fig, axes = plt.subplots(1, 2, figsize=(5, 2.6))
axes[0].imshow(image[0, ..., 0], cmap="gray")
axes[0].set_title("the image")
axes[1].imshow(pixels[0, ..., 0], cmap="gray")
axes[1].set_title(f"what map {strongest} saw")
for ax in axes:
    ax.axis("off")
# END SOLUTION
plt.show()

# %% [markdown] question="deconvolution"
# **In your own words.** Which part of the image made this filter answer, and how does that fit what you
# saw it respond to (or would see, if you maximised it)?
#
# <!-- BEGIN SOLUTION -->
# Only a small region of the image comes back, as large as the filter's field of view of ten pixels: a
# piece of one stroke with its direction, bright, with a dark rim beside it. That is the pattern which
# maximising the filter fills the whole image with.
# <!-- END SOLUTION -->

# %% [markdown]
# **Done?** *Restart kernel and run all cells*, check that no `___` is left and every figure is there,
# save, and hand in this notebook together with `model.trained.npz`.
