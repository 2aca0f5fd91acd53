"""A picture of a graph as SVG: light or dark as the reader's screen is."""

from __future__ import annotations

from html import escape

from lamina.visualization.diagram.placing import FONT, Command, Plan, flat, texts

MARGIN = 12
FONTS = "DejaVu Sans,Verdana,Helvetica,Arial,sans-serif"
# Per look of a box: its ground, its border; in the light, in the dark. Text is dark, or light, throughout.
LOOKS = {
    "input": ("#eceff1", "#78909c", "#37474f", "#90a4ae"),
    "weights": ("#dceaf8", "#1f6fb4", "#1e3f5c", "#64b5f6"),
    "plain": ("#f6f6f4", "#8d8d86", "#3a3a38", "#a5a59d"),
    "model": ("#fdf6e9", "#c77d0a", "#3d321d", "#ffb74d"),
}
_PAGE = ("#ffffff", "#1b1c1f")
_TEXT = ("#1c1c1c", "#eeeeee")
_LINES = ("#5f6368", "#b8bcc2")


def style(scope: str) -> str:
    """Return the rules of style, for elements within `scope` (`.lamina-graph`)."""
    return _rules(scope, 0) + "@media (prefers-color-scheme:dark){" + _rules(scope, 1) + "}"


def _rules(scope: str, dark: int) -> str:
    boxes = "".join(
        f"{scope} .{look}{{fill:{colors[2 * dark]};stroke:{colors[2 * dark + 1]}}}"
        for look, colors in LOOKS.items()
    )
    return (
        f"{scope} .page{{fill:{_PAGE[dark]}}}{scope} text{{fill:{_TEXT[dark]}}}{boxes}"
        f"{scope} .edge{{fill:none;stroke:{_LINES[dark]}}}{scope} .tip{{fill:{_LINES[dark]}}}"
    )


def as_svg(plan: Plan) -> str:
    """Return the picture as the text of an SVG file."""
    width, height = plan.width + 2 * MARGIN, plan.height + 2 * MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="lamina-graph" width="{width:.0f}" '
        f'height="{height:.0f}" viewBox="0 0 {width:.1f} {height:.1f}" font-family="{FONTS}" '
        f'font-size="{FONT}" text-anchor="middle" role="img">',
        f"<title>{escape(plan.diagram.name)}</title><style>{style('.lamina-graph')}</style>",
        '<rect class="page" width="100%" height="100%"/>',
    ]
    for x, y, part in flat(plan, MARGIN, MARGIN):
        parts += _picture(part, x, y)
    return "".join([*parts, "</svg>\n"])


def _picture(plan: Plan, x: float, y: float) -> list[str]:
    parts = []
    for commands in plan.edges:
        parts.append(f'<path class="edge" d="{path(commands, x, y)}"/>{tip(plan, commands, x, y)}')
    for place in plan.places:
        parts.append(
            f'<rect class="{place.box.look}" x="{x + place.x:.1f}" y="{y + place.y:.1f}" '
            f'width="{place.width:.1f}" height="{place.height:.1f}" rx="4"/>'
        )
        for text, left, base, title in texts(place, x, y):
            bold = f' font-size="{FONT + 1}"' if title else ""
            parts.append(f'<text x="{left:.1f}" y="{base:.1f}"{bold}>{escape(text)}</text>')
    return parts


def path(commands: list[Command], x: float, y: float) -> str:
    """Return the commands of an edge as SVG writes them."""
    return "".join(
        kind + " ".join(f"{x + a:.1f} {y + b:.1f}" for a, b in points) for kind, points in commands
    )


def tip(plan: Plan, commands: list[Command], x: float, y: float) -> str:
    """Return the tip of an edge's arrow."""
    across, along = commands[-1][1][-1]
    corners = " ".join(f"{x + a:.1f},{y + b:.1f}" for a, b in tip_corners(plan, across, along))
    return f'<polygon class="tip" points="{corners}"/>'


def tip_corners(plan: Plan, x: float, y: float) -> list[tuple[float, float]]:
    """The corners of an arrow's tip at `(x, y)`."""
    back = 8 if plan.way.backwards else -8
    if plan.way.upright:
        return [(x, y), (x - 4, y + back), (x + 4, y + back)]
    return [(x, y), (x + back, y - 4), (x + back, y + 4)]
