"""What must not come out of a script: its passwords, wherever they stand in it.

There are two nets. Every text is searched for what looks like a secret, in code, comments and config files
alike. And what the client would get as a secret is one, in each form that it has on its way there. A name
that holds one of them is withheld, for a slip in a script can put a password where a name belongs.
"""

import re
from collections.abc import Iterable

_QUOTES = "\"'`\\"
_USER_OPTION = re.compile(
    r"""(?:-user|-u|-viauser|-vu|-jdbcuser|--user)[ \t=]+\S*?:([^\n]+)""", re.IGNORECASE
)
_EMAIL = re.compile(r"[^\s\"'=:]+@[^\s\"'=:/]+:([^\n]+)")
_KEY_OPTION = re.compile(r"(?:-privatekey|-pkey)[ \t]+([^\n]+)", re.IGNORECASE)
_PASS_OPTION = re.compile(
    r"(?:-keystorepass|-kp|--?pass(?:word|phrase)?|--?token|--?secret)[ \t=]+([^\n]+)", re.IGNORECASE
)
_PROPERTY = re.compile(r"(?:pass|pwd|passwd|secret|token)\w*[\"']?[ \t]*[:=][ \t]*([^\n]+)", re.IGNORECASE)
_USER_INFO = re.compile(r"://[^\s/@:]*:([^\s/@]+)@")
_ASSIGNMENT = re.compile(r"(?:^|[\s;\"'&(])(\w+)\+?=([^\n]*)")
_VARIABLE = re.compile(r"%[\w~*]+%?|\$\{[^}]*\}?|\$\w+|![\w]+!|[\U000f0000-\U0010ffff]")
_PASS_NAME = re.compile(r"pass|pwd|pw$|pw_|secret|token|phrase|apikey|_kp$|^kp$", re.IGNORECASE)
_USER_NAME = re.compile(r"user|login|cred|account|auth|keypath|privatekey|pkey|^up?$|bot", re.IGNORECASE)
_NO_SECRET_NAME = re.compile(r"(url|uri|file|path|dir|folder|host|alias)\w?$", re.IGNORECASE)
_LOGIN = re.compile(r"[^\s:/\\]+:[^\s:/\\][^\s]*")
_HARMLESS = {"true", "false", "none", "null", "password", "passphrase", "https", "http"}
_MIN = 4
"""A shorter secret hides only a text that is nothing else: it may be part of any word."""


class Secrets:
    """The secrets that are known so far."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def learn(self, text: str) -> None:
        """Learn that a text is a secret, and so is each piece of it between variables."""
        for piece in _VARIABLE.split(text):
            for form in _forms(piece):
                if len(form) > 1 and form.lower() not in _HARMLESS and not re.fullmatch(r"-[a-z_:]+", form):
                    self._known.add(form)

    def search(self, text: str) -> None:
        """Learn all that looks like a secret in the text of a script."""
        for pattern in (_USER_OPTION, _EMAIL, _PASS_OPTION, _PROPERTY, _USER_INFO):
            for match in pattern.finditer(text):
                self._learn_beginning(match[1])
        for match in _KEY_OPTION.finditer(text):
            for cut in _beginnings(match[1]):
                self.learn(_after_path(cut))
        for match in _ASSIGNMENT.finditer(text):
            self.assigned(match[1], match[2])

    def assigned(self, name: str, value: str) -> None:
        """Note what a variable is set to: its name can tell that the value is a secret."""
        if _PASS_NAME.search(name) and not _NO_SECRET_NAME.search(name):
            self._learn_beginning(value)
        if _USER_NAME.search(name) and ":" in value and "://" not in value and not _is_options(value):
            self._learn_beginning(value.partition(":")[2])
            self._learn_beginning(_after_path(value))

    def hide(self, text: str) -> bool:
        """Whether ``text`` must not be shown."""
        plain = text.replace("\\", "").replace("^", "")
        return any(
            text == known or (len(known) >= _MIN and (known in text or known in plain))
            for known in self._known
        )

    def hide_name(self, text: str) -> bool:
        """Whether ``text`` must not stand where a name or a path is expected."""
        return self.hide(text) or _LOGIN.fullmatch(text) is not None

    def _learn_beginning(self, text: str) -> None:
        for cut in _beginnings(text):
            self.learn(cut)


def _beginnings(text: str) -> Iterable[str]:
    """How far a secret at the beginning of ``text`` may go: to a blank, a quote, the end of the line."""
    text = text.strip().lstrip(_QUOTES)
    return {text, re.split(r"[\"'`]", text, maxsplit=1)[0], re.split(r"[\s\"'`;]", text, maxsplit=1)[0]}


def _forms(piece: str) -> set[str]:
    stripped = piece.strip().strip(_QUOTES)
    plain = re.sub(r"[\\^](.)", r"\1", stripped)
    return {stripped, plain, plain.replace("!", ""), re.sub(r"[\"'`]", "", stripped)}


def _after_path(text: str) -> str:
    """The passphrase after the last colon of a key's path; nothing where that is a drive's."""
    path, colon, passphrase = text.rpartition(":")
    return passphrase if colon and len(path.lstrip(_QUOTES)) > 1 else ""


def _is_options(text: str) -> bool:
    return text.lstrip(_QUOTES + " ").startswith("-") or " -" in text
