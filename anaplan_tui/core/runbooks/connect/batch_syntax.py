"""The syntax of cmd.exe, as far as scripts around Anaplan Connect use it.

A line is read after its ``%variables%`` were replaced; what came out is not replaced again.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from anaplan_tui.core.runbooks.connect.walk import AndOr, NotUnderstood

_OPERATOR = re.compile(r"(?i)(equ|neq|lss|leq|gtr|geq)\b")
_REDIRECT = re.compile(r"\d?(>>|>|<)")
_MAX_NESTING = 40


@dataclass(frozen=True, slots=True)
class Simple:
    """A command and the rest of its text, quotes and all."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Many:
    """Commands one after another."""

    line: int
    commands: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """What ``if`` asks: ``operator`` is ``exist``, ``defined``, ``errorlevel``, ``==`` or a comparison."""

    operator: str
    left: str
    right: str = ""
    negated: bool = False
    ignore_case: bool = False


@dataclass(frozen=True, slots=True)
class If:
    """A condition, what is done when it holds, and when not."""

    line: int
    condition: Condition
    then: "Node"
    otherwise: "Node"


@dataclass(frozen=True, slots=True)
class For:
    """A loop; ``option`` is the letter behind the slash, if any."""

    line: int
    option: str
    variable: str
    items: str
    body: "Node"


Node = Simple | Many | AndOr["Node"] | If | For


def parse(line: int, text: str, more: Callable[[], str | None]) -> Node:
    """The commands of a line, and of the following ones where a block or a caret goes on.

    Args:
        text: the line, its variables replaced.
        more: the next line in the same way; ``None`` at the end.

    Raises:
        NotUnderstood: it is no command.
    """
    return _Parser(line, text, more).all()


