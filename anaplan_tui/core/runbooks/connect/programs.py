"""Programs besides the client that scripts around Anaplan Connect call, and what each means for a runbook."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Programs:
    """What scripts of one shell call, by name."""

    quiet: frozenset[str]
    """Programs that have no effect on what the client does, and that can be trusted to succeed."""
    asking: frozenset[str]
    """Programs that change nothing, and whose status is not known."""
    changing: Mapping[str, str]
    """Programs that no step replaces, each with the words for what it does."""


SH = Programs(
    quiet=frozenset(
        [
            "echo",
            "printf",
            "/bin/echo",
            "true",
            ":",
            "set",
            "shopt",
            "sleep",
            "touch",
            "mkdir",
            "tee",
            "logger",
            "trap",
            "umask",
            "ulimit",
            "wait",
            "date",
            "cat",
            "tail",
            "head",
            "ls",
            "clear",
            "pwd",
            "tput",
            "alias",
            "unalias",
            "type",
            "which",
            "hash",
            "pushd",
            "popd",
            "whoami",
            "hostname",
            "chmod",
            "stty",
            "exec",
        ]
    ),
    asking=frozenset(
        [
            "grep",
            "egrep",
            "fgrep",
            "find",
            "wc",
            "awk",
            "sed",
            "cut",
            "sort",
            "uniq",
            "tr",
            "diff",
            "pgrep",
            "ps",
            "ping",
            "file",
            "stat",
            "basename",
        ]
    ),
    changing={
        "mv": "moving files",
        "cp": "copying files",
        "rm": "removing files",
        "gzip": "packing files",
        "zip": "packing files",
        "unzip": "unpacking files",
        "tar": "packing files",
        "mail": "sending mail",
        "mailx": "sending mail",
        "sendmail": "sending mail",
        "mutt": "sending mail",
        "curl": "a web request",
        "wget": "a web request",
        "ftp": "a file transfer",
        "sftp": "a file transfer",
        "scp": "a file transfer",
        "rsync": "a file transfer",
        "aws": "a file transfer",
        "sqlplus": "a database query",
        "psql": "a database query",
        "python": "a program",
        "python3": "a program",
        "perl": "a program",
        "java": "a program",
        "dos2unix": "a conversion of files",
        "iconv": "a conversion of files",
    },
)
BATCH = Programs(
    quiet=frozenset(
        [
            "rem",
            "echo",
            "echo.",
            "title",
            "color",
            "cls",
            "pause",
            "timeout",
            "ping",
            "mkdir",
            "md",
            "verify",
            "chcp",
            "type",
            "dir",
            "ver",
            "vol",
            "prompt",
            "mode",
            "whoami",
            "hostname",
            "tasklist",
        ]
    ),
    asking=frozenset(["find", "findstr", "where", "fc", "comp", "more", "sort"]),
    changing={
        "move": "moving files",
        "ren": "moving files",
        "rename": "moving files",
        "copy": "copying files",
        "xcopy": "copying files",
        "robocopy": "copying files",
        "del": "removing files",
        "erase": "removing files",
        "rd": "removing files",
        "rmdir": "removing files",
        "blat": "sending mail",
        "sendmail": "sending mail",
        "powershell": "a program",
        "powershell.exe": "a program",
        "python": "a program",
        "python.exe": "a program",
        "java": "a program",
        "java.exe": "a program",
        "cscript": "a program",
        "wscript": "a program",
        "curl": "a web request",
        "curl.exe": "a web request",
        "ftp": "a file transfer",
        "winscp": "a file transfer",
        "winscp.com": "a file transfer",
        "sqlcmd": "a database query",
        "bcp": "a database query",
        "net": "a network drive",
    },
)
WRAPPERS = frozenset(
    [
        "nohup",
        "time",
        "command",
        "builtin",
        "nice",
        "exec",
        "sudo",
        "env",
        "ionice",
        "setsid",
        "unbuffer",
        "stdbuf",
    ]
)
"""Programs of sh that run the command behind them."""
INSTEAD = {
    "sending mail": "notify_command in the configuration tells how a run ended",
    "moving files": "do it before or after the play",
}
"""What to do in their place, where there is something to do."""
