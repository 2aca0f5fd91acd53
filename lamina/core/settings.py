"""The process's settings: dtypes, image layout, output, attention, tracebacks, limits of `fit`.

The first values of `floatx`, `epsilon` and `image_data_format` come from `~/.lamina/lamina.json`,
those of the two limits from the environment; all others are Keras' defaults.
"""

import os
from typing import Any

from lamina import home
from lamina.core.choices import one_of
from lamina.engine import current

__all__ = [
    "disable_flash_attention", "disable_interactive_logging", "disable_op_determinism",
    "disable_traceback_filtering", "enable_flash_attention", "enable_interactive_logging",
    "enable_op_determinism", "enable_traceback_filtering", "epsilon", "floatx",
    "image_data_format", "is_flash_attention_enabled", "is_interactive_logging_enabled",
    "is_op_determinism_enabled", "is_traceback_filtering_enabled", "max_epochs",
    "max_steps_per_epoch", "set_epsilon", "set_floatx", "set_image_data_format",
    "set_max_epochs", "set_max_steps_per_epoch",
]  # fmt: skip

_FLOATX = ("bfloat16", "float16", "float32", "float64")
_IMAGE_DATA_FORMATS = ("channels_last", "channels_first")


def floatx() -> str:
    """Name of the float dtype of everything that is given no dtype.

    Example:
        >>> import lamina
        >>> lamina.config.floatx()
        'float32'
    """
    return _floatx


def set_floatx(value: str) -> None:
    """Choose the float dtype of everything that is given no dtype from now on.

    Args:
        value: `"bfloat16"`, `"float16"`, `"float32"` or `"float64"`.

    Raises:
        ValueError: `value` is not one of them.

    Example:
        >>> import lamina
        >>> lamina.config.set_floatx("float64")
        >>> lamina.config.floatx()
        'float64'
        >>> lamina.config.set_floatx("float32")
    """
    global _floatx
    one_of("config", "floatx", value, _FLOATX)
    _floatx = value


def epsilon() -> float:
    """Return the small number that keeps divisions and logarithms finite.

    Example:
        >>> import lamina
        >>> lamina.config.epsilon()
        1e-07
    """
    return _epsilon


def set_epsilon(value: float) -> None:
    """Choose the small number that keeps divisions and logarithms finite.

    Args:
        value: a positive number.

    Raises:
        ValueError: `value` is not a positive, finite number.

    Example:
        >>> import lamina
        >>> lamina.config.set_epsilon(1e-5)
        >>> lamina.config.epsilon()
        1e-05
        >>> lamina.config.set_epsilon(1e-7)
    """
    global _epsilon
    _epsilon = _positive("epsilon", value)


def image_data_format() -> str:
    """Say where image layers that are not told otherwise expect the channels.

    Returns:
        `"channels_last"`, for shapes `(batch, rows, columns, channels)`, or `"channels_first"`.

    Example:
        >>> import lamina
        >>> lamina.config.image_data_format()
        'channels_last'
    """
    return _image_data_format


def set_image_data_format(data_format: str) -> None:
    """Choose where image layers made from now on expect the channels.

    Args:
        data_format: `"channels_last"` or `"channels_first"`.

    Raises:
        ValueError: `data_format` is neither.

    Example:
        >>> import lamina
        >>> lamina.config.set_image_data_format("channels_first")
        >>> lamina.config.image_data_format()
        'channels_first'
        >>> lamina.config.set_image_data_format("channels_last")
    """
    global _image_data_format
    one_of("config", "image_data_format", data_format, _IMAGE_DATA_FORMATS)
    _image_data_format = data_format


def enable_interactive_logging() -> None:
    """Show progress on the terminal or in the notebook; this is the default.

    Example:
        >>> import lamina
        >>> lamina.config.enable_interactive_logging()
        >>> lamina.config.is_interactive_logging_enabled()
        True
    """
    global _interactive
    _interactive = True


def disable_interactive_logging() -> None:
    """Show no moving progress bars: plain lines instead, as suits a log file.

    Example:
        >>> import lamina
        >>> lamina.config.disable_interactive_logging()
        >>> lamina.config.is_interactive_logging_enabled()
        False
        >>> lamina.config.enable_interactive_logging()
    """
    global _interactive
    _interactive = False


def is_interactive_logging_enabled() -> bool:
    """Say whether progress is shown as moving bars rather than as plain lines.

    Example:
        >>> import lamina
        >>> lamina.config.is_interactive_logging_enabled()
        True
    """
    return _interactive


def enable_flash_attention() -> None:
    """Let attention use the engine's fused kernel wherever it has one; this is the default.

    Example:
        >>> import lamina
        >>> lamina.config.enable_flash_attention()
        >>> lamina.config.is_flash_attention_enabled()
        True
    """
    global _flash_attention
    _flash_attention = True


def disable_flash_attention() -> None:
    """Compute attention without fused kernels, where a call does not say `flash_attention=True`.

    Example:
        >>> import lamina
        >>> lamina.config.disable_flash_attention()
        >>> lamina.config.is_flash_attention_enabled()
        False
        >>> lamina.config.enable_flash_attention()
    """
    global _flash_attention
    _flash_attention = False


def is_flash_attention_enabled() -> bool:
    """Say whether attention may use an engine's fused kernel.

    Example:
        >>> import lamina
        >>> lamina.config.is_flash_attention_enabled()
        True
    """
    return _flash_attention


