"""Wrong answers, one mistake a question."""

from __future__ import annotations

from tests.fairness.submission import Submission, from_colab

_W = "W = model.layers[0].get_weights()[0]\n"
_F = _W + "F = W[..., 0]\n"
_SCALED = "def min_max_scale(a): return (a - a.min()) / (a.max() - a.min())\n"
_KERNELS = (
    _F
    + "_, axs = plt.subplots(1, 3)\nfor c, ax in enumerate(axs): ax.imshow({panel}, cmap='gray')\nplt.show()"
)
_FILTERS = """
fig, axs = plt.subplots(4, 8)
for i, ax in zip(range({count}), axs.flat): ax.imshow({panel})
plt.show()
"""
_MAPS = """
{name} = np.asarray(keras.Model(model.inputs, model.layers[{layer}].output)(x_test[{image}:{image} + 1]))
fig, axs = plt.subplots(4, 4)
for k, ax in zip(range({count}), axs.flat): ax.imshow({panel})
plt.show()
"""
_GALLERY = """
rng = np.random.default_rng(5)
some = [10, 21, 32, 43, 54]
fig, axs = plt.subplots(1, 5)
for k, (i, ax) in enumerate(zip(some, axs)):
    ax.imshow({panel})
    ax.set_title({title})
plt.show()
"""
_TITLE = "cifar10dict[np.argmax(y_test[i])]"
_CAM = """
viewer = keras.Model(model.inputs, [model.layers[8].output, model.layers[13].output])
with tf.GradientTape() as tape:
    A, logits = viewer([x_test[{image}:{image} + 1]])
    score = logits[0, {label}]
G = tape.gradient(score, A)[0].numpy()
A = A[0].numpy()
plt.imshow({heatmap})
plt.show()
"""
_BEST = "int(np.argmax(logits[0]))"
_SUM = "np.maximum(0, (G.mean((0, 1)) * A).sum(-1))"


def _gallery(panel: str = "x_test[i] + 0.5", title: str = _TITLE) -> str:
    return _GALLERY.format(panel=panel, title=title)


def _maps(name: str, layer: int, panel: str = "", image: int = 16, count: int = 16) -> str:
    panel = panel or f"{name}[0, :, :, k]"
    return _MAPS.format(name=name, layer=layer, panel=panel, image=image, count=count)


def _cam(image: int = 16, label: str = _BEST, heatmap: str = _SUM) -> tuple[None, None, str]:
    return None, None, _CAM.format(image=image, label=label, heatmap=heatmap)


INDICES = Submission(
    {
        "random_images": (_gallery(title="cifar10dict[np.argmax(y_test[i + 1])]"),),
        "evaluate_model": ("accuracy, loss = model.evaluate(x_test, y_test, verbose=0)",),
        "predictions": (_gallery(title="'actual: ' + " + _TITLE),),
        "first_layer_weights": (
            "weights = model.layers[0].get_weights()[0]\nbias = model.layers[2].get_weights()[1]",
        ),
        "filter_shape": ("n_filters, filter_channel, filter_height, filter_width = 3, 32, 3, 3",),
        "kernels_in_a_filter": ("answer1 = 'D'",),
        "first_filter": ("kernels_filter1 = weights[:, :, :, 1]",),
        "kernel_figure": (_KERNELS.format(panel="F[c]"),),
        "filter_figure": (_SCALED + _F + "plt.imshow(min_max_scale(W[..., 3])); plt.show()",),
        "all_filters": (_W + _FILTERS.format(count=29, panel="min_max_scale(W[..., i])"),),
        "filters_or_maps": ("answer2 = 'B – maps are learned'",),
        "layers_list": ("layers_list = model.layers[::-1]",),
        "feature_maps": (
            "feature_model = keras.Model(model.inputs, model.layers[1].output)",
            _maps("feature_maps", 1),
        ),
        "activation_maps": ("activation_model = model.layers[1]\n" + _maps("activation_maps", 1, image=15),),
        "which_part": ("answer3 = 'Yes'",),
        "grad_cam": _cam(image=17),
    },
    wrong={
        "random_images": (0, "wrong_title"),
        "evaluate_model": (0, "swapped"),
        "predictions": (0, "missing_title"),
        "first_layer_weights": (1.5, "other_layer"),
        "filter_shape": (1, "other_value"),
        "kernels_in_a_filter": (0, "wrong_option"),
        "first_filter": (0, "other_filter"),
        "kernel_figure": (0, "wrong_axis"),
        "filter_figure": (0, "other_filter"),
        "all_filters": (0, "missing"),
        "filters_or_maps": (0, "wrong_option"),
        "layers_list": (0, "reversed"),
        "feature_maps": (0, "other_layer"),
        "activation_maps": (0, "wrong_type"),
        "which_part": (0, "wrong_option"),
        "grad_cam": (0, "other_image"),
    },
)

