"""What the words of sh mean: quotes, variables, substitutions, splitting."""

import fnmatch
import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass

from anaplan_tui.core.runbooks.connect.holes import Clock, Given, Here, Unknown, is_hole
from anaplan_tui.core.runbooks.connect.sh_quotes import past
from anaplan_tui.core.runbooks.connect.walk import (
    MAX_CHARACTERS,
    NotUnderstood,
    Place,
    TooMuch,
    Walk,
    unset,
)
from anaplan_tui.core.runbooks.placeholders import is_format

_PLAIN_NAME = re.compile(r"[A-Za-z_]\w*|[0-9@*#?$!-]")
_BRACED = re.compile(r"(#?)([A-Za-z_]\w*|\d+|[@*#?$!-])(\[[^\]]*\])?(.*)", re.DOTALL)
_CASES: dict[str, Callable[[str], str]] = {"^^": str.upper, ",,": str.lower}
_ANSI = {"n": "\n", "t": "\t", "\\": "\\", "'": "'", '"': '"'}


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a word after expansion."""

    text: str
    quoted: bool
    ends_field: bool = False
    """The next piece is a field of its own: ``"$@"``."""


class Words:
    """Expands words in the state of a walk."""

    def __init__(self, walk: Walk, substitute: Callable[[str, Place], str]) -> None:
        self._walk = walk
        self._substitute = substitute
        self.depth = 0

    def fields(self, word: str, place: Place) -> list[str]:
        """A word as the fields that a command gets: none, one or several."""
        found: list[str] = []
        current: str | None = None
        for piece in self._pieces(word, place):
            if piece.quoted:
                current = (current or "") + piece.text
                if piece.ends_field:
                    found.append(current)
                    current = None
                continue
            parts = re.split(r"[ \t\n]+", piece.text)
            for at, part in enumerate(parts):
                if at and current is not None:
                    found.append(current)
                    current = None
                if part:
                    current = (current or "") + part
        if current is not None:
            found.append(current)
        return found

    def one(self, word: str, place: Place) -> str:
        """A word without splitting, as in an assignment."""
        return "".join(
            piece.text + (" " if piece.ends_field else "") for piece in self._pieces(word, place)
        ).rstrip(" " if word.rstrip('"').endswith(("@]}", "$@")) else "")

    def pattern(self, word: str, place: Place) -> str:
        """A word as a pattern: what is quoted stands for itself."""
        return "".join(
            re.sub(r"([*?\[])", r"[\1]", piece.text) if piece.quoted else piece.text
            for piece in self._pieces(word, place)
        )

    def is_glob(self, word: str, place: Place) -> bool:
        """Whether the shell would look for files by this word."""
        return any(not p.quoted and re.search(r"[*?]|\[.+\]", p.text) for p in self._pieces(word, place))

    def _pieces(self, word: str, place: Place) -> list[Piece]:
        self.depth += 1
        try:
            if self.depth > 30:
                raise NotUnderstood(place.line, "expansions are nested too deeply")
            pieces = self._of(word, place, quoted=False)
        finally:
            self.depth -= 1
        if sum(len(piece.text) for piece in pieces) > MAX_CHARACTERS:
            raise TooMuch
        return pieces

    def _of(self, text: str, place: Place, *, quoted: bool) -> list[Piece]:
        found: list[Piece] = []
        at = 0
        while at < len(text):
            end = past(text, at, place.line, quoted=quoted)
            part = text[at:end]
            at = end
            if part.startswith("\\"):
                found.append(_escaped(part, quoted=quoted))
            elif part[0] == "'" and not quoted:
                found.append(Piece(part[1:-1], True))
            elif part[0] == '"' and not quoted:
                inner = self._of(part[1:-1], place, quoted=True)
                found += inner or ([] if part[1:-1] else [Piece("", True)])
            elif part.startswith("$'") and len(part) > 2:
                plain = re.sub(r"\\(.)", lambda m: _ANSI.get(m[1], m[0]), part[2:-1])
                found.append(Piece(plain, True))
            elif part[0] == "`" and len(part) > 1:
                inside = re.sub(r"\\([`\\$])", r"\1", part[1:-1])
                found.append(Piece(self._substitute(inside, place), quoted))
            elif part.startswith("$(("):
                found.append(self._computed(part, place, quoted))
            elif part.startswith("$("):
                found.append(Piece(self._substitute(part[2:-1], place), quoted))
            elif part.startswith("${"):
                found += self._braced(part[2:-1], place, quoted=quoted)
            elif part == "$":
                name = _PLAIN_NAME.match(text, at)
                if name is None:
                    found.append(Piece("$", quoted))
                else:
                    at = name.end()
                    found += self._variable(name[0], quoted=quoted)
            else:
                found.append(Piece(part, quoted))
        return found

    def _computed(self, expression: str, place: Place, quoted: bool) -> Piece:
        told = f"computed by the script in line {place.line}"
        given = Given(told, sure=False, filled=None, expression=expression)
        return Piece(self._walk.holes.put(given), quoted)

    def _braced(self, inside: str, place: Place, *, quoted: bool) -> list[Piece]:
        match = _BRACED.fullmatch(inside)
        if match is None or match[1]:
            return [self._computed(inside, place, quoted)]
        name, index, operation = match[2], match[3], match[4]
        if index:
            return (
                self._array(name, index[1:-1], quoted)
                if not operation
                else [self._computed(inside, place, quoted)]
            )
        if not operation:
            return self._variable(name, quoted=quoted)
        default = re.match(r"(:?)([-=?+])(.*)", operation, re.DOTALL)
        if default is not None:
            return self._default(name, default[1] + default[2], default[3], place, quoted=quoted)
        value = self.value(name)
        if name == "0" and operation in ("%/*", "%%/*"):
            return [Piece(self._walk.holes.put(Here()), quoted)]
        changed = self._changed(value, operation, place)
        return [
            self._computed(f"{inside} {value}", place, quoted) if changed is None else Piece(changed, quoted)
        ]

    def _changed(self, value: str, operation: str, place: Place) -> str | None:
        """``${X%.csv}`` and its kin; ``None`` where what is not known would decide."""
        if operation in _CASES:
            return None if any(map(is_hole, value)) else _CASES[operation](value)
        sliced = re.fullmatch(r":\s*(\d+)(?::\s*(\d+))?", operation)
        if sliced is not None and not any(map(is_hole, value)):
            begin = int(sliced[1])
            return value[begin:] if sliced[2] is None else value[begin : begin + int(sliced[2])]
        replaced = re.fullmatch(r"(//?)((?:\\.|[^/])+)(?:/(.*))?", operation, re.DOTALL)
        if replaced is not None:
            old, new = self.one(replaced[2], place), self.one(replaced[3] or "", place)
            if any(map(is_hole, value)) or re.search(r"[*?\[]", old):
                return None
            return value.replace(old, new, -1 if replaced[1] == "//" else 1)
        cut = re.fullmatch(r"(%%?|##?)(.*)", operation, re.DOTALL)
        if cut is None or any(map(is_hole, value)):
            return None
        return _without(value, self.pattern(cut[2], place), cut[1])

    def _default(self, name: str, operator: str, word: str, place: Place, *, quoted: bool) -> list[Piece]:
        state = self._walk.state
        known = name in state.variables or (name.isdecimal() and state.arguments is not None)
        value = self.value(name) if known else ""
        if operator.endswith("+"):
            return self._of(word, place, quoted=quoted) if value else []
        if value or (known and not operator.startswith(":")):
            return [Piece(value, quoted)]
        if operator.endswith("?"):
            return self._variable(name, quoted=quoted)
        pieces = self._of(word, place, quoted=quoted)
        if operator.endswith("="):
            self._walk.assign(name, "".join(piece.text for piece in pieces))
        return pieces

    def _array(self, name: str, index: str, quoted: bool) -> list[Piece]:
        value = self._walk.state.variables.get(name, (self.value(name),) if name == "BASH_SOURCE" else ())
        items = [value] if isinstance(value, str) else list(value)
        if index == "@" and quoted:
            return _as_fields(items)
        if index in ("@", "*"):
            return [Piece(" ".join(items), quoted)]
        at = int(index) if re.fullmatch(r"\d{1,4}", index) else -1
        return [Piece(items[at] if 0 <= at < len(items) else "", quoted)]

    def _variable(self, name: str, *, quoted: bool) -> list[Piece]:
        arguments = self._walk.state.arguments
        if name in ("@", "*") and arguments is not None:
            if name == "@" and quoted:
                return _as_fields(list(arguments))
            return [Piece(" ".join(arguments), quoted)]
        value = self._walk.state.variables.get(name)
        if isinstance(value, tuple):
            return [Piece(value[0] if value else "", quoted)]
        return [Piece(self.value(name), quoted)]

    def value(self, name: str) -> str:
        """The value of a variable or special parameter; a hole where only a run knows it."""
        walk = self._walk
        state = walk.state
        if name in ("@", "*", "#") or name.isdecimal():
            return self._parameter(name)
        if name == "?":
            return (
                walk.holes.put(Unknown("the status of a program"))
                if state.status is None
                else str(state.status)
            )
        if name in ("$", "!", "-"):
            return walk.holes.put(Given("computed by the shell", sure=False, expression=name))
        value = state.variables.get(name)
        if isinstance(value, tuple):
            return value[0] if value else ""
        if value is not None:
            return str(value)
        if name == "PWD":
            return state.cwd or "."
        if name == "BASH_SOURCE":
            return f"{walk.holes.put(Here())}/script"
        return walk.holes.put(unset(walk, name, expected=name == name.upper()))

    def _parameter(self, name: str) -> str:
        walk, arguments = self._walk, self._walk.state.arguments
        if name == "0":
            return f"{walk.holes.put(Here())}/script"
        if arguments is not None:
            if name == "#":
                return str(len(arguments))
            if name in ("@", "*"):
                return " ".join(arguments)
            return arguments[int(name) - 1] if int(name) <= len(arguments) else ""
        if name.isdecimal():
            number = int(name) + walk.state.shifted
            return walk.holes.put(Given(f"argument {number} of the script"))
        return walk.holes.put(Unknown("the arguments of the script"))


def _as_fields(items: list[str]) -> list[Piece]:
    pieces = [Piece(item, True, ends_field=True) for item in items[:-1]]
    return [*pieces, *(Piece(item, True) for item in items[-1:])]


def _escaped(part: str, *, quoted: bool) -> Piece:
    if quoted and part[1:] not in ("$", "`", '"', "\\", "\n"):
        return Piece(part, True)
    return Piece("" if part[1:] == "\n" else part[1:], True)


def _without(value: str, pattern: str, operator: str) -> str:
    ends = range(len(value) + 1)
    if operator.startswith("%"):
        for at in reversed(ends) if operator == "%" else ends:
            if fnmatch.fnmatchcase(value[at:], pattern):
                return value[:at]
    else:
        for at in ends if operator == "#" else reversed(ends):
            if fnmatch.fnmatchcase(value[:at], pattern):
                return value[at:]
    return value


def date_of(walk: Walk, arguments: list[str]) -> str | None:
    """What ``date`` with these arguments would print; ``None`` where only a run knows."""
    if len(arguments) == 1 and arguments[0].startswith("+") and is_format(arguments[0][1:]):
        return walk.holes.put(Clock(arguments[0][1:]))
    return None


def folder_of(walk: Walk, path: str) -> str:
    """``dirname``."""
    return posixpath.dirname(path) or "."


def answer(walk: Walk, words: list[str]) -> str | None:
    """What a program that only computes would print."""
    match words:
        case ["date", *arguments]:
            return date_of(walk, arguments)
        case ["dirname", *rest]:
            arguments = [a for a in rest if a != "--"]
            return folder_of(walk, arguments[0]) if arguments else None
        case ["readlink" | "realpath", *arguments] if arguments and arguments[-1].startswith(
            walk.holes.put(Here())
        ):
            return arguments[-1]
        case ["pwd", *_]:
            return walk.state.cwd or "."
        case ["echo", *arguments]:
            return " ".join(a for a in arguments if a not in ("-n", "-e"))
        case ["printf", "%s" | "%s\\n", argument]:
            return argument
        case _:
            return None
