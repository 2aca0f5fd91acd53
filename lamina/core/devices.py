"""Where tensors are made."""

from contextlib import AbstractContextManager

from lamina.engine.current import engine


def device(device_name: str) -> AbstractContextManager:
    """Make new tensors on a device of the engine in force, within a `with` block.

    Weights stay where they were first used.

    Args:
        device_name: `"cpu"`, `"gpu"`, or with a number, `"gpu:1"`; `"tpu"` on JAX and TensorFlow.

    Raises:
        ValueError: the engine has no device of that name; the message lists those that it has.

    Example:
        >>> import lamina
        >>> with lamina.device("cpu:0"):
        ...     x = lamina.ops.ones((2,))
        >>> x.shape
        (2,)
    """
    return engine().device(device_name)
