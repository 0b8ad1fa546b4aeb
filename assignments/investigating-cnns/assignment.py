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
# # Inside a pretrained network
#
# A network that tells a frog from a truck is, on disk, nothing but a few hundred thousand numbers. In this
# notebook you open one and look at those numbers: first at the *filters* it has learned, then at the
# *feature maps* it computes when it sees an image, and at last, if you like, at the part of the image that
# decided.
#
# You train nothing here, so every cell runs in seconds.
#
# **How to work with this notebook**
#
# - `___` is a blank. Replace it by an expression; leave the names on the left of `=` as they are.
# - `# YOUR CODE HERE` marks a place for a few lines of your own, and *Your answer here.* a place for a few
#   sentences.
# - **Answers are graded by hidden tests**: they look at the values of your variables just after each cell
#   ran.
# - **Figures are verified against the network**: the grader computes for itself what a figure should show,
#   and compares. Colours, sizes and layout are yours to choose.
# - Before you hand in: *Restart kernel and run all cells*, look through the result, save.

# %%
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from helper import cifar10dict, cnn_model, get_cifar10, plot_featuremaps
from tensorflow import keras

# %% [markdown]
# ## 1 · The images
#
# CIFAR-10 is a collection of tiny colour images, 32 pixels high and 32 wide, each of which belongs to one
# of ten classes. `get_cifar10()` loads 1,000 images of its test set: images the network has never been
# trained on.

# %%
x_test, y_test = get_cifar10()

print("images:", x_test.shape, "with values from", x_test.min(), "to", x_test.max())
print("labels:", y_test.shape)
print("the first label:", y_test[0])
print("the names:", cifar10dict)

# %% [markdown]
# The last axis of `x_test` holds the colour channels red, green and blue. A label is *one-hot*: ten
# numbers, all 0 but for a 1 at the position of the class. `np.argmax` finds that position, `cifar10dict`
# knows its name.
#
# One detail matters for every picture you draw. The values are *centred*: they run from −0.5 to 0.5,
# because networks learn better from numbers around zero. For colour images `plt.imshow` expects floats from
# 0 to 1, and **clips** everything outside: whatever is negative becomes 0, and half of the image is lost in
# black. So add the 0.5 back before you show an image.
#
# **Your turn.** Draw five *different* random indices into `indices` (the generator's method `rng.choice`
# can do that; valid indices run from 0 to `len(x_test) - 1`), then show the five images side by side, each
# with the name of its class as the title of its panel.

# %% question="random_images"
rng = np.random.default_rng(5)  # another seed, other images

indices = rng.choice(len(x_test), size=5, replace=False)  # SOLUTION

fig, axes = plt.subplots(1, 5, figsize=(11, 2.7))
# BEGIN SOLUTION
for ax, index in zip(axes, indices, strict=True):
    ax.imshow(x_test[index] + 0.5)
    ax.set_title(cifar10dict[np.argmax(y_test[index])])
    ax.axis("off")
# END SOLUTION
plt.show()

# %% [markdown]
# ## 2 · The network
#
# `cnn_model()` builds a convolutional network and fills it with trained weights. The summary lists its
# layers from the input to the output. Each convolution is followed by its activation function, here as *a
# layer of its own*: this will let us look at a convolution's output before and after the activation.

# %%
model = cnn_model()
model.summary()

# %% [markdown]
# How good is it? A Keras model's method `evaluate` takes images and their labels and returns the loss and,
# since this model was compiled with that metric, the accuracy.
#
# **Your turn.** Evaluate the network on the test images.

# %% question="evaluate_model"
loss, accuracy = model.evaluate(x_test, y_test, verbose=0)  # SOLUTION

print(f"loss {loss:.3f}, accuracy {accuracy:.1%}")

# %% [markdown]
# On photographs, expect the network to be right for roughly three images out of four. Guessing would be
# right for one in ten.
#
# A single number hides *which* images go wrong, so look at some. The method `predict` takes a batch of
# images and returns ten probabilities for each; the predicted class is the most probable one.
#
# **Your turn.** Draw five new indices into `sample` and let the network predict these images. Show them
# side by side, each with a title that names the predicted class first and the actual class second, in this
# form:
#
# ```
# predicted: bird
# actual: airplane
# ```

# %% question="predictions"
sample = rng.choice(len(x_test), size=5, replace=False)  # SOLUTION
probabilities = model.predict(x_test[sample], verbose=0)  # SOLUTION

