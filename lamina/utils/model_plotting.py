"""Pictures of models: `plot_model` and `model_to_dot`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lamina.visualization.diagram.dot import Dot
    from lamina.visualization.diagram.drawing import Drawing


def plot_model(
    model: Any,
    to_file: str | Path | None = "model.png",
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = False,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: float = 200,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = "ortho",
    *,
    layer_range: Sequence[str] | None = None,
    engine: str = "lamina",
) -> Drawing:
    """Draw a model's graph: a box for each call of a layer or op. Graphviz is not needed.

    Args:
        model: that is built, of any style; where nobody knows what `call` does, it is one box.
        to_file: its ending says what is written: .svg, .html (models within the model fold at a click), .png,
            .pdf (both by matplotlib), .dot (a text for Graphviz). `None` writes nothing.
        show_shapes: of inputs and outputs.
        show_dtype: of outputs.
        show_layer_names: beside their classes.
        rankdir: where the graph grows to: `"TB"`, `"BT"`, `"LR"` or `"RL"` (top, bottom, left, right).
        expand_nested: show the layers of models within the model; in .html, unfold them to begin with.
        dpi: pixels per inch, of .png.
        show_layer_activations: their names.
        show_trainable: whether layers with weights are trained or frozen.
        splines: edges: `"ortho"` (right angles), `"curved"`, `"spline"`, `"polyline"` or `"line"`.
        layer_range: names (or regular expressions) of the first and the last layer to draw.
        engine: `"lamina"`, or `"graphviz"` to have Graphviz draw.

    Returns:
        The picture: a notebook shows it; `.svg` and `.html` are its texts, `.save(path)` writes it.

    Raises:
        ValueError: the model is not built, or an argument is none of those above.
        ImportError: what draws the kind of file is not installed.

    Example:
        >>> import lamina
        >>> model = lamina.Sequential([lamina.Input((4,)), lamina.layers.Dense(2)], name="small")
        >>> plot_model(model, to_file=None, show_shapes=True)
        <picture of 'small': 1 boxes>
    """
    shown = show_shapes, show_dtype, show_layer_names, show_layer_activations, show_trainable
    drawing = _drawing(model, shown, expand_nested, layer_range, rankdir, splines)
    if to_file is not None:
        drawing.save(to_file, dpi, engine)
    return drawing


def model_to_dot(
    model: Any,
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: float = 200,
    subgraph: bool = False,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = "ortho",
    *,
    layer_range: Sequence[str] | None = None,
) -> Dot:
    """Return a model's graph in DOT, the language of Graphviz, which need not be installed.

    Args:
        subgraph: return a cluster, to be put into a graph of your own.
        model, show_shapes, show_dtype, show_layer_names, rankdir, expand_nested, dpi: as of `plot_model`.
        show_layer_activations, show_trainable, splines, layer_range: as of `plot_model`.

    Returns:
        A `Dot`: `str(dot)` is the text, `dot.create(format="svg")` what Graphviz makes of it.

    Raises:
        ValueError: the model is not built, or an argument is none of those that `plot_model` takes.

    Example:
        >>> import lamina
        >>> model = lamina.Sequential([lamina.Input((4,)), lamina.layers.Dense(2, name="out")])
        >>> "Dense<br/>out" in str(model_to_dot(model))
        True
    """
    shown = show_shapes, show_dtype, show_layer_names, show_layer_activations, show_trainable
    drawing = _drawing(model, shown, expand_nested, layer_range, rankdir, splines)
    return drawing.dot(dpi, subgraph)


def _drawing(
    model: Any,
    shown: tuple[bool, ...],
    expand_nested: bool,
    layer_range: Sequence[str] | None,
    rankdir: str,
    splines: str,
) -> Drawing:
    # Drawing is loaded where it is used: few programs draw.
    from lamina.visualization.diagram.boxes import Shown
    from lamina.visualization.diagram.drawing import Drawing
    from lamina.visualization.diagram.placing import Way

    return Drawing(
        model,
        Shown(*shown, expand_nested=expand_nested, layer_range=layer_range),
        Way(rankdir, splines),
    )
