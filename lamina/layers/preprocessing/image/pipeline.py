"""`Pipeline`: layers one after the other; neighbouring warps read the image once."""

from __future__ import annotations

from typing import Any

from lamina.core import registry
from lamina.layers.preprocessing.image import planes
from lamina.layers.preprocessing.image.warping import Warping
from lamina.layers.preprocessing.preprocessing_layer import PreprocessingLayer
from lamina.layers.signatures import facts_of


class Pipeline(PreprocessingLayer):
    """Layers that prepare data, applied one after the other, in a model as well as in a `tf.data` map.

    Neighbours that turn, zoom, shift, shear or flip, and agree on `interpolation`, `fill_mode` and
    `fill_value`, become one map of the plane: each pixel is read once. So the image stays sharper than
    after several steps, and what lies beyond the border is filled in once.

    Args:
        layers: the layers.

    Example:
        >>> import lamina
        >>> pipeline = lamina.layers.Pipeline([lamina.layers.Rescaling(1 / 255), lamina.layers.RandomFlip()])
        >>> pipeline(np.full((2, 4, 4, 3), 255, "uint8")).shape
        (2, 4, 4, 3)
    """

    def __init__(self, layers: Any, name: str | None = None, **kwargs: Any):
        super().__init__(name=name, **kwargs)
        self.layers = list(layers)
        self.steps = _steps(self.layers)

    def call(self, inputs: Any, training: bool = True, mask: Any = None) -> Any:
        """Apply the layers."""
        for step in self.steps:
            takes_training = facts_of(type(step)).takes_training
            inputs = step(inputs, training=training) if takes_training else step(inputs)
        return inputs

    def get_config(self) -> dict[str, Any]:
        """Return the layers' configurations, and the name."""
        return {"layers": [registry.serialize(layer) for layer in self.layers], "name": self.name}


class _Fused(Warping):
    """Several warps as one."""

    def __init__(self, warps: list[Any]):
        super().__init__(
            data_format=warps[0].data_format, bounding_box_format=warps[0].bounding_box_format
        )
        self.warps = warps
        manner = _manner(warps) or warps[0]
        self.interpolation, self.fill_mode = manner.interpolation, manner.fill_mode
        self.fill_value = manner.fill_value

    def plane(self, data: Any, size: tuple[Any, Any], seed: Any) -> planes.Plane:
        """Draw the maps of all, the last of which leads from the result."""
        drawn = [
            warp.plane_of(warp.get_random_transformation(data, seed=seed)) for warp in self.warps
        ]
        plane = drawn[0]
        for other in drawn[1:]:
            plane = planes.product(plane, other)
        return plane


def _manner(warps: list[Any]) -> Any:
    """Return the first warp that reads between pixels, which flips do not."""
    return next((warp for warp in warps if not warp.permutes), None)


def _fit(run: list[Any], warp: Any) -> bool:
    """Tell whether a warp may become one with those before it."""
    manner, names = _manner(run), ["data_format", "bounding_box_format"]
    if manner is not None and not warp.permutes:
        names += ["interpolation", "fill_mode", "fill_value"]
    return all(getattr(manner or warp, n) == getattr(warp, n) for n in names)


def _steps(layers: list[Any]) -> list[Any]:
    """Return the layers, runs of warps that fit each other as one layer each."""
    steps: list[Any] = []
    run: list[Any] = []
    for layer in [*layers, None]:
        if isinstance(layer, Warping) and _fit(run, layer):
            run.append(layer)
            continue
        steps += [_Fused(run)] if len(run) > 1 and _manner(run) else run
        run = [layer] if isinstance(layer, Warping) else []
        if layer is not None and not run:
            steps.append(layer)
    return steps
