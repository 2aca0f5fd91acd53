"""Pictures of models: nothing overlaps, texts fit, what was asked for is told, names cannot do harm."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pydot
import pytest

import lamina
from lamina import layers
from lamina.utils import model_to_dot, plot_model
from lamina.visualization.diagram.placing import DIRECTIONS, flat
from tests.exchange.zoo import ZOO

# The models of the zoo with branches, and with models within.
BRANCHED = [
    "arithmetic",
    "attention",
    "attention_with_masks",
    "channels_first_pooling",
    "encoded_categories",
    "every_activation_by_name",
    "every_dropout",
    "every_initializer",
    "heard",
    "inception",
    "indexing",
    "kept_mask",
    "language_model",
    "masks_given",
    "merging",
    "merging_functions",
    "nested_graphs",
    "normalized",
    "ops_of_numbers",
    "ops_of_shape",
    "ops_on_images",
    "ops_that_reduce",
    "ops_with_constants",
    "own_cells",
    "parts_of_results",
    "patches",
    "pooling_1d",
    "pooling_2d",
    "pooling_3d",
    "query_key_and_value",
    "residual",
    "shared_layer",
    "siamese",
    "states_returned_and_given",
    "three_losses",
    "towers_by_name",
    "transformer",
    "unet",
]
ALL = {
    "show_shapes": True,
    "show_dtype": True,
    "show_layer_names": True,
    "expand_nested": True,
    "show_layer_activations": True,
    "show_trainable": True,
}


def nested():
    """A model twice within another, and one deeper; an edge passes by."""
    x = lamina.Input((4,), name="x")
    core = lamina.Sequential([lamina.Input((4,)), layers.Dense(4, name="deep")], name="core")
    y = lamina.Input((4,), name="y")
    block = lamina.Model(y, layers.Add(name="sum")([y, core(y)]), name="block")
    out = layers.Concatenate(name="join")([x, block(block(x))])
    return lamina.Model(x, layers.Dense(2, activation="relu", name="out")(out), name="nest")


# Rectangles.


def _rectangles(plan, x, y):
    return [(x + p.x, y + p.y, x + p.x + p.width, y + p.y + p.height) for p in plan.places]


def _overlap(a, b, by=0.01):
    return a[0] < b[2] - by and b[0] < a[2] - by and a[1] < b[3] - by and b[1] < a[3] - by


def _problems(plan):
    """Boxes that overlap or lie outside, and edges that run through boxes, in a picture and those within."""
    for x, y, part in flat(plan):
        boxes = _rectangles(part, x, y)
        page = (x - 0.01, y - 0.01, x + part.width + 0.01, y + part.height + 0.01)
        for i, a in enumerate(boxes):
            if not (page[0] <= a[0] and page[1] <= a[1] and a[2] <= page[2] and a[3] <= page[3]):
                yield "outside", part.diagram.boxes[i].name
            yield from (("overlap", i, j) for j in range(i) if _overlap(a, boxes[j]))
        for number, edge in enumerate(part.edges):
            yield from (("edge", number, i) for i in _crossed(edge, boxes, x, y))


def _crossed(edge, boxes, x, y):
    """Boxes with whose inside a part of the edge has points; of a curve, its four points' rectangle counts."""
    last = edge[0][1][-1]
    for _, points in edge:
        xs, ys = zip(last, *points, strict=True)
        part = (x + min(xs), y + min(ys), x + max(xs), y + max(ys))
        last = points[-1]
        yield from (i for i, box in enumerate(boxes) if _overlap(part, box, by=0.5))


@pytest.mark.parametrize("name", BRANCHED)
def test_no_box_overlaps_and_no_edge_crosses_one(name):
    drawing = plot_model(ZOO[name].make(lamina), None, **ALL)
    assert list(_problems(drawing.plan)) == []


@pytest.mark.slow  # the zoo above stands for them
@pytest.mark.parametrize("name", ["DenseNet121", "InceptionV3", "NASNetMobile", "ResNet50"])
def test_nor_in_large_models(name):
    model = getattr(lamina.applications, name)(weights=None)
    drawing = plot_model(model, None, show_shapes=True, show_layer_names=True)
    assert list(_problems(drawing.plan)) == []


@pytest.mark.parametrize("splines", ["ortho", "curved", "line"])
@pytest.mark.parametrize("rankdir", DIRECTIONS)
def test_nor_in_any_direction(rankdir, splines):
    drawing = plot_model(nested(), None, rankdir=rankdir, splines=splines, **ALL)
    assert list(_problems(drawing.plan)) == []


