"""Walks a batch file."""

import contextlib
import ntpath
import re
from collections.abc import Callable
from pathlib import Path

from anaplan_tui.core.runbooks.connect import batch_syntax as syntax
from anaplan_tui.core.runbooks.connect.batch_words import BatchWords, arguments, split_plain
from anaplan_tui.core.runbooks.connect.client import client_arguments, looks_like_client
from anaplan_tui.core.runbooks.connect.holes import Given, Here, Unknown, is_hole
from anaplan_tui.core.runbooks.connect.paths import join
from anaplan_tui.core.runbooks.connect.programs import BATCH
from anaplan_tui.core.runbooks.connect.script import Script, load_called
from anaplan_tui.core.runbooks.connect.sh_test import is_filled, same
from anaplan_tui.core.runbooks.connect.walk import (
    MAX_DEPTH,
    AndOr,
    Exit,
    NotUnderstood,
    Place,
    Return,
    State,
    Stop,
    TooMuch,
    Walk,
    beside,
)

_MAX_TURNS = 200


class Goto(Stop):
    """Control goes on at a label."""

    def __init__(self, label: str) -> None:
        super().__init__()
        self.label = label


class BatchWalk:
    """The walk of one batch file, and of those that it calls."""

    def __init__(self, walk: Walk, script: Script) -> None:
        self._walk = walk
        self._script = script
        self._words = BatchWords(walk, script.path.name)
        self._lines = script.text.split("\n")
        self._labels = {
            match[1].lower(): number
            for number, line in reversed(list(enumerate(self._lines)))
            if (match := re.match(r"\s*:([^:\s&|+=,;]+)", line))
        }
        self._at = 0
        self._turns: dict[str, str] = {}

    @property
    def _state(self) -> State:
        return self._walk.state

    def run(self) -> None:
        """Walk the file to its end."""
        self._from(0)

    def _from(self, at: int) -> None:
        """Walk from a line to the end of the file, along all jumps.

        Raises:
            Return: the script or subroutine ends with ``exit /b`` or ``goto :eof``.
            Exit: all ends.
        """
        self._at = at
        while self._at < len(self._lines):
            number = self._at + 1
            try:
                self._line(number)
            except Goto as jump:
                if jump.label == "eof":
                    raise Return from None
                if jump.label not in self._labels:
                    self._walk.say(Place(self._script.name, number), "a label is missing: cmd.exe stops here")
                    raise Exit from None
                self._at = self._labels[jump.label]
            except NotUnderstood as problem:
                self._walk.say(
                    Place(self._script.name, problem.line),
                    f"the syntax is not understood: {problem}; nothing behind it is translated",
                )
                raise Exit from None

    def _line(self, number: int) -> None:
        self._walk.count()
        node = syntax.parse(number, self._expanded(), self._next)
        self._node(node)

    def _expanded(self) -> str:
        line = self._lines[self._at]
        self._at += 1
        return self._words.percents(line, self._at)

    def _next(self) -> str | None:
        return self._expanded() if self._at < len(self._lines) else None

    def _place(self, line: int) -> Place:
        return Place(self._script.name, line)

    # Nodes

    def _node(self, node: syntax.Node) -> None:
        self._walk.count()
        match node:
            case syntax.Simple():
                self._simple(node)
            case syntax.Many():
                for command in node.commands:
                    self._node(command)
            case AndOr():
                self._walk.and_or(node, self._node, self._fork)
            case syntax.If():
                self._if(node)
            case syntax.For():
                self._for(node)

    def _fork(self, why: str, branches: list[Callable[[], None]]) -> None:
        """Do as ``Walk.fork`` does; a branch that jumps away goes on to the end of the file."""
        after = self._at

        def followed(branch: Callable[[], None]) -> Callable[[], None]:
            def run() -> None:
                self._at = after
                self._walk.depth += 1
                try:
                    if self._walk.depth > MAX_DEPTH:
                        raise TooMuch
                    branch()
                except Goto as jump:
                    if jump.label in self._labels:
                        self._from(self._labels[jump.label])
                    raise Exit from None
                finally:
                    self._walk.depth -= 1

            return run

        self._walk.fork(why, [followed(branch) for branch in branches])
        self._at = after

    def _if(self, node: syntax.If) -> None:
        holds = self._holds(node.condition, node.line)
        if holds is None:
            asked = self._about(node)
            why = f'"if" in line {node.line}: which steps run depends on {asked}'
            self._fork(why, [lambda: self._node(node.then), lambda: self._node(node.otherwise)])
        else:
            self._node(node.then if holds else node.otherwise)

    def _about(self, node: syntax.If) -> str:
        condition = node.condition
        if condition.operator == "exist":
            return "whether a file is there"
        for hole in self._walk.holes.within(condition.left + condition.right):
            if isinstance(hole, Given):
                known = (condition.right if is_hole_in(condition.left) else condition.left).strip('"')
                shown = re.fullmatch(r"[\w .-]{1,40}", known) and not self._walk.secrets.hide_name(known)
                return f"{hole.origin}{f': {known}' if shown else ''}"
            if isinstance(hole, Unknown):
                return hole.why
        return "what only a run can tell"

    def _holds(self, condition: syntax.Condition, line: int) -> bool | None:
        holds = self._asked(condition, line)
        return holds if holds is None or not condition.negated else not holds

    def _asked(self, condition: syntax.Condition, line: int) -> bool | None:
        left, right = (self._text(part, line) for part in (condition.left, condition.right))
        holes = self._walk.holes
        match condition.operator:
            case "exist" | "cmdextversion":
                return None
            case "defined":
                value = self._words.lookup(left)
                if value is None and self._walk.missing:
                    return None
                return False if value is None else is_filled(value, holes)
            case "errorlevel":
                status = self._state.status
                return None if status is None or not left.isdecimal() else status >= int(left)
            case "==":
                return self._equal(left, right, condition.ignore_case)
        if not (re.fullmatch(r"-?\d{1,9}", left) and re.fullmatch(r"-?\d{1,9}", right)):
            equal = self._equal(left, right, condition.ignore_case)
            if condition.operator in ("equ", "neq") and equal is not None:
                return equal == (condition.operator == "equ")
            return None
        a, b = int(left), int(right)
        return {"equ": a == b, "neq": a != b, "lss": a < b, "leq": a <= b, "gtr": a > b, "geq": a >= b}[
            condition.operator
        ]

    def _equal(self, left: str, right: str, ignore_case: bool) -> bool | None:
        if ignore_case:
            left, right = left.lower(), right.lower()
        for quote in ('"', "'", ""):
            if not quote or all(len(s) > 1 and s[0] == s[-1] == quote for s in (left, right)):
                inner = (left[1:-1], right[1:-1]) if quote else (left, right)
                return same(*inner, self._walk.holes)
        return None

    def _for(self, node: syntax.For) -> None:
        place = self._place(node.line)
        items = split_plain(self._text(node.items, node.line))
        why = ""
        if node.option == "f":
            why = "a loop over the lines of a file or of a program's output"
        elif node.option in ("r", "d") or any(re.search(r"[*?]", item) for item in items):
            why = "a loop over files"
        elif node.option == "l":
            items = _counted(items)
        if not why and any(
            isinstance(self._walk.holes.whole(item.strip('"')), Given | Unknown) for item in items
        ):
            why = "a loop over words that only a run knows"
        if why:
            reason = f'{why} ("for" in line {place.line})'
            turns = self._turns
            self._turns = {**turns, node.variable: self._walk.holes.put(Unknown(reason))}
            self._fork(reason, [lambda: self._node(node.body), lambda: None])
            self._turns = turns
            return
        if len(items) > _MAX_TURNS:
            raise TooMuch
        outer = self._turns
        for item in items:
            self._turns = {**outer, node.variable: item}
            self._node(node.body)
        self._turns = outer

    # Commands

    def _text(self, text: str, line: int) -> str:
        """A text at the moment of its command: loop variables, then delayed ones."""
        for variable, value in self._turns.items():
            text = re.sub(
                rf"%(~[a-z]*)?{variable}",
                lambda m, value=value: value.strip('"') if m[1] else value,  # type: ignore[misc]
                text,
            )
        return self._words.bangs(text, line)

    def _simple(self, node: syntax.Simple) -> None:
        text = self._text(node.text, node.line).lstrip(" \t")
        self._command(text, self._place(node.line), called=False)

    def _command(self, text: str, place: Place, *, called: bool, inside: bool = False) -> None:
        """Walk one command.

        Args:
            called: ``call`` calls it, and comes back.
            inside: ``cmd /c`` runs it, and comes back too.
        """
        if re.match(r"\w+=|#|!#", text):
            self._walk.say(
                place, "a line of sh in a batch file: cmd.exe goes on without it", untranslated=False
            )
            return
        name, rest = _first(text)
        low = name.lower()
        match low:
            case "" | "rem":
                return
            case "set":
                self._set(text[3:].lstrip(" \t"), place)
            case "setlocal":
                if "enabledelayedexpansion" in rest.lower():
                    self._state.options.add("delayed")
            case "endlocal" | "popd":
                self._state.options.discard("delayed" if low == "endlocal" else "")
            case "cd" | "chdir" | "pushd":
                self._cd(rest)
            case "goto":
                raise Goto(rest.strip().lstrip(":").lower())
            case "exit":
                raise Return if rest.lower().startswith("/b") else Exit
            case "shift":
                self._shift()
            case "call":
                self._call(rest, place)
            case "cmd" | "cmd.exe":
                self._cmd(rest, place)
            case "start":
                self._command(_behind_start(rest), place, called=True, inside=True)
            case _:
                self._program(name, rest, place, comes_back=called or inside)

    def _set(self, text: str, place: Place) -> None:
        option = re.match(r"(?i)/([ap])\s+(.*)", text)
        if option is not None:
            name = option[2].lstrip('"').partition("=")[0].strip()
            what = "asked for" if option[1].lower() == "p" else "computed"
            given = Given(f"{what} in line {place.line}", name, sure=what == "asked for")
            self._walk.assign(name.lower(), self._walk.holes.put(given))
            return
        if text.startswith('"'):
            end = text.rfind('"')
            text = text[1:end] if end > 0 else text[1:]
        name, equals, value = text.partition("=")
        if equals:
            self._assign(name.strip(), value)
        self._state.status = 0

    def _assign(self, name: str, value: str) -> None:
        hole = self._walk.holes.whole(value.strip('"'))
        if isinstance(hole, Given) and not hole.name:
            # Named as the script spells it, although it is kept in one case.
            value = value.replace(self._walk.holes.put(hole), self._walk.holes.put(hole.named(name)))
        self._walk.assign(name.lower(), value)

    def _cd(self, rest: str) -> None:
        folder = re.sub(r"(?i)^/d\s*", "", rest.strip()).strip().strip('"')
        if folder:
            self._state.cwd = join(self._walk.holes, self._state.cwd, folder, batch=True)
        self._state.status = 0

    def _shift(self) -> None:
        if self._state.arguments is None:
            self._state.shifted += 1
        else:
            self._state.arguments = self._state.arguments[1:]

    def _cmd(self, rest: str, place: Place) -> None:
        match = re.match(r"(?i)\s*((?:/[a-z:]+\s+)*?)/[ck]\s*(.*)", rest, re.DOTALL)
        if match is None:
            return
        text = match[2].strip()
        if text.startswith('"') and text.endswith('"') and text.count('"') > 2:
            text = text[1:-1]
        with contextlib.suppress(Exit):
            self._node_of(text, place)

    def _node_of(self, text: str, place: Place) -> None:
        node = syntax.parse(place.line, text, lambda: None)
        if isinstance(node, syntax.Many) and all(isinstance(n, syntax.Simple) for n in node.commands):
            for command in node.commands:
                if isinstance(command, syntax.Simple):
                    self._command(command.text.strip(), place, called=False, inside=True)
        else:
            self._node(node)

    def _call(self, rest: str, place: Place) -> None:
        # call replaces variables a second time.
        text = self._words.percents(rest, place.line).strip()
        if not text.startswith(":"):
            self._command(text, place, called=True)
            return
        label, given = _first(text)
        target = self._labels.get(label[1:].lower())
        if target is None:
            self._walk.say(place, "a label is missing: cmd.exe goes on")
            return
        self._subroutine(lambda: self._from(target), split_plain(given))

    def _subroutine(self, run: Callable[[], None], given: list[str]) -> None:
        walk, at, outer = self._walk, self._at, self._state.arguments
        shifted = self._state.shifted
        walk.depth += 1
        self._state.arguments, self._state.shifted = tuple(given), 0
        try:
            if walk.depth > MAX_DEPTH:
                raise TooMuch
            run()
        except Return:
            pass
        finally:
            walk.depth -= 1
            self._at = at
            self._state.arguments, self._state.shifted = outer, shifted

    def _program(self, name: str, rest: str, place: Place, *, comes_back: bool) -> None:
        words = [*arguments(name), *arguments(rest)]
        if not words:
            return
        base = ntpath.basename(words[0]).lower()
        called = client_arguments(words)
        if called is not None:
            self._client(called, place, comes_back)
        elif base.endswith((".bat", ".cmd")):
            self._script_called(words[0], rest, place)
            if not comes_back:
                raise Exit
        elif looks_like_client(words=words[1:]) and is_hole_in(words[0]):
            self._walk.say(
                place,
                "the program's name is only known when the script runs; its options are those of the client",
                untranslated=False,
            )
            self._client(words[1:], place, comes_back)
        else:
            self._other(base, place)

    def _client(self, words: list[str], place: Place, comes_back: bool) -> None:
        self._walk.call(place, words, batch=True)
        if not comes_back:
            self._say_never_back(place)
            raise Exit

    def _say_never_back(self, place: Place) -> None:
        behind = "\n".join(self._lines[self._at :])
        if re.search(r"(?i)anaplan\w*client", behind):
            self._walk.say(
                place,
                'without "call", cmd.exe never comes back: the calls of the client behind this never ran',
            )

    def _script_called(self, path: str, rest: str, place: Place) -> None:
        walk = self._walk
        here = walk.holes.put(Here())
        plain = path.replace(f"{here}\\", "").replace(f"{here}/", "")
        script = None if any(map(is_hole, plain)) else load_called(self._found(plain), batch=True)
        self._state.status = 0
        if script is None:
            shown = ntpath.basename(plain)
            fits = re.fullmatch(r"[\w .-]{1,60}", shown) and not walk.secrets.hide_name(shown)
            named = f'"{shown}"' if fits else "a file"
            walk.missing.append(named)
            walk.say(place, f"{named} is called and cannot be read: what it sets or does is missing here")
            return
        walk.secrets.search(script.text)
        inner = BatchWalk(walk, script)
        self._subroutine(inner.run, split_plain(rest))

    def _found(self, path: str) -> Path:
        """The file, even if its name differs in case, which Windows does not mind."""
        found = beside(self._script, path, batch=True)
        try:
            if not found.exists() and found.parent.is_dir():
                alike = [f for f in found.parent.iterdir() if f.name.lower() == found.name.lower()]
                return alike[0] if alike else found
        except (OSError, ValueError):
            pass
        return found

    def _other(self, base: str, place: Place) -> None:
        status: int | None = None
        if base in BATCH.quiet or base.startswith(("echo.", "echo:")):
            status = 0
        elif base in BATCH.changing:
            what = BATCH.changing[base]
            self._walk.say(place, f'"{base}", {what}, is not part of a runbook')
            status = 0 if what.endswith("files") else None
        elif base not in BATCH.asking:
            self._walk.say(place, "a command is not understood; a runbook has no such step")
        self._state.status = status


def is_hole_in(text: str) -> bool:
    """Whether some part of a text is not known."""
    return any(map(is_hole, text))


def _first(text: str) -> tuple[str, str]:
    """The name of a command, quotes and all, and the rest of its line."""
    match = re.match(r'(?:"[^"]*"?|[^\s"/=;,(]|(?<!^)[/](?![a-zA-Z]\b))+', text)
    if match is None:
        return text, ""
    return match[0], text[match.end() :].lstrip(" \t,;=")


def _behind_start(rest: str) -> str:
    """The command behind ``start``, without its title and options."""
    return re.sub(r'(?i)^\s*("[^"]*"\s*)?(/(wait|b|min|max|low|normal|high|d\s+\S+)\s*)*', "", rest)


def _counted(items: list[str]) -> list[str]:
    if len(items) != 3 or not all(re.fullmatch(r"-?\d{1,6}", item) for item in items) or int(items[1]) == 0:
        return []
    begin, step, end = map(int, items)
    return [str(n) for n in range(begin, end + (1 if step > 0 else -1), step)]
