"""The syntax of sh and bash, as far as scripts around Anaplan Connect use it.

Words stay as they are written: their expansion decides what they mean (``sh_words``).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from anaplan_tui.core.runbooks.connect.sh_quotes import MAX_NESTING, past, past_brackets
from anaplan_tui.core.runbooks.connect.sh_tree import (
    Case,
    For,
    Function,
    If,
    Many,
    Node,
    Not,
    Pipe,
    Simple,
    While,
)
from anaplan_tui.core.runbooks.connect.walk import AndOr, NotUnderstood

_BLANKS = " \t"
_ENDS_WORD = " \t\n;&|<>()"
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)(\[[^\]]*\])?(\+?=)")
_NAME = re.compile(r"[A-Za-z_][\w.-]*")
_REDIRECT = re.compile(r"\d*(&>>|&>|<<<|<<-|<<|<>|<&|>>|>&|>\||<|>)")
_RESERVED = {"then", "else", "elif", "fi", "do", "done", "esac", "}", ";;"}


def commands(text: str, line: int = 1, *, counted: bool = True) -> Iterator[Node]:
    """The commands of a script, each as soon as it is complete, as a shell reads them.

    Args:
        line: line of the first character.
        counted: whether the lines of ``text`` are lines of the file, as those of a text read again are not.

    Raises:
        NotUnderstood: nothing can be said of what follows.
    """
    parser = _Parser(text, line, counted)
    parser.blank_lines()
    while parser.at < len(parser.text):
        yield parser.list_until(frozenset(), one_line=True)
        parser.blank_lines()


@dataclass
class _Parser:
    text: str
    first_line: int
    counted: bool
    at: int = 0
    nesting: int = 0
    documents: list[tuple[str, bool]] = field(default_factory=list)

    @property
    def line(self) -> int:
        return self.first_line + (self.text.count("\n", 0, self.at) if self.counted else 0)

    def fail(self, what: str) -> NotUnderstood:
        return NotUnderstood(self.line, what)

    # Characters

    def blanks(self) -> None:
        """Skip blanks, line continuations and a comment."""
        while self.at < len(self.text):
            if self.text[self.at] in _BLANKS:
                self.at += 1
            elif self.text.startswith("\\\n", self.at):
                self.at += 2
            elif self.text[self.at] == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            else:
                return

    def newline(self) -> None:
        self.at += 1
        documents, self.documents = self.documents, []
        for mark, indented in documents:
            self._skip_document(mark, indented)

    def _skip_document(self, mark: str, indented: bool) -> None:
        while self.at < len(self.text):
            end = self.text.find("\n", self.at)
            end = len(self.text) if end < 0 else end
            line = self.text[self.at : end]
            self.at = min(end + 1, len(self.text))
            if (line.lstrip("\t") if indented else line) == mark:
                return

    def blank_lines(self) -> None:
        """Skip what lies between commands."""
        while True:
            self.blanks()
            if self.text.startswith(";;", self.at) or self.at >= len(self.text):
                return
            if self.text[self.at] == "\n":
                self.newline()
            elif self.text[self.at] == ";":
                self.at += 1
            else:
                return

    def peek_word(self) -> str:
        """The next word if it has no quotes or expansions, without taking it."""
        self.blanks()
        if self.text.startswith(";;", self.at):
            return ";;"
        match = re.compile(r"[^\s;&|<>()\"'`\\$#]+").match(self.text, self.at)
        if match is None:
            return ""
        after = self.text[match.end() : match.end() + 1]
        return match[0] if not after or after in _ENDS_WORD else ""

    def expect(self, word: str) -> None:
        """Take a reserved word."""
        self.blank_lines()
        if self.peek_word() != word:
            raise self.fail(f'"{word}" is missing')
        self.at += len(word)

    # Lists

    def list_until(self, closers: frozenset[str], *, one_line: bool = False) -> Many:
        """Commands up to a closing word, which stays; or to the end of the line."""
        line, found = self.line, []
        while True:
            if one_line:
                self.blanks()
            else:
                self.blank_lines()
            if self.at >= len(self.text):
                if closers:
                    raise self.fail(f'"{sorted(closers)[-1]}" is missing at the end of the script')
                break
            if self.text[self.at] == ")" and ")" in closers:
                break
            if self.peek_word() in closers:
                break
            if self.text[self.at] == "\n":
                self.newline()
                break
            found.append(self.and_or())
            self.blanks()
            if self.text.startswith(";;", self.at):
                if ";;" not in closers:
                    raise self.fail('";;" stands outside of "case"')
            elif self.at < len(self.text) and self.text[self.at] in ";&":
                self.at += 1
        return Many(line, tuple(found))

    def and_or(self) -> Node:
        left = self.pipeline()
        while True:
            self.blanks()
            operator = self.text[self.at : self.at + 2]
            if operator not in ("&&", "||"):
                return left
            line = self.line
            self.at += 2
            self.blank_lines()
            left = AndOr(line, left, operator == "&&", self.pipeline())

    def pipeline(self) -> Node:
        self.blanks()
        line = self.line
        if self.peek_word() == "!":
            self.at += 1
            return Not(line, self.pipeline())
        commands = [self.command()]
        while True:
            self.blanks()
            if not self.text.startswith("|", self.at) or self.text.startswith("||", self.at):
                break
            self.at += 2 if self.text.startswith("|&", self.at) else 1
            self.blank_lines()
            commands.append(self.command())
        return commands[0] if len(commands) == 1 else Pipe(line, tuple(commands))

    def command(self) -> Node:
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise self.fail("commands are nested too deeply")
        try:
            node = self._command()
        finally:
            self.nesting -= 1
        if not isinstance(node, Simple):
            while self._redirect():
                pass
        return node

    def _command(self) -> Node:
        self.blanks()
        line, word = self.line, self.peek_word()
        match word:
            case "if":
                return self._if(line)
            case "case":
                return self._case(line)
            case "for" | "select":
                return self._for(line)
            case "while" | "until":
                return self._while(line, word)
            case "{":
                self.at += 1
                body = self.list_until(frozenset({"}"}))
                self.expect("}")
                return body
            case "function":
                self.at += len(word)
                self.blanks()
                return self._function(line)
            case "[[":
                return self._double_brackets(line)
        if word in _RESERVED:
            raise self.fail(f'"{word}" stands where a command is expected')
        if self.text.startswith("((", self.at):
            self._balanced()
            return Simple(line, (), ("((", "))"))
        if self.text.startswith("(", self.at):
            self.at += 1
            body = self.list_until(frozenset({")"}))
            self.at += 1
            return Many(line, body.commands, subshell=True)
        if re.compile(r"[A-Za-z_][\w.-]*[ \t]*\([ \t]*\)").match(self.text, self.at):
            return self._function(line)
        return self._simple(line)

    def _if(self, line: int) -> If:
        clauses = []
        otherwise: Node = Many(line, ())
        self.at += 2
        while True:
            condition = self.list_until(frozenset({"then"}))
            self.expect("then")
            body = self.list_until(frozenset({"elif", "else", "fi"}))
            clauses.append((condition, body))
            word = self.peek_word()
            self.at += len(word)
            if word == "elif":
                continue
            if word == "else":
                otherwise = self.list_until(frozenset({"fi"}))
                self.expect("fi")
            return If(line, tuple(clauses), otherwise)

    def _case(self, line: int) -> Case:
        self.at += 4
        self.blanks()
        word = self.word()
        self.expect("in")
        clauses: list[tuple[tuple[str, ...], Node]] = []
        while True:
            self.blank_lines()
            if self.peek_word() == "esac":
                self.at += 4
                return Case(line, word, tuple(clauses))
            if self.text.startswith("(", self.at):
                self.at += 1
            patterns = [self._pattern()]
            while self.text.startswith("|", self.at):
                self.at += 1
                patterns.append(self._pattern())
            if not self.text.startswith(")", self.at):
                raise self.fail('a pattern of "case" has no ")"')
            self.at += 1
            body = self.list_until(frozenset({";;", "esac"}))
            clauses.append((tuple(patterns), body))
            if self.text.startswith(";;", self.at):
                self.at += 2
                if self.text.startswith("&", self.at):
                    self.at += 1

    def _pattern(self) -> str:
        self.blanks()
        found = self.word()
        self.blanks()
        return found

    def _for(self, line: int) -> For:
        self.at += len(self.peek_word())
        self.blanks()
        if self.text.startswith("((", self.at):
            self._balanced()
            name, words = "_", self._unknown_turns()
        else:
            match = re.compile(r"[A-Za-z_]\w*").match(self.text, self.at)
            if match is None:
                raise self.fail('"for" has no variable')
            self.at = match.end()
            name, words = match[0], self._for_words()
        self.blank_lines()
        if self.peek_word() == "{":
            return For(line, name, words, self._command())
        self.expect("do")
        body = self.list_until(frozenset({"done"}))
        self.expect("done")
        return For(line, name, words, body)

    def _unknown_turns(self) -> tuple[str, ...] | None:
        return ("$((…))",)

    def _for_words(self) -> tuple[str, ...] | None:
        self.blanks()
        if self.peek_word() != "in":
            return None
        self.at += 2
        found = []
        self.blanks()
        while self.at < len(self.text) and self.text[self.at] not in ";\n":
            found.append(self.word())
            self.blanks()
        return tuple(found)

    def _while(self, line: int, word: str) -> While:
        self.at += len(word)
        condition = self.list_until(frozenset({"do"}))
        self.expect("do")
        body = self.list_until(frozenset({"done"}))
        self.expect("done")
        return While(line, condition, word == "until", body)

    def _function(self, line: int) -> Function:
        match = _NAME.match(self.text, self.at)
        if match is None:
            raise self.fail("a function has no name")
        self.at = match.end()
        self.blanks()
        if self.text.startswith("(", self.at):
            self._balanced()
        self.blank_lines()
        return Function(line, match[0], self.command())

    def _double_brackets(self, line: int) -> Simple:
        self.at += 2
        words = ["[["]
        while True:
            self.blanks()
            if self.at >= len(self.text):
                raise self.fail('"]]" is missing')
            if self.text[self.at] == "\n":
                self.at += 1
            elif self.text[self.at] in "&|<>()":
                run = re.compile(r"&&|\|\||[&|<>()]").match(self.text, self.at)
                assert run is not None  # noqa: S101  # it begins with one of them
                words.append(run[0])
                self.at = run.end()
            else:
                word = self.word()
                words.append(word)
                if word == "]]":
                    return Simple(line, (), tuple(words))

    # Simple commands

    def _simple(self, line: int) -> Simple:
        assignments: list[tuple[str, bool, str | tuple[str, ...]]] = []
        words: list[str] = []
        while True:
            self.blanks()
            if self._redirect():
                continue
            if self.at >= len(self.text) or self.text[self.at] in "\n;&|)":
                break
            start = self.at
            assigned = self._assignment() if not words or words[0] in DECLARES else None
            if assigned is not None and words:
                _, _, value = assigned
                if isinstance(value, tuple):
                    assignments.append(assigned)
                else:
                    self.at = start
                    words.append(self.word())
            elif assigned is not None:
                assignments.append(assigned)
            elif self.text[self.at] == "(":
                raise self.fail('"(" stands where a word is expected')
            else:
                words.append(self.word())
        if not words and not assignments and self.at < len(self.text) and self.text[self.at] in ";&|)":
            raise self.fail(f'"{self.text[self.at]}" stands where a command is expected')
        return Simple(line, tuple(assignments), tuple(words))

    def _assignment(self) -> tuple[str, bool, str | tuple[str, ...]] | None:
        match = _ASSIGNMENT.match(self.text, self.at)
        if match is None or match[2]:
            return None
        self.at = match.end()
        if not self.text.startswith("(", self.at):
            return match[1], match[3] == "+=", self.word(may_be_empty=True)
        self.at += 1
        items: list[str] = []
        while True:
            self.blanks()
            if self.at >= len(self.text):
                raise self.fail('the ")" of an array is missing')
            if self.text[self.at] == "\n":
                self.at += 1
            elif self.text[self.at] == ")":
                self.at += 1
                return match[1], match[3] == "+=", tuple(items)
            else:
                items.append(self.word())

    def _redirect(self) -> bool:
        self.blanks()
        match = _REDIRECT.match(self.text, self.at)
        if match is None or self.text.startswith(("<(", ">("), self.at):
            return False
        self.at = match.end()
        self.blanks()
        target = self.word()
        if match[1] in ("<<", "<<-"):
            self.documents.append((re.sub(r"[\"'\\]", "", target), match[1] == "<<-"))
        return True

    # Words

    def word(self, *, may_be_empty: bool = False) -> str:
        """The next word as it is written."""
        start = self.at
        while self.at < len(self.text):
            character = self.text[self.at]
            if self.text.startswith(("<(", ">("), self.at) and self.at == start:
                self.at += 1
                self._balanced()
            elif character in _ENDS_WORD:
                break
            else:
                self._piece()
        if self.at == start and not may_be_empty:
            raise self.fail("a word is missing")
        return self.text[start : self.at].replace("\\\n", "")

    def _piece(self) -> None:
        """Go past one character of a word, or what belongs together."""
        self.at = past(self.text, self.at, self.line)

    def _balanced(self) -> None:
        self.at = past_brackets(self.text, self.at, "(", ")", self.line)


DECLARES = ("export", "local", "declare", "typeset", "readonly")
