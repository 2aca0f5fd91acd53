"""One small model, compiled in many ways: with each optimizer, schedule, loss and metric."""

from __future__ import annotations

import functools
from typing import Any

from tests.exchange.zoo.entry import ZOO, Entry

OPTIMIZERS: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {}),
    ("SGD", {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1, "clipvalue": 0.5}),
    ("RMSprop", {"momentum": 0.5, "centered": True, "rho": 0.8, "global_clipnorm": 1.0}),
    ("Adam", {"amsgrad": True, "use_ema": True, "ema_momentum": 0.8, "ema_overwrite_frequency": 3}),
    ("Adam", {"beta_1": 0.5, "epsilon": 0.1, "loss_scale_factor": 4.0, "clipnorm": 1.0}),
    ("Adam", {"gradient_accumulation_steps": 2}),
    ("AdamW", {"amsgrad": True, "weight_decay": 0.05}),
    ("AdamW", {"use_ema": True, "weight_decay": 0.5}),
    ("Adadelta", {"rho": 0.5, "epsilon": 0.01}),
    ("Adagrad", {"initial_accumulator_value": 1.0, "epsilon": 0.1}),
    ("Adamax", {"beta_1": 0.5, "weight_decay": 0.1}),
    ("Adafactor", {"relative_step": False, "clip_threshold": 0.5}),
    ("Adafactor", {"epsilon_1": 0.01, "weight_decay": 0.1}),
    ("Nadam", {"beta_2": 0.9}),
    ("Ftrl", {"l1_regularization_strength": 0.01, "beta": 0.1}),
    ("Lion", {"beta_1": 0.5, "weight_decay": 0.1}),
    ("Lamb", {"beta_2": 0.9}),
    ("Muon", {"momentum": 0.5, "ns_steps": 3, "nesterov": False}),
    ("ScheduleFreeAdamW", {"warmup_steps": 3, "weight_decay": 0.1}),
]
SCHEDULES: list[tuple[str, tuple, dict[str, Any]]] = [
    ("ExponentialDecay", (0.1, 2, 0.5), {"staircase": True}),
    ("InverseTimeDecay", (0.1, 2, 0.5), {}),
    ("PolynomialDecay", (0.1, 4), {"power": 2.0, "cycle": True}),
    ("PiecewiseConstantDecay", ([1, 3], [0.1, 0.05, 0.01]), {}),
    ("CosineDecay", (0.1, 4), {"alpha": 0.1, "warmup_target": 0.2, "warmup_steps": 2}),
    ("CosineDecayRestarts", (0.1, 3), {"t_mul": 1.0, "m_mul": 0.8}),
]

# Loss, its arguments, the kind of targets, what gives the outputs.
LOSSES: list[tuple[str, dict[str, Any], str, str]] = [
    ("MeanSquaredError", {"reduction": "sum"}, "mse", "linear"),
    ("MeanAbsoluteError", {"name": "far"}, "mse", "linear"),
    ("MeanAbsolutePercentageError", {}, "positive", "softplus"),
    ("MeanSquaredLogarithmicError", {}, "positive", "softplus"),
    ("Huber", {}, "mse", "linear"),  # Keras 3.15 forgets another delta
    ("LogCosh", {}, "mse", "linear"),
    ("CosineSimilarity", {"axis": 1}, "mse", "linear"),
    ("KLDivergence", {}, "categorical_crossentropy", "softmax"),
    ("Poisson", {}, "positive", "softplus"),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, "yes_no", "linear"),
    ("CategoricalCrossentropy", {"from_logits": True}, "categorical_crossentropy", "linear"),
    ("SparseCategoricalCrossentropy", {"ignore_class": 1}, "classes", "softmax"),
    ("BinaryFocalCrossentropy", {"apply_class_balancing": True, "gamma": 1.5}, "yes_no", "sigmoid"),
    ("CategoricalFocalCrossentropy", {"alpha": 0.3}, "categorical_crossentropy", "softmax"),
    ("CategoricalGeneralizedCrossEntropy", {"q": 0.6}, "classes", "softmax"),
    ("Hinge", {}, "signs", "tanh"),
    ("SquaredHinge", {"reduction": "mean"}, "signs", "tanh"),
    ("CategoricalHinge", {}, "categorical_crossentropy", "softmax"),
    ("Dice", {"axis": [1]}, "yes_no", "sigmoid"),
    ("Tversky", {"alpha": 0.4, "beta": 0.4}, "yes_no", "sigmoid"),  # Keras 3.15 confuses them
    ("Circle", {"gamma": 8.0, "margin": 0.3, "remove_diagonal": False}, "one_class", "tanh"),
]

