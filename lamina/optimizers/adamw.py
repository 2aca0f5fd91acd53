"""AdamW."""

from typing import Any, Unpack

from lamina.optimizers.adam import Adam
from lamina.optimizers.arguments import Rest


class AdamW(Adam):
    """Adam with weight decay apart from the gradient: `value -= rate * weight_decay * value` first.

    Args:
        weight_decay: share of each weight that is taken off per unit of learning rate.
        learning_rate, beta_1, beta_2, epsilon, amsgrad, common, options: see `Adam`.

    Example:
        >>> import lamina
        >>> v = lamina.Variable([1.0])
        >>> lamina.optimizers.AdamW(0.1, weight_decay=0.5).apply([np.array([2.0], "float32")], [v])
        >>> v.numpy().round(4)
        array([0.85], dtype=float32)

    Source: Loshchilov & Hutter 2019, "Decoupled weight decay regularization".
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        weight_decay: float = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        *common: Any,
        **options: Unpack[Rest],
    ):
        super().__init__(
            learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay, *common, **options
        )
        if weight_decay is None:
            raise ValueError("AdamW needs a `weight_decay`; for none use Adam.")
