"""The command line of the client: its options, read as the client reads them, one after another.

This follows version 4.1.0. It reads options that only older versions know where the script uses one that
tells its age (``-jdbcurl`` and its kin).
"""

import re
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass

from anaplan_tui.core.runbooks.connect.holes import is_hole

_CLIENT = re.compile(r"(?i)(.*[/\\])?anaplan-?(connect)?-?client(\.sh|\.bat|\.cmd|\.exe)?")
_MAIN_CLASS = "com.anaplan.client.Program"
_JAR = re.compile(r"(?i)(.*[/\\])?anaplan-?connect[\w.-]*\.jar")

VALUE = {
    "service": ("-s", "-service"),
    "auth": ("-auth", "-authserviceurl"),
    "user": ("-u", "-user"),
    "certificate": ("-c", "-certificate"),
    "private_key": ("-pkey", "-privatekey"),
    "keystore": ("-k", "-keystore"),
    "keystore_alias": ("-ka", "-keystorealias"),
    "keystore_pass": ("-kp", "-keystorepass"),
    "client_id": ("-oauth-client-id",),
    "via": ("-v", "-via"),
    "via_user": ("-vu", "-viauser"),
    "retries": ("-mrc", "-maxretrycount"),
    "retry_timeout": ("-rt", "-retrytimeout"),
    "http_timeout": ("-ct", "-httptimeout"),
    "workspace": ("-w", "-workspace"),
    "workspace_id": ("-w_id", "-workspace_id"),
    "model": ("-m", "-model"),
    "model_id": ("-m_id", "-model_id"),
    "file": ("-f", "-file"),
    "put": ("-p", "-put"),
    "chunk_size": ("-ch", "-chunksize"),
    "import": ("-i", "-import"),
    "export": ("-e", "-export"),
    "action": ("-a", "-action"),
    "process": ("-pr", "-process"),
    "output": ("-o", "-output"),
    "get": ("-g", "-get"),
    "locale": ("-xl", "-locale"),
    "mapping": ("-xm", "-mappingproperty"),
    "connector": ("-xc", "-connectorproperty"),
    "list": ("-l", "-list"),
    "module": ("-mo", "-module"),
    "view": ("-vi", "-view"),
    "pages": ("-pages",),
    "item_mapping": ("-im", "-itemmappingproperty"),
    "jdbc_properties": ("-jdbcproperties",),
    "load_class": ("-loadclass",),
    "jdbc_url": ("-jdbcurl",),
    "jdbc_user": ("-jdbcuser",),
    "jdbc_property": ("-jdbcproperty",),
    "jdbc_fetch_size": ("-jdbcfetchsize",),
    "jdbc_query": ("-jdbcquery",),
    "items": tuple(
        f"-{verb}Items:{of}"
        for verb in ("put", "update", "upsert", "delete")
        for of in ("csv", "json", "jdbc")
    ),
    "items_output": ("-output:csv", "-output:json"),
    "read": ("-get:csv", "-get:json", "-get:csv_sc", "-get:csv_mc"),
}
FLAG = {
    "execute": ("-x", "-execute"),
    "execute_all": ("-x:all", "-execute:all"),
    "put_stdin": ("-puts", "-putc"),
    "get_stdout": ("-gets", "-getc"),
    "export_metadata": ("-emd",),
    "rotatable": ("--rotatable",),
    "register": ("--forceRegister",),
    "debug": ("-d", "-debug"),
    "quiet": ("-q", "-quiet"),
    "help": ("-h", "-help", "-version"),
    "listing": (
        *("-W", "-workspaces", "-M", "-models", "-F", "-files", "-I", "-imports", "-A", "-actions"),
        *("-E", "-exports", "-P", "-processes", "-MO", "-modules", "-V", "-views", "-L", "-lists", "-VI"),
    ),
}
"""What an option does, and its spellings. Case counts."""

_BY_SPELLING = {spelling: (name, True) for name, all_ in VALUE.items() for spelling in all_} | {
    spelling: (name, False) for name, all_ in FLAG.items() for spelling in all_
}
_OLD = frozenset(
    s for n in ("jdbc_url", "jdbc_user", "jdbc_property", "jdbc_fetch_size", "jdbc_query") for s in VALUE[n]
)
CONNECTION = frozenset(
    [
        "service",
        "auth",
        "user",
        "certificate",
        "private_key",
        "keystore",
        "keystore_alias",
        "keystore_pass",
        "client_id",
        "via",
        "via_user",
        "rotatable",
        "register",
    ]
)
DROPPED = frozenset(
    ["debug", "chunk_size", "retries", "retry_timeout", "http_timeout", "jdbc_fetch_size", "quiet"]
)
_RANGES = {"chunk_size": (1, 50), "retries": (3, 15), "retry_timeout": (3, 120), "http_timeout": (60, 300)}
_TELLING = frozenset(
    s for n in ("execute", "put", "process", "import", "export", "get") for s in (VALUE | FLAG)[n]
)


