"""The mistakes that figures are told by name: one registry for every kind of figure.

Data only: `name` is what a verdict's `diagnosis` says, the rest is for people. Recognises nothing and judges
nothing; the module of each kind does, and takes from here what a student should do next.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

KINDS: Final = (
    "panels",
    "mosaic",
    "attribution",
    "predictions",
    "misclassified",
    "worst_errors",
    "maximisation",
    "confusion",
    "bars",
    "curves",
    "histogram",
)
"""The kinds of figure that are verified."""

_GROUPS: Final = {"tensors": KINDS[:3], "data": KINDS[3:6], "all": KINDS}


@dataclass(frozen=True)
class Mistake:
    """A mistake that can be told by looking at a figure.

    Attributes:
        name: machine-readable, as in `Verdict.diagnosis`.
        kinds: the kinds of figure in which it is looked for, of `KINDS`.
        shows: what such a figure shows, a phrase for tables and documentation.
        next_step: what a student should do, a sentence.
    """

    name: str
    kinds: tuple[str, ...]
    shows: str
    next_step: str


_TABLE: Final = """
# whose numbers are shown
other_layer | tensors maximisation | another layer
    Check the index or the name of the layer.
other_image | tensors bars | another image
    Check the index of the image.
other_filter | panels | another filter of the layer
    Check the index on the last axis of the weights.
untrained | tensors confusion bars histogram | the network before training
    Load the trained weights before plotting.
other_checkpoint | tensors confusion bars histogram misclassified worst_errors | another trained network
    Use the model that the helper loads, unchanged.
other_network | tensors | another network of the notebook
    Take the layers of the network that the question names.
other_class | attribution | the heatmap of another class
    Use the class that the network predicts for this image.
not_rectified | attribution | the heatmap with its negative part
    Keep only what is positive in the weighted sum of the maps.
absolute | attribution | the heatmap with its negative part made positive
    Set what is negative in the weighted sum of the maps to zero: maximum(…, 0), not abs.
gradients_only | attribution | the gradients in place of the maps they weigh
    Multiply every map with its mean gradient before adding them up.
saliency | attribution | the gradient of the pixels
    Take the gradient with respect to the layer's output, not to the image.
no_gradients | attribution | the plain mean of the maps
    Weight every map with its mean gradient before adding them up.
before_activation | panels mosaic | maps before the activation
    Take the output after the activation.
after_activation | panels mosaic | maps after the activation
    Take the output before the activation.
kernels_instead | panels mosaic | channels one by one, where a filter is asked for
    Draw a filter as one RGB image that holds all of its channels.
filter_instead | panels | a whole filter, where its channels are asked for
    Draw one panel per channel.

# how arrays were handled
transposed | tensors data confusion | rows and columns exchanged
    Plot each panel as it is, rows down and columns across, without .T.
flipped | tensors data confusion | panels upside down, mirrored or turned
    Plot each panel as it is, without reversing an axis.
mirrored | data | images mirrored left to right
    Plot each image as it is.
negated | tensors data maximisation curves | values with their sign reversed
    Plot the values themselves, or reverse the colormap with the sign.
wrong_axis | panels mosaic | slices along another axis
    The last axis counts the filters or maps, the one before it the channels: index those.
batch_axis | panels mosaic | one map of many images, where many maps of one image are asked for
    The first axis counts the images, the last one the maps: index the last one.
reshaped | panels mosaic | numbers scrambled by reshape
    Pick panels by indexing, such as array[..., i]; reshape scrambles the numbers.
bgr | data panels mosaic | red and blue exchanged
    Keep the channels in the order red, green, blue.
channel_order | panels mosaic | colour channels exchanged
    Keep the channels in the order red, green, blue.
clipped | panels | RGB floats that imshow cut off
    Rescale to 0…1 (minus the minimum, divided by the range) in place of cutting off.
wrapped | tensors data | negative values wrapped around by a cast to uint8
    Rescale to 0…1 before any cast to an integer type; negative numbers do not fit into uint8.
cast_to_int | tensors data | numbers rounded away by a cast to int
    Rescale before any cast to an integer type.

# which panels there are
missing | tensors data maximisation | fewer panels than asked for
    Draw every one of them, once.
repeated | tensors data maximisation | a panel twice, another one not at all
    Draw every one of them once: check the index in the loop.
mixed | panels mosaic | too few of what is asked for, beside something else
    Draw every one of them, once.
extra_panels | panels mosaic | all that is asked for, and much more
    Keep only what is asked for in this figure.
covered | tensors data | images drawn over each other in one axes
    Give each image a subplot of its own.

# nothing to be seen
no_figure | all | nothing of the kind that is asked for
    Plot it in the question's own cell.
no_image | predictions | bars without the image
    Draw the image with imshow.
blank | tensors data | one and the same value everywhere
    Plot the values themselves, not an empty array.
