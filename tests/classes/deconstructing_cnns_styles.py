"""Code of students of `deconstructing-cnns` that is right and looks different; data only."""

from __future__ import annotations

SEQUENTIAL = """\
from keras import layers, models

model = models.Sequential(name="digits")
model.add(layers.InputLayer((28, 28, 1)))
for filters in (24, 48, 64):
    model.add(layers.Conv2D(filters, (3, 3), padding="same", activation="relu", name=f"see_{filters}"))
    model.add(layers.MaxPooling2D((2, 2)))
model.add(layers.Flatten())
model.add(layers.Dense(128, activation="relu"))
model.add(layers.Dropout(0.25))
model.add(layers.Dense(10, activation="softmax"))
model.summary()
"""

APART = """\
inputs = keras.layers.Input(shape=(28, 28, 1), name="digit")


def block(x, filters):
    x = keras.layers.Conv2D(filters, kernel_size=3, padding="same")(x)
    x = keras.layers.Activation("relu")(x)
    return keras.layers.MaxPool2D(pool_size=2, strides=2)(x)


x = block(block(block(inputs, 24), 48), 64)
x = keras.layers.Flatten()(x)
x = keras.layers.ReLU()(keras.layers.Dense(128)(x))
x = keras.layers.Dropout(rate=0.25)(x)
x = keras.layers.Dense(10, name="scores")(x)
outputs = keras.layers.Softmax()(x)
model = keras.models.Model(inputs=inputs, outputs=outputs, name="taken_apart")
model.summary()
"""

APART_LOGITS = """\
logits_model = keras.Model(inputs, model.get_layer("scores").output)
print(logits_model(image))
"""

CURVES = """\
epochs = np.arange(1, len(history.epoch) + 1)
for metric in ("accuracy", "loss"):
    plt.figure()
    plt.title(f"model {metric}")
    plt.plot(epochs, history.history[f"val_{metric}"], "o--", color="tab:orange")
    plt.plot(epochs, history.history[metric], "s-")
    plt.legend(["val", "train"])
    plt.grid()
    plt.show()
"""

ONE_AXES = """\
ax = plt.gca()
for name, values in history.history.items():
    ax.semilogy(history.epoch, values, label=name)
ax.legend()
plt.savefig("curves.png")
"""

DIGITS = """\
fig = plt.figure(figsize=(8, 4))
for i in range(10):
    fig.add_subplot(2, 5, i + 1, xticks=[], yticks=[])
    plt.imshow(x_train[i], cmap=plt.cm.binary)
    plt.xlabel("Label: %d" % y_train[i])
plt.tight_layout()
"""

MORE_DIGITS = """\
fig, axes = plt.subplots(4, 4)
for ax, picture, row in zip(axes.flat, X_all, Y_all):
    ax.matshow(picture.squeeze(), cmap="magma")
    ax.set_title(f"digit {np.argmax(row)}", fontsize=7)
    ax.set_axis_off()
for ax in axes.flat[10:]:
    ax.clear()
    ax.axis("off")
fig.suptitle("the first ten digits")
plt.show()
"""

PREDICTIONS = """\
probabilities = model(X_test[:10]).numpy()
predicted = []
for row in probabilities:
    predicted.append(int(np.argmax(row)))
print(predicted)
plt.figure(figsize=(10, 5))
for number in range(10):
    plt.subplot(2, 5, number + 1)
    plt.pcolormesh(X_test[number].reshape(28, 28)[::-1], cmap="Greys")
    plt.title(f"prediction: {predicted[number]}")
    plt.axis("equal")
    plt.axis("off")
plt.show()
"""

SUBPLOTS = """\
fig, axes = plt.subplots(8, {columns}, figsize=(8, 8))
for number, ax in enumerate(axes.ravel()):
    ax.imshow({maps}[0, :, :, number])
    ax.axis("off")
plt.show()
"""

PLAIN_MOSAIC = """\
rows = [np.hstack([{maps}[0][..., 8 * row + column] for column in range(8)]) for row in range({rows})]
plt.matshow(np.vstack(rows), cmap="viridis")
plt.colorbar()
plt.title("{maps}, eight in a row")
plt.show()
"""

LOOP_SCORE = """\
def score(network, images, units):
    maps = network(images)
    total = 0.0
    for number in range(len(units)):
        total += tf.reduce_mean(maps[number, ..., units[number]])
    return total
"""

