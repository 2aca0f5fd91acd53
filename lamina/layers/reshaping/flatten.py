"""`Flatten`: all axes but the batch become one."""

from __future__ import annotations

import math
from typing import Any

from lamina import ops
from lamina.layers import windows
from lamina.layers.arguments import from_fields
from lamina.layers.regularizable import Regularizable


@from_fields
class Flatten(Regularizable):
    """All axes but the batch become one: `(batch, a, b, ...)` to `(batch, a * b * ...)`.

    Args:
        data_format: `"channels_first"` moves axis 1 to the end before, so that the elements come in
            the order that they have with `"channels_last"`.

    Example:
        >>> import lamina
        >>> lamina.layers.Flatten()(np.zeros((2, 3, 4), "float32")).shape
        (2, 12)
    """

    passes_on = True

    data_format: windows.DataFormat = None

    def call(self, inputs: Any) -> Any:
        """Flatten each sample."""
        batch, *sizes = ops.shape(inputs)
        if self.data_format == "channels_first" and len(sizes) > 1:
            inputs = ops.moveaxis(inputs, 1, -1)
        return ops.reshape(inputs, (batch, math.prod(sizes)))