not_finite | tensors confusion bars | NaN or infinity
    Look for a division by zero in the scaling.
invisible | tensors | values outside of the colour limits
    Leave the colour limits (vmin, vmax) out.
wrong_shape | tensors data maximisation confusion | arrays of another shape
    Look again at what the question asks for, and plot it as it is.
colour_only | tensors | colours in which values cannot be checked (a person decides)
    Plot the values with imshow and a colormap.
ambiguous | tensors | what is asked for about as much as something else (a person decides)
    Wait for a person to look at it.
unknown | tensors | nothing of this network that is known
    Check the variable, the layer and the axes that you index.

# images of the data and their titles
not_found | data | images that are not of the data
    Plot images of the set that the notebook loads.
other_images | predictions confusion histogram maximisation | other images of the data than asked for
    Check which images are used, and their order.
other_split | predictions | images of the other split of the data
    Check which of the training and the test images are used.
missing_title | data | no title that names the class
    Set a title for every panel.
wrong_title | data | a title that names another class
    Take label and prediction at the same index as the image.
swapped_titles | data | predicted and true class exchanged in the titles
    Exchange the two words, or the two classes.
training_images | misclassified worst_errors | images of the training set
    Look for errors among the test images, and plot those.
correct_shown | misclassified worst_errors | images that are classified correctly
    Select the images whose predicted class differs from the true one, by the same indices everywhere.
no_errors | misclassified worst_errors | errors of a network that makes none (a person decides)
    Wait for a person to look at it.
not_the_worst | worst_errors | errors that are not the worst
    Sort all errors by the probability of the predicted class minus that of the true class.

# activation maximisation
not_maximised | maximisation | images that real ones or noise outdo
    Climb up the gradient of the mean activation, for some hundred steps.
other_filters | maximisation | images of filters with other numbers
    Check the numbers of the filters.
other_classes | maximisation | images that the network takes for other classes
    Climb up the gradient of each class's logit, and plot each result once.
dataset_images | maximisation | images of the data, not climbed ones
    Climb from a gray image, and plot what comes out.
mean_images | maximisation | means of classes, not climbed images
    Climb from a gray image, and plot what comes out.
asleep | maximisation | filters that nothing excites (a person decides)
    Wait for a person to look at it.
unsure | maximisation | images that excite their filters about as much as others do (a person decides)
    Wait for a person to look at it.
weak | maximisation | the right classes with low scores (a person decides)
    Wait for a person to look at it.

# confusion matrices
counts | confusion | counts, where shares are asked for
    Divide every row, a true class, by its sum.
normalised | confusion | shares, where counts are asked for
    Plot the counts themselves.
normalised_columns | confusion | shares over the wrong axis
    Divide every row, a true class, by its sum: sum(axis=1, keepdims=True).
normalised_all | confusion | shares of all images
    Divide every row, a true class, by its sum.
class_order | confusion | classes in another order than the ticks say
    Label rows and columns in the order of the matrix.
perfect | confusion | nothing beside the diagonal
    Compare the true classes with the predicted ones, not with themselves.
misaligned | confusion histogram | labels and predictions of different images
    Take labels and predictions in the same order.
rescaled | confusion curves | values on another scale
    Plot the values themselves; a log scale or a norm changes how they look.
no_diagonal | confusion | the matrix with its diagonal set to zero
    Plot the whole matrix.
no_annotations | confusion | no numbers in the cells
    Write each number into its cell.
missing_annotations | confusion | numbers in some cells only
    Write each number into its cell.
transposed_annotations | confusion | the numbers of the transposed matrix in the cells
    Exchange x and y in the call of text: x is the column.
wrong_annotations | confusion | numbers in the cells that are not theirs
    Write each number into its own cell.

# bars
wrong_number | bars | another number of bars than there are classes
    Draw one bar for each class.
shifted_labels | bars | labels that stand at other bars
    Sort labels and scores alike, or neither.
sorted | bars | sorted scores above unsorted labels
    Sort the labels in the same way.
unsorted | bars | scores at other classes
    Sort labels and scores alike.
log_probabilities | bars histogram | logarithms of probabilities
    Plot the probabilities; use a log scale.
logits | bars histogram | scores before the softmax
    Plot the probabilities after the softmax.
sigmoids | bars | sigmoids of the scores
    Plot the probabilities after the softmax.
unprocessed_input | bars | the scores of the image without its preprocessing
    Give the network the image in the form in which it was trained on images.
mean_scores | bars | the mean scores of all images
    Plot the scores of the image alone.
class_counts | bars | how many images are of each class
    Plot the probabilities of the image.
cumulative | bars curves histogram | sums, or best values, so far
    Plot each value by itself.
softmax_twice | bars | a softmax of probabilities
    Plot the network's output as it is: it already is a probability.
scaled | bars | probabilities times a factor
    Plot the probabilities as they are.
rounded | bars | scores rounded to 0 and 1
    Plot the probabilities as they are.
