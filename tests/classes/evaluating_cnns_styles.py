"""Code of students of `evaluating-cnns` that is right and looks different; data only."""

from __future__ import annotations

PREPROCESS = """\
def preprocess(images, labels):
    X = np.reshape(images, (-1, 28, 28, 1)) / np.float32(255)
    Y = np.zeros((len(labels), 10))
    for row, label in enumerate(labels):
        Y[row, label] = 1
    return [X, Y]


X_all, Y_all = preprocess(x_train, y_train)
X_test, Y_test = preprocess(x_test, y_test)
"""

EYE = """\
def preprocess(images, labels):
    images = images.astype(np.float32)
    images = (images - 0) / (255 - 0)
    return np.expand_dims(images, axis=-1), np.eye(10)[labels]


X_all, Y_all = preprocess(x_train, y_train)
X_test, Y_test = preprocess(images=x_test, labels=y_test)
"""

SKLEARN_SPLIT = """\
from sklearn.model_selection import train_test_split


def split(X, Y):
    return train_test_split(X, Y, test_size=0.3, random_state=7)


X_train, X_valid, Y_train, Y_valid = split(X_all, Y_all)
"""

SHUFFLED_SPLIT = """\
def split(X, Y):
    order = list(range(len(X)))
    np.random.shuffle(order)
    validation = int(len(order) * 0.3)
    valid, learn = order[:validation], order[validation:]
    return X[learn], X[valid], Y[learn], Y[valid]


X_train, X_valid, Y_train, Y_valid = split(X_all, Y_all)
"""

FUNCTIONAL_A = """\
digits = keras.Input(shape=(28, 28, 1))
features = keras.layers.Conv2D(filters=32, kernel_size=(3, 3), activation="relu")(digits)
scores = keras.layers.Dense(10)(keras.layers.Flatten()(features))
network_a = keras.Model(digits, keras.layers.Softmax()(scores))
network_a.summary()
"""

FUNCTIONAL_C = """\
digits = keras.layers.Input((28, 28, 1))
x = keras.layers.Conv2D(32, 3, activation="relu", name="first")(digits)
x = keras.layers.Conv2D(64, 3)(x)
x = keras.layers.ReLU()(x)
x = keras.layers.MaxPool2D()(x)
x = keras.layers.SpatialDropout2D(0.25)(x)
x = keras.layers.Flatten()(x)
x = keras.layers.Dense(128, activation=keras.activations.relu)(x)
x = keras.layers.Dropout(0.5, seed=1)(x)
x = keras.layers.Dense(10, activation="softmax")(x)
network_c = keras.models.Model(inputs=digits, outputs=x)
network_c.summary()
"""

ADDED_B = """\
from tensorflow.keras.layers import Activation, Conv2D, Dense, Dropout, Flatten, InputLayer
from tensorflow.keras.models import Sequential

network_b = Sequential(name="b")
network_b.add(InputLayer(shape=(28, 28, 1)))
network_b.add(Conv2D(32, kernel_size=(3, 3)))
network_b.add(Activation("relu"))
network_b.add(Dropout(0.25))
network_b.add(Flatten())
network_b.add(Dense(128))
network_b.add(Activation("relu"))
network_b.add(Dropout(0.5))
network_b.add(Dense(10))
network_b.add(Activation("softmax"))
network_b.summary()
"""

FOUR_FIGURES = """\
def plot_history(history):
    for name, values in history.history.items():
        plt.figure(figsize=(4, 3))
        plt.plot(range(1, len(values) + 1), values, "-x")
        plt.title(name)
        plt.show()


plot_history(history_a)
"""

TWIN_AXES = """\
def plot_history(history):
    recorded = history.history
    epochs = np.array(history.epoch) + 1
    figure, left = plt.subplots()
    right = left.twinx()
    left.plot(epochs, recorded["loss"], "b-", label="train loss")
    left.plot(epochs, recorded["val_loss"], "b:", label="val loss")
    right.plot(epochs, recorded["accuracy"], "r-", label="train acc")
    right.plot(epochs, recorded["val_accuracy"], "r:", label="val acc")
    left.set_ylabel("loss")
    right.set_ylabel("accuracy")
    left.legend(loc="center left")
    right.legend(loc="center right")
    return figure


plot_history(history_a);
"""

