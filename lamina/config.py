"""Settings: which engine ("backend") computes; dtypes, image layout, output, limits.

The first engine of a process is the one named by the environment variable `LAMINA_BACKEND`, else by
`KERAS_BACKEND`, else by the key `"backend"` of `~/.lamina/lamina.json`, else the first installed of
jax, torch and tensorflow.
"""

from contextlib import AbstractContextManager

from lamina.absent import explain as _explain
from lamina.core.policy import dtype_policy as dtype_policy, set_dtype_policy as set_dtype_policy
from lamina.core.settings import *
from lamina.core.tracebacks import warn as _warn
from lamina.engine import current


def backend() -> str:
    """Return the name of the engine in force: `"jax"`, `"torch"`, `"numpy"`, ...

    Example:
        >>> import lamina
        >>> with lamina.config.using_backend("numpy"):
        ...     lamina.config.backend()
        'numpy'
    """
    return current.engine().name


def set_backend(backend: str) -> None:
    """Put an engine in force for the whole process, from now on.

    Models, optimizers and metrics follow: their state moves to the engine on its next use.

    Args:
        backend: the engine's name.

    Raises:
        ValueError: no engine has that name.
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
        ValueError: no engine has that name.
        ImportError: the engine's package is not installed; the message names the extra.

    Example:
        >>> import lamina
        >>> with lamina.config.using_backend("numpy"):
        ...     type(lamina.ops.add(1, 2)).__module__
        'numpy'
    """
    return current.using(backend)


def enable_unsafe_deserialization() -> None:
    """Do nothing but warn: lamina never runs code out of a file, so there is nothing to unlock.

    It is here for programs written for Keras, where it lets files bring functions of their own.
    To lamina, give such functions by name: `custom_objects=`, or `saving.custom_object_scope`.

    Example:
        >>> import lamina, warnings
        >>> with warnings.catch_warnings(record=True, action="always") as caught:
        ...     lamina.config.enable_unsafe_deserialization()
        >>> "custom_objects" in str(caught[0].message)
        True
    """
    _warn(
        "enable_unsafe_deserialization() does nothing: lamina never runs code out of a file. Give "
        "functions that a file names in `custom_objects=`, or register them with "
        "lamina.saving.register_keras_serializable().",
    )


def is_nnx_enabled() -> bool:
    """Say whether variables are also variables of Flax NNX: never, in lamina.

    Example:
        >>> import lamina
        >>> lamina.config.is_nnx_enabled()
        False
    """
    return False


_explain(__name__)
