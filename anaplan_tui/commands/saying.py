"""Words for people: on a terminal a line breaks between words, elsewhere it is left whole for grep."""

import os
import sys
from collections.abc import Iterator, Sequence
from typing import TextIO

import click

_INDENT = 4
"""What of a row of a table has no room stands that far in, below it."""
_PATHS = ("/", "~/")


def say(text: str, copy: str = "", *, hang: int | None = None, err: bool = False) -> None:
    """Print ``text``, a line or several, each broken to the terminal's width between words.

    What is carried over stands ``hang`` columns further in than the line: those of a sign that leads it
    where that is not given. ``copy``, a command or a path, stands behind the text, in one piece.
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
    """Print one row of a table on stdout: cells that are filled up to their columns, and the last.

    What has no room beside the others goes below them, broken between words; a path stays whole.
    """
    line = "  ".join([*filled, last]).rstrip()
    width = room(sys.stdout)
    for piece in [line] if width is None else _below(filled, last, width):
        click.echo(piece)


def room(stream: TextIO | None) -> int | None:
    """The columns of the terminal that a stream leads to; ``None`` where it leads to none."""
    if stream is None or not stream.isatty():
        return None
    try:
        return os.get_terminal_size(stream.fileno()).columns or None
    except OSError:
        return None


def broken(line: str, width: int, hang: int | None = None) -> list[str]:
    """A line as lines of at most ``width`` cells; only a word that is longer than that is longer."""
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
    """How far in the words begin behind a sign such as ``✓``."""
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
    """Cells one after another; a path on a line of its own."""
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
