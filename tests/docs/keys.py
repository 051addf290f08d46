"""The key reference, made from the commands that each screen declares."""

from collections.abc import Iterable, Iterator

from anaplan_tui.ui import commands as c
from anaplan_tui.ui.commands import Command
from anaplan_tui.ui.keymap import all_places
from tests.docs.table import code, table

_INTRO = """\
# Keys

Every key of every screen, made from the commands that the screens declare (`make reference`). In the app,
`?` shows the keys of the screen you are on and says why one does not work just now, and `:` finds a command
by its name.

Each has a name for the table `[keys]` of the configuration, which gives it other keys (`run = "f9 ctrl+r"`);
the keys of lists and of questions stay. What does not go together is refused before the app opens.

A question takes no key that was typed before it stood on the screen. Then `y` and `n` answer it; a letter
that is no answer moves to the answer that changes nothing, and `Esc` gives that answer.
"""
_FOR_A_READ_ONLY_PROFILE = "Changes something on the service: refused for a profile with `read_only = true`."
_SPELLED = {"enter": "Enter", "↵": "Enter", "esc": "Esc", "space": "Space", "tab": "Tab"}


def page() -> str:
    """Return ``docs/keys.md``."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield _INTRO
    yield "## Everywhere\n"
    moves = [(code(keys), said, "", "") for keys, said in c.MOVES]
    yield from table(("key", "does", "name", ""), [*moves, *_rows(c.EVERYWHERE)])
    yield f"\\* {_FOR_A_READ_ONLY_PROFILE}\n"
    for place in all_places():
        yield f"## {place.NAME[0].upper()}{place.NAME[1:]}\n"
        own = [command for command in place.HERE if command not in c.EVERYWHERE]
        yield from table(("key", "does", "name", ""), _rows(own))
        without = [command for command in c.EVERYWHERE if not _answered(command, place.HERE)]
        if without:
            yield f"Not here: {', '.join(code(keys(command)) for command in without)}.\n"


def _answered(command: Command, here: Iterable[Command]) -> bool:
    return any(command.id == other.id for other in here)


def _rows(commands: Iterable[Command]) -> Iterator[tuple[str, str, str, str]]:
    for command in commands:
        yield code(keys(command)), command.help, code(command.id), r"\*" if command.changes_things else ""


def keys(command: Command) -> str:
    """Return the keys to press; a command without a key of its own is found in the palette."""
    if not command.keys:
        return f": {command.label}"
    shown = (c.shown(key) for key in command.key_names)
    return " ".join(_SPELLED.get(key, key) for key in shown)
