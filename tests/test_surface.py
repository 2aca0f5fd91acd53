"""Public names: all of Keras' are there, documented, and have Keras' signatures.

`tests/data/keras_signatures.json` has Keras' names, signatures and methods; `tools/keras_surface.py` writes it.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import json
from functools import reduce
from pathlib import Path

import pytest

import lamina

TABLE = json.loads((Path(__file__).parent / "data" / "keras_signatures.json").read_text("utf-8"))
NAMES, METHODS = TABLE["names"], TABLE["methods"]

# What comes later: low-rank adaptation and quantization will be wrappers, not arguments (DESIGN); None is
# accepted. Each absent name says that it is so.
LATER = (
    *("quantizers", "distribution", "Quantizer", "layers.TernaryDense"),
    *(
        f"dtype_policies.{kind}DTypePolicy"
        for kind in ("AWQ", "GPTQ", "Int4", "Quantized", "QuantizedFloat8", "Ternary")
    ),
)
LATER_ARGUMENTS = {*("lora_rank", "lora_alpha", "quantization_config", "gptq_unpacked_column_size")}
LATER_METHODS = {
    *("enable_lora", "quantize", "quantized_build", "quantized_call"),
    *("get_quantization_layer_structure", "variable_serialization_spec", "quantization_mode"),
}
# What Keras' own code calls, not its users; lamina does it otherwise.
INTERNAL_METHODS = {
    *("convert_weight", "inner_loop", "normalized_weights", "interpolate_pr_auc", "check_finite"),
    *("transform_single_image", "transform_single_label", "transform_single_bounding_box"),
    *("transform_single_segmentation_mask", "get_transformed_x_y", "get_shifted_bbox"),
    *("get_clipped_bbox", "get_elastic_transform_params", "transpose_last_axis"),
    *("get_dropout_mask", "get_recurrent_dropout_mask", "zeropower_via_newtonschulz5"),
    *("reset_dropout_mask", "reset_recurrent_dropout_mask", "parameters"),
    *("compute_loss_and_updates", "jax_state_sync", "make_predict_function"),
    *("make_test_function", "make_train_function", "rematerialized_call"),
    *("set_fit_request", "set_score_request"),  # scikit-learn makes them
}
# Where Keras calls an argument otherwise than in all other classes, or, on JAX, has a further one.
OTHER_NAMES = {
    *(
        "layers.RMSNormalization.call",
        "layers.SimpleRNNCell.call",
        "optimizers.Adadelta.update_step",
    ),
    *("models.Model.train_step", "models.Model.test_step", "models.Model.predict_step"),
    *("layers.RNN.build", "layers.Bidirectional.build", "layers.TorchModuleWrapper.from_config"),
    *(
        "layers.RandomGrayscale.get_random_transformation",
        "layers.RandomGrayscale.transform_labels",
    ),
    "layers.RandomGrayscale.transform_bounding_boxes",
    "layers.RandomGrayscale.transform_segmentation_masks",
    # Further arguments are those that the layers within, or a subclass, take.
    *("models.Model.call", "models.Sequential.call", "layers.TFSMLayer.call"),
    "layers.TextVectorization.build",  # it needs none
}
# Data sets are lamina's own unless the program says otherwise: no engine that nobody chose.
OWN_DEFAULTS = {("format", "'tf'"): "'lamina'"}


def lookup(name: str) -> object:
    """Return the thing of lamina with a dotted name."""
    return reduce(getattr, name.split("."), lamina)


def is_later(name: str) -> bool:
    return any(name == later or name.startswith(f"{later}.") for later in LATER)


def is_there(name: str) -> bool:
    try:
        lookup(name)
    except AttributeError:
        return False
    return True


PRESENT = [name for name in NAMES if not is_later(name)]
NAMESPACES = sorted({name.rpartition(".")[0] for name in PRESENT})


def test_no_name_is_missing():
    assert {name for name in PRESENT if not is_there(name)} == set()


@pytest.mark.parametrize("name", LATER)
def test_what_comes_later_says_so(name):
    try:
        lookup(name)
    except AttributeError as error:
        assert f"no {name.rpartition('.')[2]!r}: " in str(error)


def test_aliases_are_one_thing():
    aliases = {name: of for name in PRESENT if isinstance(of := NAMES[name], str)}
    assert {name for name, of in aliases.items() if lookup(name) is not lookup(of)} == set()


@pytest.mark.parametrize("namespace", [*NAMESPACES, "autodiff", "generation", "tuning"])
def test_public_names_are_documented(namespace):
    module = lamina if not namespace else importlib.import_module(f"lamina.{namespace}")
    undocumented = {
        name
        for name, thing in vars(module).items()
        if not name.startswith("_") and callable(thing) and not inspect.getdoc(thing)
    }
    assert undocumented == set()


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_signatures_are_those_of_keras(namespace):
    """Keras' parameters come first, in its order, with its defaults; more may follow."""
    differs = {
        name: problem
        for name in PRESENT
        if name.rpartition(".")[0] == namespace
        and isinstance(expected := NAMES[name], list)
        and (problem := difference(expected, lookup(name)))
    }
    assert differs == {}


