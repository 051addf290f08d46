"""The conversion of a whole script: the runbook's text, and what to say beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from anaplan_tui.config.errors import printable
from anaplan_tui.core.runbooks import placeholders, writing
from anaplan_tui.core.runbooks.connect.batch_run import BatchWalk
from anaplan_tui.core.runbooks.connect.client import options_of
from anaplan_tui.core.runbooks.connect.connection import learn_secrets
from anaplan_tui.core.runbooks.connect.drafts import Draft, targets
from anaplan_tui.core.runbooks.connect.holes import Given
from anaplan_tui.core.runbooks.connect.profile import profile
from anaplan_tui.core.runbooks.connect.script import NoScript, Script, load, names_client
from anaplan_tui.core.runbooks.connect.secrets import Secrets
from anaplan_tui.core.runbooks.connect.sh_run import ShellWalk
from anaplan_tui.core.runbooks.connect.texts import Texts
from anaplan_tui.core.runbooks.connect.translate import Translator
from anaplan_tui.core.runbooks.connect.walk import Call, NotUnderstood, Place, Remark, Stop, TooMuch, Walk
from anaplan_tui.core.runbooks.steps import Step


@dataclass(frozen=True, slots=True)
class Conversion:
    """A script as a runbook."""

    text: str
    """TOML with comments; without a step it is comments only, and no runbook yet."""
    steps: tuple[Step, ...]
    untranslated: tuple[str, ...]
    """What the runbook lacks of the script, one line each."""
    notes: tuple[str, ...]
    """Further notes for the operator, one line each."""

    @property
    def whole(self) -> bool:
        """Whether all of the script is in the runbook."""
        return not self.untranslated


def convert(path: Path, arguments: Sequence[str] = ()) -> Conversion:
    """Read a script and the files that it calls; runs nothing of it.

    Args:
        arguments: what the script would be called with; ``{NAME}`` stays a placeholder. With none, steps that
            depend on an argument are left out.

    Raises:
        NoScript: the file cannot be read, or is no script that calls the client.
    """
    script = load(path)
    secrets = Secrets()
    secrets.search(script.text)
    walk = Walk(secrets)
    if arguments:
        walk.state.arguments = tuple(_argument(walk, argument) for argument in arguments)
    _walk(walk, script)
    calls = [event for event in walk.events if isinstance(event, Call)]
    if not calls and not walk.missing and not names_client(script.text):
        raise NoScript(f"{printable(str(path))} does not call Anaplan Connect.")
    # Before anything is shown: a later call can tell that an earlier text is a secret.
    for call in calls:
        for option in options_of(call.words):
            learn_secrets(option, secrets)
    translator = Translator(Texts(walk.holes, secrets))
    for event in walk.events:
        if isinstance(event, Call):
            translator.call(event)
        else:
            translator.remark(event)
    if not calls:
        translator.say(Place(script.name, 1), "no call of the client was found")
    return _written(script, translator)


def _argument(walk: Walk, argument: str) -> str:
    name = argument[1:-1]
    if argument == f"{{{name}}}" and placeholders.is_name(name):
        return walk.holes.put(Given("an argument of the script", name))
    return argument


def _walk(walk: Walk, script: Script) -> None:
    runner = BatchWalk(walk, script) if script.batch else ShellWalk(walk, script)
    place = Place(script.name, 1)
    try:
        runner.run()
    except Stop:
        pass
    except NotUnderstood as problem:
        walk.say(Place(script.name, problem.line), f"the syntax is not understood: {problem}")
    except (TooMuch, RecursionError):
        walk.say(place, "the script goes on for too long to be followed; the steps of its end are missing")


def _written(script: Script, translator: Translator) -> Conversion:
    drafts = [item for item in translator.items if isinstance(item, Draft)]
    goals = targets(drafts) or list(dict.fromkeys(translator.seen))
    head: dict[str, str] = {"name": printable(script.path.stem)[:100] or "converted", "on_failure": "stop"}
    if translator.texts.secrets.hide(head["name"]):
        head["name"] = "converted"
    if len(goals) == 1:
        head |= {key: text for key, text in zip(("workspace", "model"), goals[0], strict=True) if text}
    steps, said, pending = [], [], []
    for item in translator.items:
        if isinstance(item, Remark):
            said.append(item)
            pending.append(_comment(item))
        else:
            steps.append(([*pending, *item.notes], item.step(head)))
            pending = []
    given = _given(translator)
    said += given
    notes = [f for f in said if not f.untranslated]
    missing = [f for f in said if f.untranslated]
    above = [*_beginning(script, translator, len(goals)), *profile(script, translator.connection)]
    text = writing.runbook(head, steps, above)
    if pending:
        text += "\n" + "".join(writing.comment(comment) for comment in pending)
    return Conversion(
        text, tuple(step for _, step in steps), tuple(map(_line, missing)), tuple(map(_line, notes))
    )


def _comment(remark: Remark) -> str:
    return f"{'NOT TRANSLATED' if remark.untranslated else 'Note'}: {_line(remark)}"


def _line(remark: Remark) -> str:
    return f"{remark.place}: {remark.text}." if remark.place is not None else f"{remark.text}."


def _given(translator: Translator) -> list[Remark]:
    """Remarks on the placeholders that the script does not expect from outside: the operator fills them."""
    found = []
    for name, given in translator.texts.given.items():
        if not given.sure:
            origin = (
                given.origin if not translator.texts.secrets.hide(given.origin) else "a value from outside"
            )
            found.append(Remark(None, f"{{{name}}}, {origin}, has to be given with --set", True))
    return found


def _beginning(script: Script, translator: Translator, goals: int) -> list[str]:
    texts = translator.texts
    name = script.name if not texts.secrets.hide(script.name) else "a script"
    lines = [
        f"From {name}, a script around Anaplan Connect.",
        "Anaplan Connect goes on after a task that failed; a runbook stops there (on_failure).",
    ]
    if texts.from_here:
        lines.append(
            "The script's relative paths begin in its own folder, those of a runbook where the runbook lies: "
            "keep it beside the script, or change them."
        )
    if texts.from_caller:
        lines.append(
            "The script's relative paths begin where it is called, those of a runbook where the runbook "
            "lies: put it there, or change them."
        )
    if texts.foreign:
        lines.append(r"Paths such as C:\… and \\host\… mean something on a Windows host only; they are kept.")
    if goals > 1:
        lines.append("The script works in several models: each step names its own.")
    if texts.given:
        lines.append("Give with --set NAME=VALUE:")
        lines += [f"  {name}: {_origin(given, texts)}" for name, given in texts.given.items()]
    if translator.dropped:
        dropped = ", ".join(translator.dropped)
        lines.append(f"Dropped, for anaplan-tui chooses itself: {dropped}.")
    return lines


def _origin(given: Given, texts: Texts) -> str:
    return given.origin if not texts.secrets.hide(given.origin) else "a value from outside"
