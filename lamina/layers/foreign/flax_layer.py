"""`FlaxLayer`: a module of Flax as a layer."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Unpack

from lamina.layers.arguments import Options
from lamina.layers.foreign.engines import package
from lamina.layers.foreign.jax_layer import JaxLayer


class FlaxLayer(JaxLayer):
    """A `flax.linen.Module` as a layer; engine `jax`.

    The collection `"params"` trains; all others (`"batch_stats"`, ...) are state that calls replace.

    Args:
        module: the module. If it takes `training`, it is told.
        method: a function `(module, inputs)`, perhaps with `training`, in place of `module.__call__`.
        variables: of the module, as `module.init` returns them; by default made when the layer is built.

    Raises:
        ImportError: Flax is not installed.
        RuntimeError: the layer is called on another engine.
    """

    from_caller = ("module", "method")
    __load_schema__ = {"module": "code", "method": "code", "variables": "None"}  # noqa: RUF012

    def __init__(
        self,
        module: Any,
        method: Callable | None = None,
        variables: Any = None,
        **kwargs: Unpack[Options],
    ):
        package("FlaxLayer", "flax", "flax")
        self.module, self.method = module, method
        called = module.__call__ if method is None else method
        tells = "training" in inspect.signature(called).parameters

        def told(training: bool) -> dict[str, Any]:
            return {"method": method, **({"training": training} if tells else {})}

        def init(rng: Any, inputs: Any, training: bool) -> Any:
            import jax

            params, dropout = jax.random.split(rng)
            made = module.init({"params": params, "dropout": dropout}, inputs, **told(training))
            return _split(made)

        def call(params: Any, state: Any, rng: Any, inputs: Any, training: bool) -> Any:
            return module.apply(
                {"params": params, **state},
                inputs,
                rngs={"dropout": rng},
                mutable=[*state],
                **told(training),
            )

        params, state = (None, None) if variables is None else _split(variables)
        super().__init__(call, init, params=params, state=state, **kwargs)

    def get_config(self) -> dict[str, Any]:
        """The module and the method."""
        config = super().get_config()
        own = {"call_fn", "init_fn", "seed", "native_serialization_platforms", "variables"}
        return {name: value for name, value in config.items() if name not in own}


def _split(variables: Any) -> tuple[Any, dict[str, Any]]:
    return variables.get("params", {}), {n: v for n, v in variables.items() if n != "params"}