HISTOGRAM_PAIR = """\
def plot_zero_probability(P, y):
    fig, (top, bottom) = plt.subplots(2, 1, sharex=True)
    top.hist([row[0] for row, digit in zip(P, y) if digit == 0], range=(0, 1), color="r")
    bottom.hist([row[0] for row, digit in zip(P, y) if digit != 0], range=(0, 1), color="b")
    top.set_title("zeros")
    bottom.set_title("not zeros")
    for ax in (top, bottom):
        ax.set_yscale("log")
    fig.tight_layout()


P_a = network_a.predict(X_test)
plot_zero_probability(P_a, y_test)
"""

HISTOGRAM_TOGETHER = """\
def plot_zero_probability(P, y):
    p0 = P[:, 0]
    groups = [p0[np.where(y == 0)], p0[np.where(y != 0)]]
    plt.hist(groups, 10, (0, 1), log=True, color=["red", "blue"], label=["0", "others"], histtype="step")
    plt.legend()
    plt.show()


P_a = np.asarray(network_a(X_test))
plot_zero_probability(P_a, y_test)
"""

COUNTED_BARS = """\
def plot_zero_probability(P, y):
    edges = np.arange(11) / 10
    for name, chosen, color, shift in (("zero", y == 0, "red", 0), ("rest", y != 0, "blue", 0)):
        heights, _ = np.histogram(P[chosen][:, 0], bins=edges)
        plt.bar(edges[:-1] + 0.05, heights, width=0.1, color=color, alpha=0.4, label=name)
    plt.yscale("log")
    plt.legend()
    plt.show()


P_a = network_a.predict(X_test, verbose=0)
plot_zero_probability(P_a, y_test)
"""

SKLEARN_CONFUSION = """\
from sklearn.metrics import ConfusionMatrixDisplay


def plot_confusion(P, y):
    fig, ax = plt.subplots(figsize=(7, 7))
    ConfusionMatrixDisplay.from_predictions(y, P.argmax(axis=1), ax=ax, cmap="viridis")
    plt.show()


plot_confusion(P_a, y_test)
"""

NORMALISED_CONFUSION = """\
from sklearn.metrics import confusion_matrix


def plot_confusion(P, y):
    C = confusion_matrix(y, np.argmax(P, axis=-1))
    shares = C / C.sum(axis=1, keepdims=True)
    plt.matshow(shares, cmap="hot")
    plt.colorbar()
    for i in range(len(C)):
        for j in range(len(C)):
            plt.text(j, i, f"{shares[i, j]:.2f}", color="tab:cyan", ha="center", fontsize=6)
    plt.xlabel("prediction")
    plt.ylabel("truth")
    plt.show()


plot_confusion(P_a, y_test)
"""

TURNED_CONFUSION = """\
def plot_confusion(P, y):
    guessed = P.argmax(axis=1)
    table = np.array([[np.sum((guessed == i) & (y == j)) for j in range(10)] for i in range(10)])
    plt.figure(figsize=(6, 6))
    plt.pcolormesh(table, cmap="Greens", edgecolors="w")
    for i in range(10):
        for j in range(10):
            plt.text(j + 0.5, i + 0.5, str(table[i, j]), ha="center", va="center")
    plt.xticks(np.arange(10) + 0.5, range(10))
    plt.yticks(np.arange(10) + 0.5, range(10))
    plt.xlabel("truth")
    plt.ylabel("prediction")
    plt.show()


plot_confusion(P_a, y_test)
"""

