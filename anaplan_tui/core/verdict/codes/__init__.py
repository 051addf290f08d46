"""The service's detail codes (service.md §5.5), each with what it means and the usual cure.

A table for each family, in an operator's words. The set is open: ``core.verdict.details`` knows what to
make of a code that is not here.
"""

from anaplan_tui.core.verdict.codes.actions import ACTIONS
from anaplan_tui.core.verdict.codes.explanation import Class, Explanation, Table
from anaplan_tui.core.verdict.codes.lists import LISTS
from anaplan_tui.core.verdict.codes.modules import MODULES
from anaplan_tui.core.verdict.codes.people import USERS, VERSIONS
from anaplan_tui.core.verdict.codes.sources import SOURCES

__all__ = ["CODES", "Class", "Explanation"]

CODES: Table = {**ACTIONS, **SOURCES, **LISTS, **MODULES, **USERS, **VERSIONS}
"""Every known code."""
