"""The part of the contract that an engine may leave out: capabilities, each declared by its name.

`fallbacks.py` says which of their members have a meaning without the capability.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypedDict

from lamina.engine.array_contract import Array, Shape


class Differentiates(Protocol):
    """Gradients."""

    def value_and_grad(self, fn: Callable) -> Callable:
        """`fn(values) -> (scalar, aux)` becomes `values -> ((scalar, aux), gradients)`.

        `values` is a list of floating arrays; a gradient that does not exist is zero.
        """
        ...

    def no_grad(self) -> AbstractContextManager:
        """Within, nothing records what a gradient would need."""
        ...

    def stop_gradient(self, x: Array) -> Array: ...
    def custom_gradient(self, fn: Callable) -> Callable:
        """`fn(*args) -> (result, backward)`, where `backward(upstream)` gives the gradients of args."""
        ...

    def checkpoint(self, fn: Callable) -> Callable:
        """`fn`, a pure function of trees of arrays, whose intermediate results are not kept.

        The backward pass computes them again. Gradients are taken by the arguments only.
        """
        ...


class Compiles(Protocol):
    """Functions as programs."""

    def compile(self, fn: Callable) -> Callable:
        """`fn`, a pure function of trees of arrays, made fast. Nothing is donated.

        NumPy arrays among the arguments are taken in as `place` does. Dicts in the result keep their
        order.
        """
        ...

    compiles_by_shape: bool
    """Whether `compile` makes a program once, for each set of shapes: another size takes its time."""

    def is_traced(self, x: Array) -> bool:
        """Tell whether `x` has no value yet, because a trace of the engine's library is running.

        Such an array must not outlive the trace.
        """
        ...

    def make_deterministic(self, on: bool) -> None:
        """Compute the same bits every time from now on, or let the library choose again.

        Raises:
            RuntimeError: it is too late for that; the message says when it was time.
        """
        ...


class Repeats(Protocol):
    """Many steps of training in one call."""

    def repeat(self, step: Callable) -> Callable:
        """Run a pure `step(state, batch) -> (state, logs)` over many batches.

        Returns `run(state, batches) -> (state, logs)`: each leaf of the tree `batches` is a NumPy or
        native array with one batch per entry of axis 0; the logs are those of the last step. Many
        steps may become one program, if that is faster. The arrays of the state have the same shapes and
        dtypes in every call; it may come back as `Joined`, and be given so.
        """
        ...

    steps_per_call: int
    """How many steps `repeat` is best given in one call; 1 where a Python loop is as good."""


class Places(Protocol):
    """Devices. Names are Keras': `"cpu"`, `"gpu"`, `"gpu:1"`, `"tpu:0"`; see `device_names.py`."""

    def place(self, x: Any, layout: Any = None) -> Array:
        """Like `asarray` for a whole data set that is to lie on the compute device.

        `layout` is a device's name, or the engine's own description of where the parts lie (a
        `jax.sharding.Sharding`, a `torch.device`).
        """
        ...

    def device(self, name: str) -> AbstractContextManager:
        """Within, new arrays are made on that device. ValueError: there is no such device."""
        ...

    def memory(self, name: str | None = None) -> int | None:
        """Bytes of memory that the device has (by default the one in force); `None`: not known."""
        ...

    def is_out_of_memory(self, error: BaseException) -> bool:
        """Tell whether `error` says that the device has no more memory."""
        ...


class Draws(Protocol):
    """Draws from an explicit key, a native uint32 array `(2,)`. One key, one draw; no hidden state."""

    def uniform(self, key: Array, shape: Shape, dtype: str) -> Array:
        """From [0, 1)."""
        ...

    def normal(self, key: Array, shape: Shape, dtype: str) -> Array: ...
    def integers(self, key: Array, shape: Shape, low: int, high: int, dtype: str) -> Array:
        """From [low, high)."""
        ...

    def gamma(self, key: Array, alpha: Array) -> Array:
        """From the gamma distribution of shape `alpha` (float32 or float64) and rate 1."""
        ...

    def binomial(self, key: Array, counts: Array, probabilities: Array) -> Array:
        """How many of `counts` trials succeed, as floats; both float32 or float64, of one shape."""
        ...


class Interoperates(Protocol):
    """The library's own way of training: variables, tapes and traces of the user's own.

    A *native variable* is what the library itself calls a variable or parameter (a `tf.Variable`, a
    `torch.nn.Parameter`); its value changes in place.
    """

    def admit(self, kind: type, value_of: Callable[[Any], Array]) -> None:
        """Let the library take objects of `kind` for the arrays that `value_of` gives."""
        ...

    records: Callable[[], bool] | None
    """Tells whether code of the user's own is being traced, or recorded for gradients by native variables."""

    follows: Callable[[tuple], bool | None] | None
    """Tells whether a layer that the user calls with these inputs is to be recorded for gradients.

    `None`: as it comes, for the library decides elsewhere (a tape, a transformation).
    """

    def native_variable(self, value: Array, trainable: bool, name: str) -> Any:
        """A native variable with this value."""
        ...

    def value_of(self, native: Any) -> Array:
        """The value of a native variable; where something records, gradients lead back to it."""
        ...

    def update(self, native: Any, value: Array) -> None:
        """Change the value of a native variable in place."""
        ...

    def let_train(self, native: Any, trains: bool) -> None:
        """Say whether gradients by a native variable are wanted."""
        ...

    def recording(self) -> AbstractContextManager:
        """Within, the library records for gradients, also where lamina around it does not."""
        ...

    def watched(self, x: Array) -> Array:
        """An array like `x`, floating, by which the user's own code may take gradients."""
        ...

    def note_read(self, variable: Any) -> None:
        """Tell whatever records that `variable` is read; its `handle` is the array read."""
        ...


