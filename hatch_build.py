"""Build hooks for the package: a README without pictures and relative links, and the manual."""

import re
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

_PICTURE = re.compile(r"^!\[[^\]]*\]\((?!https?://)[^)]*\)\n\n?", re.MULTILINE)
_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?://|mailto:)[^)]*\)")


def without_relative_links(text: str) -> str:
    """Markdown that works anywhere: a link into the checkout becomes its text, a picture is dropped."""
    return _LINK.sub(r"\1", _PICTURE.sub("", text))


class Metadata(MetadataHookInterface):
    """The README of the package, whose readers do not have the checkout."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Put it into the metadata."""
        text = (Path(self.root) / "README.md").read_text("utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": without_relative_links(text)}


class Share(BuildHookInterface):  # type: ignore[type-arg]
    """The manual and completions that ``make man`` put into build/share, in the installation's share."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Put them into the wheel, if they were made."""
        share = Path(self.root) / "build" / "share"
        if self.target_name == "wheel" and version == "standard" and share.is_dir():
            build_data["shared_data"][str(share)] = "share"
