"""Settings: which engine ("backend") computes; defaults for dtypes, image layout and output.

The first engine of a process is the one named by the environment variable `LAMINA_BACKEND`, else by
`KERAS_BACKEND`, else by the key `"backend"` of `~/.lamina/lamina.json`, else the first installed of
jax, torch and tensorflow.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from lamina.core.policy import dtype_policy as dtype_policy, set_dtype_policy as set_dtype_policy
from lamina.core.settings import (
    disable_interactive_logging as disable_interactive_logging,
    enable_interactive_logging as enable_interactive_logging,
    epsilon as epsilon,
    floatx as floatx,
    image_data_format as image_data_format,
    is_interactive_logging_enabled as is_interactive_logging_enabled,
    set_epsilon as set_epsilon,
    set_floatx as set_floatx,
    set_image_data_format as set_image_data_format,
)
from lamina.engine import current


def backend() -> str:
    """Name of the engine in force here: `"jax"`, `"torch"`, `"numpy"`, ...

    Example:
        >>> import lamina
        >>> with lamina.config.using_backend("numpy"):
        ...     lamina.config.backend()
        'numpy'
    """
    return current.engine().name


def set_backend(backend: str) -> None:
    """Put an engine in force for the whole process, from now on.

    Models, optimizers and metrics follow: their state moves over when it is next used.

    Args:
        backend: the engine's name.

    Raises:
        ValueError: there is no engine of that name.
        ImportError: the engine's package is not installed; the message names the extra.

    Example:
        >>> import lamina
        >>> before = lamina.config.backend()
        >>> lamina.config.set_backend("numpy")
        >>> lamina.config.backend()
        'numpy'
        >>> lamina.config.set_backend(before)
    """
    current.use(backend)


def using_backend(backend: str) -> AbstractContextManager[None]:
    """Put an engine in force within a `with` block, for the current thread or task only.

    Args:
        backend: the engine's name.

    Raises:
        ValueError: there is no engine of that name.
        ImportError: the engine's package is not installed; the message names the extra.

    Example:
        >>> import lamina
        >>> with lamina.config.using_backend("numpy"):
        ...     type(lamina.ops.add(1, 2)).__module__
        'numpy'
    """
    return current.using(backend)