fig, axes = plt.subplots(1, 5, figsize=(13, 3.2))
# BEGIN SOLUTION
for ax, index, scores in zip(axes, sample, probabilities, strict=True):
    predicted, actual = np.argmax(scores), np.argmax(y_test[index])
    ax.imshow(x_test[index] + 0.5)
    ax.set_title(f"predicted: {cifar10dict[predicted]}\nactual: {cifar10dict[actual]}")
    ax.axis("off")
# END SOLUTION
plt.show()

# %% [markdown]
# ## 3 · The filters
#
# Three words for the rest of this notebook:
#
# - A **kernel** is a small two-dimensional grid of weights. It slides over *one* channel, and at every
#   position multiplies the values under it by its weights and adds them up.
# - A **filter** is a stack of kernels, one for each channel of the layer's input. Their results are added,
#   and a single number, the filter's *bias*, on top.
# - A **feature map** is the picture that comes out when one filter has visited every position.
#
# A convolutional layer has many filters side by side. Keras keeps all of them in one array with four axes,
# and all the biases in another.
#
# **Your turn.** Fetch both arrays from the first layer. A model keeps its layers, in order, in its
# attribute `layers`; a layer's method `get_weights` returns its arrays as a list, the weights before the
# bias.

# %% question="first_layer_weights"
weights, bias = model.layers[0].get_weights()  # SOLUTION

assert weights.shape == (3, 3, 3, 32), f"these weights have the shape {weights.shape}"
print("weights:", weights.shape, " bias:", bias.shape)

# %% [markdown]
# Which axis is which? Keras stores the weights of a two-dimensional convolution as
#
# `(height of a kernel, width of a kernel, channels of the input, filters)`.
#
# **Your turn.** Take the four sizes out of `weights.shape`.

# %% question="filter_shape"
n_filters = weights.shape[3]  # SOLUTION
filter_channel = weights.shape[2]  # SOLUTION
filter_height = weights.shape[0]  # SOLUTION
filter_width = weights.shape[1]  # SOLUTION

print(f"{n_filters} filters; each is {filter_height} high, {filter_width} wide and {filter_channel} deep")

# %% [markdown]
# **Quiz 1.** You know the dimensions of the network's input. Given these, how many *kernels* make up the
# first filter of the first layer?
#
# - **A.** 1
# - **B.** 24
# - **C.** 3
# - **D.** 32
#
# Write the letter as a string, for example `'A'`.

# %% question="kernels_in_a_filter"
### edTest(test_chow1) ###
answer1 = "C"  # SOLUTION

# %% [markdown]
# The order of the axes also tells how to cut things out. In an array `K` of this form, one kernel is
# `K[:, :, channel, filter]`: *everything* along the height and the width, one channel, one filter. Leave
# the channel open as well, and you get a whole filter.
#
# **Your turn.** Cut the very first filter, with all of its channels, out of `weights`.

# %% question="first_filter"
kernels_filter1 = weights[:, :, :, 0]  # SOLUTION

assert kernels_filter1.shape == (3, 3, 3), f"this piece has the shape {kernels_filter1.shape}"

# %% [markdown]
# All three axes of this filter have the same length, so an index in the wrong place raises no error and
# still draws a picture: the wrong one. The channel is the *last* of the three.
#
# **Your turn.** Show the kernels of this filter side by side, one panel for each colour channel, drawn with
# the colormap of its own colour: darker means larger. With the same `vmin` and `vmax` in every panel, the
# panels can be compared.

# %% question="kernel_figure"
colormaps = ["Reds", "Greens", "Blues"]

# BEGIN SOLUTION
lowest, highest = kernels_filter1.min(), kernels_filter1.max()
fig, axes = plt.subplots(1, 3, figsize=(8, 3))
for channel, cmap in enumerate(colormaps):
    axes[channel].imshow(kernels_filter1[:, :, channel], cmap=cmap, vmin=lowest, vmax=highest)
    axes[channel].set_title(f"{cmap[:-1].lower()} channel")
    axes[channel].axis("off")
# END SOLUTION
plt.show()

# %% [markdown]
# A filter of this layer has exactly the channels of a colour image, so it can be shown as one: which
# colours, in which arrangement, does it answer to most?
#
# Here the clipping of section 1 strikes again. Weights are negative as often as positive, and `imshow`
# would turn every negative one into 0. *Min-max scaling* stretches an array $x$ so that nothing is lost:
#
# $$x' = \frac{x - \min x}{\max x - \min x}$$
#
# The smallest weight becomes 0, the largest becomes 1, and all others keep their place in between.
#
# **Your turn.** Complete the function, then show the first filter as *one* colour image.


# %% question="filter_figure"
def min_max_scale(array):
    """Stretch an array so that its smallest value becomes 0 and its largest 1."""
    return (array - array.min()) / (array.max() - array.min())  # SOLUTION