@dataclass
class _Parser:
    line: int
    text: str
    more: Callable[[], str | None]
    at: int = 0
    depth: int = 0
    nesting: int = 0

    def fail(self, what: str) -> NotUnderstood:
        return NotUnderstood(self.line, what)

    def all(self) -> Node:
        found = []
        while True:
            self.blanks()
            if self.at >= len(self.text):
                break
            if self.text[self.at] in "&)":
                self.at += 1
                continue
            found.append(self.sequence())
        return Many(self.line, tuple(found))

    def blanks(self) -> None:
        while self.at < len(self.text) and self.text[self.at] in " \t,;=@":
            self.at += 1

    def next_line(self) -> bool:
        line = self.more()
        if line is None:
            return False
        self.text += "\n" + line
        return True

    def sequence(self) -> Node:
        left = self.command()
        while True:
            self.blanks()
            operator = self.text[self.at : self.at + 2]
            if operator in ("&&", "||"):
                self.at += 2
                left = AndOr(self.line, left, operator == "&&", self.command())
            elif operator[:1] == "|":
                self.at += 1
                left = Many(self.line, (left, self.command()))
            elif self._redirected():
                continue
            else:
                return left

    def _redirected(self) -> bool:
        match = _REDIRECT.match(self.text, self.at)
        if match is None:
            return False
        self.at = match.end()
        while self.at < len(self.text) and self.text[self.at] in " \t&":
            self.at += 1
        self._token("\n|)")
        return True

    def command(self) -> Node:
        self.nesting += 1
        if self.nesting > _MAX_NESTING:
            raise self.fail("commands are nested too deeply")
        try:
            self.blanks()
            if self.text.startswith("(", self.at):
                return self._block()
            if self._word("if"):
                return self._if()
            if self._word("for"):
                return self._for()
            return self._simple()
        finally:
            self.nesting -= 1

    def _word(self, word: str) -> bool:
        match = re.compile(rf"(?i){word}(?=[\s(/\"])").match(self.text, self.at)
        if match is None:
            return False
        self.at = match.end()
        self.blanks()
        return True

    def _block(self) -> Many:
        self.at += 1
        self.depth += 1
        found: list[Node] = []
        line = self.line
        while True:
            self.blanks()
            if self.at >= len(self.text):
                if not self.next_line():
                    raise self.fail('the ")" of a block is missing')
            elif self.text[self.at] in "\n&":
                self.at += 1
            elif self.text[self.at] == ")":
                self.at += 1
                self.depth -= 1
                return Many(line, tuple(found))
            else:
                found.append(self.sequence())

    def _if(self) -> If:
        condition = self._condition()
        self.blanks()
        then = self._branch()
        saved = self.at
        self.blanks()
        if re.compile(r"(?i)else(?=[\s(])").match(self.text, self.at):
            self.at += 4
            self.blanks()
            return If(self.line, condition, then, self._branch())
        self.at = saved
        return If(self.line, condition, then, Many(self.line, ()))

    def _branch(self) -> Node:
        return self.command() if self.text.startswith("(", self.at) else self.sequence()

    def _condition(self) -> Condition:
        negated = ignore_case = False
        while True:
            if self._option("/i"):
                ignore_case = True
            elif self._word("not"):
                negated = not negated
            else:
                break
        for operator in ("exist", "defined", "errorlevel", "cmdextversion"):
            if self._word(operator):
                return Condition(operator, self._token(" \t\n("), negated=negated)
        left = self._operand()
        self._spaces()
        if self.text.startswith("==", self.at):
            self.at += 2
            operator = "=="
        elif (match := _OPERATOR.match(self.text, self.at)) is not None:
            self.at = match.end()
            operator = match[1].lower()
        else:
            raise self.fail('"if" has no comparison that is known')
        self._spaces()
        return Condition(operator, left, self._operand(), negated, ignore_case)

    def _option(self, option: str) -> bool:
        if self.text[self.at : self.at + len(option)].lower() != option:
            return False
        self.at += len(option)
        self.blanks()
        return True

    def _spaces(self) -> None:
        while self.at < len(self.text) and self.text[self.at] in " \t":
            self.at += 1

    def _operand(self) -> str:
        start, quoted = self.at, False
        while self.at < len(self.text):
            character = self.text[self.at]
            if character == '"':
                quoted = not quoted
            ends = character in " \t(" or self.text.startswith("==", self.at)
            if character == "\n" or (ends and not quoted):
                break
            self.at += 1
        return self.text[start : self.at]

    def _token(self, ends: str) -> str:
        start, quoted = self.at, False
        while self.at < len(self.text) and self.text[self.at] != "\n":
            if self.text[self.at] == '"':
                quoted = not quoted
            elif not quoted and (self.text[self.at] in ends or self.text[self.at] in " \t"):
                break
            self.at += 1
        return self.text[start : self.at]

    def _for(self) -> For:
        option = re.compile(r"(?i)/([dlrf])\s*(\"[^\"]*\"\s*|'[^']*'\s*|[^%\s]+\s+)?").match(
            self.text, self.at
        )
        if option is not None:
            self.at = option.end()
        match = re.compile(r"(?i)%+(\w)\s+in\s*\(").match(self.text, self.at)
        if match is None:
            raise self.fail('"for" is not of a form that is known')
        self.at = match.end()
        start = self.at
        while self.at >= len(self.text) or self.text[self.at] != ")":
            if self.at >= len(self.text):
                if not self.next_line():
                    raise self.fail('the ")" of "for" is missing')
            elif self.text[self.at] == '"':
                end = self.text.find('"', self.at + 1)
                self.at = end + 1 if end >= 0 else len(self.text)
            else:
                self.at += 1
        items = self.text[start : self.at]
        self.at += 1
        self.blanks()
        if not self._word("do") and not self._option("do("):
            raise self.fail('"for" has no "do"')
        if self.text[self.at - 1 : self.at] == "(":
            self.at -= 1
        return For(self.line, option[1].lower() if option else "", match[1], items, self._branch())

    def _simple(self) -> Simple:
        found: list[str] = []
        quoted = False
        rest_of_line = re.compile(r"(?i)rem(?=[\s]|$)|:").match(self.text, self.at)
        if rest_of_line is not None:
            end = self.text.find("\n", self.at)
            self.at = len(self.text) if end < 0 else end
            return Simple(self.line, "rem")
        while self.at < len(self.text):
            character = self.text[self.at]
            if character == "\n":
                break
            if quoted:
                found.append(character)
                quoted = character != '"'
                self.at += 1
            elif character == '"':
                quoted = True
                found.append(character)
                self.at += 1
            elif character == "^":
                self._caret(found)
            elif character in "&|" or (character == ")" and self.depth):
                break
            elif self._is_redirect(found) and self._redirected():
                continue
            else:
                found.append(character)
                self.at += 1
        return Simple(self.line, "".join(found))

    def _is_redirect(self, found: list[str]) -> bool:
        return self.text[self.at] in "<>" or (not found or found[-1] in " \t")

    def _caret(self, found: list[str]) -> None:
        """``^x`` is a plain x; at the end of the line, the next line goes on."""
        self.at += 1
        if self.at >= len(self.text) and not self.next_line():
            return
        if self.text[self.at] == "\n":
            self.at += 1
            if self.at >= len(self.text):
                return
        found.append(self.text[self.at])
        self.at += 1