MASK_SCORE = """\
def score(network, images, units):
    maps = network(images)
    if len(maps.shape) == 4:
        maps = keras.ops.mean(maps, axis=(1, 2))
    wanted = tf.one_hot(units, maps.shape[-1])
    return tf.math.reduce_sum(maps * wanted)
"""

OWN_ASCENT = """\
filters1 = [0, 3, 11, 15, 16, 17, 18, 22]
network1 = keras.Model(model.inputs, model.get_layer(index=1).output)
pictures = []
for filter_number in filters1:
    picture = tf.Variable(tf.random.uniform((1, 28, 28, 1), 0.4, 0.6, seed=filter_number))
    for step in range(30):
        with tf.GradientTape() as tape:
            answer = tf.reduce_mean(network1(picture)[..., filter_number])
        direction = tape.gradient(answer, picture)
        picture.assign_add(0.1 * direction / (tf.norm(direction) / 28 + 1e-8))
        picture.assign(tf.clip_by_value(picture, 0, 1))
    pictures.append(picture.numpy()[0, :, :, 0])
first = np.stack(pictures)[..., None]

fig, axes = plt.subplots(2, 4)
for ax, picture, number in zip(axes.flat, pictures, filters1):
    ax.imshow(picture, cmap="inferno")
    ax.set_title(f"filter {number}")
plt.show()
"""

ADAM_ASCENT = """\
filters3 = [2, 7, 11, 14, 19, 26, 35, 48]
network3 = keras.Model(model.inputs, convolutions[2].output)
start = tf.Variable(np.random.default_rng(3).uniform(0.4, 0.6, (8, 28, 28, 1)).astype("float32"))
adam = keras.optimizers.Adam(0.05)
for step in range(40):
    with tf.GradientTape() as tape:
        loss = -score(network3, start, tf.constant(filters3))
    adam.apply_gradients([(tape.gradient(loss, start), start)])
third = start.numpy()


def stretched(picture):
    picture = picture - picture.mean()
    picture = picture / (picture.std() + 1e-5) * 0.15 + 0.5
    return (picture.clip(0, 1) * 255).astype("uint8")


plt.figure(figsize=(12, 2))
for number in range(8):
    plt.subplot(1, 8, number + 1)
    plt.imshow(stretched(third[number]).squeeze(), cmap="gray", vmin=0, vmax=255)
    plt.axis("off")
third = third.clip(0, 1)
"""

IN_ANOTHER_ORDER = """\
filters2 = [8, 21, 23, 25, 31, 32, 35, 41]
network2 = keras.Model(model.inputs, convolutions[1].output)
second = ascend(network2, filters2, seed=11)
shuffled = np.random.default_rng(0).permutation(len(filters2))
show(second[shuffled], [f"filter {filters2[place]}" for place in shuffled])
"""

ONE_PICTURE = """\
refined = ascend(network3, filters3, start=third, size=0.01, jitter=4)
plt.figure(figsize=(10, 5))
plt.imshow(np.vstack([np.hstack(refined[:4, ..., 0]), np.hstack(refined[4:, ..., 0])]), cmap="gray")
plt.axis("off")
plt.show()
"""

CLONED_LOGITS = """\
def without_softmax(layer):
    config = layer.get_config()
    if config.get("activation") == "softmax":
        config["activation"] = None
    return layer.__class__.from_config(config)


logits_model = keras.models.clone_model(model, clone_function=without_softmax)
logits_model.set_weights(model.get_weights())
"""

CLASSES = """\
digits = list(range(10))
first_round = ascend(logits_model, digits, seed=5)
classes = ascend(logits_model, digits, start=first_round, size=0.01, jitter=4, seed=6)
for title, pictures in (("first round", first_round), ("second round", classes)):
    fig, axes = plt.subplots(1, 10, figsize=(12, 1.8))
    fig.suptitle(title)
    for digit in digits:
        axes[digit].imshow(pictures[9 - digit].squeeze(), cmap="gray_r")
        axes[digit].set(title=f"Ziffer {9 - digit}", xticks=[], yticks=[])
    plt.show()
"""

HELPERS = """\
def pictures(images, titles=None, columns=5, **options):
    rows = int(np.ceil(len(images) / columns))
    fig, axes = plt.subplots(rows, columns, figsize=(1.5 * columns, 1.8 * rows), squeeze=False)
    for ax in axes.flat:
        ax.axis("off")
    for place, one in enumerate(images):
        axes.flat[place].imshow(np.squeeze(one), **options)
        if titles is not None:
            axes.flat[place].set_title(str(titles[place]))
    plt.show()


def up_to(layer):
    return keras.Model(model.inputs, layer.output)
"""
