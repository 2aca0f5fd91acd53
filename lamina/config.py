"""Settings: which engine ("backend") computes; dtypes, image layout, output, limits.

The first engine of a process is the one named by the environment variable `LAMINA_BACKEND`, else by
`KERAS_BACKEND`, else by the key `"backend"` of `~/.lamina/lamina.json`, else the first installed of
jax, torch and tensorflow.
"""

from contextlib import AbstractContextManager
from typing import NoReturn as _NoReturn

from lamina.absent import explain as _explain
from lamina.core.policy import dtype_policy as dtype_policy, set_dtype_policy as set_dtype_policy
from lamina.core.settings import *
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


def enable_unsafe_deserialization() -> _NoReturn:
    """Raise an error that says what to do instead: lamina never runs code out of a file.

    It is here for programs written for Keras, where it lets files bring functions of their own. A switch for
    a whole process would open every load in it; here each load says what it takes.

    Raises:
        NotImplementedError: always.

    Example:
        >>> import lamina
        >>> lamina.config.enable_unsafe_deserialization()
        Traceback (most recent call last):
        ...
        NotImplementedError: lamina never runs code out of a file, so there is no switch for it. ...
    """
    raise NotImplementedError(
        "lamina never runs code out of a file, so there is no switch for it. Give each load what its file "
        "needs: load_model(path, custom_objects={'name of the layer or function': function}), or register "
        "classes and functions of your own with lamina.saving.register_keras_serializable()."
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
