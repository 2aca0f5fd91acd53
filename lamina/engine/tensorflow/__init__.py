"""The TensorFlow engine: eager where Python runs, graphs for whatever is compiled."""

from lamina.engine.contract import Engine, modules
from lamina.engine.tensorflow import quiet as quiet  # before TensorFlow itself

ENGINE = Engine(
    *modules(
        __name__,
        "convert arrays functions linalg nn random autodiff control abstract compile repeat fourier segments devices",
    )
)
