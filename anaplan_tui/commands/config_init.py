"""The command ``config init``: ask for a profile, validate the answers, try the login, write the file."""

import asyncio
import shlex
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click
from pydantic import TypeAdapter, ValidationError

from anaplan_tui.api.proxies import is_loopback
from anaplan_tui.commands.exits import of_error
from anaplan_tui.commands.saying import broken, room, say
from anaplan_tui.commands.session import Options, secret_of
from anaplan_tui.config.file import Answers, refuse_taken, rendered, replace_secret, write, write_secret
from anaplan_tui.config.needed_secret import Secret, needed_secret
from anaplan_tui.config.settings import Auth, Settings, check_files
from anaplan_tui.config.sources import from_data, place_of
from anaplan_tui.config.types import (
    REGIONS,
    BaseUrl,
    Line,
    ProfileName,
    ProxyUrl,
    UserName,
    UserPath,
)
from anaplan_tui.trouble import Exit, Trouble

if TYPE_CHECKING:
    from anaplan_tui.core.catalog import ModelItem, WorkspaceItem

METHODS: tuple[str, ...] = get_args(Auth.model_fields["method"].annotation)
_SHOWN = 20
_say = partial(say, err=True)


def make(options: Options, *, overwrite: bool, try_login: bool) -> int:
    """Ask, try the login, write the file; return the exit code.

    Raises:
        FileTaken: the file exists, and ``overwrite`` is not set.
        click.UsageError: there is no terminal to ask on.
    """
    path, _ = place_of(options.config)
    if not overwrite:
        refuse_taken(path)
    if not sys.stdin.isatty():
        raise click.UsageError(
            "config init asks on a terminal, and this is none. For an example: anaplan-tui config example"
        )
    _say(f"This makes {path}.\nEnter takes what is in brackets; Ctrl-C leaves without a trace.")
    answers = Answers()
    is_refused = False
    while True:
        _ask(answers, path.parent, is_refused=is_refused)
        if not try_login:
            break
        try:
            _choose_place(answers, *_log_in(_settings(answers, path)))
            break
        except Trouble as error:
            _say(f"✗ {error}")
            choice = _prompt("Now what: ask again, write it all the same, or leave", "again", _one_of(_NEXT))
            if choice == "leave":
                return of_error(error) or Exit.FAILED
            if choice == "write":
                break
            is_refused = of_error(error) is Exit.NOT_AUTHENTICATED
            if not is_refused:
                _ask_way(answers)
    write(path, rendered(answers), overwrite=overwrite)
    click.echo(f"Wrote {path}, which only you can read.")
    command = shlex.join(["anaplan-tui", *(["--config", str(path)] if options.config else [])])
    click.echo(f"Open the app with: {command}\nCheck everything with: {command} doctor")
    return Exit.COMPLETED


_NEXT = ("again", "write", "leave")


def _ask(answers: Answers, directory: Path, *, is_refused: bool) -> None:
    """Ask for everything a profile needs. ``is_refused``: the login with the last answers was refused."""
    answers.name = _prompt("Name of the profile", answers.name, _valid(ProfileName))
    _ask_hosts(answers)
    method = _prompt(f"Log in by {', '.join(METHODS)}", answers.auth.get("method", "basic"), _one_of(METHODS))
    if method != answers.auth.get("method"):
        answers.auth = {"method": method}
    auth = answers.auth
    if method == "basic":
        auth["username"] = _prompt("User", auth.get("username"), _valid(UserName))
    elif method == "oauth-device":
        auth["client_id"] = _prompt("OAuth client id", auth.get("client_id"), _valid(Line))
    elif method == "certificate":
        _ask_key(auth, directory)
    if (secret := needed_secret(_parsed(answers, directory).profiles[answers.name].auth)) is not None:
        _ask_source(auth, secret, directory, is_refused=is_refused)


