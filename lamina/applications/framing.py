"""What the networks of all families share: their input, their head, and where their weights come from."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from lamina import activations, layers
from lamina.applications import weight_files
from lamina.core import settings
from lamina.core.choices import one_of
from lamina.core.symbolic import KerasTensor
from lamina.core.tracebacks import warn
from lamina.models import Model

CLASSES = 1000  # of ImageNet
Table = TypeVar("Table")
Arguments = ParamSpec("Arguments")


def network(
    family: Callable[Concatenate[Table, Arguments], Model],
    title: str,
    name: str | None,
    table: Table,
) -> Callable[Arguments, Model]:
    """Return the function that builds one network of a family.

    Args:
        family: the family's builder. Its first argument is a network's table; the others are the
            network's.
        title: name of the function, such as `"ResNet50"`.
        name: default name of the model, such as `"resnet50"`.
        table: what this network has and its sisters do not, such as the number of blocks.
    """
    taken = list(inspect.signature(family).parameters.values())[1:]
    own = [p.replace(default=name) if p.name == "name" else p for p in taken]
    signature = inspect.Signature(own)

    @functools.wraps(family)
    def build(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Model:
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{title}: {error}.") from None
        bound.apply_defaults()
        return family(table, *bound.args, **bound.kwargs)

    build.__name__ = build.__qualname__ = title
    build.__signature__ = signature  # type: ignore[attr-defined]
    build.__doc__ = _documented(title, inspect.getdoc(family) or "")
    return build


def _documented(title: str, text: str) -> str:
    says, _, own_arguments = text.partition("\n\nArgs:\n")
    own_arguments = own_arguments and f"{own_arguments}\n"
    return f"Build {title}: {says}\n\nArgs:\n{own_arguments}{_ARGUMENTS}"


_ARGUMENTS = """\
    include_top: whether the head that gives classes belongs to the network.
    weights: `None` (drawn at random), `"imagenet"` (downloaded into `~/.lamina/models`), or the path of a
        file with weights.
    input_tensor: a symbolic tensor that the network takes instead of an `Input` of its own.
    input_shape: height, width and channels of the images, in the order of `image_data_format`; without a
        head, height and width may be `None`, and are by default.
    pooling: without a head, `None` (features for each place), `"avg"` or `"max"` over all places.
    classes: number of classes of the head.
    classifier_activation: of the head; `None` gives logits.
    name: of the model.

Returns:
    A model, from images `(batch, height, width, channels)` to `(batch, classes)`, or to features.

Raises:
    ValueError: arguments do not fit each other or the file with the weights.
    ConnectionError: the weights of ImageNet cannot be downloaded.
