"""What a submitted network may be made of: built-in Keras layers, by module and class, and nothing else.

`refusal` walks a config as JSON; Keras is not imported and nothing is built.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from autograder import wire
from autograder.collecting import MAX_CONFIG
from autograder.evidence import EvidenceError

MAX_PARAMETERS = 50_000_000
_MAX_DEPTH = 60
_MAX_LAYERS = 1_000


def _each(modules: str, classes: str) -> Iterator[tuple[str, str]]:
    return ((module, name) for module in modules.split() for name in classes.split())


_LAYERS = """
    InputLayer Dense Conv1D Conv2D Conv3D Conv2DTranspose DepthwiseConv1D DepthwiseConv2D SeparableConv1D
    SeparableConv2D Activation ReLU LeakyReLU ELU PReLU Softmax Flatten Reshape Permute RepeatVector Identity
    MaxPooling1D MaxPooling2D MaxPooling3D AveragePooling1D AveragePooling2D AveragePooling3D
    GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D
    GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D
    BatchNormalization LayerNormalization GroupNormalization UnitNormalization
    Dropout SpatialDropout1D SpatialDropout2D SpatialDropout3D AlphaDropout GaussianDropout GaussianNoise
    ActivityRegularization ZeroPadding1D ZeroPadding2D ZeroPadding3D Cropping1D Cropping2D Cropping3D
    UpSampling1D UpSampling2D UpSampling3D Add Subtract Multiply Average Maximum Minimum Concatenate Dot
    Rescaling Resizing CenterCrop Normalization RandomFlip RandomRotation RandomTranslation RandomZoom
    RandomCrop RandomContrast RandomBrightness
"""
_MODELS = "Sequential Functional Model"
_INITIALIZERS = """
    Zeros Ones Constant Identity IdentityInitializer OrthogonalInitializer Orthogonal RandomNormal
    RandomUniform TruncatedNormal VarianceScaling GlorotNormal GlorotUniform HeNormal HeUniform
    LecunNormal LecunUniform
"""
_OPERATIONS = "Add Subtract Multiply Divide TrueDivide Maximum Minimum Negative Absolute"

_ALLOWED = frozenset(
    [
        *_each("keras.layers", _LAYERS),
        *_each("keras keras.models keras.src.models.functional keras.src.models.sequential", _MODELS),
        *_each("keras.initializers", _INITIALIZERS),
        *_each("keras.regularizers", "L1 L2 L1L2 OrthogonalRegularizer"),
        *_each("keras.constraints", "MaxNorm MinMaxNorm NonNeg UnitNorm"),
        *_each("keras keras.dtype_policies", "DTypePolicy FloatDTypePolicy"),
        *_each("keras.src.ops.numpy", _OPERATIONS),
    ]
)
_MODEL_CLASSES = frozenset(_MODELS.split())
# How Keras writes tensors and tuples into a config; plain data.
_PLAIN = frozenset({"__keras_tensor__", "__tuple__", "__list__"})
_ACTIVATION_NAMES = """
    linear relu relu6 leaky_relu elu selu gelu silu swish sigmoid hard_sigmoid hard_silu hard_swish tanh
    softmax log_softmax softplus softsign exponential mish celu glu squareplus soft_shrink hard_shrink
"""
_ACTIVATIONS = frozenset(_ACTIVATION_NAMES.split())
_ACTIVATION_KEYS = ("activation", "recurrent_activation")


def refusal(config: str) -> str:
    """Why a network is not rebuilt: a sentence for the student, or "" when nothing speaks against it.

    Args:
        config: the model's JSON config, untrusted.
    """
    if len(config) > MAX_CONFIG:
        return "The network's description is too long."
    try:
        tree = wire.strict_json(config.encode("utf-8", "replace"), _MAX_DEPTH)
    except EvidenceError:
        return "The network's description is damaged."
    if not isinstance(tree, Mapping) or str(tree.get("class_name")) not in _MODEL_CLASSES:
        return "This is not a Sequential or functional Keras network; use one of those, with built-in layers."
    layers = 0
    for node in _objects(tree):
        reason = _node_refusal(node)
        if reason:
            return reason
        layers += node.get("module") == "keras.layers"
    return "The network has too many layers." if layers > _MAX_LAYERS else ""


def _objects(node: Any) -> Iterator[Mapping[str, Any]]:
    """Every object in the config, the outer ones first."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if isinstance(current, Mapping):
            yield current
            waiting.extend(reversed(list(current.values())))
        elif isinstance(current, list):
            waiting.extend(reversed(current))


def _node_refusal(node: Mapping[str, Any]) -> str:
    if "compile_config" in node:
        return "The network comes with its optimizer and loss; only its layers are wanted."
    for key in _ACTIVATION_KEYS:
        activation = node.get(key)
        if isinstance(activation, str) and activation not in _ACTIVATIONS:
            return f"{_name(node)} uses the activation {_word(activation)}, which is not built into Keras."
        if isinstance(activation, Mapping) and "class_name" not in activation:  # A lambda's code.
            return f"{_name(node)} uses a function of its own as activation; use a built-in one."
    if not {"class_name", "module", "registered_name"} & set(node):
        return ""
    kind, module = node.get("class_name"), node.get("module")
    if not isinstance(kind, str) or not isinstance(module, str | None):
        return f"{_name(node)} has no class. Use built-in layers only."
    if kind in _PLAIN and module is None and "registered_name" not in node:
        return ""
    if kind == "function":
        return (
            f"The network uses a function of its own ({_word(node.get('config'))}); use built-in activations."
        )
    if (module, kind) not in _ALLOWED or node.get("registered_name") not in (None, kind):
        return (
            f"{_name(node)} is of class {_word(kind)}, which is not one of Keras' built-in layers that are "
            "rebuilt here. Use built-in layers only."
        )
    return ""


def _name(node: Mapping[str, Any]) -> str:
    inner = node.get("config")
    name = node.get("name") or (inner.get("name") if isinstance(inner, Mapping) else None)
    return f"The layer {_word(name)}" if isinstance(name, str) else "A part of the network"


def _word(value: Any) -> str:
    return json.dumps(value)[:60] if isinstance(value, str) else "without a name"
