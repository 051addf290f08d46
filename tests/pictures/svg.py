"""A terminal's screen as SVG, still or as a film; it runs and fetches nothing."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from xml.sax.saxutils import escape

import pyte
from pyte.screens import Char
from rich.cells import cell_len

CELL, LINE, SIZE = 8.4, 18, 14
"""Width and height of a cell, and of its letters, in pixels."""
MARGIN = 10

_INK, _GROUND = "#d3d7dc", "#14181d"
"""The terminal's default colours, for cells where a program sets none."""
_NAMED = {
    "black": "#22272e",
    "red": "#ef8683",
    "green": "#7fbf7f",
    "brown": "#e0b45c",
    "blue": "#7aa2c8",
    "magenta": "#c59ad6",
    "cyan": "#7fb4e6",
    "white": "#c4cad1",
}
_HARD_SPACE = "\N{NO-BREAK SPACE}"
"""Not every viewer preserves the others."""
_WORDS = re.compile(r"\S+(?: \S+)*")
"""Text drawn in one piece: over wide gaps, the letters of another font would leave their columns."""
_FONT = "Fira Code,ui-monospace,Menlo,Consolas,DejaVu Sans Mono,monospace"
_THIN = 0.06
_DRAWN = {
    "█": (0.0, 0.0, 1.0, 1.0),
    "▀": (0.0, 0.0, 1.0, 0.5),
    "▄": (0.0, 0.5, 1.0, 1.0),
    "─": (0.0, 0.5 - _THIN / 2, 1.0, 0.5 + _THIN / 2),
    "│": (0.5 - _THIN, 0.0, 0.5 + _THIN, 1.0),
}
"""Parts of the cell, as left, top, right, bottom: a font's letters leave gaps between lines."""
_CORNERS = {"╭": (1.0, 1.0), "╮": (0.0, 1.0), "╰": (1.0, 0.0), "╯": (0.0, 0.0)}
"""The side each leads to, and whether up or down."""


@dataclass(frozen=True)
class Frame:
    """The screen's lines as SVG, and the time they appeared, in seconds."""

    lines: tuple[str, ...]
    at: float = 0.0

    def cut(self) -> "Frame":
        """Return it without the empty lines at the end."""
        used = max((n for n, line in enumerate(self.lines, 1) if line), default=1)
        return Frame(self.lines[:used], self.at)


def frame(screen: pyte.Screen, at: float = 0.0) -> Frame:
    """Return the present screen as a frame."""
    rows = ([screen.buffer[y][x] for x in range(screen.columns)] for y in range(screen.lines))
    return Frame(tuple(map(_line, rows)), at)


def caption(said: str) -> str:
    """Return a line shown under the screen and not part of it."""
    return f'<text x="{CELL:g}" y="{SIZE}" class="b" fill="{_NAMED["cyan"]}">{escape(said)}</text>'


def still(frame: Frame, columns: int) -> str:
    """Return a picture."""
    lines = "".join(
        f'<g transform="translate(0,{y * LINE})">{line}</g>' for y, line in enumerate(frame.lines) if line
    )
    return _document(columns, len(frame.lines), lines)


def film(frames: Sequence[Frame], columns: int, lasts: float) -> str:
    """Return a film that repeats its frames: a strip of them, moved by one frame at a time.

    A line that appears in several frames is written once.
    """
    rows = len(frames[0].lines)
    lines = dict.fromkeys(line for f in frames for line in f.lines if line)
    names = {line: f"l{n}" for n, line in enumerate(lines)}
    symbols = "".join(f'<g id="{name}">{line}</g>' for line, name in names.items())
    step = columns * CELL
    strip = "".join(
        f'<g transform="translate({n * step:g},0)">'
        + "".join(f'<use href="#{names[line]}" y="{y * LINE}"/>' for y, line in enumerate(f.lines) if line)
        + "</g>"
        for n, f in enumerate(frames)
    )
    moves = "".join(
        f"{100 * f.at / lasts:.3f}%{{transform:translateX({-n * step:g}px)}}" for n, f in enumerate(frames)
    )
    style = f"#strip{{animation:play {lasts:g}s step-end infinite}}@keyframes play{{{moves}}}"
    window = (
        f'<svg width="{step:g}" height="{rows * LINE}" viewBox="0 0 {step:g} {rows * LINE}">'
        f'<g id="strip">{strip}</g></svg>'
    )
    return _document(columns, rows, f"<defs>{symbols}</defs>{window}", style)