class Profiles(Protocol):
    """The library's own profiler."""

    def profile(self, folder: str) -> Callable[[], None]:
        """Begin to record what is computed; what it returns ends that, and writes files for TensorBoard.

        RuntimeError: the profiler runs already.
        """
        ...


CAPABILITIES: dict[str, type] = {
    "differentiates": Differentiates,
    "compiles": Compiles,
    "repeats": Repeats,
    "places": Places,
    "draws": Draws,
    "interoperates": Interoperates,
    "profiles": Profiles,
}


class Capabilities(
    Differentiates, Compiles, Repeats, Places, Draws, Interoperates, Profiles, Protocol
):
    """The groups above."""


class Overrides(TypedDict, total=False):
    """Native functions that belong to no op, by name.

    Every other entry of an engine's `overrides` has an op's name and that op's signature.
    """

    program: Callable[[Callable], Callable]
    """`compile` of a function that runs over batches. Where it is there, the call of a model is a program, too, and
    not one operation after the other."""

    each: Callable[[Callable[..., tuple], Sequence[tuple]], list[tuple]]
    """`[fn(*row) for row in rows]`: an optimizer's formula for many variables at once."""

    lerp: Callable[[Array, Array, Array | float], Array]
    """`x + weight * (y - x)` of `(x, y, weight)`."""

    adam: Callable[[Array, Array, Array, Array, Array, float, float, float], tuple | None]
    """Adam's update: `(gradient, value, momentum, velocity, rate, beta_1, beta_2, epsilon)` to the new
    value, momentum and velocity; `None` where the kernel does not serve."""

    layer_norm: Callable[[Array, Sequence[int], Array | None, Array | None, float], Array | None]
    """Layer normalization of `(x, sizes, gamma, beta, epsilon)` over the last `len(sizes)` axes; `None` where the
    kernel does not serve."""

    batch_norm: Callable[[Array, Array | None, Array | None, float], tuple | None]
    """Batch normalization in training: `(x, gamma, beta, epsilon)`, floats of one dtype, to `(y, mean, variance)`
    over all axes but the last; no gradient goes through the moments. `None` where the kernel does not serve."""

    affine: Callable[[Array, Array, Array | None, int], Array]
    """`x · kernel + bias` of `(x, kernel, bias, axes)`, floats of one dtype: the last `axes` axes of `x` meet the
    first of the kernel; the bias has the shape of the kernel's other axes."""

    attend: Callable[..., Array]
    """Attention of `(query, key, value, bias, mask, scale, is_causal)`, all `(batch, length, heads, depth)`."""

    rows_matmul: Callable[[Array, Array, Array], Array]
    """Sparse rows by a matrix: `(columns, values, matrix)`, of shapes `(..., most)`, `(..., most)` and `(size, units)`,
    to `(..., units)`."""

    sparse_crossentropy: Callable[[Array, Array], Array]
    """Crossentropy of `(target, logits)`: int32 numbers of classes `(...)`, all of them valid, and many classes along
    the last axis of the logits."""

    warp: Callable[[Array, Array, int, str, float, Callable], Array | None]
    """Images `(batch, height, width, channels)` read by a projective map `(batch or 1, 8)`: `(images, transform,
    order, fill_mode, fill_value, definition)`, as `ops.image.affine_transform` says; `None` where the kernel does
    not serve. `definition(images, transform)` computes the same, and has the right gradient."""

    fused: Callable[..., Any]
    """`(compute, x, *more)` to `compute(x, *more)`, a function of images and other arrays that lasts as long as
    the process, as one program where that is faster."""

    lstm: Callable[[Array, list, list], tuple | None]
    """An LSTM over a whole sequence `(time, batch, features)`: `(inputs, states, weights)` to
    `(outputs, states)`; `None` where the kernel does not serve."""

    gru: Callable[[Array, list, list], tuple | None]
    """A GRU, in the same way."""

    jvp: Callable[[Callable, Sequence, Sequence], tuple]
    """`(pure, primals, tangents)` to `(value, slope, aux)`, where `pure(*primals)` gives `(value, aux)`."""

    vjp: Callable[[Callable, Sequence], tuple]
    """`(pure, primals)` to `(value, pullback, aux)`."""

    cut: Callable[[Array, Sequence[int], int], Sequence[Array]]
    """`x` in parts of these sizes along `axis`, an axis counted from the front; together they are its length."""

    update_block: Callable[[Array, Sequence[Any], Array], Array | None]
    """`x` with the block that begins at `starts` (an integer or int32 scalar per axis, the block fits)
    replaced by `updates`, of the dtype of `x`; `None` where the kernel does not serve."""

    write_block: Callable[[Array, Sequence[Any], Array], Array]
    """The same along axis 1, but written into `x`, which nobody else holds."""