fig, ax = plt.subplots(figsize=(2.7, 2.7))
# BEGIN SOLUTION
ax.imshow(min_max_scale(kernels_filter1))
ax.set_title("filter 0")
ax.axis("off")
# END SOLUTION
plt.show()

# %% [markdown]
# Nobody drew these nine pixels; training found them. What did it find for the rest of the layer?
#
# **Your turn.** Put all filters of the first layer into a list `scaled_filters`, each of them scaled *by
# itself*: with a common scale, one strong filter would make all others look gray. Then show them, one to a
# panel; `axes.flat` runs through the panels row by row.

# %% question="all_filters"
scaled_filters = [min_max_scale(weights[:, :, :, index]) for index in range(weights.shape[3])]  # SOLUTION

fig, axes = plt.subplots(4, 8, figsize=(10, 5.6))
# BEGIN SOLUTION
for index, ax in enumerate(axes.flat):
    ax.imshow(scaled_filters[index])
    ax.set_title(f"{index}", fontsize="small")
    ax.axis("off")
# END SOLUTION
plt.show()

# %% [markdown]
# Look for families. A filter with a light and a dark side answers to *edges*; one whose pixels share a hue
# answers to *patches* of that colour; a single light pixel among dark ones, to *spots*. Many filters have
# no name: they are of use to the network, not made to please the eye.
#
# **Quiz 2.** Which of these statements is true?
#
# - **A.** Filters and feature maps are two names for the same arrays, before and after training.
# - **B.** Feature maps are learned during training and stored with the network; filters are computed from
#   each new image.
# - **C.** Both are computed anew for each image; what is learned is how many of them there are.
# - **D.** Filters are learned weights; feature maps are outputs, computed by convolving an input with
#   filters.

# %% question="filters_or_maps"
### edTest(test_chow2) ###
answer2 = "D"  # SOLUTION

# %% [markdown]
# ## 4 · The feature maps
#
# Now give the network an image, and stop half-way to see what has become of it. For that you need the
# layers.
#
# **Your turn.** Put the model's list of layers into `layers_list`. The loop prints their names: these are
# the numbers and names that the rest of the notebook refers to.

# %% question="layers_list"
layers_list = model.layers  # SOLUTION

for number, layer in enumerate(layers_list):
    print(f"{number:2}  {layer.name}")

# %% [markdown]
# The image for the rest of this notebook is number 16 of the test set. Networks work on *batches*, so the
# slice `16:17` keeps the batch axis: `image` is a batch of one.

# %%
image = x_test[16:17]

print(image.shape, "shows:", cifar10dict[np.argmax(y_test[16])])

# %% [markdown]
# How to stop half-way? Keras knows how every tensor in a network was computed from which other.
# `keras.Model` takes any two ends of such a computation, `inputs=` and `outputs=`, and makes a model of
# what lies between them. A *sub-model* like that has the same weights as the whole; nothing is copied, and
# nothing needs training.
#
# **Your turn.** Make a model `feature_model` that leads from the network's `inputs` to the `output` of
# layer 0, the first convolution.

# %% question="feature_maps"
feature_model = keras.Model(inputs=model.inputs, outputs=layers_list[0].output)  # SOLUTION

print(feature_model.input_shape, "→", feature_model.output_shape)

# %% [markdown]
# **Your turn.** Let it predict `image`. The helper's `plot_featuremaps` then shows the first sixteen of the
# maps around the image they were computed from.

# %% question="feature_maps"
feature_maps = feature_model.predict(image, verbose=0)  # SOLUTION

plot_featuremaps(image, feature_maps, [layers_list[0].name])

# %% [markdown]
# Each map is one filter's view of the same image. In this figure every map has a gray scale of its own,
# from its smallest value in black to its largest in white. Some maps outline what is in the image, some
# keep its brightness, some turn it into its negative.
#
# Layer 1 is the activation function ReLU, $\max(0, x)$, applied to each number of these maps.
#
# **Your turn.** Make a second model, `activation_model`, from the same inputs to the output of layer 1, and
# show the maps it computes for the same image.

# %% question="activation_maps"
activation_model = keras.Model(inputs=model.inputs, outputs=layers_list[1].output)  # SOLUTION
activation_maps = activation_model.predict(image, verbose=0)  # SOLUTION

plot_featuremaps(image, activation_maps, [layers_list[1].name])