@dataclass(frozen=True, slots=True)
class Option:
    """One option with its value, ``""`` where it has none."""

    name: str
    spelled: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class End:
    """Why the client reads no further; ``dropped`` are the options that it knows among what is left."""

    why: str
    dropped: tuple[str, ...] = ()


def client_arguments(words: Sequence[str]) -> list[str] | None:
    """The client's own arguments, if a command is a call of it."""
    if words and _CLIENT.fullmatch(words[0]):
        return list(words[1:])
    for at, word in enumerate(words[:40]):
        if word == _MAIN_CLASS or (_JAR.fullmatch(word) and words[at - 1] == "-jar"):
            return list(words[at + 1 :])
    return None


def looks_like_client(words: Sequence[str]) -> bool:
    """Whether arguments are the client's, where the program's name is not known."""
    known = [word for word in words if word in _BY_SPELLING]
    return len(known) > 2 and any(word in _TELLING for word in known)


def is_old(words: Sequence[str]) -> bool:
    """Whether the script is of a version up to 1.3."""
    return any(word in _OLD for word in words)


def read(words: Sequence[str], unknown: Callable[[str], bool]) -> tuple[list[Option], End | None]:
    """The options up to the end, or up to where the client stops reading, and why it does.

    Args:
        words: the client's arguments.
        unknown: whether a word in an option's place can be passed over, whatever it becomes.
    """
    old = is_old(words)
    found: list[Option] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        name, takes = _BY_SPELLING.get(word, ("", False))
        if not name and is_hole(word[:1] or " ") and unknown(word):
            continue
        end = _end(word, name, takes, rest, old)
        if end is not None:
            return found, end
        if name == "read":
            value = rest.pop(0) if rest else ""
        elif takes:
            value = rest.pop(0)
        else:
            value = ""
        if name in _RANGES and not _in_range(name, value):
            low, high = _RANGES[name]
            return found, End(
                f'"{word}" takes {low} to {high}; anything else ends the client with an error', known(rest)
            )
        if name == "locale" and "_" not in value and not any(map(is_hole, value)):
            return found, End(
                f'"{word}" takes a locale such as en_US; without "_" the client ends with an error',
                known(rest),
            )
        found.append(Option(name, word, value))
    return found, None


def _end(word: str, name: str, takes: bool, rest: list[str], old: bool) -> End | None:
    if not name or (word in _OLD and not old):
        if any(map(is_hole, word)):
            return End(
                "what stands here is only known when the script runs; what is behind it may be anything",
                known(rest),
            )
        return End("an option that the client does not know ends its reading", known(rest))
    if name == "quiet" and not old:
        return End(f'"{word}" is unknown to the client since version 3 and ends its reading', known(rest))
    if name == "read" and len(rest) > 1:
        return End(f'"{word}" takes at most one argument; what is behind it is not understood', known(rest))
    if takes and not rest and name not in ("read", "list"):
        return End(f'"{word}" has no value: it is the last argument, and the client ignores it', ())
    if name == "list" and not rest:
        return End(f'"{word}" without a name fails', ())
    return None


def _in_range(name: str, value: str) -> bool:
    low, high = _RANGES[name]
    if any(map(is_hole, value)):
        return True
    return re.fullmatch(r"\d{1,6}", value) is not None and low <= int(value) <= high


def known(words: Sequence[str]) -> tuple[str, ...]:
    """The words that are options: nothing else of a script may be shown unchecked."""
    return tuple(word for word in words if word in _BY_SPELLING)


def options_of(words: Sequence[str]) -> list[Option]:
    """Every word that is an option, with the word behind it, wherever it stands."""
    found = []
    for at, word in enumerate(words):
        name, _ = _BY_SPELLING.get(word, ("", False))
        if name:
            found.append(Option(name, word, words[at + 1] if at + 1 < len(words) else ""))
    return found


def known_options() -> Container[str]:
    """Every spelling of every option."""
    return _BY_SPELLING
