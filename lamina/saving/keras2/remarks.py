"""What means something else in Keras 3 than it meant in Keras 2, which wrote a configuration."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from lamina.core.file_errors import quoted

_HARD_SIGMOID = (
    "hard_sigmoid(x) was max(0, min(1, 0.2 * x + 0.5)) in Keras 2 and is max(0, min(1, x / 6 + 0.5)) in Keras 3, "
    "so the outputs of {layers} differ from those of Keras 2. For the old ones write that function, and pass "
    "custom_objects={{'hard_sigmoid': it}}"
)


def remarks(config: Any) -> list[str]:
    """Return what the user of a model is to know, for a configuration as the file has it.

    Example:
        >>> dense = {"name": "d", "batch_input_shape": [None, 3], "activation": "hard_sigmoid"}
        >>> [remark] = remarks({"class_name": "Dense", "config": dense})
        >>> remark[:15], "outputs of 'd' differ" in remark
        ('hard_sigmoid(x)', True)
    """
    configs = list(_configs(config))
    if not any("batch_input_shape" in inner for inner in configs):  # Keras 3 writes `batch_shape`
        return []
    activations = ("activation", "recurrent_activation")
    layers = [
        quoted(inner.get("name"))
        for inner in configs
        if any(inner.get(name) == "hard_sigmoid" for name in activations)
    ]
    return [_HARD_SIGMOID.format(layers=", ".join(layers[:10]))] if layers else []


def _configs(config: Any) -> Iterator[dict[str, Any]]:
    waiting = deque([config])
    while waiting:
        part = waiting.popleft()
        if isinstance(part, dict):
            yield part
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
