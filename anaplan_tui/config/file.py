"""Writes a config file from answers: commented, with mode 0600, never over another one unasked."""

import contextlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from anaplan_tui import toml_text
from anaplan_tui.config.paths import private_dir
from anaplan_tui.trouble import Exit, Trouble
from anaplan_tui.whole_file import text_part


class FileTaken(Trouble):
    """There is a file where the new one would go."""

    exit_code = Exit.USAGE

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(path)

    def __str__(self) -> str:
        return f"{self.path} exists and stays as it is.\nWith --overwrite a new one takes its place."


@dataclass
class Answers:
    """An operator's answers about a profile, by the keys of the configuration."""

    name: str = "prod"
    profile: dict[str, Any] = field(default_factory=dict)
    """Texts, by key."""
    auth: dict[str, Any] = field(default_factory=dict)
    """Texts and lists of texts, by key."""

    def document(self) -> dict[str, Any]:
        """The content of the file."""
        return {"default_profile": self.name, "profiles": {self.name: {**self.profile, "auth": self.auth}}}


_PROFILE = (
    ("region", "us1", "fills in the three hosts"),
    ("api_url", "https://api.anaplan.com", ""),
    ("auth_url", "https://auth.anaplan.com", ""),
    ("oauth_url", "https://us1a.app.anaplan.com", ""),
    ("workspace", "Supply Chain", "name or id; else chosen in the app"),
    ("model", "Demand plan", "name or id; else chosen in the app"),
    ("label", "PROD", "stands in the header and above each question"),
    ("colour", "red", "behind it; yellow | green | blue | magenta | cyan"),
    ("read_only", True, "no run, cancel or upload from this profile"),
    ("ca_bundle", "/etc/pki/corp.pem", "else the system's trust store"),
    ("proxy", "http://proxy.corp:3128", "else as the environment says"),
)
_AUTH = (
    ("method", "basic", "basic | certificate | oauth-device | token"),
    ("username", "ops.bot@example.com", "needed by basic"),
    ("password_command", ["pass", "show", "anaplan"], "its first line of output; no shell"),
    ("password_file", "anaplan.password", "its first line; mode 0600"),
    ("certificate", "cert.pem", "not needed with a .p12 or .pfx as private_key"),
    ("private_key", "key.pem", "needed by certificate"),
    ("private_key_password_command", ["pass", "show", "anaplan-key"], "for an encrypted key"),
    ("private_key_password_file", "key.password", "for an encrypted key"),
    ("client_id", "0123456789abcdef0123456789abcdef", "needed by oauth-device"),
    ("token_command", ["vault", "read", "-field=token", "anaplan"], "or ANAPLAN_TUI_TOKEN"),
    ("token_file", "anaplan.token", "or ANAPLAN_TUI_TOKEN"),
)
_OF_METHOD = {
    "basic": ("username", "password"),
    "certificate": ("certificate", "private_key"),
    "oauth-device": ("client_id",),
    "token": ("token",),
}
_REST = """
# [polling]
# interval = 5.0                  # seconds between looks at a running task
# [downloads]
# directory = "~/anaplan-dumps"
# auto_capture = true             # the app fetches dumps as soon as a run ends
"""


def rendered(answers: Answers) -> str:
    """The file's text. A key without an answer is a comment that shows how to write it."""
    table = toml_text.dotted(("profiles", answers.name))
    method = answers.auth.get("method", "basic")
    auth = [row for row in _AUTH if row[0] == "method" or row[0].startswith(_OF_METHOD[method])]
    return "\n".join(
        (
            "# The configuration of anaplan-tui, made by: anaplan-tui config init",
            "# Every key there is: anaplan-tui schema config",
            "# What is in force, and where from: anaplan-tui config show",
            "# A line that begins with # is an example. No secret belongs in here.",
            "",
            f"default_profile = {toml_text.value(answers.name)}",
            "",
            f"[{table}]",
            *_lines(_PROFILE, answers.profile),
            "",
            f"[{table}.auth]",
            *_lines(auth, answers.auth),
            _REST,
        )
    )


def _lines(rows: Any, given: dict[str, Any]) -> list[str]:
    lines = []
    for key, example, comment in rows:
        line = (
            f"{key} = {toml_text.value(given[key])}"
            if key in given
            else f"# {key} = {toml_text.value(example)}"
        )
        lines.append(f"{line:<33} # {comment}" if comment else line)
    return lines


def refuse_taken(path: Path) -> None:
    """Refuse a path where there is a file or a link, even a dangling one.

    Raises:
        FileTaken: see there.
    """
    if os.path.lexists(path):
        raise FileTaken(path)


def write(path: Path, text: str, *, overwrite: bool) -> None:
    """Write a file of mode 0600, whole or not at all; its directory is made if need be.

    Without ``overwrite`` a file that has appeared meanwhile stays. With it, a link stays one: the new file
    replaces the link's target.

    Raises:
        FileTaken, OSError, UnsafePath: nothing was changed.
    """
    target = path.resolve() if overwrite else path
    if not target.parent.is_dir():
        private_dir(target.parent)
    with text_part(target) as part:
        part.file.write(text)
        if overwrite:
            part.replace(target)
        elif not part.claim(target):
            raise FileTaken(target)


def replace_secret(path: Path, secret: str) -> None:
    """Replace the secret in an existing file by a new file of mode 0600. Raises ``OSError``."""
    with text_part(path.resolve()) as part:
        part.file.write(f"{secret}\n")
        part.replace(path.resolve())


def write_secret(path: Path, secret: str) -> None:
    """Write a secret to a new file of mode 0600. Raises ``OSError``, also if there is a file."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "w") as file:
        try:
            file.write(f"{secret}\n")
        except BaseException:
            with contextlib.suppress(OSError):
                path.unlink()
            raise