def enable_op_determinism() -> None:
    """Let the same program, with the same seed, compute the same bits every time.

    Together with `utils.set_random_seed`. Call it before anything is computed. Operations without a
    reproducible way raise an error where the engine says so. Short steps run one by one,
    never in one program with a loop, so training may be slower.

    Example:
        >>> import lamina
        >>> lamina.config.enable_op_determinism()
        >>> lamina.config.is_op_determinism_enabled()
        True
        >>> lamina.config.disable_op_determinism()
    """
    global _op_determinism
    current.make_deterministic(True)
    _op_determinism = True


def disable_op_determinism() -> None:
    """Let engines choose the fastest way again, whether or not it is reproducible; this is the default.

    Example:
        >>> import lamina
        >>> lamina.config.disable_op_determinism()
        >>> lamina.config.is_op_determinism_enabled()
        False
    """
    global _op_determinism
    current.make_deterministic(False)
    _op_determinism = False


def is_op_determinism_enabled() -> bool:
    """Say whether the same program computes the same bits every time.

    Example:
        >>> import lamina
        >>> lamina.config.is_op_determinism_enabled()
        False
    """
    return _op_determinism


def enable_traceback_filtering() -> None:
    """Show errors without lamina's and the engine's own lines; this is the default.

    The traceback then holds the lines of the program, and one of lamina.

    Example:
        >>> import lamina
        >>> lamina.config.enable_traceback_filtering()
        >>> lamina.config.is_traceback_filtering_enabled()
        True
    """
    global _traceback_filtering
    _traceback_filtering = True


def disable_traceback_filtering() -> None:
    """Show errors with every line that led to them, for those who look for a fault in lamina.

    Example:
        >>> import lamina
        >>> lamina.config.disable_traceback_filtering()
        >>> lamina.config.is_traceback_filtering_enabled()
        False
        >>> lamina.config.enable_traceback_filtering()
    """
    global _traceback_filtering
    _traceback_filtering = False


def is_traceback_filtering_enabled() -> bool:
    """Say whether errors leave out lamina's and the engine's own lines.

    Example:
        >>> import lamina
        >>> lamina.config.enable_traceback_filtering()
        >>> lamina.config.is_traceback_filtering_enabled()
        True
    """
    return _traceback_filtering


def max_epochs() -> int | None:
    """Return the most epochs that any `fit` runs; `None` for no limit.

    The environment variable `KERAS_MAX_EPOCHS` gives the first value.

    Example:
        >>> import lamina
        >>> lamina.config.max_epochs() is None
        True
    """
    return _max_epochs


def set_max_epochs(max_epochs: int | None) -> None:
    """Limit every `fit` to `max_epochs`, as a quick trial of a long program does.

    Args:
        max_epochs: a positive integer, or `None` for no limit.

    Raises:
        ValueError: `max_epochs` is neither.

    Example:
        >>> import lamina
        >>> lamina.config.set_max_epochs(2)
        >>> lamina.config.max_epochs()
        2
        >>> lamina.config.set_max_epochs(None)
    """
    global _max_epochs
    _max_epochs = _limit("max_epochs", max_epochs)


def max_steps_per_epoch() -> int | None:
    """Return the most batches of an epoch, and of one `evaluate` or `predict`; `None` for no limit.

    The environment variable `KERAS_MAX_STEPS_PER_EPOCH` gives the first value.

    Example:
        >>> import lamina
        >>> lamina.config.max_steps_per_epoch() is None
        True
    """
    return _max_steps_per_epoch


def set_max_steps_per_epoch(max_steps_per_epoch: int | None) -> None:
    """Limit every epoch, and every `evaluate` and `predict`, to `max_steps_per_epoch` batches.

    Args:
        max_steps_per_epoch: a positive integer, or `None` for no limit.

    Raises:
        ValueError: `max_steps_per_epoch` is neither.

    Example:
        >>> import lamina
        >>> lamina.config.set_max_steps_per_epoch(10)
        >>> lamina.config.max_steps_per_epoch()
        10
        >>> lamina.config.set_max_steps_per_epoch(None)
    """
    global _max_steps_per_epoch
    _max_steps_per_epoch = _limit("max_steps_per_epoch", max_steps_per_epoch)


def limited(number: Any, most: int | None) -> Any:
    """Return the smaller of `number` and `most`; `None` means no limit."""
    return most if number is None else number if most is None else min(number, most)


def _positive(setting: str, value: object) -> float:
    try:
        number = float(value)  # type: ignore[arg-type]  what float() refuses is refused below
    except (TypeError, ValueError):
        number = 0.0
    if isinstance(value, (bool, str)) or not 0 < number < float("inf"):
        raise ValueError(f"`{setting}` must be a positive number, not {value!r}.")
    return number


def _limit(setting: str, value: object) -> int | None:
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
        raise ValueError(f"`{setting}` must be a positive integer or None, not {value!r}.")
    return value


def _limit_of_environment(setting: str) -> int | None:
    value = os.environ.get(f"KERAS_{setting.upper()}")
    return _limit(setting, int(value) if value.isdecimal() else value) if value else None


_configured = home.settings()
_floatx: str = _configured.get("floatx", "float32")
_epsilon = _positive("epsilon", _configured.get("epsilon", 1e-7))
_image_data_format: str = _configured.get("image_data_format", "channels_last")
one_of("lamina.json", "floatx", _floatx, _FLOATX)
one_of("lamina.json", "image_data_format", _image_data_format, _IMAGE_DATA_FORMATS)
_interactive = True
_flash_attention = True
_traceback_filtering = True
_op_determinism = False
_max_epochs = _limit_of_environment("max_epochs")
_max_steps_per_epoch = _limit_of_environment("max_steps_per_epoch")
