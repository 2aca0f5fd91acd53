"""A picture of a graph as HTML in which models within the model fold and unfold at a click.

Bands are rows (or columns) as high as what is in them, and between them lies a picture of the edges. So
whatever unfolds, the rest makes room, without a program in the page.
"""

from __future__ import annotations

from html import escape

from lamina.visualization.diagram.placing import FONT, LINE, TITLE, Place, Plan, between, links
from lamina.visualization.diagram.svg import FONTS, LOOKS

_LIGHT, _DARK = ("#1c1c1c", "#5f6368", "#ffffff"), ("#eeeeee", "#b8bcc2", "#1b1c1f")
_STYLE = (
    ".lg,.lg *{box-sizing:border-box}"
    f".lg{{display:flex;font:{FONT}px/{LINE}px {FONTS};color:var(--text);margin:0 auto;width:max-content}}"
    ".lg.up{flex-direction:column}.lg .band{display:grid;flex:none}"
    ".lg .band>*{grid-area:1/1}.lg svg{display:block;flex:none;overflow:visible}"
    ".lg path{fill:none;stroke:var(--line)}"
    ".lg .box{position:relative;border:1px solid;border-radius:4px;padding:0 9px 5px;text-align:center;"
    "white-space:nowrap;width:max-content;height:max-content;color:var(--text)}"
    f".lg .box b{{display:block;font-weight:400;font-size:{FONT + 1}px;line-height:{TITLE}px}}"
    ".lg summary{cursor:pointer;list-style:none}.lg summary::-webkit-details-marker{display:none}"
    ".lg summary b::before{content:'▸ '}.lg details[open]>summary b::before{content:'▾ '}"
    ".lg details[open]>summary{margin-bottom:10px}"
    # Places: `--c` is the middle across. A wire is as long as its band; half of it may be missing.
    ".lg.up>.band>.box{justify-self:start;align-self:center;margin-left:var(--c);transform:translateX(-50%)}"
    ".lg.up>.band>.wire{justify-self:start;margin-left:calc(var(--c) - .5px);width:1px}"
    ".lg.side>.band>.box{align-self:start;justify-self:center;margin-top:var(--c);transform:translateY(-50%)}"
    ".lg.side>.band>.wire{align-self:start;margin-top:calc(var(--c) - .5px);height:1px}"
    ".lg .wire{background:linear-gradient(var(--to,to bottom),var(--first) 50%,var(--last) 50%)}"
    ".lg .all{--first:var(--line);--last:var(--line)}"
    ".lg .first{--first:var(--line);--last:transparent}.lg .last{--first:transparent;--last:var(--line)}"
    # Tips of arrows, outside of the box.
    ".lg .tip::before{content:'';position:absolute;border:4px solid transparent}"
    ".lg.TB>.band>.tip::before{bottom:100%;left:calc(50% - 4px);border-top:8px solid var(--line);border-bottom:0}"
    ".lg.BT>.band>.tip::before{top:100%;left:calc(50% - 4px);border-bottom:8px solid var(--line);border-top:0}"
    ".lg.LR>.band>.tip::before{right:100%;top:calc(50% - 4px);border-left:8px solid var(--line);border-right:0}"
    ".lg.RL>.band>.tip::before{left:100%;top:calc(50% - 4px);border-right:8px solid var(--line);border-left:0}"
)


def style() -> str:
    """Return the rules of style that `as_html` needs."""
    return f"{_STYLE}{_colors(0)}@media (prefers-color-scheme:dark){{{_colors(1)}}}"


def _colors(dark: int) -> str:
    text, line, _ = (_LIGHT, _DARK)[dark]
    boxes = "".join(
        f".lg .{look}{{background:{colors[2 * dark]};border-color:{colors[2 * dark + 1]}}}"
        for look, colors in LOOKS.items()
    )
    return f".lg{{--text:{text};--line:{line}}}{boxes}"


def as_html(plan: Plan, unfolded: bool) -> str:
    """Return the picture as an element of a page.

    Args:
        plan: where everything lies, models within it unfolded.
        unfolded: whether it begins like that.
    """
    way = plan.way
    side = "up" if way.upright else "side"
    parts = [_band(plan, 0, unfolded)]
    for band in range(len(plan.rooms)):
        parts += [_edges(plan, band), _band(plan, band + 1, unfolded)]
    parts = parts[::-1] if way.backwards else parts
    return f'<div class="lg {side} {way.rankdir}">{"".join(parts)}</div>'


def as_page(plan: Plan, unfolded: bool) -> str:
    """Return the picture as the text of an HTML file."""
    name = escape(plan.diagram.name)
    grounds = (
        f"body{{margin:16px;background:{_LIGHT[2]}}}"
        f"@media (prefers-color-scheme:dark){{body{{background:{_DARK[2]}}}}}"
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"/>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>'
        '<meta name="color-scheme" content="light dark"/>'
        f"<title>{name}</title><style>{grounds}{style()}</style></head>"
        f"<body>{as_html(plan, unfolded)}</body></html>\n"
    )


def _band(plan: Plan, band: int, unfolded: bool) -> str:
    layout, places = plan.layout, plan.places
    size = f"{'width' if plan.way.upright else 'height'}:{layout.width:.1f}px"
    wires, boxes = [], []
    for node in layout.bands[band]:
        middle = f'style="--c:{_sharp(layout.centre[node])}px"'
        comes, goes = bool(layout.above[node]), bool(layout.below[node])
        if comes or goes:
            half = "all" if comes and goes else "first" if comes != plan.way.backwards else "last"
            to = "" if plan.way.upright else "--to:to right;"
            wires.append(f'<div class="wire {half}" {middle.replace("--c", f"{to}--c")}></div>')
        if node < len(places):
            boxes.append(_box(places[node], middle, comes, unfolded))
    return f'<div class="band" style="{size}">{"".join(wires + boxes)}</div>'


def _sharp(across: float) -> float:
    """The middle of a pixel: there a line is sharp, in whatever way it is drawn."""
    return int(across) + 0.5


def _box(place: Place, middle: str, comes: bool, unfolded: bool) -> str:
    box = place.box
    classes = f'class="box {box.look}{" tip" if comes else ""}"'
    text = f"<b>{escape(box.kind)}</b>{'<br/>'.join(map(escape, box.lines))}"
    if place.inner is None:
        return f"<div {classes} {middle}>{text}</div>"
    inner = as_html(place.inner, unfolded)
    state = ' open="open"' if unfolded else ""
    return f"<details {classes} {middle}{state}><summary>{text}</summary>{inner}</details>"


def _edges(plan: Plan, band: int) -> str:
    """The picture of the edges behind a band."""
    way, room, centre = plan.way, plan.rooms[band], plan.layout.centre
    runs = between(plan, band)
    paths = []
    for a, b in links(plan, band):
        steps = [("M", [(centre[a], 0.0)]), *runs[a, b]]
        data = "".join(
            kind
            + " ".join(
                "{:.1f} {:.1f}".format(*way.point(_sharp(across), along, room))
                for across, along in points
            )
            for kind, points in steps
        )
        paths.append(f'<path d="{data}"/>')
    width, height = (plan.layout.width, room) if way.upright else (room, plan.layout.width)
    return f'<svg width="{width:.1f}" height="{height:.1f}">{"".join(paths)}</svg>'
