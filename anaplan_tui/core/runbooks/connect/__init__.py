"""Converts Anaplan Connect scripts to runbooks: reads them, never runs them.

The walk takes a script as its shell would, as far as such scripts use their shell (``sh_…``, ``batch_…``).
The arguments of each call of the client are then read as the client reads them (``client``, ``translate``).
What the walk does not understand is reported with its line. No secret is kept (``secrets``).

No library does this: parsers of shell exist, but under a licence that this project cannot take, or without
the second parse of ``sh -c``; and none reads batch files.
"""

from anaplan_tui.core.runbooks.connect.conversion import Conversion, convert
from anaplan_tui.core.runbooks.connect.script import NoScript

__all__ = ["Conversion", "NoScript", "convert"]
