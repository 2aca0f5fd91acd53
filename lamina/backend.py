"""Keras' older home of the settings, and small questions about dtypes.

Its arithmetic of Keras 2 (`backend.mean`, `backend.dot`, ...) is in `lamina.ops`.
"""

from __future__ import annotations

from typing import Any

from lamina.absent import explain as _explain
from lamina.config import backend as backend
from lamina.core import dtypes as promotion, naming
from lamina.core.settings import (
    epsilon as epsilon,
    floatx as floatx,
    image_data_format as image_data_format,
    set_epsilon as set_epsilon,
    set_floatx as set_floatx,
    set_image_data_format as set_image_data_format,
)
from lamina.core.symbolic import KerasTensor

_SCALARS = {int: "int", float: "float"}  # they do not widen an array's dtype


def clear_session(free_memory: bool = True) -> None:
    """Start the automatic names of layers again at `dense`, `dense_1` ...

    lamina keeps no graph of the session, so there is nothing else to clear.

    Example:
        >>> import lamina
        >>> lamina.backend.clear_session()
        >>> lamina.layers.Dense(1).name
        'dense'
    """
    naming.reset()


def get_uid(prefix: str = "") -> int:
    """Count the calls for `prefix`: 1, 2, 3, ... until `clear_session`.

    Example:
        >>> import lamina
        >>> lamina.backend.get_uid("block"), lamina.backend.get_uid("block")
        (1, 2)
    """
    return naming.count(prefix)


def is_float_dtype(dtype: Any) -> bool:
    """Say whether `dtype` is a floating one; complex dtypes are not.

    Args:
        dtype: a name, a NumPy or engine dtype, or a Python type.

    Raises:
        ValueError: lamina knows no such dtype.

    Example:
        >>> import lamina
        >>> lamina.backend.is_float_dtype("bfloat16"), lamina.backend.is_float_dtype("int32")
        (True, False)
    """
    return promotion.is_float(standardize_dtype(dtype))


def is_int_dtype(dtype: Any) -> bool:
    """Say whether `dtype` is an integer one, with or without sign; `bool` is not.

    Args:
        dtype: a name, a NumPy or engine dtype, or a Python type.

    Raises:
        ValueError: lamina knows no such dtype.

    Example:
        >>> import lamina
        >>> lamina.backend.is_int_dtype("uint8"), lamina.backend.is_int_dtype("bool")
        (True, False)
    """
    return standardize_dtype(dtype) in promotion.INTS


def is_keras_tensor(x: Any) -> bool:
    """Say whether `x` is symbolic: made by `Input`, or from such a tensor by layers and ops.

    Example:
        >>> import lamina
        >>> lamina.backend.is_keras_tensor(lamina.Input((3,)))
        True
        >>> lamina.backend.is_keras_tensor(lamina.ops.ones(3))
        False
    """
    return isinstance(x, KerasTensor)


def result_type(*dtypes: Any) -> str:
    """Name the dtype of a result computed from arrays of `dtypes`; `floatx` if there are none.

    Python's `int` and `float` stand for scalars, which do not widen an array's dtype.

    Raises:
        ValueError: lamina knows no such dtype.

    Example:
        >>> import lamina
        >>> lamina.backend.result_type("int32", "float16"), lamina.backend.result_type("int8", int)
        ('float16', 'int8')
    """
    return promotion.result_type(
        *(_SCALARS.get(dtype) or promotion.standardize(dtype) for dtype in dtypes or (None,))
    )


def standardize_dtype(dtype: Any) -> str:
    """Name `dtype`, however it is given; `None` is `floatx`.

    Args:
        dtype: a name, a NumPy or engine dtype, or a Python type.

    Raises:
        ValueError: lamina knows no such dtype.

    Example:
        >>> import lamina
        >>> lamina.backend.standardize_dtype(np.dtype("int16")), lamina.backend.standardize_dtype(float)
        ('int16', 'float32')
    """
    return promotion.standardize(dtype)


_explain(__name__)
