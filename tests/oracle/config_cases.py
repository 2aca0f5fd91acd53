"""For each class of Keras that has a configuration, arguments to make an object of it from.

What is required is found by the arguments' names; a second object of each class has also those further
arguments that `FURTHER` has a value for.
"""

from __future__ import annotations

import inspect
from functools import reduce
from typing import Any

import keras

import lamina

KINDS = {
    "layers": "Layer",
    "losses": "Loss",
    "metrics": "Metric",
    "optimizers": "Optimizer",
    "optimizers.schedules": "LearningRateSchedule",
    "initializers": "Initializer",
    "regularizers": "Regularizer",
    "constraints": "Constraint",
    "dtype_policies": "DTypePolicy",
}
# Abstract ones, those that hold code, and what comes later.
WITHOUT = {
    *("layers.FlaxLayer", "layers.JaxLayer", "layers.TFSMLayer", "layers.TorchModuleWrapper"),
    *("layers.Lambda", "layers.InputLayer", "layers.Layer", "metrics.MeanMetricWrapper"),
    *("losses.Loss", "metrics.Metric", "optimizers.Optimizer", "initializers.Initializer"),
    *("optimizers.schedules.LearningRateSchedule", "regularizers.Regularizer"),
    *("losses.LossFunctionWrapper", "layers.TernaryDense", "constraints.Constraint"),
}
REQUIRED: dict[str, Any] = {
    "units": 4, "filters": 4, "kernel_size": 3, "rate": 0.25, "pool_size": 2, "axes": -1, "n": 3,
    "target_shape": (2, 2), "dims": (2, 1), "input_dim": 5, "output_dim": 3, "num_heads": 2, "key_dim": 3,
    "num_bins": 5, "height": 4, "width": 4, "factor": 0.25, "stddev": 0.125, "equation": "ab,bc->ac",
    "output_shape": (None, 4), "scale": 2.0, "initial_learning_rate": 0.5, "decay_steps": 10,
    "decay_rate": 0.75, "boundaries": [1, 2], "values": [1.0, 2.0, 3.0], "activation": "relu",
    "name": "given", "num_classes": 3, "recall": 0.5, "precision": 0.5, "specificity": 0.5,
    "sensitivity": 0.5, "target_class_ids": [0], "output_size": 2, "head_dim": 3, "num_query_heads": 4,
    "num_key_value_heads": 2, "max_number": 3, "height_factor": 0.25, "width_factor": 0.25,
    "first_decay_steps": 4,
}  # fmt: skip
FURTHER: dict[str, Any] = {
    "strides": 2, "padding": "same", "data_format": "channels_first", "groups": 2, "use_bias": False,
    "kernel_initializer": "he_normal", "bias_initializer": "ones", "kernel_regularizer": "l2",
    "activity_regularizer": "l1", "bias_constraint": "non_neg", "axis": -2, "epsilon": 0.125,
    "momentum": 0.5, "center": False, "trainable": False, "dtype": "mixed_bfloat16", "seed": 7,
    "return_sequences": True, "go_backwards": True, "dropout": 0.25, "recurrent_dropout": 0.125,
    "interpolation": "nearest", "value_range": (0, 1), "fill_mode": "constant", "fill_value": 0.5,
    "mask_zero": True, "from_logits": True, "label_smoothing": 0.25, "threshold": 0.25,
    "thresholds": [0.25, 0.5], "clipnorm": 1.5, "weight_decay": 0.0625, "use_ema": True, "nesterov": True,
    "beta_1": 0.5, "amsgrad": True, "gain": 2.0, "mean": 1.5, "mode": "fan_avg", "distribution": "uniform",
    "l1": 0.5, "l2": 0.25, "max_value": 3.0, "min_value": 0.5, "staircase": True, "power": 2.0,
    "alpha": 0.125, "t_mul": 1.5, "negative_slope": 0.25, "shared_axes": [1], "pool_size": 3,
    "cropping": 2, "size": 2, "keepdims": True, "use_scale": True, "score_mode": "concat",
    "delta": 2.0, "gamma": 3.0, "num_thresholds": 30, "curve": "PR", "class_id": 1, "k": 3,
    "dilation_rate": 1, "output_padding": 1, "depth_multiplier": 2, "supports_jit": False,
    "ignore_class": 0, "reduction": "sum", "learning_rate": 0.25, "rho": 0.75, "centered": True,
}  # fmt: skip
OWN = {  # where a name means something else
    "layers.Bidirectional": lambda k: {"layer": k.layers.LSTM(3, name="inner")},
    "layers.CategoryEncoding": lambda k: {"num_tokens": 4},
    "layers.Discretization": lambda k: {"bin_boundaries": [0.0, 1.0]},
    "layers.Hashing": lambda k: {"num_bins": 5},
    "layers.HashedCrossing": lambda k: {"num_bins": 5},
    "layers.Pipeline": lambda k: {"layers": [k.layers.RandomFlip(seed=1, name="flip")]},
    "layers.RandomCrop": lambda k: {"height": 4, "width": 4, "seed": 3},
    "layers.RandomPosterization": lambda k: {"factor": 4},
    "layers.RNN": lambda k: {"cell": k.layers.GRUCell(3, name="cell")},
    "layers.SpectralNormalization": lambda k: {"layer": k.layers.Dense(3, name="inner")},
    "layers.StackedRNNCells": lambda k: {
        "cells": [k.layers.GRUCell(3, name="a"), k.layers.LSTMCell(2, name="b")]
    },
    "layers.TimeDistributed": lambda k: {"layer": k.layers.Dense(3, name="inner")},
    "layers.Wrapper": lambda k: {"layer": k.layers.Dense(3, name="inner")},
    "optimizers.LossScaleOptimizer": lambda k: {
        "inner_optimizer": k.optimizers.SGD(0.25, name="inner")
    },
    "optimizers.MultiOptimizer": lambda k: {
        "optimizer_map": k.optimizers.OptimizerMap(k.optimizers.SGD(0.25, name="inner"))
    },
    "optimizers.OptimizerMap": lambda k: {"default_optimizer": k.optimizers.SGD(name="inner")},
}
NOT_FURTHER = {  # arguments that the class refuses together or with these values, or that Keras' loses
    "layers.Normalization": {"axis", "mean"},
    "regularizers.OrthogonalRegularizer": {"mode"},
    "layers.RandomFlip": {"mode"},
    "layers.STFTSpectrogram": {"mode"},
    "layers.InputSpec": {"dtype"},
    **{f"layers.ZeroPadding{n}D": {"padding"} for n in (1, 2, 3)},
    **{f"layers.SpatialDropout{n}D": {"dtype"} for n in (1, 2, 3)},
    **{f"layers.{name}": {"dtype"} for name in ("Discretization", "HashedCrossing")},
    "layers.SimpleRNN": {"activity_regularizer"},
}


