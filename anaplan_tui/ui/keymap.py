"""The operator's own keys: reads ``[keys]`` of the configuration and checks it against the screens.

Keys are accepted as Textual names them and as people write them (``?``, ``G``, ``Ctrl+R``, ``^R``, ``PgDn``).
``[keys]`` can neither give two commands of one screen the same key nor take a key that moves in every list.
"""

import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from textual.binding import Binding
from textual.keys import REPLACED_KEYS, Keys, key_to_character

from anaplan_tui.config.errors import ConfigError, suggestion
from anaplan_tui.config.settings import Settings
from anaplan_tui.ui import commands as c
from anaplan_tui.ui import screens
from anaplan_tui.ui.commands import Command
from anaplan_tui.ui.place import Place
from anaplan_tui.ui.widgets.cursor_table import CursorTable

_SPELLED = {
    "esc": "escape", "return": "enter", "pgup": "pageup", "pgdn": "pagedown", "pgdown": "pagedown",
    "page_up": "pageup", "page_down": "pagedown", "del": "delete", "ins": "insert", "spacebar": "space",
    "dot": "full_stop", "period": "full_stop",
}  # fmt: skip
_MODIFIERS = {"c": "ctrl", "control": "ctrl", "s": "shift", "m": "alt", "meta": "alt", "a": "alt"}
_NAMED = frozenset(key.value for key in Keys if key.value.isprintable() and "<" not in key.value)
_THE_SAME = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+j": "enter", "ctrl+h": "backspace"}
"""Keys that a terminal cannot distinguish."""
_LEAVING = {"ctrl+c": "leaves the app", "ctrl+z": "goes back to the shell"}


def chosen_keys(settings: Settings) -> dict[str, str]:
    """Return the configured keys by command id: in Textual's names, separated by commas.

    Raises:
        ConfigError: a command or a key is unknown, or a key would do two things on one screen.
    """
    for problem in problems(settings):
        raise problem
    return {command_id: ",".join(_keys(text)) for command_id, text in settings.keys.items()}


def problems(settings: Settings) -> Iterator[ConfigError]:
    """Yield everything that is wrong with ``[keys]``."""
    if not settings.keys:
        return
    known: dict[str, str] = {}
    ids = sorted({command.id for command in c.declared()})
    for name, text in settings.keys.items():
        if name not in ids:
            yield _error(settings, name, "names no command", suggestion(name, ids))
            continue
        try:
            known[name] = ",".join(_keys(text))
        except ValueError as error:
            allowed = "Keys are written as in G, ?, ctrl+r, f5 or pagedown, several with blanks between."
            yield _error(settings, name, str(error), allowed)
            continue
        for key in known[name].split(","):
            if key in _taken():
                yield _error(settings, name, f"cannot have {c.shown(key)}, which {_taken()[key]}", "")
    yield from _clashes(settings, known)


def _clashes(settings: Settings, chosen: Mapping[str, str]) -> Iterator[ConfigError]:
    told: set[frozenset[str]] = set()
    for place in all_places():
        holders: dict[str, Command] = {}
        for command in place.HERE:
            for key in chosen.get(command.id, command.default_keys).split(","):
                other = holders.setdefault(key, command) if key else command
                pair = frozenset((other.id, command.id))
                is_meant = not any(one in chosen for one in pair)
                if other is command or is_meant or pair in told:
                    continue
                told.add(pair)
                yield _clash(settings, place, key, other, command, chosen)


def _clash(
    settings: Settings,
    place: type[Place],
    key: str,
    one: Command,
    other: Command,
    chosen: Mapping[str, str],
) -> ConfigError:
    at_fault = other if other.id in chosen else one
    both = " and ".join(f"'{command.id}' ({command.label})" for command in (one, other))
    return _error(
        settings,
        at_fault.id,
        f"makes {c.shown(key)} mean two commands on the screen {place.NAME}: {both}",
        f"Give one of them another key: keys.{one.id} or keys.{other.id}.",
    )


def _error(settings: Settings, name: str, problem: str, allowed: str) -> ConfigError:
    from anaplan_tui.config.sources import attributed

    where: Path | str = settings.file or "environment"
    return attributed(ConfigError(where, f"keys.{name}", problem, allowed), ("keys", name))


def all_places() -> list[type[Place]]:
    """Return the screens, one for each name, sorted by name."""
    for module in pkgutil.walk_packages(screens.__path__, f"{screens.__name__}."):
        importlib.import_module(module.name)
    named = {place.NAME: place for place in _below(Place) if place.NAME}
    return [place for _, place in sorted(named.items())]


def _below(place: type[Place]) -> Iterator[type[Place]]:
    for child in place.__subclasses__():
        yield child
        yield from _below(child)


@cache
def _taken() -> dict[str, str]:
    """Return the keys that no command can have, with what they do."""
    made = Binding.make_bindings(CursorTable.BINDINGS)
    return {**dict.fromkeys((binding.key for binding in made), "moves in every list"), **_LEAVING}


def _keys(text: str) -> list[str]:
    """Return the keys that ``text`` names, in Textual's names.

    Raises:
        ValueError: ``text`` names no key, or something that is not a key; the message says which.
    """
    found = [
        _key(word) for part in text.split() for word in ([part] if part == "," else part.split(",")) if word
    ]
    if not found:
        raise ValueError("names no key")
    return list(dict.fromkeys(found))


def _key(word: str) -> str:
    if len(word) == 1:
        return _named(word)
    caret = re.fullmatch(r"\^(.)", word)
    parts = ["ctrl", caret[1]] if caret else re.split(r"(?<=.)[+-](?=.)", word)
    *modifiers, key = parts
    named = [_MODIFIERS.get(name.lower(), name.lower()) for name in modifiers]
    if any(name not in ("ctrl", "alt", "shift") for name in named):
        raise ValueError(f"names {word}, which is no key")
    if len(key) > 1:
        key = _SPELLED.get(key.lower(), key.lower())
        if key not in _NAMED and key not in REPLACED_KEYS and not key_to_character(key):
            raise ValueError(f"names {word}, which is no key")
    elif named == ["shift"] and key.isalpha():
        return key.upper()
    else:
        key = key.lower() if "ctrl" in named and key.isalpha() else _named(key)
    order = [name for name in ("alt", "ctrl", "shift") if name in named]
    whole = "+".join([*order, key])
    return _THE_SAME.get(whole, whole)


def _named(character: str) -> str:
    """Return Textual's name for the key of a character."""
    if character == ",":
        return "comma"  # Textual would read it as the separator between two keys
    (binding,) = Binding.make_bindings([Binding(character, "")])
    return binding.key
