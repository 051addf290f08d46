"""The pages that are made from declarations, by name."""

from pathlib import Path

from tests.docs import configuration, files, keys

FOLDER = Path(__file__).parents[2] / "docs"


def references() -> dict[str, str]:
    """File name under ``docs/`` to what it has to hold."""
    return {"configuration.md": configuration.page(), "files.md": files.page(), "keys.md": keys.page()}
