"""Shell completion: the scripts, and the names that they complete besides commands and options.

Two of click's scripts are replaced. Bash's does not quote its completions, so a name with a space becomes two
words; fish's cuts a name at a comma.
"""

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    add_completion_class,
    get_completion_class,
    split_arg_string,
)

from anaplan_tui.trouble import Exit

if TYPE_CHECKING:
    from anaplan_tui.core.finding.known_names import KnownNames

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_ANAPLAN_TUI_COMPLETE"

_BASH = """\
%(complete_func)s() {
    local line
    COMPREPLY=()
    while IFS= read -r line; do
        case $line in
            dir,*) compopt -o dirnames ;;
            file,*) compopt -o default ;;
            plain,*) COMPREPLY+=("${line#plain,}") ;;
        esac
    done < <(env COMP_LINE="$COMP_LINE" COMP_POINT="$COMP_POINT" COMP_WORDBREAKS="$COMP_WORDBREAKS" \\
        %(complete_var)s=bash_complete "$1" 2>/dev/null)
}

complete -o nosort -F %(complete_func)s %(prog_name)s 2>/dev/null ||
    complete -F %(complete_func)s %(prog_name)s
"""


@add_completion_class
class Bash(BashComplete):
    """Completion in bash, which gets quoted replies without the part of the word that it keeps."""

    source_template = _BASH

    def source(self) -> str:
        """Return the script. Unlike click's method, this one does not run bash to ask for its version."""
        return self.source_template % self.source_vars()

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the cursor and the one at it."""
        line = os.fsencode(os.environ["COMP_LINE"])[: int(os.environ["COMP_POINT"])].decode(errors="replace")
        self._word, self._quote = last_word(line)
        before = line[: len(line) - len(self._word)]
        return split_arg_string(before)[1:], _unquoted(self._word)

    def format_completion(self, item: "CompletionItem[str]") -> str:
        """Return a candidate in the form that the script reads."""
        if item.type != "plain":
            return super().format_completion(item)
        return f"plain,{bash_reply(item.value, self._word, self._quote, os.environ['COMP_WORDBREAKS'])}"


@add_completion_class
class Fish(FishComplete):
    """Completion in fish, for names with commas too."""

    source_template = FishComplete.source_template.replace('string split ","', 'string split -m 1 ","')


def last_word(line: str) -> tuple[str, str]:
    """Return the last word of a command line as it is spelled there, and the quote that is open in it."""
    start, quote, escaped = 0, "", False
    for at, character in enumerate(line):
        if escaped:
            escaped = False
        elif character == "\\" and quote != "'":
            escaped = True
        elif quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character in " \t\n":
            start = at + 1
    return line[start:], quote


def bash_reply(value: str, word: str, quote: str, breaks: str) -> str:
    """Return the text that bash puts in place of ``word``, or of the part after its last break."""
    if quote and word.startswith(quote):
        # Bash replaces the text after the quote.
        return value.replace("'", "'\\''") if quote == "'" else re.sub(r'(["$`\\])', r"\\\1", value)
    cut = max((word.rfind(c) + 1 for c in breaks if c not in " \t\n\"'"), default=0)
    kept = _unquoted(word[:cut])
    rest = value[len(kept) :] if kept and value.startswith(kept) else value
    return re.sub(r"([^\w@%+=:,./-])", r"\\\1", rest)


def _unquoted(word: str) -> str:
    return "".join(split_arg_string(word))


# -- completed names ------------------------------------------------------------------------------


def known_targets(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    """Complete targets of the kind given on the command line, or of the command's own kind."""
    return _beginning(begun, _names(context).targets(_kind(context), _root(context, "model")))


def known_imports(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    """Complete imports that were run on their own."""
    return _beginning(begun, _names(context).targets("import", _root(context, "model")))


def known_tasks(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    """Complete tasks of the target named before them."""
    target = context.params.get("target")
    return _beginning(begun, _names(context).tasks(_kind(context), target)) if target else []


def known_workspaces(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    """Complete workspaces in which something was run."""
    return _beginning(begun, _names(context).workspaces())


def known_models(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    """Complete models in which something was run."""
    return _beginning(begun, _names(context).models())


def known_profiles(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    """Complete profiles of the configuration."""
    from anaplan_tui.core.finding.known_names import profiles

    return _beginning(begun, profiles(_config(context)))


def scenario_names(
    context: click.Context, parameter: click.Parameter, begun: str
) -> "list[CompletionItem[str]]":
    """Complete scenarios of the demo tenant, else files."""
    try:
        from anaplan_tui.demo.scenarios import scenarios
    except ImportError:
        return []
    found = [name for name in scenarios() if name.startswith(begun)]
    return [CompletionItem(name) for name in found] or [CompletionItem(begun, type="file")]


def _beginning(begun: str, names: list[str]) -> list[str]:
    """Match names as targets are found: the exact spelling first, then any case."""
    exact = [name for name in names if name.startswith(begun)]
    return exact or [name for name in names if name.casefold().startswith(begun.casefold())]


def _names(context: click.Context) -> "KnownNames":
    from anaplan_tui.config.paths import journal_file
    from anaplan_tui.core.finding.known_names import KnownNames, profile_in_use

    if _root(context, "demo"):
        return KnownNames(journal_file(), "demo")
    profile = _root(context, "profile") or profile_in_use(_config(context))
    return KnownNames(journal_file(), profile)


def _kind(context: click.Context) -> str:
    return str(context.params.get("kind") or ("export" if context.info_name == "export" else "process"))


def _root(context: click.Context, name: str) -> str | None:
    value: str | None = context.find_root().params.get(name)
    return value


def _config(context: click.Context) -> Path:
    from anaplan_tui.config.paths import CONFIG_VARIABLE, default_config_file

    named = context.find_root().params.get("config") or os.environ.get(CONFIG_VARIABLE)
    return Path(named) if named else default_config_file()


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> int:
    """Print the script that completes commands, options and names.

    Redirect it to a file that the shell reads:

    \b
    bash: ~/.local/share/bash-completion/completions/anaplan-tui
    zsh:  _anaplan-tui, in a directory of $fpath
    fish: ~/.config/fish/completions/anaplan-tui.fish

    Names of processes, models and tasks are those of earlier runs from this host; Anaplan is not contacted.
    """  # noqa: D301  # click reads the character
    click.echo(script(shell, context.find_root().command), nl=False)
    return Exit.COMPLETED


def script(shell: str, cli: click.Command) -> str:
    """Return the completion script of a shell."""
    made = get_completion_class(shell)
    assert made is not None  # noqa: S101  # one of SHELLS
    return made(cli, {}, "anaplan-tui", VARIABLE).source()