def _ask_hosts(answers: Answers) -> None:
    profile = answers.profile
    before = profile.get("api_url") or profile.get("region", "us1")
    _say(f"Regions: {' '.join(REGIONS)}", hang=2)
    place = _prompt("Region, or the address of the API", before, _region_or_address)
    for key in ("region", "api_url", "auth_url", "oauth_url"):
        profile.pop(key, None)
    if place in REGIONS:
        profile["region"] = place
        return
    profile["api_url"] = place
    if not is_loopback(place):
        profile["auth_url"] = _prompt("Address of the token service", place, _valid(BaseUrl))
        profile["oauth_url"] = _prompt("Address of the OAuth service", place, _valid(BaseUrl))


def _ask_key(auth: dict[str, Any], directory: Path) -> None:
    file = _readable(directory)
    auth["private_key"] = _prompt("Private key (PEM, .p12 or .pfx)", auth.get("private_key"), file)
    auth.pop("certificate", None)
    if Path(auth["private_key"]).suffix.lower() not in (".p12", ".pfx"):
        auth["certificate"] = _prompt("Certificate (PEM)", None, file)


def _ask_source(auth: dict[str, Any], secret: Secret, directory: Path, *, is_refused: bool) -> None:
    """Ask where a secret comes from at each login."""
    command = auth.pop(f"{secret.value}_command", None)
    file = auth.pop(f"{secret.value}_file", None)
    before = "command" if command else "file" if file else "ask"
    _say(f"With ask, the {secret.words} is typed each time, or is in {secret.variable}.")
    source = _prompt(
        f"Where the {secret.words} comes from: ask, command, file",
        before,
        _one_of(("ask", "command", "file")),
    )
    if source == "command":
        usual = shlex.join(command) if command else None
        words = _prompt("Command whose first line of output it is; no shell", usual, _command)
        auth[f"{secret.value}_command"] = shlex.split(words)
    elif source == "file":
        auth[f"{secret.value}_file"] = _ask_secret_file(secret, directory, file, is_refused=is_refused)


def _ask_secret_file(secret: Secret, directory: Path, before: str | None, *, is_refused: bool) -> str:
    name = str(
        _prompt(f"File with the {secret.words}; it is made if it is missing", before, _valid(UserPath))
    )
    path = directory / Path(name).expanduser()
    if path.exists() and is_refused:
        _ask_another(secret, path)
    elif not path.exists():
        text = click.prompt(secret.words.capitalize(), hide_input=True, confirmation_prompt=True, err=True)
        if not path.parent.is_dir():
            from anaplan_tui.config.paths import private_dir

            private_dir(path.parent)
        write_secret(path, text)
        _say(f"Wrote {path}, which only you can read.")
    return name


def _ask_another(secret: Secret, path: Path) -> None:
    """Ask for a secret to replace the one in the file, with which the login was refused."""
    question = f"Another {secret.words} for {path}; Enter keeps what it holds"
    text = click.prompt(question, default="", show_default=False, hide_input=True, err=True)
    if text:
        replace_secret(path, text)
        _say(f"Wrote {path}, which only you can read.")


def _ask_way(answers: Answers) -> None:
    """Ask for a proxy and for CA certificates, after a login that failed without them."""
    _say("Is there something between this host and Anaplan? Enter for nothing.")
    for key, question, check in (
        ("proxy", "Proxy, such as http://proxy.corp:3128", _valid(ProxyUrl)),
        ("ca_bundle", "File with the CA certificates to trust", _valid(UserPath)),
    ):
        given = _prompt(question, answers.profile.pop(key, ""), _optional(check))
        if given:
            answers.profile[key] = str(given)


def _parsed(answers: Answers, directory: Path) -> Settings:
    """Parse the answers as the file will be parsed. Raises :class:`ConfigError`."""
    return from_data(answers.document(), directory)


def _settings(answers: Answers, path: Path) -> Settings:
    settings = _parsed(answers, path.parent)
    check_files(settings, settings.profile())
    return settings


