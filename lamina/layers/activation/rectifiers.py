"""Layers that bend at a point: `ReLU`, `LeakyReLU`, `ELU`, `PReLU`."""

from __future__ import annotations

from typing import Any

from lamina import activations, ops
from lamina.core.argument_kinds import AxesList, NotNegative
from lamina.layers.arguments import from_fields, keep, weight
from lamina.layers.input_spec import InputSpec
from lamina.layers.layer import Layer
from lamina.layers.regularizable import Regularizable


@from_fields
class ReLU(Regularizable):
    """`max(x, 0)`, with a slope, a ceiling and a threshold if asked.

        y = max_value                             where x >= max_value
        y = x                                     where threshold <= x < max_value
        y = negative_slope * (x - threshold)      elsewhere

    Args:
        max_value: the ceiling; none by default.
        negative_slope: slope below the threshold.
        threshold: below it an element counts as negative.

    Raises:
        ValueError: an argument is negative.

    Example:
        >>> import lamina
        >>> lamina.layers.ReLU(max_value=3.0)(np.array([-1.0, 2.0, 5.0], "float32")).tolist()
        [0.0, 2.0, 3.0]
    """

    supports_masking = True

    max_value: NotNegative | None = None
    negative_slope: NotNegative = 0.0
    threshold: NotNegative = 0.0

    def call(self, inputs: Any) -> Any:
        """Compute the outputs; see the class."""
        return activations.relu(
            inputs,
            negative_slope=self.negative_slope,
            max_value=self.max_value,
            threshold=self.threshold,
        )


class LeakyReLU(Layer):
    """`x` where positive, else `negative_slope * x`.

    Args:
        negative_slope: slope of the negative side (`alpha` in Keras 2).

    Raises:
        ValueError: it is negative.

    Example:
        >>> import lamina
        >>> lamina.layers.LeakyReLU(0.5)(np.array([-1.0, 2.0], "float32")).tolist()
        [-0.5, 2.0]

    Source: Maas et al. 2013, "Rectifier nonlinearities improve neural network acoustic models".
    """

    supports_masking = True
    negative_slope: float

    def __init__(self, negative_slope: NotNegative = 0.3, **kwargs: Any):
        negative_slope = kwargs.pop("alpha", negative_slope)
        super().__init__(**kwargs)
        keep(self, locals())

    def call(self, inputs: Any) -> Any:
        """Compute the outputs; see the class."""
        return ops.leaky_relu(inputs, self.negative_slope)


@from_fields
class ELU(Regularizable):
    """`x` where positive, else `alpha * (exp(x) - 1)`.

    Args:
        alpha: minus the limit for very negative `x`.

    Example:
        >>> import lamina
        >>> lamina.layers.ELU()(np.array([0.0, 2.0], "float32")).tolist()
        [0.0, 2.0]

    Source: Clevert et al. 2015, "Fast and accurate deep network learning by ELUs".
    """

    supports_masking = True

    alpha: float = 1.0

    def call(self, inputs: Any) -> Any:
        """Compute the outputs; see the class."""
        return ops.elu(inputs, self.alpha)


@from_fields
class PReLU(Regularizable):
    """`x` where positive, else `alpha * x` with an `alpha` that is learnt.

    Shapes: `(batch, ...)` to the same; alpha has the shape of one sample, with size 1 along the
    shared axes.

    Args:
        alpha_initializer: where alpha starts.
        alpha_regularizer: a loss computed from alpha.
        alpha_constraint: applied to alpha after every update.
        shared_axes: axes (1 is the first after the batch) along which alpha is one number,
            such as `[1, 2]` for one alpha per channel of images.

    Example:
        >>> import lamina
        >>> lamina.layers.PReLU()(np.array([[-1.0, 2.0]], "float32")).tolist()
        [[0.0, 2.0]]

    Source: He et al. 2015, "Delving deep into rectifiers".
    """

    takes_complex = False
    supports_masking = True

    alpha_initializer: Any = "Zeros"
    alpha_regularizer: Any = None
    alpha_constraint: Any = None
    shared_axes: AxesList = None

    def build(self, input_shape: Any) -> None:
        """Make alpha."""
        sizes, shared = list(input_shape), list(self.shared_axes or [])
        for axis in shared:
            if not -len(sizes) < axis < len(sizes) or axis == 0:
                raise ValueError(
                    f"PReLU: `shared_axes` {shared} do not fit an input of shape {tuple(input_shape)}."
                )
            sizes[axis] = 1
        self.alpha = weight(self, "alpha", tuple(sizes[1:]))
        kept = {a: n for a, n in enumerate(input_shape) if a and sizes[a] == n}
        self.input_spec = InputSpec(ndim=len(sizes), axes=kept)

    def call(self, inputs: Any) -> Any:
        """Compute the outputs; see the class."""
        below = ops.multiply(self.alpha, ops.relu(ops.negative(inputs)))
        return ops.subtract(ops.relu(inputs), below)
