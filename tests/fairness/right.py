"""Right answers in unusual styles; what is left to a person loses nothing."""

from __future__ import annotations

from tests.fairness.submission import Submission, at_the_end, from_colab, in_one_cell, with_experiments

# From a textbook: every map within two standard deviations of its mean, as bytes, in one large array.
_DISPLAY_GRID = """
maps_of_layer = {maps}
size, per_row = maps_of_layer.shape[1], 16
display_grid = np.zeros(((size + {pad}) * 2 - {pad}, per_row * (size + {pad}) - {pad}))
for col in range(2):
    for row in range(per_row):
        channel_image = maps_of_layer[0, :, :, col * per_row + row].copy()
        channel_image -= channel_image.mean()
        channel_image /= channel_image.std() + 1e-5
        channel_image = np.clip(channel_image * 64 + 128, 0, 255).astype("uint8")
        top, left = col * (size + {pad}), row * (size + {pad})
        display_grid[top: top + size, left: left + size] = channel_image
plt.figure(figsize=(12, 2))
plt.grid(False)
plt.imshow(display_grid, aspect="auto", cmap="viridis")
"""

TEXTBOOK = Submission(
    {
        "random_images": (
            """
rng = np.random.default_rng(77)
indices = rng.permutation(1000)[:5]
fig, axd = plt.subplot_mosaic("AABBCC;.DDEE.")
for key, i in zip("ABCDE", indices):
    axd[key].imshow(np.uint8(255 * (x_test[i] + 0.5) + 0.5))
    axd[key].set_xlabel(f"Klasse: {cifar10dict[y_test[i].argmax()].upper()}")
plt.show(block=False)
""",
        ),
        "evaluate_model": (
            """
%%time
scores = model.evaluate(x_test, y_test, return_dict=True)
loss, accuracy = scores["loss"], 100 * scores["accuracy"]  # in Prozent
""",
        ),
        "first_layer_weights": ("weights, bias = model.get_layer('conv2d').weights",),
        "filter_shape": ("filter_height, filter_width, filter_channel, n_filters = tf.shape(weights)",),
        "kernels_in_a_filter": ("answer1 = '(c)'",),
        "filters_or_maps": ("answer2 = 'D – learned weights; maps are outputs'",),
        "which_part": ("answer3 = 'No, they do not know the class.'",),
        "first_filter": ("kernels_filter1 = tf.gather(weights, 0, axis=3)",),
        "kernel_figure": (
            """
for channel, cmap in enumerate(("Reds", "Greens", "Blues")):
    plt.matshow(kernels_filter1[:, :, channel], cmap=cmap)
    plt.colorbar()
    plt.show()
""",
        ),
        "filter_figure": (
            "def min_max_scale(a):\n"
            "    a = np.asarray(a, dtype='float64')\n"
            "    return ((a - a.min()) / np.ptp(a) * 255).astype('uint8')\n"
            "keras.utils.array_to_img(kernels_filter1)",
        ),
        "all_filters": (
            """
tiles = np.full((4 * 4 + 1, 8 * 4 + 1, 3), 255, np.uint8)
for i, f in enumerate(np.moveaxis(np.asarray(weights), -1, 0)):
    r, c = divmod(i, 8)
    tiles[1 + 4 * r: 4 + 4 * r, 1 + 4 * c: 4 + 4 * c] = min_max_scale(f)
plt.imshow(tiles)
plt.axis("off")
""",
        ),
        "layers_list": ("layers_list = [model.get_layer(index=i) for i in range(15)]",),
        "feature_maps": (
            "feature_model = keras.Sequential(layers_list[:1])",
            "feature_maps = feature_model.predict(image)" + _DISPLAY_GRID.format(maps="feature_maps", pad=1),
        ),
        "activation_maps": (
            "activation_model = keras.models.Sequential()\n"
            "activation_model.add(keras.Input((32, 32, 3)))\n"
            "for layer in layers_list[:2]: activation_model.add(layer)",
            "activation_maps = activation_model(image).numpy()",
            _DISPLAY_GRID.format(maps="activation_maps", pad=0) + "plt.show()",
        ),
        "grad_cam": (
            None,
            None,
            """
heatmap = tf.nn.relu(tf.reduce_sum(maps * tf.reduce_mean(gradients, (0, 1)), -1)).numpy()
bytes_ = np.uint8(255 * heatmap / heatmap.max())
coloured = keras.utils.array_to_img(plt.colormaps["jet"](np.arange(256))[:, :3][bytes_]).resize((32, 32))
plt.matshow(heatmap)
plt.show()
plt.imshow(keras.utils.img_to_array(coloured) / 255 * 0.4 + 0.6 * (image[0] + 0.5))
""",
        ),
    },
    from_colab,
)