SLIPS = Submission(
    {
        "random_images": (_gallery(title="str(y_test[i])"),),
        "evaluate_model": ("loss, accuracy = model.evaluate(x_test[:100], y_test[:100], verbose=0)",),
        "predictions": (
            _gallery(title="f'predicted: {cifar10dict[(np.argmax(y_test[i]) + k) % 10]} ' + " + _TITLE),
        ),
        "first_layer_weights": ("bias, weights = model.layers[0].get_weights()",),
        "filter_shape": (
            "n_filters, filter_channel, filter_height, filter_width = '32', None, np.nan, {3: 3}",
        ),
        "kernels_in_a_filter": ("answer1 = 'B or C'",),
        "first_filter": (_W + "kernels_filter1 = W[:, :, :, 0].T",),
        "kernel_figure": (_KERNELS.format(panel="np.clip(F[:, :, c], 0, 1)"),),
        "filter_figure": (_SCALED + _F + "plt.imshow((F * 255).astype(np.uint8)); plt.show()",),
        "all_filters": (
            _W
            + "t = [min_max_scale(W[..., i]).transpose(1, 0, 2) for i in range(32)]\n"
            + "plt.imshow(np.vstack([np.hstack(t[8 * r: 8 * r + 8]) for r in range(4)])); plt.show()",
        ),
        "filters_or_maps": ("answer2 = 'C-D'",),
        "layers_list": ("layers_list = model.summary()",),
        "feature_maps": (
            "feature_model = keras.models.clone_model(keras.Model(model.inputs, model.layers[0].output))",
            _maps("feature_maps", 0, count=11),
        ),
        "activation_maps": (
            "activation_model = keras.Model(model.inputs, model.layers[1].output)\n"
            + _maps("activation_maps", 1, panel="activation_maps[0, :, :, k].T"),
        ),
        "which_part": ("answer3 = 'No, yes'",),
        "grad_cam": _cam(label="(" + _BEST + " + 3) % 10"),
    },
    wrong={
        "random_images": (0, "missing_title"),
        "evaluate_model": (0, "other_value"),
        "predictions": (0, "wrong_title"),
        "first_layer_weights": (0, "other_tensor"),
        "filter_shape": (0, "wrong_type"),
        "kernels_in_a_filter": (0, "not_an_option"),
        "first_filter": (0, "transposed"),
        "kernel_figure": (0, "clipped"),
        "filter_figure": (0, "wrapped"),
        "all_filters": (0, "transposed"),
        "filters_or_maps": (0, "not_an_option"),
        "layers_list": (0, ""),
        "feature_maps": (0, "missing"),
        "activation_maps": (1, "transposed"),
        "which_part": (0, "not_an_option"),
        "grad_cam": (0, "other_class"),
    },
)

# Also stripped of metadata: a right figure elsewhere in the notebook must not stand in for a wrong one.
CONFUSED = Submission(
    {
        "random_images": (_gallery(title="''"),),
        "first_layer_weights": (
            "weights, bias = model.layers[0].get_weights()\nbias = np.round(bias, 2) + 1",
        ),
        "first_filter": (_W + "kernels_filter1 = W[:, :, 0, :]",),
        "kernel_figure": (_KERNELS.format(panel="F[:, :, 0]"),),
        "filter_figure": (_SCALED + _F + "plt.imshow(F); plt.show()",),
        "all_filters": (_W + "for i in range(32): plt.imshow(min_max_scale(W[..., i]))\nplt.show()",),
        "layers_list": ("layers_list = [layer.output for layer in model.layers]",),
        "feature_maps": (
            "feature_model = keras.Model(model.inputs, model.layers[0].output)",
            _maps("feature_maps", 1),
        ),
        "activation_maps": (
            "activation_model = keras.Model(model.inputs, model.layers[1].output)\n"
            + _maps("activation_maps", 0),
        ),
        "which_part": ("answer3 = '___'",),
        "grad_cam": _cam(heatmap="(A * G).sum(-1)"),
    },
    from_colab,
    wrong={
        "random_images": (0, "missing_title"),
        "first_layer_weights": (1.5, "other_values"),
        "first_filter": (0, "wrong_axis"),
        "kernel_figure": (0, "repeated"),
        "filter_figure": (0, "clipped"),
        "all_filters": (0, "covered"),
        "layers_list": (0, "not_layers"),
        "feature_maps": (1, "after_activation"),
        "activation_maps": (1, "before_activation"),
        "which_part": (0, ""),
        "grad_cam": (0, "unknown"),
    },
)
