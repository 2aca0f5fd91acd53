"""The process's settings: default float dtype, fuzz factor, image layout, interactive output.

Their first values come from `~/.lamina/lamina.json` (keys `floatx`, `epsilon`,
`image_data_format`); what the file does not say is as in Keras.
"""

from __future__ import annotations

from lamina.engine import current

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
        ValueError: `value` is none of these.

    Example:
        >>> import lamina
        >>> lamina.config.set_floatx("float64")
        >>> lamina.config.floatx()
        'float64'
        >>> lamina.config.set_floatx("float32")
    """
    global _floatx
    _floatx = _one_of("floatx", value, _FLOATX)


def epsilon() -> float:
    """The small number that keeps divisions and logarithms finite.

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
        ValueError: `value` is no positive, finite number.

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
    """Where image layers that are not told otherwise expect the channels.

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
    _image_data_format = _one_of("image_data_format", data_format, _IMAGE_DATA_FORMATS)


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
    """Whether progress is shown as moving bars rather than as plain lines.

    Example:
        >>> import lamina
        >>> lamina.config.is_interactive_logging_enabled()
        True
    """
    return _interactive


def _one_of(setting: str, value: object, choices: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"`{setting}` must be one of {', '.join(choices)}, not {value!r}.")
    return value


def _positive(setting: str, value: object) -> float:
    try:
        number = float(value)  # type: ignore[arg-type]  what float() refuses is refused below
    except (TypeError, ValueError):
        number = 0.0
    if isinstance(value, (bool, str)) or not 0 < number < float("inf"):
        raise ValueError(f"`{setting}` must be a positive number, not {value!r}.")
    return number


_configured = current.config_file()
_floatx = _one_of("floatx", _configured.get("floatx", "float32"), _FLOATX)
_epsilon = _positive("epsilon", _configured.get("epsilon", 1e-7))
_image_data_format = _one_of(
    "image_data_format", _configured.get("image_data_format", "channels_last"), _IMAGE_DATA_FORMATS
)
_interactive = True
