"""The commands in the pages: every fenced block of shell in the README and in ``docs/``."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md")))
_BLOCK = re.compile(r"(?ms)^(?:<!-- not run: (?P<why>[^\n]+?) -->\n)?^```sh\n(?P<text>.*?)^```$")
_ENDS = re.compile(r"# ends with (\d+)\b")


@dataclass(frozen=True)
class Block:
    """One block: ``commands`` with the exit code that each must end with."""

    page: str
    line: int
    commands: tuple[tuple[str, int], ...]
    why_not_run: str
    """Why the block is not run; empty when it is."""

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def text(self) -> str:
        return "\n".join(command for command, _ in self.commands)


def blocks() -> Iterator[Block]:
    """Yield all of them, in the order of the pages."""
    for page in PAGES:
        text = page.read_text("utf-8")
        for found in _BLOCK.finditer(text):
            yield Block(
                str(page.relative_to(ROOT)),
                text.count("\n", 0, found.start("text")) + 1,
                tuple(_commands(found["text"])),
                found["why"] or "",
            )


def _commands(text: str) -> Iterator[tuple[str, int]]:
    """Yield each command with its code: 0, or N in ``# ends with N``. A ``\\`` continues the line."""
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            code = _ENDS.search(line)
            yield line, int(code[1]) if code else 0
