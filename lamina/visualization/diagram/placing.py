"""Sizes of boxes, the room between bands, and the whole picture as rectangles and lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from lamina.visualization.diagram.boxes import Box, Diagram
from lamina.visualization.diagram.layout import Layout
from lamina.visualization.diagram.text_width import text_width

FONT, LINE, TITLE = 12, 17, 22  # size of the text; height of a line, and of a title; pixels
PADDING, APART, ROOM = 10, 22.0, 30.0  # within boxes; beside each other; between bands
_STEP, _MOST_ROOM = 7.0, 120.0  # from one right-angled edge to the next one; between bands

DIRECTIONS = ("TB", "BT", "LR", "RL")
Point = tuple[float, float]
# "M" begins at a point, "L" is a line to one, "C" a curve with two points that steer it.
Command = tuple[str, tuple[Point, ...]]


@dataclass(frozen=True)
class Way:
    """In which direction a picture grows, and how edges run between bands.

    Raises:
        ValueError: the direction is not one of `TB`, `BT`, `LR` and `RL`, or `splines` is not known.
    """

    rankdir: str = "TB"
    splines: str = "ortho"

    def __post_init__(self) -> None:
        known = ("ortho", "curved", "spline", "polyline", "line")
        for name, value, values in (
            ("rankdir", self.rankdir, DIRECTIONS),
            ("splines", self.splines, known),
        ):
            if value not in values:
                raise ValueError(f"plot_model: `{name}` must be one of {values}, not {value!r}.")

    @property
    def upright(self) -> bool:
        """Whether bands lie below each other."""
        return self.rankdir in ("TB", "BT")

    @property
    def backwards(self) -> bool:
        """Whether the first band is the lowest one, or that on the right."""
        return self.rankdir in ("BT", "RL")

    def point(self, across: float, along: float, length: float) -> Point:
        """Return `(x, y)` in a picture, or between two bands, that has `length`."""
        along = length - along if self.backwards else along
        return (across, along) if self.upright else (along, across)


@dataclass(eq=False)
class Place:
    """Where a box lies: its upper left corner within the picture that holds it, and its size."""

    box: Box
    width: float
    height: float
    inner: Plan | None
    x: float = 0.0
    y: float = 0.0


@dataclass(eq=False)
class Plan:
    """A diagram with places.

    Attributes:
        width, height: of the picture.
        places: of the boxes, in their order.
        edges: for each one its commands, from the first box to the last one.
        sizes: of the bands, along.
        rooms: behind each band but the last one, along.
    """

    diagram: Diagram
    way: Way
    layout: Layout
    places: list[Place]
    width: float = 0.0
    height: float = 0.0
    sizes: list[float] = field(default_factory=list)
    rooms: list[float] = field(default_factory=list)
    edges: list[list[Command]] = field(default_factory=list)


def plan_of(diagram: Diagram, way: Way) -> Plan:
    """Return where everything of `diagram` lies."""
    places = [_sized(box, way) for box in diagram.boxes]
    across = [p.width if way.upright else p.height for p in places]
    plan = Plan(diagram, way, Layout(across, diagram.edges, APART), places)
    along = [p.height if way.upright else p.width for p in places]
    bands = plan.layout.bands
    plan.sizes = [max((along[n] for n in band if n < len(along)), default=0.0) for band in bands]
    plan.rooms = [_room(plan, i) for i in range(len(bands) - 1)]
    length = sum(plan.sizes) + sum(plan.rooms)
    begins = [sum(plan.sizes[:i]) + sum(plan.rooms[:i]) for i in range(len(bands))]
    middle = {n: begins[i] + plan.sizes[i] / 2 for i, band in enumerate(bands) for n in band}
    for n, place in enumerate(places):
        x, y = way.point(plan.layout.centre[n], middle[n], length)
        place.x, place.y = x - place.width / 2, y - place.height / 2
    size = (plan.layout.width, length)
    plan.width, plan.height = size if way.upright else size[::-1]
    for chain in plan.layout.chains:
        first = middle[chain[0]] + along[chain[0]] / 2, middle[chain[-1]] - along[chain[-1]] / 2
        plan.edges.append(_edge(plan, chain, begins, first, length))
    return plan


def _sized(box: Box, way: Way) -> Place:
    inner = None if box.inner is None else plan_of(box.inner, way)
    mark = 0 if inner is None else 2 * FONT  # of what unfolds
    widths = [
        text_width(box.kind, FONT + 1) + mark,
        *(text_width(line, FONT) for line in box.lines),
    ]
    width = max(widths) + 2 * PADDING
    height = TITLE + LINE * len(box.lines) + (6.0 if box.lines else 2.0)
    if inner is not None:
        width, height = max(width, inner.width + 2 * PADDING), height + inner.height + 2 * PADDING
    return Place(box, width, height, inner)


def links(plan: Plan, band: int) -> list[tuple[int, int]]:
    """List the edges behind a band, as pairs of numbers of boxes or bends."""
    below = plan.layout.below
    return [(a, b) for a in plan.layout.bands[band] for b in dict.fromkeys(below[a])]


def _bent(plan: Plan, link: tuple[int, int]) -> bool:
    return abs(plan.layout.centre[link[0]] - plan.layout.centre[link[1]]) > 0.5


def _room(plan: Plan, band: int) -> float:
    bent = [link for link in links(plan, band) if _bent(plan, link)]
    if plan.way.splines == "ortho":
        return ROOM + _STEP * max(0, len({a for a, _ in bent}) - 1)
    centre = plan.layout.centre
    widest = max((abs(centre[a] - centre[b]) for a, b in bent), default=0.0)
    return min(max(ROOM, 0.15 * widest), _MOST_ROOM)


def between(plan: Plan, band: int) -> dict[tuple[int, int], list[tuple[str, list[Point]]]]:
    """Return how each edge runs behind a band, in points `(across, along)` from the band's end on.

    Right-angled edges turn at a level of their own for each place where they begin.
    """
    centre, room = plan.layout.centre, plan.rooms[band]
    edges = links(plan, band)
    levels = {a: 0.0 for a, b in edges if _bent(plan, (a, b))}
    for i, a in enumerate(levels):
        levels[a] = (room - _STEP * (len(levels) - 1)) / 2 + _STEP * i
    ways = {}
    for a, b in edges:
        end = (centre[b], room)
        if not _bent(plan, (a, b)) or plan.way.splines in ("line", "polyline"):
            ways[a, b] = [("L", [end])]
        elif plan.way.splines == "ortho":
            turn = levels[a]
            ways[a, b] = [("L", [(centre[a], turn)]), ("L", [(centre[b], turn)]), ("L", [end])]
        else:
            ways[a, b] = [("C", [(centre[a], room / 2), (centre[b], room / 2), end])]
    return ways


def _edge(
    plan: Plan, chain: list[int], begins: list[float], ends: tuple[float, float], length: float
) -> list[Command]:
    """The commands of one edge: straight within bands, in its way between them."""
    bands = plan.layout.bands
    first = next(i for i, begin in enumerate(begins) if chain[0] in bands[i])
    centre, way = plan.layout.centre, plan.way
    commands = [("M", [(centre[chain[0]], ends[0])])]
    for band, link in enumerate(pairwise(chain), first):
        start = begins[band] + plan.sizes[band]
        commands.append(("L", [(centre[link[0]], start)]))
        for kind, points in between(plan, band)[link]:
            commands.append((kind, [(across, start + along) for across, along in points]))
    commands.append(("L", [(centre[chain[-1]], ends[1])]))
    return [
        (kind, tuple(way.point(across, along, length) for across, along in points))
        for kind, points in commands
    ]


def flat(plan: Plan, x: float = 0.0, y: float = 0.0) -> Iterator[tuple[float, float, Plan]]:
    """Yield the picture and those within its boxes, the outer ones first, with their upper left corners."""
    yield x, y, plan
    for place in plan.places:
        if place.inner is not None:
            yield from flat(place.inner, *inner_corner(place, x, y))


def inner_corner(place: Place, x: float = 0.0, y: float = 0.0) -> Point:
    """Where the picture within a box begins: in its middle, at its lower end."""
    assert place.inner is not None
    left = x + place.x + (place.width - place.inner.width) / 2
    return left, y + place.y + place.height - place.inner.height - PADDING


def texts(place: Place, x: float, y: float) -> Sequence[tuple[str, float, float, bool]]:
    """List the lines of a box: text, middle across, base line, whether it is the title."""
    left = x + place.x + place.width / 2
    top = y + place.y
    lines = [(place.box.kind, left, top + 16, True)]
    return lines + [
        (line, left, top + TITLE + LINE * i + 14, False) for i, line in enumerate(place.box.lines)
    ]
