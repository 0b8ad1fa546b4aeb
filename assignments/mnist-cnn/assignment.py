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
# # Overfit, then improve
#
# In this notebook you train a small convolutional network on handwritten digits, watch it *overfit*, and
# build a better one. Then you open the better one and look at what it has learned.
#
# Training takes a few minutes for the first network and ten to twenty for your own on a laptop; everything
# else takes seconds.
#
# **How to work with this notebook**
#
# - `___` is a blank. Replace it by an expression; leave the names on the left of `=` as they are.
# - `# YOUR CODE HERE` marks a place for a few lines of your own, and *Your answer here.* a place for a few
#   sentences.
# - **Answers are graded by hidden tests**: they look at the values of your variables just after each cell
#   ran, and **figures are verified against your networks**. Colours, sizes and layout are yours to choose.
# - **Trained networks are handed in as files.** `helper.submit(model, history)` writes one beside this
#   notebook. The grader does not train again: it runs each `fit` for a few steps to see that it works,
#   then goes on with the weights you handed in, and measures the accuracy itself.
# - Before you hand in: *Restart kernel and run all cells*, look through the result, save. Hand in this
#   notebook **and** the files that end in `.trained.npz`.

# %%
import helper
import matplotlib.pyplot as plt
import numpy as np
from tensorflow import keras

# %% [markdown]
# ## 1 · The digits
#
# MNIST holds 70,000 digits, written by hand, scanned, and scaled down to 28×28 gray pixels from 0 (paper)
# to 255 (ink): 60,000 to learn from and 10,000 to test with.

# %%
(x_train, y_train), (x_test, y_test) = helper.load_mnist()

print("to learn from:", x_train.shape, "with values from", x_train.min(), "to", x_train.max())
print("to test with: ", x_test.shape)
print("the first label:", y_train[0])

# %% [markdown]
# Three steps turn these arrays into what a network likes to be fed:
#
# 1. a *channel axis* at the end, because a convolution expects one even where there is a single channel;
# 2. values from 0 to 1, and from each image the *mean image* of the training set subtracted, so that values
#    lie around zero. `X_mean` is kept: you need it to turn such an array back into a picture;
# 3. *one-hot* labels: ten numbers, all 0 but for a 1 at the digit's position.

# %%
X_train = x_train[..., None].astype("float32") / 255
X_test = x_test[..., None].astype("float32") / 255
X_mean = X_train.mean(axis=0)
X_train -= X_mean
X_test -= X_mean
Y_train = keras.utils.to_categorical(y_train, 10)
Y_test = keras.utils.to_categorical(y_test, 10)

print("images:", X_train.shape, " labels:", Y_train.shape, " mean image:", X_mean.shape)

# %% [markdown]
# **Your turn.** Show the first ten training digits, each with its label as title. The arrays in `X_train`
# have lost their mean: add `X_mean` before you show one.

# %% question="first_digits"
fig, axes = plt.subplots(1, 10, figsize=(11, 1.6))
# BEGIN SOLUTION
for index, ax in enumerate(axes):
    ax.imshow((X_train[index] + X_mean)[..., 0], cmap="gray")
    ax.set_title(y_train[index])
    ax.axis("off")
# END SOLUTION
plt.show()

# %% [markdown]
# ## 2 · A first network
#
# The network to start with, layer by layer:
#
# | layer | |
# |---|---|
# | `Conv2D` | 16 filters of 3×3, no padding |
# | `Activation` | ReLU |
# | `MaxPooling2D` | 2×2 |
# | `Flatten` | |
# | `Dense` | 100 units |
# | `Activation` | ReLU |
# | `Dense` | 10 units |
# | `Activation` | softmax |
#
# **Your turn.** Build it as `model`. Its input shape is `(28, 28, 1)`; the summary in the next cell should
# count 271,670 parameters.