def _document(columns: int, rows: int, content: str, style: str = "") -> str:
    width, height = columns * CELL + 2 * MARGIN, rows * LINE + 2 * MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}">\n'
        f"<style>text{{font:{SIZE}px {_FONT};}}.b{{font-weight:bold}}.i{{font-style:italic}}"
        f".u{{text-decoration:underline}}{style}</style>\n"
        f'<rect width="100%" height="100%" rx="6" fill="{_GROUND}"/>\n'
        f'<g transform="translate({MARGIN},{MARGIN})" fill="{_INK}">{content}</g>\n</svg>\n'
    )


def _line(cells: Iterable[Char]) -> str:
    """Return one line: the backgrounds first, then the characters on them."""
    grounds, texts, x = [], [], 0
    for style, group in groupby(cells, key=_style):
        run = list(group)
        text = "".join(cell.data for cell in run)
        ink, ground = _colours(run[0])
        if ground != _GROUND:
            grounds.append(_rectangle(x, len(run), (0.0, 0.0, 1.0, 1.0), ground))
        texts.append(_drawn(text, x, ink, style))
        x += len(run)
    return "".join(grounds + texts)


def _style(cell: Char) -> tuple[object, ...]:
    return (*_colours(cell), cell.bold, cell.italics, cell.underscore, cell.data in _DRAWN | _CORNERS)


def _drawn(text: str, x: int, ink: str, style: tuple[object, ...]) -> str:
    if style[-1]:
        return _strokes(text, x, ink)
    classes = " ".join(name for name, on in zip("biu", style[2:5], strict=True) if on)
    named = f' class="{classes}"' if classes else ""
    fill = "" if ink == _INK else f' fill="{ink}"'
    parts = []
    for words in _WORDS.finditer(text):
        at = (x + cell_len(text[: words.start()])) * CELL
        length = cell_len(words[0]) * CELL
        said = escape(words[0]).replace(" ", _HARD_SPACE)
        parts.append(f'<text x="{at:g}" y="{SIZE}" textLength="{length:g}"{fill}{named}>{said}</text>')
    return "".join(parts)


def _strokes(text: str, x: int, ink: str) -> str:
    """Return the strokes of boxes, bars and codes."""
    drawn = []
    for sign, same in groupby(text):
        width = len(list(same))
        if sign in _DRAWN:
            drawn.append(_rectangle(x, width, _DRAWN[sign], ink))
        else:
            drawn += [_corner(x + n, *_CORNERS[sign], ink) for n in range(width)]
        x += width
    return "".join(drawn)


def _rectangle(x: int, cells: int, part: tuple[float, float, float, float], colour: str) -> str:
    left, top, right, bottom = part
    width = (cells if right - left == 1 else right - left) * CELL
    return (
        f'<rect x="{(x + left) * CELL:g}" y="{top * LINE:g}" width="{width:g}" '
        f'height="{(bottom - top) * LINE:g}" fill="{colour}" shape-rendering="crispEdges"/>'
    )


def _corner(x: int, side: float, end: float, colour: str) -> str:
    middle = f"{(x + 0.5) * CELL:g} {LINE / 2:g}"
    return (
        f'<path d="M{(x + side) * CELL:g} {LINE / 2:g}Q{middle} {(x + 0.5) * CELL:g} {end * LINE:g}" '
        f'fill="none" stroke="{colour}"/>'
    )


def _colours(cell: Char) -> tuple[str, str]:
    ink, ground = _colour(cell.fg, _INK), _colour(cell.bg, _GROUND)
    return (ground, ink) if cell.reverse else (ink, ground)


def _colour(name: str, default: str) -> str:
    if name == "default":
        return default
    return _NAMED.get(name.removeprefix("bright")) or f"#{name}"