ONE_BY_ONE = Submission(
    {
        "random_images": (
            """
indices = np.random.default_rng(99).permutation(1000)[:6]
for i in indices:
    plt.figure(figsize=(2, 2))
    plt.imshow(x_test[i] + 0.5, interpolation="bicubic")
    plt.text(0, -2, f"{np.argmax(y_test[i])}")
    plt.savefig(f"{i}.png")
    plt.close()
""",
        ),
        "predictions": (
            """
sample = np.flatnonzero(y_test.argmax(1) == 3)[:5]
fig, axes = plt.subplots(2, 5)
for column, i in enumerate(sample):
    p = model(x_test[i:i + 1]).numpy()[0]
    axes[0, column].imshow(x_test[i] + 0.5)
    axes[0, column].set_title(f"predicted: {cifar10dict[p.argmax()]} ({p.max():.0%})")
    axes[0, column].annotate(f"actual: {cifar10dict[y_test[i].argmax()]}", (0, 0), color="w")
    axes[1, column].barh(range(10), p)
fig
""",
        ),
        "first_layer_weights": (
            "weights = np.array(model.weights[0])",
            "bias: np.ndarray = model.get_weights()[1]",
        ),
        "filter_shape": (
            "(n_filters := float(weights.shape[3]))",
            "filter_channel = [3]\nfilter_height = filter_width = np.int64(3)",
        ),
        "kernels_in_a_filter": ('answer1: str = "C. 3"',),
        "filters_or_maps": ("answer2 = ['d']",),
        "which_part": ("answer3 = False",),
        "kernel_figure": (
            """
def heat(data, ax, cmap):  # as seaborn does it
    ax.pcolormesh(np.arange(4), np.arange(4), data, cmap=cmap)
    ax.set_ylim(3, 0)
fig, axs = plt.subplots(3, sharex=True, squeeze=False)
for ax, c in zip(axs[:, 0], (2, 0, 1)): heat(kernels_filter1[:, :, c], ax, "gray_r")
""",
        ),
        "all_filters": (
            """
for i in reversed(range(32)):
    plt.figure(figsize=(1, 1))
    plt.imshow(weights[..., i] / (2 * np.abs(weights[..., i]).max()) + 0.5)
    plt.show()
""",
        ),
        "feature_maps": (
            "feature_model = keras.models.clone_model(keras.Model(model.inputs, layers_list[0].output))\n"
            "feature_model.set_weights([weights, bias])",
            """
feature_maps = feature_model.predict(x_test)[16:17]
fig, axes = plt.subplots(3, 4)
for k, ax in enumerate(axes.T.flat):
    ax.pcolormesh(feature_maps[0, ::-1, :, 2 * k], cmap="magma")
""",
        ),
        "activation_maps": (
            """
inputs = keras.Input((32, 32, 3))
activation_model = keras.Model(inputs, keras.layers.ReLU()(feature_model(inputs)))
activation_maps = activation_model(image)
for k in range(16):
    plt.figure(figsize=(1, 1)); plt.imshow(activation_maps[0, :, :, k], cmap="gray_r"); plt.close()
""",
        ),
        "grad_cam": (
            """
body = keras.Model(model.inputs, layers_list[8].output)
start = rest = keras.Input(body.output_shape[1:])
for layer in layers_list[9:14]: rest = layer(rest)
head = keras.Model(start, rest)
with tf.GradientTape() as tape:
    found = body(image)
    tape.watch(found)
    score = tf.reduce_max(head(found))
alpha = tf.reduce_mean(tape.gradient(score, found), (1, 2), keepdims=True)
heatmap = tf.maximum(tf.reduce_sum(alpha * found, -1)[0], 0)
plt.imshow(image[0] + 0.5)
plt.imshow(tf.image.resize(heatmap[..., None], (32, 32))[..., 0], cmap="jet", alpha=0.4)
plt.show()
""",
        ),
    },
    with_experiments,
)

