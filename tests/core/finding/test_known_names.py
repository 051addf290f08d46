"""Names for shell completion, taken from files alone."""

from pathlib import Path

import pytest

from anaplan_tui.core.finding.known_names import profile_in_use, profiles


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_profiles_are_read_as_the_configuration_is(tmp_path: Path, encoding: str) -> None:
    config = tmp_path / "config.toml"
    config.write_text('default_profile = "süd"\n[profiles."süd"]\n[profiles.nord]\n', encoding=encoding)
    assert profiles(config) == ["süd", "nord"]
    assert profile_in_use(config) == "süd"
