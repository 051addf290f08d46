"""Option types for times: durations (``--for 30m``) and moments (``--since 22:00``)."""

from datetime import UTC, datetime

import click

from anaplan_tui.core.since import since, span


class Duration(click.ParamType[float]):
    """``90s``, ``30m``, ``1.5h``, ``7d``; a bare number means seconds. The value is in seconds."""

    name = "duration"

    def convert(self, value: str | float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Parse a duration for click; returns seconds."""
        if isinstance(value, float):
            return value
        found = span(value) or span(f"{value}s")
        if not found:
            self.fail(f'"{value}" is no length of time such as 90s, 30m, 8h or 7d', param, ctx)
        return found.total_seconds()


class Moment(click.ParamType[datetime]):
    """A moment in the past: ``24h``, ``22:00``, ``yesterday``, a date."""

    name = "when"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Parse a moment for click."""
        try:
            return since(value, datetime.now(UTC)).astimezone(UTC)
        except ValueError as error:
            self.fail(str(error), param, ctx)