def find(library: Any, name: str) -> Any:
    """Return the class of Keras or lamina with a dotted name."""
    return reduce(getattr, name.split("."), library)


def classes() -> list[str]:
    """List the classes that both libraries have."""
    found = []
    for kind in KINDS:
        space, seen = find(keras, kind), set()
        for name, thing in sorted(vars(space).items()):
            full = f"{kind}.{name}"
            if not inspect.isclass(thing) or not hasattr(thing, "get_config") or full in WITHOUT:
                continue
            if thing.__name__ == name and thing not in seen and hasattr(find(lamina, kind), name):
                seen.add(thing)
                found.append(full)
    return found


def arguments(library: Any, name: str, further: bool) -> dict[str, Any] | None:
    """Return arguments for the constructor, or `None` if there are no further ones."""
    parameters = inspect.signature(find(keras, name).__init__).parameters
    if name in OWN:
        given = OWN[name](library)
    else:
        given = {
            p.name: REQUIRED[p.name]
            for p in list(parameters.values())[1:]
            if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD
        }
    named = name.startswith(("layers", "metrics", "optimizers")) and "schedules" not in name
    if named and ("name" in parameters or "kwargs" in parameters) and "OptimizerMap" not in name:
        given["name"] = "given"
    if further:
        dtype = {} if name.startswith("layers") else {"dtype": "float16"}
        more = {
            n: v
            for n, v in {**FURTHER, **dtype}.items()
            if n in parameters and n not in given and n not in NOT_FURTHER.get(name, ())
        }
        if not more:
            return None
        given |= more
    return given