# %% question="first_network"
model = keras.Sequential(
    # BEGIN SOLUTION
    [
        keras.Input((28, 28, 1)),
        keras.layers.Conv2D(16, 3),
        keras.layers.Activation("relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Flatten(),
        keras.layers.Dense(100),
        keras.layers.Activation("relu"),
        keras.layers.Dense(10),
        keras.layers.Activation("softmax"),
    ]
    # END SOLUTION
)

# %%
model.summary()

# %% [markdown]
# **Your turn.** Which of its layers has the most parameters, and how many? Put the number into
# `most_parameters`.

# %% question="most_parameters"
most_parameters = model.layers[4].count_params()  # SOLUTION

# %% [markdown] question="why_most"
# **In your own words.** Where does that number come from: which numbers have to be multiplied and added?
# And why does a convolution, which does most of the seeing, need so few?
#
# <!-- BEGIN SOLUTION -->
# The first dense layer has 270,500 parameters. Flatten hands it 13 · 13 · 16 = 2,704 numbers; each of its
# 100 units has a weight for every one of them and a bias: 2,704 · 100 + 100. The convolution has 3 · 3 ·
# 1 weights and a bias for each of 16 filters, 160 in all, because the same small filter is used at every
# position of the image: its weights are shared.
# <!-- END SOLUTION -->

# %% [markdown] question="padding"
# **In your own words.** The convolution above has no padding. What would `padding="same"` change: in the
# shapes that the summary shows, in the number of parameters, and at the borders of the image?
#
# <!-- BEGIN SOLUTION -->
# With `padding="same"` a border of zeros is put around the image, so that the maps keep its 28×28 pixels
# instead of 26×26; pooling then gives 14×14 instead of 13×13. The convolution keeps its 160 parameters,
# but Flatten now has 14 · 14 · 16 = 3,136 outputs, so the first dense layer grows to 313,700 parameters.
# Pixels at the border are seen as often as others, at the price of maps that meet artificial zeros there.
# <!-- END SOLUTION -->

# %% [markdown]
# Now train it: stochastic gradient descent with learning rate 0.1, momentum 0.9 and Nesterov's correction,
# batches of 64 images, ten epochs. The last tenth of the training images is held back for *validation*:
# after each epoch the network is tried on images that it has not learned from.
#
# **Your turn.** Compile the model (loss `categorical_crossentropy`, metric `accuracy`) and train it. Keep
# what `fit` returns in `history`.

# %% question="train_first"
model.compile(
    keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    loss="categorical_crossentropy",
    metrics=["accuracy"],
)
history = model.fit(
    # BEGIN SOLUTION
    X_train,
    Y_train,
    batch_size=64,
    epochs=10,
    validation_split=0.1,
    verbose=2,
    # END SOLUTION
)

# %%
helper.submit(model, history)

# %% [markdown]
# **Your turn.** Draw the curves: the loss over the epochs, once for training and once for validation, and
# beside it the accuracy. Label the curves, so that one can tell them apart.

# %% question="first_curves"
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
# **Your turn.** And on the test images? `evaluate` returns the loss and the accuracy.

# %% question="first_accuracy"
test_loss, test_accuracy = model.evaluate(X_test, Y_test, verbose=0)  # SOLUTION

print(f"test loss {test_loss:.3f}, test accuracy {test_accuracy:.2%}")

# %% [markdown] question="overfitting"
# **In your own words.** This network *overfits*. How can you see that in your curves, and about when does
# it begin? What does the network do from then on?
#
# <!-- BEGIN SOLUTION -->
# The training loss goes on falling to almost zero and the training accuracy climbs to nearly 100 %, while
# the validation accuracy stays below 99 % and the validation loss stops falling after two or three epochs
# and rises again. The gap between the two is overfitting, and it begins where the validation loss has its
# minimum. From there on the network learns by heart what is particular to the training images, which does
# not help it, and in the end harms it, with others.
# <!-- END SOLUTION -->

# %% [markdown] question="batch_size"
# **In your own words.** What would you expect of much smaller batches, say 8 images, and of much larger
# ones, say 2,048? Think of the time an epoch takes, of the number of steps, and of the noise in the
# gradient. (Try it in a cell of your own, if you like.)
#
# <!-- BEGIN SOLUTION -->
# Small batches: many steps an epoch, each cheap, but the epoch takes longer since the machine's
# parallelism is not used; the gradient is noisy, which makes the loss jump and, with a learning rate of
# 0.1, may make training unstable, but noise also works against overfitting. Large batches: few steps with
# an accurate gradient, quick epochs, but less progress per epoch at the same learning rate and often a
# somewhat worse result on new images. The learning rate has to fit the batch size.
# <!-- END SOLUTION -->

# %% [markdown]
# ## 3 · A better one
#
# **Your turn.** Design a network of your own, `improved`, that reaches **at least 99 % on the test images
# without overfitting**: its accuracy on training images should be at most one percentage point above that
# on test images. Ideas that help: a second convolution with more filters, pooling after each, `Dropout`
# after the poolings and before the last layer, a smaller learning rate and more epochs. Use built-in
# Keras layers, end with ten outputs and softmax, and begin with a convolution: the rest of the notebook
# looks inside.
#
# The original of this exercise reached 99.3 %.

# %% question="improved_network"
# BEGIN SOLUTION
improved = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        keras.layers.Conv2D(32, 3, activation="relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Dropout(0.5),
        keras.layers.Conv2D(64, 3, activation="relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Dropout(0.5),
        keras.layers.Flatten(),
        keras.layers.Dense(150, activation="relu"),
        keras.layers.Dropout(0.5),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
improved.compile(
    keras.optimizers.SGD(0.01, momentum=0.9, nesterov=True),
    loss="categorical_crossentropy",
    metrics=["accuracy"],
)
improved_history = improved.fit(X_train, Y_train, batch_size=64, epochs=20, validation_split=0.1, verbose=2)
# END SOLUTION

# %%
improved.summary()
helper.submit(improved, improved_history, "improved")

# %% [markdown]
# **Your turn.** Draw the same two pairs of curves for `improved_history`, and compare them with the
# first. (Do not be surprised when the validation curve is *better* than the training curve: dropout is
# switched off when the network is only asked, not taught.)

# %% question="improved_curves"
fig, axes = plt.subplots(1, 2, figsize=(10, 3.4), layout="constrained")
# BEGIN SOLUTION
for ax, metric in zip(axes, ["loss", "accuracy"], strict=True):
    ax.plot(improved_history.history[metric], label="training")
    ax.plot(improved_history.history["val_" + metric], label="validation")
    ax.set_xlabel("epoch")
    ax.set_ylabel(metric)
    ax.legend()
# END SOLUTION
plt.show()

# %% [markdown]
# ## 4 · The filters
#
# **Your turn.** Fetch the weights (not the biases) of the first convolution of `improved` into `W`.

# %% question="filter_weights"
W = improved.layers[0].get_weights()[0]  # SOLUTION

print("shape of the weights:", W.shape)

# %% [markdown] question="weights_shape"
# **In your own words.** What does each of the four numbers in this shape stand for, and which lines of your
# network's code do they come from?
#
# <!-- BEGIN SOLUTION -->
# (3, 3, 1, 32): the height and the width of a filter, from `Conv2D(32, 3)`; the number of channels of the
# layer's input, one, because the digits are gray (`keras.Input((28, 28, 1))`); and the number of filters.
# <!-- END SOLUTION -->

# %% [markdown]
# **Your turn.** Show 16 of the filters as gray images, four rows of four.

# %% question="filter_figure"
fig, axes = plt.subplots(4, 4, figsize=(5, 5))
# BEGIN SOLUTION
for index, ax in enumerate(axes.flat):
    ax.imshow(W[:, :, 0, index], cmap="gray")
    ax.axis("off")
# END SOLUTION
plt.show()

# %% [markdown]
# ## 5 · How sure is it?
#
# Softmax gives ten probabilities. For most digits one of them is nearly 1; where it is not, the network
# hesitates. Some digits are hard for people too: in the usual order of MNIST, training digit 31727 is
# labelled as one digit and looks like another.
#
# **Your turn.** Let `improved` predict the first 5,000 training digits, and put the index of one that it is
# unsure of (largest probability below 0.7) into `ambiguous`.

# %% question="ambiguous_digit"
probabilities = improved.predict(X_train[:5000], batch_size=500, verbose=0)  # SOLUTION
ambiguous = int(np.argmin(probabilities.max(axis=1)))  # SOLUTION

print(f"digit {ambiguous}: the largest probability is {probabilities[ambiguous].max():.2f}")

# %% [markdown]
# **Your turn.** Show that digit (with the mean added back) and beside it its ten probabilities as bars. Say
# in the image's title what was predicted and what the label says, in this form: `predicted 1, true 7`.

# %% question="ambiguous_digit"
fig, (left, right) = plt.subplots(1, 2, figsize=(7, 3), layout="constrained")
# BEGIN SOLUTION
left.imshow((X_train[ambiguous] + X_mean)[..., 0], cmap="gray")
left.set_title(f"predicted {probabilities[ambiguous].argmax()}, true {y_train[ambiguous]}")
left.axis("off")
right.bar(range(10), probabilities[ambiguous])
right.set_xticks(range(10))
right.set_xlabel("digit")
right.set_ylabel("probability")
# END SOLUTION
plt.show()

# %% [markdown]
# **Your turn.** Now the *test* digits: show at least four that `improved` gets wrong, each with a title
# of the same form. Which of them would you have got right?

# %% question="wrong_digits"
predicted = improved.predict(X_test, batch_size=500, verbose=0).argmax(axis=1)  # SOLUTION

fig, axes = plt.subplots(2, 4, figsize=(9, 5))
# BEGIN SOLUTION
for index, ax in zip(np.flatnonzero(predicted != y_test), axes.flat, strict=False):
    ax.imshow((X_test[index] + X_mean)[..., 0], cmap="gray")
    ax.set_title(f"predicted {predicted[index]}, true {y_test[index]}", fontsize=9)
for ax in axes.flat:
    ax.axis("off")
# END SOLUTION
plt.show()

# %% [markdown]
# ## 6 · The feature maps
#
# **Your turn.** Make `model_conv`, a network from the input of `improved` to the output of its first
# convolution, and `maps`, what it computes for the test digit 0: an array of shape (1, height, width,
# filters). Use `improved.inputs` as inputs.

# %% question="convolution_maps"
model_conv = keras.Model(improved.inputs, improved.layers[0].output)  # SOLUTION
maps = model_conv.predict(X_test[:1], verbose=0)  # SOLUTION

print("feature maps:", maps.shape)

# %% [markdown]
# **Your turn.** Show 16 of these maps.

# %% question="convolution_maps"
fig, axes = plt.subplots(4, 4, figsize=(6, 6))
# BEGIN SOLUTION
for index, ax in enumerate(axes.flat):
    ax.imshow(maps[0, :, :, index], cmap="gray")
    ax.axis("off")
# END SOLUTION
plt.show()

# %% [markdown]
# **Your turn.** The same after the first max-pooling layer: `model_pool`, `pooled`, and 16 of its maps.

# %% question="pooling_maps"
model_pool = keras.Model(improved.inputs, improved.layers[1].output)  # SOLUTION
pooled = model_pool.predict(X_test[:1], verbose=0)  # SOLUTION

fig, axes = plt.subplots(4, 4, figsize=(6, 6))
# BEGIN SOLUTION
for index, ax in enumerate(axes.flat):
    ax.imshow(pooled[0, :, :, index], cmap="gray")
    ax.axis("off")
# END SOLUTION
plt.show()

# %% [markdown] question="pooling_words"
# **In your own words.** Compare the two figures. What does pooling keep, and what does it throw away? Why
# is that a good idea for recognising digits?
#
# <!-- BEGIN SOLUTION -->
# The pooled maps show the same strokes with half the resolution: of every 2×2 values only the largest is
# kept, so a filter's answer survives, and where exactly within the four pixels it was is lost. For a
# digit it matters that there is a stroke and roughly where, not on which pixel; the maps get smaller, the
# next layer sees a larger part of the image at once, and fewer parameters are needed behind them.
# <!-- END SOLUTION -->

# %% [markdown]
# ## 7 · Bonus: deeper
#
# **Your turn.** If your network has a second convolution: show at least 16 of *its* maps for the same
# digit. How do they differ from the first?

# %% question="deeper_maps"
model_deep = keras.Model(improved.inputs, improved.layers[3].output)  # SOLUTION
deep = model_deep.predict(X_test[:1], verbose=0)  # SOLUTION

fig, axes = plt.subplots(4, 8, figsize=(10, 5.2))
# BEGIN SOLUTION
for index, ax in enumerate(axes.flat):
    ax.imshow(deep[0, :, :, index], cmap="gray")
    ax.axis("off")
# END SOLUTION
plt.show()

# %% [markdown]
# **Done?** *Restart kernel and run all cells*, check that no `___` is left and every figure is there,
# save, and hand in this notebook together with `model.trained.npz` and `improved.trained.npz`.
