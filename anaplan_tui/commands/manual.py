"""Generate the manual page from the click commands."""

import re
from collections.abc import Iterator
from pathlib import Path

import click

from anaplan_tui import __version__

ROOT = Path(__file__).parents[2]
"""The checkout: the page is generated where the package is built."""

_ENVIRONMENT = (
    ("ANAPLAN_TUI_CONFIG", "The configuration file, unless --config names one."),
    (
        "ANAPLAN_TUI_STATE_DIR",
        "The directory for the journal, unfinished downloads, sign-ins and the log.",
    ),
    ("ANAPLAN_TUI_PASSWORD", "The password for the method basic."),
    ("ANAPLAN_TUI_PRIVATE_KEY_PASSWORD", "The passphrase for an encrypted private key."),
    ("ANAPLAN_TUI_TOKEN", "The token for the method token."),
    (
        "ANAPLAN_TUI_…",
        "Any key of the configuration, in capitals, with __ between table and key, such as "
        "ANAPLAN_TUI_DOWNLOADS__WINDOW.",
    ),
    ("NO_COLOR", "If set, output has no colour."),
)
_FILES = (
    ("~/.config/anaplan-tui/config.toml", "The configuration file; anaplan-tui config init writes it."),
    ("~/.local/state/anaplan-tui/", "The state directory."),
    ("~/anaplan-dumps/", "Failure dumps, unless the configuration names another directory."),
)


def manual(cli: click.Group) -> str:
    """Return the page as man(7) source, in ASCII."""
    context = click.Context(cli, info_name="anaplan-tui")
    return "\n".join(_page(context, cli)) + "\n"


def commands(
    group: click.Group, above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield every command of a group and of its subgroups, with the words that call it."""
    for name, command in sorted(group.commands.items()):
        if command.hidden:
            continue
        words = (*above, name)
        if isinstance(command, click.Group):
            yield from commands(command, words)
        else:
            yield words, command


def _page(context: click.Context, cli: click.Group) -> Iterator[str]:
    yield f'.TH ANAPLAN\\-TUI 1 "" "anaplan\\-tui {roff(__version__)}" "User Commands"'
    # No hyphenation and no justification, so that names and options can be copied.
    yield from (".nh", ".ad l")
    yield ".SH NAME"
    yield "anaplan\\-tui \\- run Anaplan processes, watch them, get their failure dumps onto disk"
    yield ".SH SYNOPSIS"
    yield f".B anaplan\\-tui\n{roff(' '.join(cli.collect_usage_pieces(context)))}"
    yield ".SH DESCRIPTION"
    yield from _help(cli)
    yield ".SH OPTIONS"
    yield from _options(context, cli)
    yield ".SH COMMANDS"
    for words, command in commands(cli):
        yield from _command(context, words, command)
    yield ".SH EXIT STATUS"
    yield from _terms(exit_codes())
    yield ".SH ENVIRONMENT"
    yield from _terms(_ENVIRONMENT)
    yield ".SH FILES"
    yield from _terms(_FILES)


def _command(above: click.Context, words: tuple[str, ...], command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=words[-1], parent=above)
    usage = " ".join(command.collect_usage_pieces(context))
    yield f'.SS "{roff(" ".join(words))}"'
    yield f".B anaplan\\-tui {roff(' '.join(words))}\n{roff(usage)}"
    yield ".PP"
    yield from _help(command)
    yield from _options(context, command)


def _help(command: click.Command) -> Iterator[str]:
    for number, paragraph in enumerate(re.split(r"\n\s*\n", (command.help or "").strip())):
        if number:
            yield ".PP"
        lines = [line.strip() for line in paragraph.splitlines()]
        if lines[0] == "\b":
            yield from (".nf", *map(roff, lines[1:]), ".fi")
        else:
            yield roff(" ".join(lines))


def _options(context: click.Context, command: click.Command) -> Iterator[str]:
    records = [parameter.get_help_record(context) for parameter in command.get_params(context)]
    yield from _terms([record for record in records if record is not None])


def _terms(terms: "list[tuple[str, str]] | tuple[tuple[str, str], ...]") -> Iterator[str]:
    for term, text in terms:
        yield f".TP\n.B {roff(term)}\n{roff(' '.join(text.split()))}"


def exit_codes() -> list[tuple[str, str]]:
    """Return the exit codes and their meanings from the README."""
    readme = (ROOT / "README.md").read_text("utf-8")
    return re.findall(r"^\| (\d+) \| (.+) \|$", readme, re.MULTILINE)


def roff(text: str) -> str:
    """Escape text for roff."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("`", "\\(ga").replace('"', "\\(dq")
    escaped = "".join(c if c.isascii() else f"\\[u{ord(c):04X}]" for c in escaped)
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped
