"""The driver is made where Textual has what it needs; elsewhere Textual's own serves."""

import pytest
from textual import _xterm_parser
from textual.drivers.linux_driver import LinuxDriver

from anaplan_tui.ui.app import AnaplanApp
from anaplan_tui.ui.terminal.driver import _NEEDED, terminal_driver
from tests.support.apps import never


def test_this_textual_has_all_of_it() -> None:
    driver = terminal_driver()
    assert driver is not None
    assert issubclass(driver, LinuxDriver)
    assert AnaplanApp(never).driver_class.__name__ == driver.__name__


@pytest.mark.parametrize("missing", _NEEDED)
def test_without_a_method_the_app_has_textuals_own(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    for known in LinuxDriver.__mro__:
        if missing in vars(known):
            monkeypatch.delattr(known, missing)
    assert terminal_driver() is None
    assert AnaplanApp(never).driver_class is LinuxDriver


def test_without_the_parser_the_app_has_textuals_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(_xterm_parser, "XTermParser")
    assert terminal_driver() is None