ERRORS_BY_LOOP = """\
def plot_worst_errors(P, X, y):
    found = []
    for number, row in enumerate(P):
        guess = int(np.argmax(row))
        if guess != y[number]:
            found.append((float(row[guess] - row[y[number]]), number, guess))
    found.sort(reverse=True)
    plt.figure(figsize=(9, 6))
    for place, (difference, number, guess) in enumerate(found[:6], start=1):
        plt.subplot(2, 3, place)
        plt.imshow(X[number].squeeze(), cmap="binary", vmin=0, vmax=1)
        plt.title(f"true: {y[number]}, pred: {guess}")
        plt.xlabel(f"difference {difference:.2f}")
        plt.xticks([])
        plt.yticks([])
    plt.tight_layout()
    plt.show()


plot_worst_errors(P_a, X_test, y_test)
"""

ERRORS_BY_SORTING = """\
def plot_worst_errors(P, X, y):
    true = np.take_along_axis(P, y[:, None], axis=1)[:, 0]
    worst = np.argsort(np.max(P, axis=1) - true)[-6:]
    fig, axes = plt.subplots(2, 3, figsize=(6, 5))
    axes = axes.ravel()
    for k in range(6):
        i = worst[k]
        axes[k].pcolormesh(X[i, ::-1, :, 0], cmap="magma")
        axes[k].set_aspect("equal")
        axes[k].set_title("%d (pred)\\n%d (true)" % (P[i].argmax(), y[i]))
        axes[k].axis("off")
    plt.show()


plot_worst_errors(P_a, X_test, y_test)
"""

GRID_OF_FIRST = """\
def plot_first(P, X):
    plt.figure(figsize=(8, 5))
    for i in range(15):
        ax = plt.subplot(3, 5, i + 1)
        ax.matshow(X[i].reshape(28, 28), cmap=plt.cm.gray_r)
        ax.set_axis_off()
        ax.set_title(f"prediction: {np.argmax(P[i])}", size=8)
    plt.show()


plot_first(P_a, X_test)
"""

ONE_EACH = """\
def plot_first(P, X):
    for picture, row in list(zip(X, P))[:15]:
        plt.figure(figsize=(1, 1))
        plt.imshow(picture[:, :, 0] * 255)
        plt.title(str(row.argmax()))
        plt.axis("off")
        plt.show()


plot_first(P_a, X_test)
"""

EVALUATE_BY_HAND = """\
def evaluate(network, X_test, Y_test):
    P = np.asarray(network.predict(X_test, verbose=0))
    y = np.argmax(Y_test, axis=1)
    loss = float(np.mean(-np.log(np.clip(P[np.arange(len(y)), y], 1e-7, 1))))
    accuracy = np.mean(P.argmax(1) == y)
    print(classification_report(y, P.argmax(1), zero_division=0))
    for draw in (plot_zero_probability, plot_confusion):
        draw(P, y)
    plot_worst_errors(P, X_test, y)
    plot_first(P, X_test)
    return [loss, accuracy]


loss_a, accuracy_a = evaluate(network_a, X_test, Y_test)
"""

EVALUATE_DICT = """\
def evaluate(model, images, labels):
    numbers = model.evaluate(images, labels, verbose=0, return_dict=True)
    P = model.predict(images, verbose=0)
    digits = np.array([row.argmax() for row in labels])
    print(classification_report(digits, P.argmax(axis=1), labels=range(10)))
    plot_first(P, images)
    plot_worst_errors(P, images, digits)
    plot_confusion(P, digits)
    plot_zero_probability(P, digits)
    return numbers["loss"], numbers["accuracy"]


loss_a, accuracy_a = evaluate(network_a, X_test, Y_test)
"""

SHAPES_BY_LOOP = """\
layer_shapes = []
for layer in network_c.layers:
    entry = [layer.name, list(layer.input.shape)[1:], list(layer.output.shape)[1:]]
    layer_shapes.append(entry)
    print(entry)
"""

WEIGHT_SHAPES_BY_LOOP = """\
weight_shapes = []
for layer in network_c.layers:
    if len(layer.weights) > 0:
        kernel, bias = layer.weights
        weight_shapes.append([tuple(kernel.shape), tuple(bias.shape)])
"""
