"""What a model of Keras 2 was compiled with, as Keras 3 writes it: from data to data."""

from __future__ import annotations

from typing import Any

# The metrics that take the mean of these functions.
_METRICS = {
    name: "".join(part.capitalize() for part in name.split("_"))
    for name in (
        *("binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy"),
        *("top_k_categorical_accuracy", "sparse_top_k_categorical_accuracy"),
        *("mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error"),
        *("mean_squared_logarithmic_error", "cosine_similarity", "hinge", "squared_hinge"),
        *("categorical_hinge", "binary_crossentropy", "categorical_crossentropy"),
        *("sparse_categorical_crossentropy", "poisson"),
    )
} | {"kl_divergence": "KLDivergence", "log_cosh": "LogCoshError"}
_HOW = ("run_eagerly", "steps_per_execution", "jit_compile")
_ARGUMENTS = ("loss", "loss_weights", "metrics", "weighted_metrics", *_HOW)


def compile_config(training: Any, output_names: list[str]) -> Any:
    """Return what a legacy file's `training_config` says, as the `compile_config` of a `.keras` file.

    Args:
        output_names: of the model; Keras 2 puts them before the names of metrics.
    """
    if not isinstance(training, dict) or "optimizer_config" not in training:
        return None
    config = {name: value for name, value in training.items() if name in _ARGUMENTS}
    for name in ("metrics", "weighted_metrics"):
        config[name] = _without_outputs(config.get(name), output_names)
    return config | {"optimizer": training["optimizer_config"]}


def _without_outputs(metrics: Any, output_names: list[str]) -> Any:
    """Take the names of outputs from those of metrics: they are put there anew."""
    if isinstance(metrics, list):
        return [_without_outputs(metric, output_names) for metric in metrics]
    match metrics:
        case {"class_name": _, "config": {"name": str(name), **rest}}:
            prefixes = [f"{output}_" for output in output_names if name.startswith(f"{output}_")]
            name = name.removeprefix(max(prefixes, key=len, default=""))
            return {**metrics, "config": {**rest, "name": name}}
    return metrics


def modern_compile_config(config: Any) -> Any:
    """Return the arguments of `compile` in Keras 2's form in Keras 3's, which come back as they are."""
    if not isinstance(config, dict):
        return config
    convert = {"optimizer": _optimizer, "loss": _losses}
    convert |= dict.fromkeys(("metrics", "weighted_metrics"), _metrics)
    return {
        name: convert[name](value) if name in convert else value
        for name, value in config.items()
        if not (name in _HOW and value is None)
    }


def _optimizer(config: Any) -> Any:
    if not isinstance(config, dict) or not isinstance(config.get("config"), dict):
        return config
    if config.get("registered_name") not in (None, config.get("class_name")):
        return config  # a class of the user's own
    name = str(config.get("class_name")).removeprefix("Custom>")
    name = "LossScaleOptimizer" if name.startswith("LossScaleOptimizer") else name
    arguments = {
        key: value
        for key, value in config["config"].items()
        if key not in ("jit_compile", "is_legacy_optimizer", "schedule_decay", "dynamic")
        and not (key == "epsilon" and value is None)
    }
    if "lr" in arguments:
        arguments["learning_rate"] = arguments.pop("lr")
    decay = arguments.pop("decay", 0)  # the old Nadam calls something else so
    if (
        decay
        and name != "Nadam"
        and isinstance(rate := arguments.get("learning_rate"), (int, float))
    ):
        arguments["learning_rate"] = _decaying(rate, decay)
    if "inner_optimizer" in arguments:
        arguments["inner_optimizer"] = _optimizer(arguments["inner_optimizer"])
    own = {"module": "keras.optimizers", "registered_name": None, **config}
    return {**own, "class_name": name, "config": arguments}


def _decaying(rate: float, decay: float) -> dict[str, Any]:
    """Return the schedule `rate / (1 + decay * step)`."""
    return {
        "module": "keras.optimizers.schedules",
        "class_name": "InverseTimeDecay",
        "config": {
            "initial_learning_rate": rate,
            "decay_steps": 1,
            "decay_rate": decay,
            "staircase": False,
        },
        "registered_name": None,
    }


def _losses(losses: Any) -> Any:
    if isinstance(losses, list):
        return [_losses(loss) for loss in losses]
    if not isinstance(losses, dict):
        return losses
    if "class_name" not in losses:
        return {name: _losses(loss) for name, loss in losses.items()}
    if not isinstance(config := losses.get("config"), dict):
        return losses
    config = {k: v for k, v in config.items() if not (k == "fn" and isinstance(v, str))}
    if config.get("reduction") == "auto":
        config["reduction"] = "sum_over_batch_size"
    return {"module": "keras.losses", "registered_name": None, **losses, "config": config}


def _metrics(metrics: Any) -> Any:
    if isinstance(metrics, list):
        return [_metrics(metric) for metric in metrics]
    if not isinstance(metrics, dict):
        return metrics
    if "class_name" not in metrics:
        return {name: _metrics(metric) for name, metric in metrics.items()}
    if not isinstance(config := metrics.get("config"), dict):
        return metrics
    metrics = {"module": "keras.metrics", "registered_name": None, **metrics}
    if metrics["class_name"] == "MeanMetricWrapper" and isinstance(fn := config.get("fn"), str):
        return _wrapped(metrics, fn, config)
    return metrics


def _wrapped(metric: dict[str, Any], fn: str, config: dict[str, Any]) -> dict[str, Any]:
    """Return the metric that takes the mean of a function."""
    if fn in _METRICS:
        config = {name: value for name, value in config.items() if name != "fn"}
        return {**metric, "class_name": _METRICS[fn], "config": config}
    function = {"module": "builtins", "class_name": "function", "config": fn}
    return {**metric, "config": {**config, "fn": {**function, "registered_name": "function"}}}
