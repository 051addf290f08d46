"""Print text for people: wrapped between words on a terminal, unwrapped elsewhere so that grep works."""

import os
import sys
from collections.abc import Iterator, Sequence
from typing import TextIO

import click

_INDENT = 4
"""The indent of cells that did not fit beside the others and go below their row."""
_PATHS = ("/", "~/")


def say(text: str, copy: str = "", *, hang: int | None = None, err: bool = False) -> None:
    """Print ``text``, one line or several, each wrapped to the terminal's width between words.

    Continuation lines are indented ``hang`` columns more than the line; by default, past a leading sign.
    ``copy``, a command or a path, follows the text and is never wrapped.
    """
    from anaplan_tui.core.text import cells

    width = room(sys.stderr if err else sys.stdout)
    whole = f"{text} {copy}" if copy else text
    if copy and width is not None and cells(whole.rpartition("\n")[2]) > width:
        say(text, hang=hang, err=err)
        click.echo(f"  {copy}", err=err)
        return
    for line in whole.split("\n"):
        for piece in [line] if width is None else broken(line, width, hang):
            click.echo(piece, err=err)


def row(filled: Sequence[str], last: str) -> None:
    """Print one row of a table on stdout: cells padded to their columns, and the last cell.

    Cells that do not fit beside the others go below them, wrapped between words; a path is never wrapped.
    """
    line = "  ".join([*filled, last]).rstrip()
    width = room(sys.stdout)
    for piece in [line] if width is None else _below(filled, last, width):
        click.echo(piece)


def room(stream: TextIO | None) -> int | None:
    """Return the columns of a stream's terminal; ``None`` when the stream is not a terminal."""
    if stream is None or not stream.isatty():
        return None
    try:
        return os.get_terminal_size(stream.fileno()).columns or None
    except OSError:
        return None


def broken(line: str, width: int, hang: int | None = None) -> list[str]:
    """Wrap a line to at most ``width`` cells; only a longer word exceeds that."""
    from anaplan_tui.core.text import cells

    said = line.lstrip(" ")
    margin = len(line) - len(said)
    behind = " " * (margin + (_signs(said) if hang is None else hang))
    lines = [" " * margin]
    begun = False
    for word in said.split(" "):
        longer = f"{lines[-1]} {word}" if begun else lines[-1] + word
        if begun and cells(longer) > width:
            lines.append(behind + word)
            begun = bool(word)
        else:
            lines[-1] = longer
            begun = True
    return [piece.rstrip() for piece in lines]


def _signs(said: str) -> int:
    """Return the width of a leading sign such as ``✓`` and its blank; 0 without one."""
    return 2 if said[1:2] == " " and not said[:1].isalnum() else 0


def _below(filled: Sequence[str], last: str, width: int) -> list[str]:
    from anaplan_tui.core.text import cells

    line = "  ".join([*filled, last]).rstrip()
    if cells(line) <= width:
        return [line]
    beside = len(filled)
    while beside > 1 and cells("  ".join(filled[:beside])) > width:
        beside -= 1
    left = [cell.rstrip() for cell in (*filled[beside:], last) if cell.strip()]
    return ["  ".join(filled[:beside]).rstrip(), *_packed(left, width)]


def _packed(left: Sequence[str], width: int) -> Iterator[str]:
    """Yield cells one after another in wrapped lines, and each path on a line of its own."""
    words: list[str] = []
    for cell in left:
        if not cell.startswith(_PATHS):
            words.append(cell)
            continue
        if words:
            yield from broken(" " * _INDENT + "  ".join(words), width)
        words = []
        yield " " * _INDENT + cell
    if words:
        yield from broken(" " * _INDENT + "  ".join(words), width)
