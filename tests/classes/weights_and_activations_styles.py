"""Cells of `weights-and-activations` as others would write them. Code for notebooks, only text here."""

from __future__ import annotations

FUNCTIONAL = """\
layers = keras.layers
options = {"padding": "same", "activation": "elu"}
inputs = keras.Input(shape=(32, 32, 3))
x = layers.Conv2D(16, (5, 5), name="first", **options)(inputs)
x = layers.Conv2D(16, (3, 3), name="second", **options)(x)
for filters in (32, 64):
    x = layers.Conv2D(filters, 3, strides=(2, 2), **options)(x)
    x = layers.Conv2D(filters, 3, **options)(x)
x = layers.GlobalMaxPool2D()(x)
x = layers.Dropout(0.3)(x)
x = layers.Dense(10)(x)
model = keras.Model(inputs=inputs, outputs=layers.Softmax()(x))
model.summary()
"""

APART = """\
model = keras.models.Sequential()
model.add(keras.layers.Conv2D(16, 5, padding="same", input_shape=(32, 32, 3)))
model.add(keras.layers.BatchNormalization())
model.add(keras.layers.Activation("elu"))
model.add(keras.layers.Conv2D(16, 3, padding="same"))
model.add(keras.layers.ELU())
for filters in (32, 64):
    model.add(keras.layers.Conv2D(filters, 3, strides=2, padding="same"))
    model.add(keras.layers.Activation(keras.activations.elu))
    model.add(keras.layers.Conv2D(filters, 3, padding="same", activation="elu", kernel_regularizer="l2"))
    model.add(keras.layers.SpatialDropout2D(0.1))
model.add(keras.layers.GlobalMaxPooling2D())
model.add(keras.layers.Dense(10))
model.add(keras.layers.Activation("softmax"))
"""

TOO_LARGE = """\
model = keras.Sequential(
    [
        keras.Input((32, 32, 3)),
        keras.layers.Conv2D(16, 5, padding="same", activation="elu"),
        keras.layers.Conv2D(16, 3, padding="same", activation="elu"),
        keras.layers.Flatten(),
        keras.layers.Dense(310, activation="elu"),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
"""

CURVES = """\
plt.plot(history.epoch, history.history["loss"], "k-", label="train loss")
plt.plot(history.epoch, history.history["val_loss"], "k--", label="val loss")
plt.legend()
plt.twinx()
plt.plot(history.epoch, 100 * np.array(history.history["accuracy"]), "r-", label="train acc. (%)")
plt.plot(history.epoch, 100 * np.array(history.history["val_accuracy"]), "r--", label="val acc. (%)")
plt.legend(loc="center right")
plt.title("training")
"""

PREDICTION = """\
def plot_prediction(X, Y, Y_predict):
    plt.figure(figsize=(8, 3))
    plt.subplot(1, 2, 2)
    for k in range(10):
        plt.barh(9 - k, Y_predict[k], color="red" if Y[k] == 1 else "lightgray", edgecolor="black")
    plt.yticks(9 - np.arange(10), class_names)
    plt.subplot(1, 2, 1)
    plt.imshow(to_picture(X), interpolation="bicubic")
    plt.title("true class: " + class_names[int(Y.argmax())])
    plt.show()


plot_prediction(X_test[3], Y_test[3], Y_predict[3])
"""

ERRORS = """\
wrong = [i for i in range(len(X_test)) if np.argmax(Y_predict[i]) != np.argmax(Y_test[i])]
sure = sorted(wrong, key=lambda i: Y_predict[i].max(), reverse=True)
for i in sure[:6]:
    print(class_names[y_test[i]], "was taken for", class_names[Y_predict[i].argmax()])
    plot_prediction(X_test[i], Y_test[i], Y_predict[i])
"""

CONFUSION = """\
from sklearn.metrics import confusion_matrix


def plot_confusion(Y_true, Y_predict):
    true, guess = np.argmax(Y_true, -1), np.argmax(Y_predict, -1)
    C = confusion_matrix(true, guess, labels=np.arange(10))
    plt.matshow(C / C.sum(axis=1)[:, None], cmap="viridis", vmin=0)
    for i, j in np.ndindex(*C.shape):
        if C[i, j]:
            plt.text(j, i, str(C[i, j]), ha="center", va="center", color="w")
    plt.gca().set(xlabel="prediction", ylabel="truth", title="confusion")
    plt.gca().xaxis.set_ticks_position("bottom")
    plt.xticks(np.arange(10), labels=class_names, rotation=90)
    plt.yticks(np.arange(10), labels=class_names)


plot_confusion(Y_test, Y_predict)
"""

