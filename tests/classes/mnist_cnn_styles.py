"""Cells of `mnist-cnn` as other students would write them. Code for notebooks, only text here."""

from __future__ import annotations

FUNCTIONAL_FIRST = """\
from tensorflow.keras import layers

inputs = keras.Input(shape=(28, 28, 1))
x = layers.Conv2D(16, (3, 3), padding="valid", name="see")(inputs)
x = layers.ReLU()(x)
x = layers.MaxPool2D(pool_size=(2, 2))(x)
x = layers.Flatten()(x)
x = layers.Dense(100, name="hidden")(x)
x = layers.ReLU()(x)
x = layers.Dense(10)(x)
outputs = layers.Softmax()(x)
model = keras.Model(inputs, outputs, name="first")
"""

FUNCTIONAL_IMPROVED = """\
inputs = layers.Input((28, 28, 1))
x = layers.Conv2D(32, 3, activation="relu", name="see")(inputs)
x = layers.MaxPooling2D(name="shrink")(x)
x = layers.SpatialDropout2D(0.2)(x)
x = layers.Conv2D(64, 3, activation="relu", name="see_more")(x)
x = layers.MaxPooling2D(name="shrink_more")(x)
x = layers.Dropout(0.25)(x)
x = layers.Reshape((1600,))(x)
x = layers.Dense(150, activation=keras.activations.relu)(x)
x = layers.GaussianNoise(0.1)(x)
x = layers.Dropout(0.5)(x)
improved = keras.Model(inputs, layers.Dense(10, activation="softmax")(x))
improved.compile(keras.optimizers.Adam(3e-4), "categorical_crossentropy", metrics=["accuracy"])
improved_history = improved.fit(
    X_train[:-400],
    Y_train[:-400],
    epochs=40,
    batch_size=128,
    validation_data=(X_train[-400:], Y_train[-400:]),
    callbacks=[keras.callbacks.EarlyStopping(patience=50), keras.callbacks.ReduceLROnPlateau()],
)
"""

APART = """\
improved = keras.Sequential(name="better")
improved.add(keras.layers.Conv2D(32, 3, input_shape=(28, 28, 1), kernel_regularizer="l2"))
improved.add(keras.layers.BatchNormalization())
improved.add(keras.layers.Activation("relu"))
improved.add(keras.layers.MaxPooling2D(2))
improved.add(keras.layers.Dropout(0.5))
improved.add(keras.layers.Conv2D(64, 3))
improved.add(keras.layers.ReLU())
improved.add(keras.layers.MaxPooling2D(2))
improved.add(keras.layers.Dropout(0.5))
improved.add(keras.layers.Flatten())
improved.add(keras.layers.Dense(150))
improved.add(keras.layers.Activation("relu"))
improved.add(keras.layers.Dropout(0.5))
improved.add(keras.layers.Dense(10))
improved.add(keras.layers.Activation("softmax"))
improved.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["acc"])
improved_history = improved.fit(X_train, Y_train, epochs=20, validation_split=0.1)
"""

DIGITS = """\
for index in np.random.permutation(10):
    plt.subplot(2, 5, index + 1)
    plt.pcolormesh(x_train[index][::-1], cmap="gray_r")
    plt.axis("equal")
    plt.title(f"label: {y_train[index]}", color="blue")
plt.tight_layout()
plt.show()
"""

CURVES = """\
for key, title in (("accuracy", "Accuracy"), ("loss", "Loss")):
    plt.figure()
    epochs = np.arange(1, len(history.history[key]) + 1)
    plt.plot(epochs, history.history["val_" + key], "ro--")
    plt.plot(epochs, history.history[key], "b.-")
    plt.legend(["val", "train"])
    plt.title("Model " + title)
    plt.grid()
    plt.show()
"""

FILTERS = """\
plt.figure(figsize=(4, 8))
for place, index in enumerate([31, 0, 5, 7, 30, 11, 12, 2, 17, 19, 1, 22, 25, 26, 27, 28]):
    plt.subplot(8, 2, place + 1)
    plt.imshow(W[..., index], cmap="gray", vmin=W.min(), vmax=W.max())
    plt.xticks([]), plt.yticks([])
"""

AMBIGUOUS = """\
plt.barh(np.arange(10), probabilities[ambiguous] * 100, color="green")
plt.yticks(range(10), [f"digit {digit}" for digit in range(10)])
plt.gca().invert_yaxis()
plt.xlabel("probability in %")
plt.show()

plt.matshow(x_train[ambiguous], cmap="binary")
plt.title("predicted %d, true %d" % (probabilities[ambiguous].argmax(), y_train[ambiguous]))
plt.colorbar()
plt.show()
"""