def test_a_box_in_the_way_is_noticed():
    drawing = plot_model(nested(), None)
    drawing.plan.places[1].y += 40
    assert {problem[0] for problem in _problems(drawing.plan)} >= {"overlap", "edge"}


def test_every_edge_ends_at_its_boxes():
    plan = plot_model(nested(), None).plan
    for (source, target), edge in zip(plan.diagram.edges, plan.edges, strict=True):
        begin, end = plan.places[source], plan.places[target]
        assert edge[0][1][0] == pytest.approx((begin.x + begin.width / 2, begin.y + begin.height))
        assert edge[-1][1][-1] == pytest.approx((end.x + end.width / 2, end.y))


def test_texts_fit_their_boxes_as_a_font_measures_them():
    from matplotlib.font_manager import findfont
    from matplotlib.ft2font import FT2Font

    from lamina.visualization.diagram.placing import FONT

    font = FT2Font(findfont("DejaVu Sans"))
    font.set_size(FONT, 72)
    count = 0
    for _, _, part in flat(plot_model(nested(), None, **ALL).plan):
        for place in part.places:
            for line in place.box.lines:
                font.set_text(line.replace("×", "x"))
                assert font.get_width_height()[0] / 64 <= place.width - 4
                count += 1
    assert count > 20


# What is told.


def _texts(drawing):
    root = ElementTree.fromstring(drawing.svg)
    return [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ("show_shapes", "in: (None, 8)"),
        ("show_dtype", "dtype: float32"),
        ("show_layer_names", "out"),
        ("show_layer_activations", "activation: relu"),
        ("show_trainable", "trainable"),
    ],
)
def test_boxes_tell_what_is_asked_for(option, text):
    assert text in _texts(plot_model(nested(), None, **{option: True}))
    assert text not in _texts(plot_model(nested(), None))


def test_a_model_within_is_one_box_or_all_its_layers():
    assert _texts(plot_model(nested(), None, show_layer_names=True)).count("block") == 2
    assert "deep" not in _texts(plot_model(nested(), None, show_layer_names=True))
    unfolded = _texts(plot_model(nested(), None, show_layer_names=True, expand_nested=True))
    assert unfolded.count("deep") == 2  # once in each call of the block
    assert unfolded.count("call 1 of 2") == 1


def test_layer_range_is_from_one_layer_to_another():
    model = lamina.Sequential(
        [lamina.Input((4,)), *(layers.Dense(3, name=f"d{i}") for i in range(5))]
    )
    drawing = plot_model(model, None, show_layer_names=True, layer_range=("d1", "d3"))
    assert [box.name for box in drawing.diagram.boxes] == ["d1", "d2", "d3"]
    assert drawing.diagram.edges == [(0, 1), (1, 2)]
    with pytest.raises(ValueError, match="no layer is called so"):
        plot_model(model, None, layer_range=("d1", "other"))


def test_a_subclass_is_drawn_once_it_was_called():
    class Two(lamina.Model):
        def __init__(self):
            super().__init__()
            self.a, self.b = layers.Dense(3, name="a"), layers.Dense(2, name="b")

        def call(self, x):
            return self.b(self.a(x))

    model = Two()
    with pytest.raises(ValueError, match="not built"):
        plot_model(model, None)
    model(lamina.ops.ones((1, 4)))
    assert [b.name for b in plot_model(model, None).diagram.boxes if b.look != "input"] == [
        "a",
        "b",
    ]


# Files.


@pytest.mark.parametrize(
    ("ending", "begin"),
    [("png", b"\x89PNG"), ("pdf", b"%PDF"), ("svg", b"<svg"), ("dot", b"digraph")],
)
def test_the_ending_says_what_is_written(ending, begin, tmp_path):
    path = tmp_path / f"model.{ending}"
    plot_model(nested(), path, expand_nested=True)
    assert path.read_bytes().startswith(begin)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"to_file": "model.xyz"}, r"\.xyz, which is not one of"),
        ({"to_file": "model"}, "must end with"),
        ({"rankdir": "up"}, "`rankdir` must be one of"),
        ({"splines": "wild"}, "`splines` must be one of"),
        ({"engine": "other"}, "`engine` must be"),
    ],
)
def test_what_cannot_be_drawn_is_refused(arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=message):
        plot_model(nested(), **arguments)
    assert list(tmp_path.iterdir()) == []


def test_graphviz_is_asked_only_where_the_user_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.which", lambda program: None)
    plot_model(nested(), tmp_path / "model.svg")
    with pytest.raises(ImportError, match="not installed"):
        plot_model(nested(), tmp_path / "other.svg", engine="graphviz")
    with pytest.raises(ImportError, match="not installed"):
        model_to_dot(nested()).create()