one_hot | bars histogram | a one-hot label, or one-hot predictions
    Plot the probabilities that the network predicts.
not_ambiguous | bars | an image that the network is sure of
    Choose an image of which the network is not sure.
no_highlight | bars | no bar of a colour of its own
    Give the bar of the true class a colour that no other bar has.
highlight_predicted | bars | the predicted class's bar marked for the true one's
    Give the bar of the true class a colour that no other bar has.
highlight_other | bars | another bar marked than the true class's
    Give the bar of the true class a colour that no other bar has.

# curves
missing_series | curves | fewer curves than asked for
    Plot every series that is asked for.
epochs_off_by_one | curves | epochs shifted by one, or one left out
    Plot all values of the history over epochs counted from 0 or from 1.
swapped_split | curves | training and validation exchanged
    Give the legend's labels in the order in which the lines are plotted.
swapped_metrics | curves | loss and accuracy exchanged
    Check the titles and labels.
legend_order | curves | the legend's labels at other lines
    Give the legend's labels in the order in which the lines are plotted.
against_each_other | curves | one series drawn against another
    Call plot once for each series: plot(a, b) takes a for the places along the x axis.
wrong_label | curves | a line under another name
    Check the labels.
unlabelled | curves | lines that nothing tells apart
    Give every line a label and call legend().
accuracy_for_loss | curves | the accuracy under the name of the loss
    Check which key of the history each line plots.
loss_for_accuracy | curves | the loss under the name of the accuracy
    Check which key of the history each line plots.
train_for_validation | curves | a training curve drawn as the validation's
    Plot the series whose key begins with val_.
validation_for_train | curves | a validation curve drawn as the training's
    Plot the series whose key does not begin with val_.
differences | curves | differences between epochs
    Plot the values themselves.
level | curves | one value repeated for all epochs
    Plot the value of every epoch.
sorted_values | curves | values sorted by size
    Plot the values of the history in their order.
longer_run | curves | a line that goes on for longer (a person decides)
    Wait for a person to look at it.
reversed | curves | a curve from the last epoch to the first
    Plot the values of the history in their order.
smoothed | curves | a smoothed curve
    Plot the values themselves.
truncated | curves | some of the epochs only
    Plot all values of the history, without slicing.
error_rate | curves | one minus the accuracy
    Plot the values themselves.
logarithm | curves | logarithms of the values
    Plot the values themselves; use a log scale instead.
other_run | curves | another training's curve
    Plot the history of the training that the question names.
other_values | bars curves histogram confusion | other numbers
    Compute them from the network, images and labels that the question names.

# histograms
not_split | histogram | all images in one group
    Draw the images of the class and the others as two groups.
missing_group | histogram | one of the two groups only
    Draw both groups.
swapped_groups | histogram | the two groups exchanged
    Look at the condition that selects them, or at the order of the labels.
predicted_class | histogram | images grouped by their predicted class
    Group them by their true class.
top_probability | histogram | the probability of whichever class is predicted
    Take the column of the class that is asked for.
wrong_class | histogram | another class
    Take the column and the images of the class that is asked for.
complement | bars histogram | one minus the probability
    Plot the probability itself.
correctness | histogram | images grouped by whether the network is right
    Group them by their true class.
true_probability | histogram | the probability of each image's true class
    Take the column of the class that is asked for, for all images.
all_scores | histogram | the scores of all classes
    Take the column of the class that is asked for.
cut_off | histogram | bins that leave images out
    Let the bins go from 0 to 1.
shifted_bins | histogram | bars half a bin beside their bins
    Use align="edge".
log_counts | histogram | logarithms of counts
    Plot the counts; make the axis logarithmic.
classes_drawn | histogram | class numbers
    Plot the probability of the class.
not_told_apart | histogram | two groups that look the same
    Give them different colours and labels.
other_bins | histogram | another number of bins
    Use the number of bins that is asked for.
no_log | histogram | counts on a linear scale
    Draw them with log=True.
"""
"""A name, its kinds (`tensors`: drawn of arrays; `data`: images of the data) and what is shown; below it
the next step."""


def _parsed(table: str) -> Iterator[Mistake]:
    lines = [line for line in table.splitlines() if line and not line.startswith("#")]
    for entry, step in zip(lines[::2], lines[1::2], strict=True):
        name, kinds, shows = (part.strip() for part in entry.split("|"))
        expanded = tuple(kind for word in kinds.split() for kind in _GROUPS.get(word, (word,)))
        yield Mistake(name, expanded, shows, step.strip())


MISTAKES: Final[Mapping[str, Mistake]] = {one.name: one for one in _parsed(_TABLE)}
"""Every mistake by its name."""


def next_step(name: str) -> str:
    """What a student should do about a mistake; what to do in general if it is not registered."""
    known = MISTAKES.get(name)
    return known.next_step if known else "Look again at what the question asks for."
