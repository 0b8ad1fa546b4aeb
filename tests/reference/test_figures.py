"""The figures show the numbers they were given, under the right names."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import colors, pyplot

from reference import figures

NAMES = ("ant", "bee", "cow")
PROBABILITIES = np.array([[0.8, 0.1, 0.1], [0.5, 0.4, 0.1], [0.9, 0.1, 0.0], [0.1, 0.6, 0.3]])
LABELS = np.array([0, 1, 2, 2])
IMAGES = np.random.default_rng(0).random((4, 6, 6, 1), dtype=np.float32)


@pytest.fixture(autouse=True)
def _drawn_on_no_screen():
    pyplot.switch_backend("agg")
    yield
    pyplot.close("all")


def shown(ax):
    """The pixels that an Axes was given."""
    (image,) = ax.images
    return np.asarray(image.get_array())


def titles(figure):
    return [ax.get_title() for ax in figure.axes if ax.images]


def colour(artist):
    return colors.to_hex(artist.get_facecolor())


HISTORY = {
    "loss": [0.9, 0.5, 0.2],
    "accuracy": [0.7, 0.8, 0.9],
    "val_loss": [0.8, 0.6, 0.7],
    "val_accuracy": [0.6, 0.75, 0.8],
}


def test_history_curves_lie_over_their_epochs_under_their_names():
    figure = figures.plot_history(HISTORY, "first network")
    assert figure.get_suptitle() == "first network"
    for ax, metric in zip(figure.axes, ("loss", "accuracy"), strict=True):
        assert ax.get_ylabel() == metric
        assert [line.get_label() for line in ax.lines] == ["training", "validation"]
        assert [list(line.get_ydata()) for line in ax.lines] == [HISTORY[metric], HISTORY[f"val_{metric}"]]
        assert list(ax.lines[0].get_xdata()) == [1, 2, 3]


def test_a_history_without_validation_has_one_curve_each():
    figure = figures.plot_history({"loss": [1.0], "accuracy": [0.5]})
    assert [[line.get_label() for line in ax.lines] for ax in figure.axes] == [["training"], ["training"]]


def test_a_confusion_matrix_shows_shares_of_the_truth_as_colour_and_counts_as_text():
    figure = figures.plot_confusion(np.eye(3)[LABELS], PROBABILITIES, NAMES)
    ax = figure.axes[0]
    assert shown(ax) == pytest.approx(np.array([[1, 0, 0], [1, 0, 0], [0.5, 0.5, 0]]))
    written = {tuple(map(int, text.get_position())): text.get_text() for text in ax.texts}
    assert written[(0, 2)] == "1"  # column, row
    assert written[(1, 0)] == "0"
    assert len(written) == 9
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("prediction", "truth")
    for tick_labels in (ax.get_xticklabels(), ax.get_yticklabels()):
        assert tuple(label.get_text() for label in tick_labels) == NAMES


@pytest.mark.parametrize("label", [2, np.array([0, 0, 1])])
def test_a_prediction_has_one_bar_a_class_and_the_true_one_is_red(label):
    figure = figures.plot_prediction(IMAGES[0], label, PROBABILITIES[3], NAMES)
    image, bars = figure.axes
    assert np.array_equal(shown(image), IMAGES[0, ..., 0])
    assert [bar.get_width() for bar in bars.patches] == pytest.approx(list(PROBABILITIES[3]))
    first, second, third = map(colour, bars.patches)
    assert first == second != third == colors.to_hex("tab:red")
    assert [tick.get_text() for tick in bars.get_yticklabels()] == list(NAMES)


def test_misclassified_images_are_shown_with_both_classes_and_right_ones_are_not():
    figure = figures.plot_misclassified(IMAGES, LABELS, PROBABILITIES, 2, NAMES)
    panels = [ax for ax in figure.axes if ax.images]
    assert np.array_equal([shown(ax) for ax in panels], IMAGES[[1, 2], ..., 0])
    assert titles(figure) == [
        "predicted ant (0.50)\ntrue bee (0.40)",
        "predicted ant (0.90)\ntrue cow (0.00)",
    ]


def test_the_worst_error_comes_first():
    figure = figures.plot_worst_errors(IMAGES, LABELS, PROBABILITIES, 6, NAMES)
    panels = [ax for ax in figure.axes if ax.images]
    assert np.array_equal([shown(ax) for ax in panels], IMAGES[[2, 3, 1], ..., 0])


@pytest.mark.parametrize("plot", [figures.plot_misclassified, figures.plot_worst_errors])
def test_without_errors_there_is_nothing_to_show(plot):
    with pytest.raises(ValueError, match="no error"):
        plot(IMAGES[:1], LABELS[:1], PROBABILITIES[:1])


@pytest.mark.parametrize("channels", [1, 3])
def test_each_filter_is_stretched_on_its_own(channels):
    kernels = np.random.default_rng(1).normal(0, 1, (3, 3, channels, 5)).astype(np.float32)
    kernels[..., 3] *= 100
    kernels[..., 4] = 7
    figure = figures.plot_filters(kernels, columns=3)
    panels = [shown(ax) for ax in figure.axes if ax.images]
    assert titles(figure) == ["0", "1", "2", "3", "4"]
    for number in range(4):
        assert (panels[number].min(), panels[number].max()) == (0, 1)
        given = kernels[..., number] if channels == 3 else kernels[..., 0, number]
        assert np.corrcoef(panels[number].ravel(), given.ravel())[0, 1] == pytest.approx(1)
    assert not panels[4].any()


def test_filters_of_deeper_layers_are_no_images():
    with pytest.raises(ValueError, match="1 or 3 channels"):
        figures.plot_filters(np.zeros((3, 3, 16, 4), dtype=np.float32))


def test_activations_show_every_map_in_order():
    maps = np.random.default_rng(2).random((1, 5, 4, 11), dtype=np.float32)
    figure = figures.plot_activations(maps, "conv2d", columns=4)
    assert figure.get_suptitle() == "conv2d"
    assert np.array_equal([shown(ax) for ax in figure.axes if ax.images], np.moveaxis(maps[0], -1, 0))


def test_colours_outside_0_to_1_would_be_clipped_and_are_refused():
    with pytest.raises(ValueError, match="undo the scaling"):
        figures.plot_images(np.full((1, 4, 4, 3), -0.5, dtype=np.float32))


def test_images_lie_row_by_row_under_their_titles():
    figure = figures.plot_images(IMAGES, ["a", "b", "c", "d"], columns=3)
    assert titles(figure) == ["a", "b", "c", "d"]
    spots = [ax.get_subplotspec().colspan.start for ax in figure.axes if ax.images]
    assert spots == [0, 1, 2, 0]


def test_the_histogram_counts_images_of_the_class_in_red_and_others_in_blue():
    labels = np.array([0, 0, 0, 1, 1, 2])
    scores = np.array([0.99, 0.95, 0.45, 0.02, 0.03, 1.0])
    probabilities = np.stack([scores, 1 - scores, 0 * scores], axis=1)
    figure = figures.plot_probability_histogram(probabilities, np.eye(3)[labels])
    (ax,) = figure.axes
    counted = {}
    for bars in ax.containers:
        counted[bars[0].get_label()] = [int(bar.get_height()) for bar in bars]
        reddish = colors.to_rgb(bars[0].get_facecolor())[0] > 0.5
        assert reddish == (bars[0].get_label() == "truly 0")
    assert counted == {"truly 0": [0, 0, 0, 0, 1, 0, 0, 0, 0, 2], "not 0": [2, 0, 0, 0, 0, 0, 0, 0, 0, 1]}
    assert ax.get_yscale() == "log"


@given(
    st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(1, 9)), st.integers(1, 5), st.integers(0, 3)
)
def test_a_mosaic_holds_every_map_in_its_place_and_the_smallest_value_elsewhere(shape, columns, pad):
    height, width, count = shape
    maps = np.arange(height * width * count, dtype=np.float32).reshape(shape) + 5
    tiled = figures.mosaic(maps, columns, pad)
    rows = -(-count // columns)
    assert tiled.shape == (rows * height + (rows - 1) * pad, columns * width + (columns - 1) * pad)
    for number in range(count):
        top, left = number // columns * (height + pad), number % columns * (width + pad)
        tile = tiled[top : top + height, left : left + width]
        assert np.array_equal(tile, maps[..., number])
        tile[...] = 5
    assert (tiled == 5).all()


def test_standardised_maps_have_mean_0_and_deviation_1_and_constant_ones_are_0():
    maps = np.random.default_rng(3).normal([0, 50, 3], [1, 20, 0], (6, 7, 3)).astype(np.float32)
    result = figures.standardised(maps)
    assert result.dtype == np.float32
    assert result.mean(axis=(0, 1)) == pytest.approx([0, 0, 0], abs=1e-5)
    assert result.std(axis=(0, 1)) == pytest.approx([1, 1, 0], abs=1e-4)