"""


@dataclass
class Frame:
    """What stands around the body of a network: the arguments that every family takes."""

    include_top: bool
    weights: Any
    input_tensor: Any
    input_shape: Sequence[int | None] | None
    pooling: str | None
    classes: int
    classifier_activation: Any
    name: str | None
    side: int | None = None
    """Height of the images, as names of models tell it; known once `start` has run."""

    def __post_init__(self) -> None:
        file = isinstance(self.weights, (str, os.PathLike)) and Path(self.weights).exists()
        if self.weights not in (None, "imagenet") and not file:
            raise ValueError(
                f"{self.what}: `weights` must be None (drawn at random), 'imagenet' (downloaded), or the path of a "
                f"file of weights; there is no file {os.fspath(self.weights)!r}."
                if isinstance(self.weights, (str, os.PathLike))
                else f"{self.what}: `weights` must be None, 'imagenet' or a path, not {self.weights!r}."
            )
        if not self.include_top:
            one_of(self.what, "pooling", self.pooling, (None, "avg", "max"))
            return
        if self.pretrained and self.classes != CLASSES:
            raise ValueError(
                f"{self.what}: the weights of ImageNet are for {CLASSES} classes, not classes={self.classes}. "
                "Leave the head out with include_top=False and put your own on it, or pass weights=None."
            )
        if self.weights is not None:
            self.__check_activation()

    @property
    def what(self) -> str:
        """The network's name for messages; some are named once their images are known."""
        return self.name or "The network"

    def __check_activation(self) -> None:
        activation = activations.get(self.classifier_activation)
        if activation not in (activations.get(None), activations.softmax):
            raise ValueError(
                f"{self.what}: with weights from a file `classifier_activation` must be 'softmax', or None for "
                f"logits, not {self.classifier_activation!r}."
            )

    @property
    def pretrained(self) -> bool:
        """Whether the weights are those of ImageNet."""
        return isinstance(self.weights, str) and self.weights == "imagenet"

    def check_pretrained(self, argument: str, value: Any, allowed: Iterable[Any]) -> None:
        """Refuse a value for which there are no weights of ImageNet.

        Raises:
            ValueError: it is not among those `allowed`.
        """
        if self.pretrained and value not in (allowed := tuple(allowed)):
            raise ValueError(
                f"{self.what}: there are weights of ImageNet for `{argument}` of {allowed} only, "
                f"not {value!r}. Pass weights=None, or the path of your own."
            )

    def suffix(self, without_top: str) -> str:
        """How the name of a file of weights ends."""
        return ".h5" if self.include_top else f"{without_top}.h5"

    # The input.

    def start(
        self, size: int = 224, smallest: int = 32, fixed: bool | None = None, exact: bool = True
    ) -> KerasTensor:
        """Return the symbolic images at which the body begins.

        Args:
            size: height and width for which the network was made.
            smallest: height and width of which something is left at the end of the body.
            fixed: whether sizes must be known; by default if there is a head.
            exact: whether weights of ImageNet with a head need images of `size`.
        """
        fixed = self.include_top if fixed is None else fixed
        shape = self.__shape(size, fixed, exact)
        self.side = _height_width_channels(shape)[0]
        self.__refuse_small(shape, smallest, fixed)
        if self.input_tensor is None:
            return layers.Input(shape)
        if not isinstance(self.input_tensor, KerasTensor):
            raise ValueError(
                f"{self.what}: `input_tensor` must be symbolic, such as what `lamina.Input(shape)` returns, "
                f"not {type(self.input_tensor).__name__}; call the model on values once it is built."
            )
        return self.input_tensor

    def __shape(self, size: int, fixed: bool, exact: bool) -> tuple[int | None, ...]:
        """Height, width and channels, in the order of `image_data_format`."""
        usual = _in_format(size if fixed else None, 3)
        if self.input_shape is None:
            return usual
        shape = tuple(self.input_shape)
        if len(shape) != 3:
            raise ValueError(
                f"{self.what}: `input_shape` has height, width and channels, such as {_in_format(size, 3)}, "
                f"without the batch axis; got {shape}."
            )
        channels = _height_width_channels(shape)[2]
        if not self.pretrained:
            if channels not in (1, 3):
                warn(
                    f"{self.what}: images have 1 or 3 channels; `input_shape` {shape} says {channels}."
                )
        elif self.include_top and exact and shape != _in_format(size, 3):
            raise ValueError(
                f"{self.what}: the head's weights of ImageNet are for images of {_in_format(size, 3)}, not "
                f"input_shape={shape}. Leave the head out with include_top=False, or resize the images."
            )
        elif channels != 3:
            raise ValueError(
                f"{self.what}: the weights of ImageNet are for 3 channels, but `input_shape` is {shape}. "
                "Repeat a grey channel three times, or pass weights=None."
            )
        return shape

    def __refuse_small(self, shape: tuple, smallest: int, fixed: bool) -> None:
        sizes = _height_width_channels(shape)[:2]
        if fixed and None in sizes and self.input_tensor is None:
            raise ValueError(
                f"{self.what}: with include_top=True the height and width of `input_shape` must be known; "
                f"got {shape}."
            )
        if any(length is not None and length < smallest for length in sizes):
            raise ValueError(
                f"{self.what}: images must be {smallest}x{smallest} or larger, or nothing is left of them at "
                f"the end; `input_shape` is {shape}."
            )

    # The head.

    def pooled(
        self, x: Any, average: str | None = "avg_pool", largest: str | None = "max_pool"
    ) -> Any:
        """Return the body's output pooled as `pooling` says; `average` and `largest` name the layers."""
        if self.pooling == "avg":
            return layers.GlobalAveragePooling2D(name=average)(x)
        return layers.GlobalMaxPooling2D(name=largest)(x) if self.pooling == "max" else x

    def classified(self, x: Any, name: str = "predictions", **kwargs: Any) -> Any:
        """Return a dense layer's classes for features."""
        activation = self.classifier_activation
        return layers.Dense(self.classes, activation=activation, name=name, **kwargs)(x)

    def headed(self, x: Any, dropout: float = 0.0, **kwargs: Any) -> Any:
        """Return the usual end: the average over space, and a dense layer of classes on it."""
        if not self.include_top:
            return self.pooled(x)
        x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
        if dropout:
            x = layers.Dropout(dropout, name="top_dropout")(x)
        return self.classified(x, **kwargs)

    # The model.

    def model(self, images: KerasTensor, outputs: Any, folder: str, file: str) -> Model:
        """Return the network from `images` to `outputs` with its weights.

        Args:
            images: what `start` gave.
            outputs: the end of the network.
            folder: of the file with the weights of ImageNet, at its address.
            file: its name there; what follows `=` is its name in the cache, if that is another.
        """
        inputs = images if self.input_tensor is None else _sources(images)
        model = Model(inputs, outputs, name=self.name)
        if self.pretrained:
            model.load_weights(weight_files.fetch(folder, file))
        elif self.weights is not None:
            model.load_weights(self.weights)
        return model