FILTERS = """\
weights, bias = model.layers[0].get_weights()
plt.figure(figsize=(5, 5))
for k in range(16):
    f = weights[:, :, :, k].copy()
    f -= f.min()
    f /= f.max()
    plt.subplot(4, 4, k + 1, xticks=[], yticks=[], title=f"{k}")
    plt.imshow(np.uint8(255 * f))
plt.show()
"""

ACTIVATIONS = """\
def visualize_activation(A, name):
    n = A.shape[3]
    fig = plt.figure(figsize=(6, n // 2))
    fig.suptitle("Layer: " + name, fontsize=8)
    for k in range(n):
        ax = fig.add_subplot((n + 3) // 4, 4, k + 1)
        ax.pcolormesh(A[0, ::-1, :, k], cmap="gray")
        ax.set_title("map %d" % k)
        ax.set_axis_off()
    return fig
"""

OTHER_PREDICTION = """\
def plot_prediction(X, Y, Y_predict):
    fig = plt.figure(figsize=(7, 3))
    grid = fig.add_gridspec(1, 3)
    ax = fig.add_subplot(grid[0, 0])
    ax.imshow((255 * to_picture(X)).round().astype("uint8"))
    ax = fig.add_subplot(grid[0, 1:])
    bars = ax.barh(np.arange(10), Y_predict)
    bars[int(np.flatnonzero(Y)[0])].set_color("r")
    ax.set_yticks(np.arange(10))
    ax.set_yticklabels(class_names)
    ax.invert_yaxis()
    ax.set_xscale("linear")
    fig.tight_layout()


for index in (0, 1, 2):
    plot_prediction(X_test[index], Y_test[index], Y_predict[index])
"""

OTHER_CONFUSION = """\
def plot_confusion(Y_true, Y_predict):
    C = np.zeros((10, 10))
    for true, guess in zip(Y_true, Y_predict):
        C[true.argmax(), guess.argmax()] += 1
    fig, ax = plt.subplots(figsize=(7, 7))
    normalised = np.array([row / max(row.sum(), 1) for row in C])
    mesh = ax.pcolormesh(np.arange(11), np.arange(11), normalised, cmap="Reds", edgecolors="gray")
    for i in range(10):
        for j in range(10):
            ax.annotate(f"{C[i, j]:.0f}", (j + 0.5, i + 0.5), ha="center", va="center")
    ax.set_xticks(np.arange(10) + 0.5)
    ax.set_yticks(np.arange(10) + 0.5)
    ax.set_xticklabels(class_names, rotation=60)
    ax.set_yticklabels(class_names)
    ax.set_xlabel("predicted class")
    ax.set_ylabel("true class")
    ax.invert_yaxis()
    plt.colorbar(mesh, ax=ax)
    plt.show()
    return normalised


matrix = plot_confusion(Y_test, Y_predict)
"""

MOSAIC = """\
def visualize_activation(A, name):
    A = np.asarray(A)[0]
    h, w, n = A.shape
    columns = 4
    rows = int(np.ceil(n / columns))
    picture = np.full((rows * (h + 1), columns * (w + 1)), np.nan)
    for k in range(n):
        top, left = (k // columns) * (h + 1), (k % columns) * (w + 1)
        picture[top : top + h, left : left + w] = A[:, :, k]
    plt.figure()
    plt.imshow(picture, cmap="magma")
    plt.title(name)
    plt.axis("off")
    plt.show()
"""

TEST = """\
Y_predict = np.vstack([model(X_test[start : start + 100]) for start in range(0, len(X_test), 100)])
test_accuracy = float(np.mean(Y_predict.argmax(1) == y_test.flatten()))
print(f"{test_accuracy:.1%}")
"""

OWN_IMAGE = """\
across = np.linspace(-1, 0.99, 32, dtype="float32")
first_image = np.stack([np.tile(across, (32, 1)), np.tile(across[:, None], (1, 32)), np.eye(32)], axis=-1)
"""

OTHER_OWN_IMAGE = """\
second_image = np.clip(np.random.normal(0, 0.5, (32, 32, 3)), -1, 0.99).astype("float32")
second_image[8:24, 8:24] = [0.9, -0.5, 0.1]
"""

BOTH_LAYERS = """\
first_image = X_train[100]
both = keras.models.Model(inputs=model.inputs, outputs=[layer.output for layer in model.layers[:2]])


def show_both(image):
    for place, maps in enumerate(both(image[np.newaxis])[::-1]):
        visualize_activation(maps.numpy(), f"convolution {2 - place}")


show_both(first_image)
"""