CLASSES = sorted({name.rpartition(".")[0] for name in METHODS} & {*PRESENT})


@pytest.mark.parametrize("name", CLASSES)
def test_methods_are_those_of_keras(name):
    cls, differs = lookup(name), {}
    for method, expected in METHODS.items():
        owner, _, short = method.rpartition(".")
        if owner != name or short in LATER_METHODS | INTERNAL_METHODS or method in OTHER_NAMES:
            continue
        if expected == "property":  # most are attributes of the object here
            continue
        if not hasattr(cls, short):
            differs[short] = "missing"
        elif problem := unlike(expected, getattr(cls, short)):
            differs[short] = problem
    assert differs == {}


def unlike(expected: list[list[str | None] | str], method: object) -> str | None:
    """Say which of Keras' arguments a method does not take, by place or by name, or with another default.

    Where Keras' own classes disagree (`_` for `inputs`, `var_list` for `variables`) the place decides.
    """
    parameters = list(inspect.signature(method).parameters.values())
    parameters = parameters if inspect.ismethod(method) else parameters[1:]
    kinds = {p.kind for p in parameters}
    by_name = {p.name: p for p in parameters}
    by_place = [p for p in parameters if p.kind <= p.POSITIONAL_OR_KEYWORD]
    takes_all = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD} <= kinds
    for place, entry in enumerate(expected):
        if isinstance(entry, str):
            if entry == "**" and inspect.Parameter.VAR_KEYWORD not in kinds:
                return "lacks **kwargs"
            continue
        name, kind, default = entry
        p = by_name.get(name)
        if p is None and name in ("_", "var_list", "kwds"):
            p = by_place[place] if place < len(by_place) else None
        if p is None:
            if takes_all:
                continue
            return f"lacks {name}"
        if kind == "any" and not takes_all and by_place[place : place + 1] != [p]:
            return f"has {name} at another place"
        if default is not None and p.default is p.empty:
            return f"requires {name}"
        told = p.default is not p.empty and default is not None and not default.startswith("<")
        if told and not (_same(default, repr(p.default)) or (name == "training" and not p.default)):
            return f"default {name}={p.default!r} for {default}"
    return None


def difference(expected: list[list[str | None] | str], thing: object, skip: int = 0) -> str | None:
    """Say how the parameters of `thing` differ from Keras'; of a function in a class, skip `self`."""
    if inspect.ismethod(thing) or not inspect.isfunction(thing):
        skip = 0
    parameters = list(inspect.signature(thing).parameters.values())[skip:]
    named = [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    stars = [p for p in expected if isinstance(p, str)]
    expected = [p for p in expected if not isinstance(p, str) and p[0] not in LATER_ARGUMENTS]
    names, wanted = [p.name for p in named], [name for name, _, _ in expected]
    if names[: len(wanted)] != wanted:
        return f"parameters {names} for {wanted}"
    if required := [p.name for p in named[len(wanted) :] if p.default is p.empty]:
        return f"requires {required}"
    kinds = {p.kind for p in parameters}
    spelt_out = len(named) > len(wanted)  # the arguments that Keras' `**kwargs` may hold
    if "**" in stars and not spelt_out and inspect.Parameter.VAR_KEYWORD not in kinds:
        return "lacks **kwargs"
    for (name, _, default), p in zip(expected, named, strict=False):
        given = None if p.default is p.empty else repr(p.default)
        if default is None or not default.startswith("<"):
            default = OWN_DEFAULTS.get((name, default), default)
            if not _same(default, given):
                return f"default {name}={given} for {default}"
    return None


def _same(one: str | None, other: str | None) -> bool:
    if one == other:
        return True
    try:
        return ast.literal_eval(one) == ast.literal_eval(other)  # type: ignore[arg-type]  0 is 0.0
    except (TypeError, ValueError, SyntaxError):
        return False
