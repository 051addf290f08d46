"""The troubleshooting page quotes the program's real messages and covers every exit code."""

import ast
import re
from collections.abc import Iterator

from anaplan_tui.trouble import Exit
from tests.docs.blocks import ROOT

PAGE = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")


def said() -> Iterator[str]:
    """Yield every text in the program's source; of one with values in it, the pieces between them."""
    for path in (ROOT / "anaplan_tui").rglob("*.py"):
        if "demo" not in path.parts:
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value


def quotes() -> Iterator[str]:
    """Yield the first cells of the tables below "it says", without the placeholders for values."""
    for table in re.findall(r"\| it says \| then \|\n.+\n((?:\|.+\n)+)", PAGE):
        for row in table.splitlines():
            for quote in re.findall(r"`([^`]+)`", row.split("|")[1]):
                yield from filter(None, (piece.strip(' "') for piece in quote.split("…")))


def test_what_is_quoted_is_said() -> None:
    texts = "\n".join(said())
    missing = [quote for quote in quotes() if quote not in texts]
    assert len(list(quotes())) > 40
    assert missing == []


def test_every_exit_code_has_its_row_here_and_in_the_readme() -> None:
    for text in (PAGE, (ROOT / "README.md").read_text("utf-8")):
        assert [int(code) for code in re.findall(r"(?m)^\| (\d+) \|", text)] == [int(code) for code in Exit]