def plain(body: Callable[[Table, Frame], Model]):  # the type checker takes the signature from below
    """Give a family that has no arguments of its own the usual ones; `body(table, frame)` builds a network."""

    def family(
        table: Table,
        include_top: bool = True,
        weights: Any = "imagenet",
        input_tensor: Any = None,
        input_shape: Any = None,
        pooling: str | None = None,
        classes: int = CLASSES,
        classifier_activation: Any = "softmax",
        name: str | None = None,
    ) -> Model:
        frame = Frame(
            include_top,
            weights,
            input_tensor,
            input_shape,
            pooling,
            classes,
            classifier_activation,
            name,
        )
        return body(table, frame)

    family.__doc__, family.__module__ = body.__doc__, body.__module__
    return family


def usual_side(frame: Frame, sides: Sequence[int]) -> int:
    """Return the side of square images with weights of their own: the largest if there are none."""
    shape = tuple(frame.input_shape or ())
    sizes = _height_width_channels(shape)[:2] if len(shape) == 3 else ()
    for side in sides:
        if sizes == (side, side):
            return side
    if frame.pretrained and frame.input_shape is not None:
        warn(
            f"{frame.what}: there are weights of ImageNet for square images of {tuple(sides)} "
            f"only; for input_shape={shape} those of {sides[-1]} are loaded."
        )
    return sides[-1]


def channel_axis(last: int = 3) -> int:
    """The axis of channels: `last`, or 1 if they come first."""
    return last if settings.image_data_format() == "channels_last" else 1


def halving_padding(x: Any, size: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Rows and columns of zeros around `x`, before a `"valid"` convolution of that size by strides of 2.

    An even length gets one fewer in front, so that the windows lie as in TensorFlow's `"same"`.
    """
    lengths = x.shape[1:3] if settings.image_data_format() == "channels_last" else x.shape[2:4]
    front = [size // 2 - (1 if length is None else 1 - length % 2) for length in lengths]
    return tuple((before, size // 2) for before in front)  # type: ignore[return-value]


def rounded(filters: float, at_least: float = 0.9) -> int:
    """The multiple of 8 nearest to a number of filters, or the next one if that is less than a share of it."""
    nearest = max(8, int(filters + 4) // 8 * 8)
    return nearest + 8 if nearest < at_least * filters else nearest


def _in_format(size: int | None, channels: int) -> tuple[int | None, ...]:
    if settings.image_data_format() == "channels_last":
        return (size, size, channels)
    return (channels, size, size)


def _height_width_channels(shape: tuple) -> tuple:
    return shape if settings.image_data_format() == "channels_last" else (*shape[1:], shape[0])


def _sources(tensor: KerasTensor) -> Any:
    """Return the inputs that a symbolic tensor is computed from."""
    sources, seen, pending = [], set(), [tensor]
    while pending:
        x = pending.pop()
        if x.node is None or id(x) in seen:
            continue
        seen.add(id(x))
        pending.extend(reversed(x.node.inputs))
        if not x.node.inputs:
            sources.append(x)
    return sources[0] if len(sources) == 1 else sources