ENLARGED = Submission(
    {
        "random_images": (
            """
from PIL import Image
indices = [11, 22, 33, 44, 55]
fig = plt.figure(figsize=(11, 3))
for part, i in zip(fig.subfigures(1, 5), indices):
    picture = Image.fromarray(np.uint8(255 * (x_test[i] + 0.5))).resize((128, 128), Image.NEAREST)
    part.subplots().imshow(picture)
    part.suptitle(cifar10dict[np.argmax(y_test[i])])
plt.show()
""",
        ),
        "predictions": (
            """
sample = [10, 20, 30, 40, 50]
fig = plt.figure(figsize=(12, 3))
for k, i in enumerate(sample):
    ax = fig.add_axes([0.02 + 0.195 * k, 0.05, 0.18, 0.75])
    ax.imshow(tf.image.resize(x_test[i] + 0.5, (96, 96)))
    guess = cifar10dict[model.predict(x_test[[i]], verbose=0).argmax()]
    words = f"predicted: {guess}\\nactual: {cifar10dict[y_test[i].argmax()]}"
    fig.text(0.11 + 0.195 * k, 0.85, words, ha="center")
plt.show()
""",
        ),
        "kernels_in_a_filter": ("answer1 = 'C - 3'",),
        "which_part": ("answer3 = 'no!'",),
        "kernel_figure": (
            "plt.imshow(np.hstack([kernels_filter1[:, :, c] for c in range(3)]), cmap='gray'); plt.show()",
        ),
        "filter_figure": (
            "def min_max_scale(a): return (a - a.min()) / (a.max() - a.min())\n"
            "plt.imshow(np.kron(min_max_scale(kernels_filter1), np.ones((30, 30, 1)))); plt.show()",
        ),
        "all_filters": (
            """
scaled_filters = [min_max_scale(weights[..., i]) for i in range(32)]
rows = [np.concatenate(scaled_filters[8 * r: 8 * r + 8], axis=1) for r in range(4)]
fig, axs = plt.subplots(4, 1)
for ax, row in zip(axs, rows): ax.imshow(np.repeat(np.repeat(row, 9, axis=0), 9, axis=1))
plt.show()
""",
        ),
        "feature_maps": (
            None,
            """
feature_maps = feature_model.predict(image)
fig, axes = plt.subplots(4, 4)
for k, ax in enumerate(axes.flat):
    ax.imshow(tf.image.resize(feature_maps[0, :, :, k, None], (128, 128)), cmap="gray")
plt.show()
""",
        ),
        "activation_maps": (
            """
activation_model = keras.Model(inputs=model.inputs[0], outputs=[model.get_layer("activation").output])
activation_maps = activation_model.predict(image)
fig, axes = plt.subplots(4, 4)
for k, ax in enumerate(axes.flat):
    ax.imshow(image[0] + 0.5)
    large = np.kron(activation_maps[0, :, :, k], np.ones((4, 4)))
    ax.imshow(large, cmap="jet", alpha=0.6, extent=(-0.5, 31.5, 31.5, -0.5))
plt.show()
""",
        ),
        "grad_cam": (
            None,
            None,
            """
from scipy.ndimage import zoom
heatmap = np.clip((gradients.mean((0, 1)) * maps).sum(-1), 0, None)
plt.subplot(121); plt.imshow(image[0] + 0.5)
plt.subplot(122); plt.imshow(zoom(heatmap, 10, order=1), cmap="inferno")
plt.show()
""",
        ),
    },
    in_one_cell,
)

LEFT_TO_A_PERSON = Submission(
    {
        "feature_maps": (
            """
class Extractor(keras.Model):
    def __init__(self, parts):
        super().__init__()
        self.parts = parts
    def call(self, images):
        for part in self.parts: images = part(images)
        return images
feature_model = Extractor(layers_list[:1])
feature_model(image)
""",
            "feature_maps = feature_model(image).numpy()\nplot_featuremaps(image, feature_maps, ['conv2d'])",
        ),
        "activation_maps": (
            """
rectifier = keras.layers.Lambda(lambda t: tf.nn.relu(t))
activation_model = keras.Model(model.inputs, rectifier(layers_list[0].output))
activation_maps = activation_model.predict(image)
fig, axes = plt.subplots(3, 4)
for k, ax in enumerate(axes.flat): ax.imshow(plt.cm.viridis(plt.Normalize()(activation_maps[0, ..., k])))
plt.show()
""",
        ),
    },
    at_the_end,
    pending={"feature_maps": 1, "activation_maps": 3},
)