ERRORS = """\
scores = improved.predict(X_test, verbose=0)
predicted = np.argmax(scores, axis=-1)
errors = [index for index in range(len(X_test)) if predicted[index] != y_test[index]]
for index in sorted(errors, key=lambda index: -scores[index].max())[:4]:
    plt.figure(figsize=(2, 2))
    plt.imshow(X_test[index] + X_mean, interpolation="nearest", cmap="bone")
    plt.title(f"predicted {predicted[index]}, true {y_test[index]}")
    plt.show()
"""

MOSAIC = """\
tiles = [np.pad(maps[0, :, :, index], 1) for index in range(32)]
plt.imshow(np.vstack([np.hstack(tiles[row * 8 : row * 8 + 8]) for row in range(4)]), cmap="viridis")
plt.axis("off")
plt.title("32 feature maps")
plt.show()
"""

POOLED = """\
pooled = keras.Model(improved.inputs[0], improved.layers[1].output)(X_test[:1]).numpy()
model_pool = None
fig = plt.figure(constrained_layout=True)
grid = fig.add_gridspec(2, 8)
for index in range(16):
    ax = fig.add_subplot(grid[index % 2, index // 2])
    ax.pcolormesh(pooled[0, :, :, index])
    ax.invert_yaxis()
    ax.set_title(str(index), fontsize=6)
fig.show()
"""

DEEPER = """\
extractor = keras.Model(inputs=improved.inputs, outputs=[layer.output for layer in improved.layers])
everything = extractor.predict(X_test[:1])
for start in (0, 16, 32, 48):
    fig, axes = plt.subplots(2, 8)
    for index in range(16):
        axes.flat[index].matshow(everything[3][0, ..., start + index], cmap="inferno")
        axes.flat[index].set_xticks([])
        axes.flat[index].set_yticks([])
"""

HELPERS = '''\
def show(images, titles=None, columns=8, cmap="gray"):
    """All images in a grid."""
    rows = int(np.ceil(len(images) / columns))
    fig, axes = plt.subplots(rows, columns, figsize=(columns, 1.2 * rows))
    for ax in axes.ravel():
        ax.set_axis_off()
    for place, image in enumerate(images):
        axes.ravel()[place].imshow(image, cmap=cmap)
        if titles is not None:
            axes.ravel()[place].set_title(titles[place])
    plt.tight_layout()
    plt.show()


def curves(record, name):
    """Loss and accuracy in one plot with two axes."""
    fig, ax = plt.subplots()
    other = ax.twinx()
    ax.plot(record.epoch, record.history["loss"], "b-", label="train loss")
    ax.plot(record.epoch, record.history["val_loss"], "b:", label="val loss")
    other.plot(record.epoch, record.history["accuracy"], "r-", label="train acc")
    other.plot(record.epoch, record.history["val_accuracy"], "r:", label="val acc")
    fig.legend()
    fig.suptitle(f"Training of {name}")
    return None


def look_at(network, image, kind, number=0):
    """A part of a network, and what it computes."""
    layer = [layer for layer in network.layers if isinstance(layer, kind)][number]
    part = keras.Model(network.inputs, layer.output)
    return part, part.predict(image)
'''

ACCURACY = """\
guesses = model.predict(X_test)
test_accuracy = (guesses.argmax(axis=1) == y_test).sum() / len(y_test)
test_loss = keras.losses.CategoricalCrossentropy()(Y_test, guesses)
print("accuracy", test_accuracy, "loss", float(test_loss))
"""

UNSURE = """\
some = X_train[:5000]
probabilities = np.concatenate([improved(some[k : k + 100]).numpy() for k in range(0, len(some), 100)])
unsure = [index for index in range(len(probabilities)) if max(probabilities[index]) < 0.7]
ambiguous = unsure[len(unsure) // 2]
print(f"digit {ambiguous}: the largest probability is {probabilities[ambiguous].max():.2f}")
"""

TWO_PARTS = """\
stochastic = keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True)
model.compile(stochastic, "categorical_crossentropy", metrics=["accuracy"])
history = model.fit(X_train, Y_train, batch_size=64, epochs=5, validation_split=0.1, verbose=2)
more = model.fit(X_train, Y_train, 64, 10, initial_epoch=5, validation_split=0.1)
for key in history.history:
    history.history[key] += more.history[key]
"""