# By the kind of targets: what gives the outputs, and metrics with their arguments.
METRICS: dict[str, tuple[str, list[tuple[str, dict[str, Any]]]]] = {
    "mse": (
        "linear",
        [
            ("MeanSquaredError", {"name": "squared"}),
            *[(n, {}) for n in ("MeanAbsoluteError", "RootMeanSquaredError", "LogCoshError")],
            ("CosineSimilarity", {"axis": -1}),
            ("R2Score", {"class_aggregation": "variance_weighted_average"}),
            ("PearsonCorrelation", {}),
            ("ConcordanceCorrelation", {"axis": -1}),
            ("MeanMetricWrapper", {"fn": "mean_squared_error"}),
        ],
    ),
    "positive": (
        "softplus",
        [
            (n, {})
            for n in ("MeanAbsolutePercentageError", "MeanSquaredLogarithmicError", "Poisson")
        ],
    ),
    "yes_no": (
        "sigmoid",
        [
            ("BinaryAccuracy", {"threshold": 0.4}),
            ("BinaryCrossentropy", {"label_smoothing": 0.1}),
            ("AUC", {"num_thresholds": 30, "curve": "PR", "multi_label": True, "num_labels": 3}),
            ("AUC", {"name": "auc_2", "summation_method": "majoring"}),
            *[
                (f"{a}{b}", {"thresholds": [0.3, 0.6]})
                for a in ("True", "False")
                for b in ("Positives", "Negatives")
            ],
            ("Precision", {"thresholds": 0.4}),
            ("Recall", {"class_id": 1}),
            ("PrecisionAtRecall", {"recall": 0.5}),
            ("RecallAtPrecision", {"precision": 0.5}),
            ("SensitivityAtSpecificity", {"specificity": 0.5, "num_thresholds": 20}),
            ("SpecificityAtSensitivity", {"sensitivity": 0.5}),
            ("BinaryIoU", {"target_class_ids": [0, 1], "threshold": 0.4}),
            ("FBetaScore", {"beta": 0.5, "threshold": 0.4, "average": "macro"}),
            ("F1Score", {"threshold": 0.5, "average": "micro"}),
        ],
    ),
    "categorical_crossentropy": (
        "softmax",
        [
            *[(n, {}) for n in ("CategoricalAccuracy", "CategoricalCrossentropy", "KLDivergence")],
            *[(n, {}) for n in ("CategoricalHinge",)],
            ("TopKCategoricalAccuracy", {"k": 2}),
            ("OneHotIoU", {"num_classes": 3, "target_class_ids": [0, 2]}),
            ("OneHotMeanIoU", {"num_classes": 3}),
        ],
    ),
    "classes": (
        "softmax",
        [
            *[(n, {}) for n in ("SparseCategoricalAccuracy", "SparseCategoricalCrossentropy")],
            ("SparseTopKCategoricalAccuracy", {"k": 2}),
            ("IoU", {"num_classes": 3, "target_class_ids": [0], "sparse_y_pred": False}),
            ("MeanIoU", {"num_classes": 3, "sparse_y_pred": False, "ignore_class": 1}),
        ],
    ),
    "signs": ("tanh", [("Hinge", {}), ("SquaredHinge", {}), ("Accuracy", {})]),
}
LOSS_OF = {"positive": "poisson", "yes_no": "binary_crossentropy", "signs": "hinge"} | {
    "classes": "sparse_categorical_crossentropy"
}


def _net(activation: str, k: Any) -> Any:
    x = k.Input((4,))
    y = k.layers.Dense(5, activation="tanh")(x)
    return k.Model(x, k.layers.Dense(3, activation=activation)(y))


def _enter(name: str, activation: str, targets: str, settings: Any, **options: Any) -> None:
    make = functools.partial(_net, activation)
    assert name not in ZOO
    ZOO[name] = Entry(name, make, loss=targets, settings=settings, **options)


def _optimizer(name: str, arguments: dict[str, Any]) -> Any:
    return lambda k: {"optimizer": getattr(k.optimizers, name)(learning_rate=0.05, **arguments)}


def _schedule(name: str, args: tuple, kwargs: dict[str, Any]) -> Any:
    def settings(k: Any) -> dict[str, Any]:
        return {
            "optimizer": k.optimizers.SGD(getattr(k.optimizers.schedules, name)(*args, **kwargs))
        }

    return settings


def _loss(name: str, arguments: dict[str, Any]) -> Any:
    return lambda k: {"loss": getattr(k.losses, name)(**arguments)}


def _metrics(targets: str, metrics: list[tuple[str, dict[str, Any]]]) -> Any:
    def settings(k: Any) -> dict[str, Any]:
        made = []
        for name, arguments in metrics:
            if "fn" in arguments:
                arguments = {**arguments, "fn": getattr(k.losses, arguments["fn"])}
            made.append(getattr(k.metrics, name)(**arguments))
        return {"loss": LOSS_OF.get(targets, targets), "metrics": made}

    return settings


# Engines on which Keras computes otherwise than its own others.
UNLIKE = {"ScheduleFreeAdamW": "tensorflow torch"}

for i, (name, arguments) in enumerate(OPTIMIZERS):
    settings, unlike = _optimizer(name, arguments), UNLIKE.get(name, "")
    _enter(f"optimizer_{i}_{name}", "linear", "mse", settings, unlike=unlike)
for name, args, kwargs in SCHEDULES:
    _enter(f"schedule_{name}", "linear", "mse", _schedule(name, args, kwargs))
for name, arguments, targets, activation in LOSSES:
    _enter(f"loss_{name}", activation, targets, _loss(name, arguments))
for targets, (activation, metrics) in METRICS.items():
    _enter(f"metrics_of_{targets}", activation, targets, _metrics(targets, metrics))

_enter(
    "optimizer_LossScaleOptimizer",
    "linear",
    "mse",
    lambda k: {
        "optimizer": k.optimizers.LossScaleOptimizer(
            k.optimizers.Adam(0.05), initial_scale=8.0, dynamic_growth_steps=3
        )
    },
)
_enter(
    "loss_by_function",
    "softmax",
    "classes",
    lambda k: {"loss": k.losses.sparse_categorical_crossentropy},
)
_enter(
    "weighted_metrics",
    "sigmoid",
    "yes_no",
    lambda k: {
        "loss": "binary_crossentropy",
        "metrics": ["accuracy", k.metrics.mean_absolute_error],
        "weighted_metrics": ["mse", k.metrics.AUC()],
    },
)
_enter(
    "steps_per_execution",
    "linear",
    "mse",
    lambda k: {"steps_per_execution": 2},
    unlike="torch",  # is refused there
)
