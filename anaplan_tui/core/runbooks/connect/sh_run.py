"""Walks a script of sh or bash."""

import contextlib
import posixpath
import re
from collections.abc import Callable, Sequence
from functools import partial

from anaplan_tui.core.runbooks.connect import sh_syntax as syntax
from anaplan_tui.core.runbooks.connect import sh_tree as tree
from anaplan_tui.core.runbooks.connect.client import client_arguments, looks_like_client
from anaplan_tui.core.runbooks.connect.holes import Given, Here, Unknown, is_hole
from anaplan_tui.core.runbooks.connect.paths import join
from anaplan_tui.core.runbooks.connect.programs import INSTEAD, SH, WRAPPERS
from anaplan_tui.core.runbooks.connect.script import Script, load_called
from anaplan_tui.core.runbooks.connect.sh_test import holds, same
from anaplan_tui.core.runbooks.connect.sh_words import Words, answer
from anaplan_tui.core.runbooks.connect.walk import (
    MAX_DEPTH,
    AndOr,
    Break,
    Continue,
    Exit,
    NotUnderstood,
    Place,
    Return,
    State,
    TooMuch,
    Walk,
    beside,
)

_MAX_TURNS = 200


class ShellWalk:
    """The walk of one script, and of those that it calls."""

    def __init__(self, walk: Walk, script: Script) -> None:
        self._walk = walk
        self._script = script
        self._words = Words(walk, self._substituted)
        self._functions: dict[str, tree.Node] = {}
        self._fixed_line: int | None = None

    @property
    def _state(self) -> State:
        return self._walk.state

    def run(self) -> None:
        """Walk the script to its end; ``Exit`` of the script comes through."""
        self._text(self._script.text)

    def _text(self, text: str, line: int | None = None) -> None:
        """Walk a text: the script's, or one that it hands to a shell in ``line``."""
        walk, before = self._walk, self._fixed_line
        walk.depth += 1
        self._fixed_line = line or before
        try:
            if walk.depth > MAX_DEPTH:
                raise TooMuch
            for node in syntax.commands(text, line or 1, counted=line is None):
                self._node(node)
        except NotUnderstood as problem:
            place = Place(self._script.name, line or problem.line)
            walk.say(place, f"the syntax is not understood: {problem}; nothing behind it is translated")
        finally:
            walk.depth -= 1
            self._fixed_line = before

    def _place(self, line: int) -> Place:
        return Place(self._script.name, self._fixed_line or line)

    # Nodes

    def _node(self, node: tree.Node) -> None:
        self._walk.count()
        match node:
            case tree.Simple():
                self._simple(node)
            case tree.Many():
                self._many(node)
            case AndOr():
                self._walk.and_or(node, self._node, self._walk.fork)
            case tree.Not():
                self._node(node.command)
                status = self._state.status
                self._state.status = None if status is None else int(status == 0)
            case tree.Pipe():
                for command in node.commands:
                    self._subshell(partial(self._node, command))
            case tree.If():
                self._if(node, 0)
            case tree.Case():
                self._case(node)
            case tree.For():
                self._for(node)
            case tree.While():
                self._while(node)
            case tree.Function():
                self._functions[node.name] = node.body

    def _many(self, node: tree.Many) -> None:
        if node.subshell:
            self._subshell(lambda: self._all(node.commands))
        else:
            self._all(node.commands)

    def _all(self, commands: Sequence[tree.Node]) -> None:
        for command in commands:
            self._node(command)

    def _subshell(self, run: Callable[[], None]) -> None:
        outer = self._state
        self._walk.state = outer.copy()
        try:
            run()
        except Exit:
            pass
        finally:
            status, depends = self._state.status, self._state.depends
            self._walk.state = outer
            outer.status = status
            if depends and not outer.depends:
                outer.depends = depends

    def _if(self, node: tree.If, at: int) -> None:
        if at == len(node.clauses):
            self._node(node.otherwise)
            return
        condition, body = node.clauses[at]
        self._node(condition)
        status = self._state.status
        if status is None:
            line = self._place(condition.line).line
            why = f'a condition that only a run can tell ("if" in line {line})'
            self._walk.fork(why, [lambda: self._node(body), lambda: self._if(node, at + 1)])
        elif status == 0:
            self._node(body)
        else:
            self._if(node, at + 1)

    def _case(self, node: tree.Case) -> None:
        place = self._place(node.line)
        word = self._words.one(node.word, place)
        patterns = [[self._words.pattern(p, place) for p in found] for found, _ in node.clauses]
        if not any(map(is_hole, word)):
            for found, (_, body) in zip(patterns, node.clauses, strict=True):
                if any(same(word, pattern, self._walk.holes, patterns=True) for pattern in found):
                    self._node(body)
                    return
            self._state.status = 0
            return
        told = [pattern for found in patterns for pattern in found if self._may_be_named(pattern)]
        about = next((h.origin for h in self._walk.holes.within(word) if isinstance(h, Given)), "a value")
        named = f": {', '.join(told)}" if told else ""
        why = f'"case" in line {place.line}: which steps run depends on {about}{named}'
        branches: list[Callable[[], None]] = [partial(self._node, body) for _, body in node.clauses]
        if not any("*" in found for found in patterns):
            branches.append(lambda: None)
        self._walk.fork(why, branches)

    def _may_be_named(self, pattern: str) -> bool:
        return re.fullmatch(r"[\w .-]{1,40}", pattern) is not None and not self._walk.secrets.hide_name(
            pattern
        )

    def _for(self, node: tree.For) -> None:
        place = self._place(node.line)
        if node.words is None:
            if self._state.arguments is None:
                self._loop_unknown(node, place, "a loop over the arguments of the script")
                return
            items = list(self._state.arguments)
        else:
            if any(self._words.is_glob(word, place) for word in node.words):
                self._loop_unknown(node, place, "a loop over files")
                return
            items = [item for word in node.words for item in self._words.fields(word, place)]
        if any(isinstance(self._walk.holes.whole(item), Given | Unknown) for item in items):
            self._loop_unknown(node, place, "a loop over words that only a run knows")
            return
        self._turns(node, items[:_MAX_TURNS])
        if len(items) > _MAX_TURNS:
            raise TooMuch

    def _turns(self, node: tree.For, items: Sequence[str]) -> None:
        for item in items:
            self._walk.assign(node.variable, item)
            try:
                self._node(node.body)
            except Continue:
                continue
            except Break:
                break

    def _loop_unknown(self, node: tree.For | tree.While, place: Place, what: str) -> None:
        why = f'{what} ("{"for" if isinstance(node, tree.For) else "while"}" in line {place.line})'
        if isinstance(node, tree.For):
            self._state.variables[node.variable] = self._walk.holes.put(Unknown(why))
        self._walk.fork(why, [lambda: self._node(node.body), lambda: None])

    def _while(self, node: tree.While) -> None:
        for _ in range(_MAX_TURNS):
            self._node(node.condition)
            status = self._state.status
            if status is None:
                self._loop_unknown(node, self._place(node.line), "a loop whose turns only a run can count")
                return
            if (status == 0) == node.until:
                self._state.status = 0
                return
            try:
                self._node(node.body)
            except Continue:
                continue
            except Break:
                return
        raise TooMuch

    # Commands

    def _simple(self, node: tree.Simple) -> None:
        place = self._place(node.line)
        local = bool(node.words) and node.words[0] not in syntax.DECLARES
        before = dict(self._state.variables) if local else None
        for name, append, value in node.assignments:
            self._assign(name, append, value, place)
        if not node.words:
            self._state.status = 0
            return
        if node.words[0] == "[[":
            words = [
                self._words.pattern(w, place) if at > 1 else self._words.one(w, place)
                for at, w in enumerate(node.words)
            ]
            self._set_status(holds(words[1:-1], self._walk.holes, patterns=True))
            return
        if node.words[0] in syntax.DECLARES:
            for word in node.words[1:]:
                self._declare(word, place)
            self._state.status = 0
            return
        words = [field for word in node.words for field in self._words.fields(word, place)]
        if words:
            try:
                self._command(words, place)
            finally:
                if before is not None and node.assignments:
                    for name, _, _ in node.assignments:
                        self._state.variables.pop(name, None)
                        if name in before:
                            self._state.variables[name] = before[name]

    def _assign(self, name: str, append: bool, value: str | tuple[str, ...], place: Place) -> None:
        old = self._state.variables.get(name, () if isinstance(value, tuple) else "")
        if isinstance(value, tuple):
            new = tuple(field for word in value for field in self._words.fields(word, place))
            self._state.variables[name] = (
                (*((old,) if isinstance(old, str) and old else old), *new) if append else new
            )
            return
        text = self._words.one(value, place)
        self._walk.assign(name, f"{old}{text}" if append and isinstance(old, str) else text)

    def _declare(self, word: str, place: Place) -> None:
        name, equals, value = word.partition("=")
        append = name.endswith("+")
        name = name.rstrip("+")
        if equals and re.fullmatch(r"[A-Za-z_]\w*", name):
            self._assign(name, append, value, place)

    def _set_status(self, true: bool | None) -> None:
        self._state.status = None if true is None else int(not true)

    def _command(self, words: list[str], place: Place) -> None:
        name, arguments = words[0], words[1:]
        base = posixpath.basename(name)
        called = client_arguments(words)
        if called is not None:
            self._walk.call(place, called, batch=False)
        elif name in self._functions:
            self._function(name, arguments)
        elif base in ("sh", "bash", "ksh", "dash", "zsh") and arguments:
            self._shell(arguments, place)
        elif name == "eval":
            self._text(" ".join(arguments), place.line)
        elif name in WRAPPERS and arguments:
            self._wrapped(name, arguments, place)
        elif name == "timeout" and len(arguments) > 1:
            self._command(arguments[1:], place)
        elif name in (".", "source") and arguments:
            self._source(arguments, place)
        elif not self._builtin(name, arguments, place):
            self._other(name, base, arguments, place)

    def _builtin(self, name: str, arguments: list[str], place: Place) -> bool:
        match name:
            case "exit":
                raise Exit
            case "return":
                raise Return
            case "break":
                raise Break
            case "continue":
                raise Continue
            case "cd" | "pushd":
                self._cd(arguments)
            case "[":
                self._set_status(holds(arguments[:-1], self._walk.holes))
            case "test":
                self._set_status(holds(arguments, self._walk.holes))
            case "shift":
                self._shift(arguments)
            case "unset":
                for variable in arguments:
                    self._state.variables[variable] = ""
                self._state.status = 0
            case "false":
                self._state.status = 1
            case "read":
                self._read(arguments, place)
            case "set":
                if arguments[:1] == ["--"]:
                    self._state.arguments = tuple(arguments[1:])
                self._state.status = 0
            case _:
                return False
        return True

    def _cd(self, arguments: list[str]) -> None:
        folders = [a for a in arguments if a not in ("--", "-P", "-L")]
        if folders and folders[0] == "-":
            self._state.cwd = self._state.variables.get("OLDPWD", "")
        elif folders:
            self._state.variables["OLDPWD"] = self._state.cwd
            self._state.cwd = join(self._walk.holes, self._state.cwd, folders[0], batch=False)
        self._state.status = 0

    def _shift(self, arguments: list[str]) -> None:
        by = int(arguments[0]) if arguments and re.fullmatch(r"\d{1,3}", arguments[0]) else 1
        if self._state.arguments is None:
            self._state.shifted += by
        else:
            self._state.arguments = self._state.arguments[by:]
        self._state.status = 0

    def _read(self, arguments: list[str], place: Place) -> None:
        for variable in (a for a in arguments if re.fullmatch(r"[A-Za-z_]\w*", a)):
            self._state.variables[variable] = self._walk.holes.put(
                Given(f"asked for or read in line {place.line}", variable)
            )
        self._state.status = None

    def _function(self, name: str, arguments: list[str]) -> None:
        walk = self._walk
        outer = self._state.arguments
        walk.depth += 1
        self._state.arguments = tuple(arguments)
        try:
            if walk.depth > MAX_DEPTH:
                raise TooMuch
            self._node(self._functions[name])
        except Return:
            pass
        finally:
            walk.depth -= 1
            self._state.arguments = outer

    def _wrapped(self, name: str, arguments: list[str], place: Place) -> None:
        rest = list(arguments)
        while rest and (rest[0].startswith("-") or re.match(r"\w+=", rest[0])):
            rest.pop(0)
        if rest:
            self._command(rest, place)
        if name == "exec" and rest:
            raise Exit

    def _shell(self, arguments: list[str], place: Place) -> None:
        at = next(
            (i for i, a in enumerate(arguments) if not re.fullmatch(r"[-+][a-zA-Z]+", a) or "c" in a), None
        )
        if at is None:
            return
        if arguments[at].startswith("-"):
            text = arguments[at + 1] if at + 1 < len(arguments) else ""
            self._subshell(lambda: self._text(text, place.line))
        else:
            self._script_called(arguments[at], arguments[at + 1 :], place)

    def _script_called(self, path: str, arguments: list[str], place: Place) -> None:
        """Walk another script, which runs as a process of its own."""
        script = self._called(path, place)
        if script is None:
            return
        inner = ShellWalk(self._walk, script)

        def run() -> None:
            self._state.arguments = tuple(arguments)
            inner.run()

        self._subshell(run)

    def _source(self, arguments: list[str], place: Place) -> None:
        script = self._called(arguments[0], place)
        if script is None:
            return
        inner = ShellWalk(self._walk, script)
        inner._functions = self._functions
        with contextlib.suppress(Return):
            inner.run()
        self._state.status = 0

    def _called(self, path: str, place: Place) -> Script | None:
        walk = self._walk
        here = walk.holes.put(Here())
        plain = path.replace(f"{here}/", "")
        self._state.status = 0
        script = None
        if not any(map(is_hole, plain)):
            script = load_called(beside(self._script, plain, batch=False), batch=False)
        if script is None:
            shown = posixpath.basename(plain)
            named = f'"{shown}"' if shown and self._may_be_named(shown) else "a file"
            walk.missing.append(named)
            walk.say(place, f"{named} is called and cannot be read: what it sets or does is missing here")
            return None
        walk.secrets.search(script.text)
        return script

    def _other(self, name: str, base: str, arguments: list[str], place: Place) -> None:
        """Walk a command that is neither the client nor the shell's own."""
        if looks_like_client(words=arguments):
            self._walk.say(
                place,
                "the program's name is only known when the script runs; its options are those of the client",
                untranslated=False,
            )
            self._walk.call(place, arguments, batch=False)
        elif base.endswith((".sh", ".bash", ".ksh")):
            self._script_called(name, arguments, place)
        elif base in SH.quiet:
            self._state.status = 0
        elif base in SH.asking:
            self._state.status = None
        elif base in SH.changing:
            what = SH.changing[base]
            instead = f" ({INSTEAD[what]})" if what in INSTEAD else ""
            self._walk.say(place, f'"{base}", {what}, is not part of a runbook{instead}')
            self._state.status = 0 if what.endswith("files") else None
        else:
            self._walk.say(place, "a command is not understood; a runbook has no such step")
            self._state.status = None

    # Substitutions

    def _substituted(self, text: str, place: Place) -> str:
        """The text that would replace ``$(…)``."""
        walk = self._walk
        nodes = list(syntax.commands(text, place.line, counted=False))
        commands = [n for node in nodes for n in (node.commands if isinstance(node, tree.Many) else (node,))]
        if len(commands) == 1 and isinstance(commands[0], tree.Simple) and not commands[0].assignments:
            words = [f for w in commands[0].words for f in self._words.fields(w, place)]
            known = answer(walk, words)
            if known is not None:
                return known
        if re.search(r"\bpwd\b", text) and len(commands) == 1 and isinstance(commands[0], AndOr):
            folder: list[str] = []

            def go() -> None:
                self._node(commands[0])
                folder.append(self._state.cwd)

            self._subshell(go)
            if folder:
                return folder[0] or "."
        else:
            self._subshell(lambda: self._all(commands))
        told = f"computed by the script in line {place.line}"
        return walk.holes.put(Given(told, sure=False, filled=None, expression=text))