# %% [markdown] question="relu"
# **In your own words.** Compare the two figures map by map. What did ReLU change, and what did it leave as
# it was? And why would a network want such a step between two convolutions? Three or four sentences are
# enough.
#
# <!-- BEGIN SOLUTION -->
# ReLU replaced every negative value by 0 and left the positive ones exactly as they were. In the second
# figure large areas are therefore flat and black, and what is left of a map are the places where its filter
# found what it looks for; a map that was negative everywhere is empty now. (Gray tones of the surviving
# parts also look different because each map has a scale of its own, but their values are the same.) A
# convolution is linear, and two linear steps in a row are together only one linear step: without ReLU in
# between, further layers could not compute anything that a single one cannot.
# <!-- END SOLUTION -->

# %% [markdown]
# **Quiz 3.** Suppose you are shown the feature maps of an image and nothing else. Can you tell from them
# alone which *part of the image* decided the class that the network predicts? Answer `'Yes'` or `'No'`.

# %% question="which_part"
### edTest(test_chow3) ###
answer3 = "No"  # SOLUTION

# %% [markdown]
# ## 5 · Bonus: Grad-CAM
#
# Whatever you answered, here is a method made for that very question: *Grad-CAM*, gradient-weighted class
# activation mapping ([Selvaraju et al., 2017](https://arxiv.org/abs/1610.02391)). It takes the maps $A_k$
# of a late convolution and the score $s$ of one class, and goes three steps:
#
# 1. Compute the gradient of $s$ with respect to every value of every map: how much would the score rise if
#    that value rose a little?
# 2. Average the gradient of each map over all its positions. The result, $\alpha_k$, is the *importance* of
#    map $k$ for this class.
# 3. Add up the maps, each multiplied by its importance, and keep what is positive:
#
# $$\text{heatmap} = \max\Big(0,\ \sum_k \alpha_k A_k\Big)$$
#
# The score is the class's value *before* softmax, its *logit*. Softmax makes ten classes compete, and a
# probability also rises when the others fall; the logit speaks of one class only.
#
# **Your turn.** A sub-model can have several outputs: give `outputs` a list. Make `cam_model`, from the
# network's inputs to the output of layer 8 (`activation_3`: the last convolution after its ReLU, 64 maps of
# 13×13) *and* the output of layer 13 (`dense_1`, the logits), in this order.

# %% question="grad_cam"
cam_model = keras.Model(model.inputs, [layers_list[8].output, layers_list[13].output])  # SOLUTION

# %% [markdown]
# `tf.GradientTape` records a computation, so that TensorFlow can differentiate it afterwards. This cell
# does step 1 for the class that the network predicts.

# %% question="grad_cam"
with tf.GradientTape() as tape:
    maps, logits = cam_model([image])  # a list, because the network's `inputs` is one
    predicted_class = int(np.argmax(logits[0]))
    score = logits[0, predicted_class]

gradients = tape.gradient(score, maps)[0].numpy()
maps = maps[0].numpy()

print("maps:", maps.shape, " gradients:", gradients.shape, " class:", cifar10dict[predicted_class])

# %% [markdown]
# **Your turn.** Steps 2 and 3: `importance` is one number a map, `heatmap` one number a position. Then show
# the heatmap, and beside it the image; if you like, also one laid over the other.
#
# For an overlay it helps to know where the heatmap lies. One of its cells stands for two by two pixels, and
# the convolutions without padding left out a border three pixels wide: `extent=(2.5, 28.5, 28.5, 2.5)` puts
# it in its place over an image drawn by `imshow`.

# %% question="grad_cam"
importance = gradients.mean(axis=(0, 1))  # SOLUTION
heatmap = np.maximum(0, (importance * maps).sum(axis=-1))  # SOLUTION

fig, axes = plt.subplots(1, 3, figsize=(10, 3.6))
# BEGIN SOLUTION
axes[0].imshow(image[0] + 0.5)
axes[0].set_title("the input")
axes[1].imshow(heatmap, cmap="magma")
axes[1].set_title(f"Grad-CAM for {cifar10dict[predicted_class]}")
axes[2].imshow(image[0] + 0.5)
axes[2].imshow(heatmap, cmap="magma", alpha=0.5, interpolation="bilinear", extent=(2.5, 28.5, 28.5, 2.5))
axes[2].set(title="one over the other", xlim=(-0.5, 31.5), ylim=(31.5, -0.5))
for ax in axes:
    ax.axis("off")
# END SOLUTION
plt.show()

# %% [markdown]
# Try another image, or another class than the predicted one: where does the network see the evidence for
# its second choice? (Put such experiments into new cells below, and let the cells above keep their
# answers.)
#
# **Done?** *Restart kernel and run all cells*, check that no `___` is left and every figure is there, save,
# and hand in this notebook. The files beside it need not be handed in.
