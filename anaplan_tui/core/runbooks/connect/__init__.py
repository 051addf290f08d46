"""Converting Anaplan Connect scripts to runbooks: read, never run.

A script is walked as its shell would walk it, as far as such scripts use their shell (``sh_…``, ``batch_…``);
what it would call the client with is then read as the client reads it (``client``, ``translate``). What the
walk does not understand is said with its line. No secret is kept (``secrets``).

There is no library for this: parsers of shell exist, under a licence that this project cannot take or without
the second parse of ``sh -c``, and none reads batch files.
"""

from anaplan_tui.core.runbooks.connect.conversion import Conversion, convert
from anaplan_tui.core.runbooks.connect.script import NoScript

__all__ = ["Conversion", "NoScript", "convert"]
