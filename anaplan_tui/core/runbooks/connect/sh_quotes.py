"""Where a quoted or bracketed piece of a script of sh ends."""

import re

from anaplan_tui.core.runbooks.connect.walk import NotUnderstood

MAX_NESTING = 40


def past(text: str, at: int, line: int, *, quoted: bool = False) -> int:
    """The index behind what begins at ``at``: a character, a quoted text, an expansion.

    Raises:
        NotUnderstood: it does not end.
    """
    character = text[at]
    if character == "\\":
        return min(at + 2, len(text))
    if character == "'" and not quoted:
        end = text.find("'", at + 1)
        if end < 0:
            raise NotUnderstood(line, "a single quote is not closed")
        return end + 1
    if character == '"' and not quoted:
        at += 1
        while at < len(text) and text[at] != '"':
            at = past(text, at, line, quoted=True)
        if at >= len(text):
            raise NotUnderstood(line, "a double quote is not closed")
        return at + 1
    if character == "`":
        at += 1
        while at < len(text) and text[at] != "`":
            at += 2 if text[at] == "\\" else 1
        if at >= len(text):
            raise NotUnderstood(line, "a backquote is not closed")
        return at + 1
    if text.startswith("$(", at):
        return past_brackets(text, at + 1, "(", ")", line)
    if text.startswith("${", at):
        return past_brackets(text, at + 1, "{", "}", line, quoted=quoted)
    if text.startswith("$'", at) and not quoted:
        match = re.compile(r"\$'(?:\\.|[^'\\])*'", re.DOTALL).match(text, at)
        return match.end() if match else at + 1
    return at + 1


def past_brackets(text: str, at: int, opening: str, closing: str, line: int, *, quoted: bool = False) -> int:
    """The index behind the bracket that closes the one at ``at``.

    Raises:
        NotUnderstood: none closes it, or they are nested too deeply.
    """
    depth = 0
    while at < len(text):
        if text[at] == opening:
            depth += 1
            at += 1
        elif text[at] == closing:
            depth -= 1
            at += 1
            if depth == 0:
                return at
        elif depth > MAX_NESTING:
            break
        else:
            at = past(text, at, line, quoted=quoted)
    raise NotUnderstood(line, f'"{closing}" is missing')
