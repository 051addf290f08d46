"""From values of a script to texts of a runbook: holes become placeholders, secrets stay where they are."""

import re
from dataclasses import dataclass, field

from anaplan_tui.core.runbooks import placeholders
from anaplan_tui.core.runbooks.connect.client import known_options
from anaplan_tui.core.runbooks.connect.holes import Clock, Given, Here, Holes, Unknown, is_hole
from anaplan_tui.core.runbooks.connect.paths import is_absolute, is_windows, join
from anaplan_tui.core.runbooks.connect.secrets import Secrets

_MAX = 1000


class Untold(Exception):
    """A value cannot stand in a runbook; the message says why, without the value."""


@dataclass
class Texts:
    """What was taken over from the script so far."""

    holes: Holes
    secrets: Secrets
    given: dict[str, Given] = field(default_factory=dict)
    """The placeholders that ``--set`` has to fill, by name."""
    from_here: bool = False
    """Whether some path begins in the script's folder."""
    from_caller: bool = False
    """Whether some path begins where the script was called from."""
    foreign: bool = False
    """Whether some path means something only on a Windows host."""

    def template(self, value: str, *, is_name: bool = True) -> str:
        """A name, or anything else in a script, as a text of a runbook.

        Raises:
            Untold: the value holds a secret, is not known, or cannot be a name.
        """
        if not value:
            raise Untold("it is empty")
        if len(value) > _MAX:
            raise Untold("it is too long for a name")
        if any(not is_hole(c) and (ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0) for c in value):
            raise Untold("it has control characters")
        if any(word in known_options() for word in value.split()):
            raise Untold("a quote before it is not where it should be: it holds options of the client")
        if (
            (is_name and self.secrets.hide_name(value))
            or self.secrets.hide(value)
            or self.secrets.hide("".join(c for c in value if not is_hole(c)))
        ):
            raise Untold("it looks like a secret and is not copied")
        return "".join(self._part(character) for character in value)

    def path(self, value: str, cwd: str, *, batch: bool) -> str:
        """A local path as a text of a runbook; raises as :meth:`template`."""
        if not value:
            raise Untold("it is empty")
        joined = join(self.holes, cwd, value, batch=batch) or "."
        relative = not is_absolute(self.holes, joined, batch=batch)
        if isinstance(self.holes.of(joined[0]), Here):
            joined = re.sub(r"^[/\\]", "", joined[1:]) or "."
            self.from_here = True
        elif relative:
            self.from_caller = True
        if batch and (relative or not is_absolute(self.holes, joined, batch=batch)):
            joined = joined.replace("\\", "/")  # which Windows reads as well
        self.foreign = self.foreign or is_windows(joined)
        return self.template(joined)

    def shown(self, value: str) -> str | None:
        """As :meth:`template`; ``None`` where that would raise."""
        try:
            return self.template(value)
        except Untold:
            return None

    def name_of(self, given: Given) -> str:
        """The placeholder for a value from outside."""
        for name, known in self.given.items():
            if known == given:
                return name
        wanted = re.sub(r"\W", "_", given.name, flags=re.ASCII)[:60]
        if not placeholders.is_name(wanted) or self.secrets.hide(wanted):
            argument = re.match(r"argument (\d+) of the script", given.origin)
            wanted = f"ARG{argument[1]}" if argument else "VALUE"
        name, number = wanted, 2
        while name in self.given:
            name, number = f"{wanted}_{number}", number + 1
        self.given[name] = given
        return name

    def _part(self, character: str) -> str:
        match self.holes.of(character):
            case None:
                return placeholders.escape(character)
            case Clock(form):
                return f"{{date:{form}}}"
            case Given() as given:
                return f"{{{self.name_of(given)}}}"
            case Unknown(why):
                raise Untold(f"it is not known before the script runs: {why}")
            case Here():
                raise Untold("it holds the folder of the script")