def test_the_page_folds_models_and_parses(tmp_path):
    page = plot_model(nested(), None).html
    root = ElementTree.fromstring(page.partition("\n")[2])
    folded = list(root.iter("details"))
    assert len(folded) == 4  # the block twice, each with its core
    assert all("open" not in element.attrib for element in folded)
    boxes = [e for e in root.iter() if "box" in e.get("class", "").split()]
    assert len(boxes) == 5 + 2 * 3 + 2
    assert plot_model(nested(), None, expand_nested=True).html.count("<details") == page.count(
        'open="open"'
    ) + len(folded)


def test_a_notebook_shows_the_page_in_a_frame_of_its_own():
    drawing = plot_model(_evil(), None)
    frame = ElementTree.fromstring(drawing._repr_html_())
    assert frame.tag == "iframe" and frame.get("srcdoc") == drawing.html.replace("\n", " ")


def test_a_notebook_folds_the_layers_of_models_in_the_table():
    table = ElementTree.fromstring(f"<div>{nested()._repr_html_()}</div>")
    outer = table.findall("table/tr")
    assert [row.find("td/details/summary") is not None for row in outer].count(True) == 1
    inner = table.findall("table/tr/td/details/table/tr")
    assert [row.findtext("td") for row in inner[1:]] == ["y (InputLayer)", "", "sum (Add)"]
    assert "deep (Dense)" in "".join(inner[2].itertext())
    assert "table" in lamina.Sequential()._repr_html_()
    assert "<script" not in _evil()._repr_html_()


def test_dot_has_a_node_per_call_and_clusters():
    text = str(model_to_dot(nested(), expand_nested=True, rankdir="LR", show_shapes=True))
    assert text.count("subgraph cluster_") == 4
    assert len(re.findall(r"^n[\d_]+ \[label=", text, re.MULTILINE)) == 3 + 2 * 2 + 2
    assert "rankdir=LR" in text and "n0_" not in text
    assert str(model_to_dot(nested(), subgraph=True)).startswith("subgraph cluster_")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # pydot's own, of its parser
@pytest.mark.parametrize(
    ("options", "expected"),
    [({}, (5, 5)), ({"expand_nested": True}, (9, 11)), ({"subgraph": True}, (5, 5))],
)
def test_pydot_reads_the_graph(options, expected):
    text = str(model_to_dot(nested(), **options))
    text = f"digraph G {{\n{text}}}" if "subgraph" in options else text
    [graph] = pydot.graph_from_dot_data(text)

    def counted(part):
        nodes = sum(node.get_name() != "node" for node in part.get_nodes())
        inner = [counted(cluster) for cluster in part.get_subgraphs()]
        return nodes + sum(n for n, _ in inner), len(part.get_edges()) + sum(n for _, n in inner)

    assert counted(graph) == expected


@pytest.mark.parametrize("code", [0, 1])
def test_graphviz_gets_the_text_and_says_what_is_wrong(code, tmp_path, monkeypatch):
    program = tmp_path / "dot"
    program.write_text(f"#!/bin/sh\necho $1 >&2\ncat\nexit {code}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    dot = model_to_dot(nested())
    if code:
        with pytest.raises(ValueError, match="dot -Tpng: -Tpng"):
            dot.create(format="png")
    else:
        plot_model(nested(), tmp_path / "m.svg", engine="graphviz", show_layer_names=True)
        assert (tmp_path / "m.svg").read_text() == str(dot)


# Names from elsewhere.

EVIL = '<script>alert("1")<b>&\'"\\'


def _evil():
    inner = lamina.Sequential([lamina.Input((2,)), layers.Dense(2, name="in")], name=f"m{EVIL}")
    inputs = lamina.Input((2,), name="i")
    return lamina.Model(inputs, layers.Dense(1, name=EVIL)(inner(inputs)), name=EVIL)


def test_names_are_text_in_every_format():
    drawing = plot_model(_evil(), None, **ALL)
    assert EVIL in _texts(drawing)
    page = ElementTree.fromstring(drawing.html.partition("\n")[2])
    assert page.find(".//script") is None and EVIL in "".join(page.itertext())
    for text in (drawing.svg, drawing.html, str(drawing.dot())):
        assert "<script" not in text
    for label in re.findall(r"label=<(.*?)>(?:[,;\]]|$)", str(drawing.dot()), re.MULTILINE):
        assert '"' not in label and "<" not in label.replace("<br/>", "")
