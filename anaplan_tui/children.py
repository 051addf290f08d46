"""The environment of child processes: the operator's own, without the traces of a bundle.

A bundle may have to change its own environment to find its Python and its libraries. Handed on, the changes
make ``ssh``, ``pass`` or an editor load the bundle's libraries instead of the system's. Every process is
started with :func:`environment`, and one of our own modules with :func:`python_module`.
"""

import os
import sys
from collections.abc import Iterable, Mapping

_OF_THE_BUNDLE = "_PYI_", "_MEIPASS"
_SEARCHED = "LD_LIBRARY_PATH", "LIBPATH", "DYLD_LIBRARY_PATH"
"""Where libraries are looked for. PyInstaller keeps the operator's value under the name with ``_ORIG``."""


def environment(
    ours: Mapping[str, str] | None = None, *, without: Iterable[str] = (), frozen: bool | None = None
) -> dict[str, str]:
    """The environment for a child process.

    Args:
        ours: instead of this process's environment.
        without: further names that are not the child's business, as those of secrets.
        frozen: whether a bootloader set it; by default, what it left in ``sys`` tells.
    """
    env = dict(os.environ if ours is None else ours)
    if getattr(sys, "frozen", False) if frozen is None else frozen:
        for name in _SEARCHED:
            own = env.pop(f"{name}_ORIG", None)
            env.pop(name, None)
            if own is not None:
                env[name] = own
    hidden = set(without)
    return {
        name: value
        for name, value in env.items()
        if name not in hidden and not name.startswith(_OF_THE_BUNDLE)
    }


def python_module(name: str, *arguments: str) -> list[str]:
    """The command that runs one of our modules with this Python, unbuffered.

    It is as isolated as we are: the operator's ``PYTHONHOME`` and ``PYTHONPATH`` may be for another Python.
    """
    isolated = ["-I"] if sys.flags.isolated else []
    return [sys.executable, *isolated, "-u", "-m", name, *arguments]