def _log_in(settings: Settings) -> "tuple[Sequence[WorkspaceItem], Sequence[ModelItem]]":
    """Try the login, and return what the account can see."""
    from anaplan_tui.core.opening import open_desk
    from anaplan_tui.core.sign_in.operator import TerminalOperator

    profile = settings.profile()
    secret = secret_of(profile)

    async def look() -> "tuple[Sequence[WorkspaceItem], Sequence[ModelItem]]":
        desk = await open_desk(
            settings, profile, secret, tell=_say, operator=TerminalOperator(_say), auto_capture=False
        )
        try:
            await desk.connect()
            _say(f"✓ logged in as {desk.user}")
            return await desk.finder.workspaces(), await desk.finder.models()
        finally:
            await desk.aclose()

    return asyncio.run(look())


def _choose_place(
    answers: Answers, workspaces: "Sequence[WorkspaceItem]", models: "Sequence[ModelItem]"
) -> None:
    profile = answers.profile
    workspace = _choose("workspace", workspaces, profile.pop("workspace", ""))
    if workspace is None:
        return
    profile["workspace"] = workspace.name
    inside = [model for model in models if model.ref.workspace_id == workspace.id]
    model = _choose("model", inside, profile.pop("model", ""))
    if model is not None:
        profile["model"] = model.name


def _choose(what: str, items: Sequence[Any], before: str) -> Any:
    """Ask for one item by name or id; ``None``: to be chosen in the app."""
    from anaplan_tui.core.finding.matching import NoMatch, find

    if not items:
        _say(f"This account sees no {what} here; one can be chosen in the app.")
        return None
    for item in items[:_SHOWN]:
        _say(f"  {item.name}")
    if len(items) > _SHOWN:
        _say(f"  … and {len(items) - _SHOWN} more")

    def wanted(text: str) -> Any:
        try:
            return find(what, text, items) if text else None
        except NoMatch as error:
            raise _refusal(str(error)) from None

    question = f"{what.capitalize()} to begin in, by the start of its name; Enter: chosen in the app"
    return _prompt(question, before, wanted)


# -- answers --------------------------------------------------------------------------------------


def _refusal(said: str) -> click.UsageError:
    """Return the error for a refused answer, wrapped to fit after click's "Error: "."""
    width = room(sys.stderr)
    lines = [said] if width is None else broken(said, width - len("Error: "))
    return click.UsageError("\n".join(lines))


def _prompt(question: str, default: Any, check: Callable[[str], Any]) -> Any:
    """Ask until ``check`` accepts the answer; it raises a usage error for others."""
    shown = default not in (None, "")
    return click.prompt(question, default=default, show_default=shown, value_proc=check, err=True)


def _valid(kind: Any) -> Callable[[str], Any]:
    """Return a check for answers to a setting of this kind; it returns them as typed."""
    adapter: TypeAdapter[Any] = TypeAdapter(kind)

    def check(text: str) -> str:
        try:
            adapter.validate_python(text.strip())
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            said = str(first.get("ctx", {}).get("error", "")) or "must be something else"
            raise click.UsageError(f"It {said}.") from None
        return text.strip()

    return check


def _optional(check: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda text: check(text) if text.strip() else ""


def _one_of(words: Sequence[str]) -> Callable[[str], str]:
    def check(text: str) -> str:
        near = [word for word in words if text.strip() and word.startswith(text.strip().lower())]
        if len(near) != 1:
            raise click.UsageError(f"Allowed: {', '.join(words)}.")
        return near[0]

    return check


def _region_or_address(text: str) -> str:
    if text.strip() in REGIONS:
        return text.strip()
    if "://" not in text:
        raise _refusal("It must be one of these regions, or a web address such as https://api.anaplan.com.")
    return str(_valid(BaseUrl)(text))


def _readable(directory: Path) -> Callable[[str], str]:
    valid = _valid(UserPath)

    def check(text: str) -> str:
        path = directory / Path(valid(text)).expanduser()
        if not path.is_file():
            raise click.UsageError(f"There is no file {path}.")
        return text.strip()

    return check


def _command(text: str) -> str:
    try:
        words = shlex.split(text)
    except ValueError:
        words = []
    if not words or not text.isprintable():
        raise click.UsageError("It must be a program and its arguments.")
    return text
