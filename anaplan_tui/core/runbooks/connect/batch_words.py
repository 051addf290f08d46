"""What the texts of a batch file mean: ``%variables%``, and the arguments that a Java program gets."""

import re
from pathlib import PureWindowsPath

from anaplan_tui.core.runbooks.connect.holes import Given, Here, Unknown, is_hole
from anaplan_tui.core.runbooks.connect.walk import MAX_CHARACTERS, TooMuch, Walk, unset

_PERCENT = re.compile(r"%%|%~?[a-zA-Z]*(\d)|%\*|%([^%\n:=]+)(?::([^%\n]*))?%|%")
_ARGUMENT = re.compile(r"%(~[a-zA-Z]*)?(\d)")
_BANG = re.compile(r"!([^!\n:=]+)(?::([^!\n]*))?!|!")
_SLICE = re.compile(r"~(-?\d+)?(?:,(-?\d+))?")
_COMPUTED = {"date", "time", "random", "cmdcmdline"}


class BatchWords:
    """Replaces variables, as the state of a walk has them; case does not matter in their names."""

    def __init__(self, walk: Walk, script_name: str) -> None:
        self._walk = walk
        self._name = script_name

    def percents(self, line: str, number: int) -> str:
        """A line after cmd's first step, which replaces ``%variables%``."""
        found = _PERCENT.sub(lambda match: self._percent(match, number), line)
        if len(found) > MAX_CHARACTERS:
            raise TooMuch
        return found

    def bangs(self, text: str, number: int) -> str:
        """A text after delayed expansion, where it is on: single exclamation marks vanish."""
        if "delayed" not in self._walk.state.options or "!" not in text:
            return text
        found = _BANG.sub(lambda m: self._variable(m[1], m[2], number) if m[1] else "", text)
        if len(found) > MAX_CHARACTERS:
            raise TooMuch
        return found

    def _percent(self, match: re.Match[str], number: int) -> str:
        whole = match[0]
        if whole == "%%":
            return "%"
        if whole == "%":
            return ""
        if whole == "%*":
            arguments = self._walk.state.arguments
            if arguments is None:
                return self._walk.holes.put(Unknown("the arguments of the script"))
            return " ".join(arguments)
        argument = _ARGUMENT.fullmatch(whole)
        if argument is not None:
            return self._argument(argument[1] or "", int(argument[2]))
        if match[2] is None:
            return whole
        return self._variable(match[2], match[3], number)

    def _argument(self, modifiers: str, at: int) -> str:
        walk = self._walk
        if at == 0:
            return self._of_script(modifiers.lower())
        arguments = walk.state.arguments
        modifiers = modifiers.lower()
        number = at + walk.state.shifted
        part = Given(f"a part of argument {number}, %{modifiers}{at}", sure=False)
        if arguments is None:
            whole = modifiers in ("", "~", "~f")
            return walk.holes.put(Given(f"argument {number} of the script") if whole else part)
        value = arguments[at - 1] if at <= len(arguments) else ""
        if modifiers == "":
            return value
        value = value.strip('"')
        if modifiers in ("~", "~f"):
            return value
        if modifiers in ("~n", "~x", "~nx") and not any(map(is_hole, value)):
            path = PureWindowsPath(value)
            return {"~n": path.stem, "~x": path.suffix, "~nx": path.name}[modifiers]
        return walk.holes.put(part)

    def _of_script(self, modifiers: str) -> str:
        here = self._walk.holes.put(Here()) + "\\"
        match modifiers:
            case "~dp" | "~d" | "~p":
                return here
            case "~n":
                return self._name.rpartition(".")[0]
            case "~nx":
                return self._name
            case _:
                return here + self._name

    def lookup(self, name: str) -> str | None:
        """The value of a variable; ``None`` when nothing sets it."""
        value = self._walk.state.variables.get(name.lower())
        return value if isinstance(value, str) else None

    def _variable(self, name: str, operation: str | None, number: int) -> str:
        walk = self._walk
        lower = name.lower()
        value = self.lookup(name)
        if value is None:
            if lower == "errorlevel":
                status = walk.state.status
                value = walk.holes.put(Unknown("the status of a program")) if status is None else str(status)
            elif lower == "cd":
                value = walk.state.cwd or "."
            elif lower in _COMPUTED:
                written = f"%{lower}%" if operation is None else f"a part of %{lower}%"
                told = f"{written} in line {number}, which differs by machine"
                return walk.holes.put(Given(told, sure=False, expression=f"{lower}:{operation}"))
            else:
                return walk.holes.put(unset(walk, name, expected=lower in _ENVIRONMENT))
        return value if operation is None else self._part(value, operation, number)

    def _part(self, value: str, operation: str, number: int) -> str:
        expression = f"{value}:{operation}"
        computed = Given(f"computed by the script in line {number}", sure=False, expression=expression)
        if any(map(is_hole, value)):
            hole = next((h for h in self._walk.holes.within(value) if isinstance(h, Given)), None)
            origin = f"{computed.origin} from {hole.origin}" if hole else computed.origin
            return self._walk.holes.put(Given(origin, sure=False, expression=expression))
        cut = _SLICE.fullmatch(operation)
        if cut is not None:
            begin = int(cut[1] or 0)
            rest = value[begin:] if begin >= 0 else value[max(len(value) + begin, 0) :]
            return rest if cut[2] is None else rest[: int(cut[2])]
        old, equals, new = operation.partition("=")
        if not equals or not old or old.startswith("*"):
            return self._walk.holes.put(computed)
        return re.sub(re.escape(old), lambda _: new, value, flags=re.IGNORECASE)


_ENVIRONMENT = frozenset(
    [
        "userprofile",
        "username",
        "computername",
        "programfiles",
        "programfiles(x86)",
        "programdata",
        "systemdrive",
        "systemroot",
        "windir",
        "temp",
        "tmp",
        "appdata",
        "localappdata",
        "java_home",
        "path",
        "homedrive",
        "homepath",
        "public",
    ]
)


def arguments(text: str) -> list[str]:
    """The arguments that a program of the C or Java runtime gets from the text behind its name.

    Only ``"`` groups; a backslash before one makes it a plain character.
    """
    found: list[str] = []
    current: list[str] | None = None
    quoted = False
    at = 0
    while at < len(text):
        character = text[at]
        if character == "\\":
            run = len(text[at:]) - len(text[at:].lstrip("\\"))
            after = text[at + run : at + run + 1]
            current = current or []
            at += run
            if after != '"':
                current.append("\\" * run)
            else:
                current.append("\\" * (run // 2))
                if run % 2:
                    current.append('"')
                    at += 1
        elif character == '"':
            quoted = not quoted
            current = current if current is not None else []
            at += 1
        elif character in " \t\n" and not quoted:
            if current is not None:
                found.append("".join(current))
            current = None
            at += 1
        else:
            current = current if current is not None else []
            current.append(character)
            at += 1
    if current is not None:
        found.append("".join(current))
    return found


def split_plain(text: str) -> list[str]:
    """The arguments that a batch file gets: quotes stay, and group."""
    return re.findall(r'(?:"[^"]*"?|[^\s,;="])+', text)
