"""Every use of Textual's private parts, each with its reason and the version it was checked against.

``tests/ui/test_workarounds.py`` fails when one of them stops doing its job. Each checks that Textual has what
it needs; if not, it leaves Textual's own behaviour, which is plainer and works.
"""

import logging
import traceback
from functools import lru_cache, partial
from typing import Any, TypeVar

from rich.console import Console, RenderableType
from rich.control import Control
from rich.text import Text
from textual.app import App
from textual.await_complete import AwaitComplete
from textual.color import Color
from textual.filter import Monochrome, NoColor
from textual.screen import Screen
from textual.worker import WorkerFailed
from typing_extensions import override

from anaplan_tui import crash
from anaplan_tui.trouble import Exit
from anaplan_tui.ui.terminal.graphics import said_once

logger = logging.getLogger(__name__)

R = TypeVar("R")


def has(part: object, *names: str) -> bool:
    """Return whether a part of Textual has all of these attributes."""
    return all(hasattr(part, name) for name in names)


def plain_without_colour(app: App[Any]) -> None:
    """With ``NO_COLOR``, use the terminal's own two colours instead of greys (Textual 8.2.8).

    Textual picks its filter before a theme can be chosen, so it picks ``Monochrome``, which turns everything
    into grey RGB values; with an ansi theme, ``NoColor`` is the right one.
    """
    if app.no_color and has(app, "_filters"):
        app.theme = "ansi-dark"
        app._filters[:] = [NoColor() if isinstance(f, Monochrome) else f for f in app._filters]


def let_widgets_go() -> None:
    """Cache the two colours behind a widget by themselves, so that closed screens are freed (Textual 8.2.8).

    ``StylesCache.get_inner_outer`` is cached with the widget's own cache of lines as part of the key. So the
    last 1,024 of those stay in memory with all their lines, long after their screens were closed: 100 KB for
    each run that was opened.
    """
    try:
        from textual._styles_cache import StylesCache
    except ImportError:
        return
    uncached = getattr(getattr(StylesCache, "get_inner_outer", None), "__wrapped__", None)
    if uncached is None:  # another version of Textual, or replaced already
        return
    by_colours = lru_cache(1024)(partial(uncached, None))

    def inner_and_outer(_cache: StylesCache, base: Color, background: Color) -> Any:
        return by_colours(base, background)

    setattr(StylesCache, "get_inner_outer", inner_and_outer)  # noqa: B010  # for the type checker


def write_to_terminal(app: App[Any], sequence: str) -> None:
    """Send an escape sequence that Textual has no method for (Textual 8.2.8).

    Only the driver may write, between two frames; ``copy_to_clipboard`` does the same. The sequence must
    neither move the cursor nor change colours.
    """
    driver = getattr(app, "_driver", None)
    if driver is not None:
        driver.write(sequence)


class HeldPaint:
    """Holds painting during the start, so that one frame is sent instead of three (Textual 8.2.8).

    A plain table app paints 56 KB at 120x40 before it is idle; held, it paints one frame, a third of that.
    ``App.batch_update`` is the public form, but a ``with`` block cannot span from compose to the first idle.
    """

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._held = has(app, "_begin_batch", "_end_batch")
        if self._held:
            app._begin_batch()

    def release(self) -> None:
        """Paint; does nothing the second time.

        At this point the screen needs both a layout and a repaint, and would send a frame for each. So it is
        laid out while painting is still held, and the one paint that this queues is enough.
        """
        if self._held:
            self._held = False
            screen = self._app.screen
            if has(screen, "_refresh_layout", "_layout_required", "_repaint_required", "_dirty_widgets"):
                screen._refresh_layout()
                screen._layout_required = screen._repaint_required = False
                screen._dirty_widgets.clear()
            self._app._end_batch()


class LeanPaint(App[Any]):
    """An app that sends only the changed cells of a line, and a colour only where it changes.

    Textual 8.2.8 sends a line from its widget's left edge on, so a clock in the last column of a table would
    cost its whole row each second. It also sets both colours anew for each piece of text.
    """

    @override
    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        super()._display(screen, lean(renderable))


try:
    from textual._compositor import ChopsUpdate, LayoutUpdate
except ImportError:

    def lean(renderable: RenderableType | None) -> RenderableType | None:
        """Return the update unchanged: this version of Textual sends lines its own way."""
        return renderable

else:

    def lean(renderable: RenderableType | None) -> RenderableType | None:
        """Return the same update without what the terminal already shows or knows."""
        if isinstance(renderable, ChopsUpdate) and has(renderable, "chops", "spans", "chop_ends"):
            return _ChangedCells(renderable.chops, renderable.spans, renderable.chop_ends)
        if isinstance(renderable, LayoutUpdate) and has(renderable, "strips", "region"):
            return _WholeScreen(renderable.strips, renderable.region)
        return renderable

    class _ChangedCells(ChopsUpdate):
        """An update that cuts each strip down to the span to be sent."""

        @override
        def render_segments(self, console: Console) -> str:
            sent = []
            for y, x1, x2 in self.spans:
                for end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                    start, stop = max(x, x1), min(end, x2)
                    if strip is not None and start < stop:
                        sent.append(Control.move_to(start, y).segment.text)
                        sent.append(strip.crop(start - x, stop - x).render(console))
            return said_once("".join(sent))

    class _WholeScreen(LayoutUpdate):
        """An update of every line of a screen."""

        @override
        def render_segments(self, console: Console) -> str:
            return said_once(super().render_segments(console))


class CoversWhatIsBelow(App[Any]):
    """An app whose opaque screen hides the one below (Textual 8.2.8 repaints the top one when that changes).

    The catalog keeps polling what others run; each answer would repaint a run's whole screen, 12 KB.
    """

    @property
    @override
    def _background_screens(self) -> list[Screen[Any]]:
        stack = self.screen_stack
        if stack and stack[-1].styles.background.a == 1:
            return []
        return super()._background_screens


class CalmCrash(App[Any]):
    """An app whose crash shows no local variables (Textual 8.2.8: ``_fatal_error`` would show them).

    The traceback goes to the log without the values of variables, and into a report without any value; the
    terminal gets three lines.
    """

    @override
    def _fatal_error(self) -> None:
        if has(self, "_return_code"):
            self._return_code = Exit.BUG
        error = getattr(self, "_exception", None)
        if isinstance(error, WorkerFailed):
            error = error.error if isinstance(error.error, Exception) else error
        if error is not None:
            trace = "".join(traceback.format_exception(type(error), error, error.__traceback__))
            logger.critical("The app crashed:\n%s", trace)
            said = f"{crash.tell(error)}\nStart it again to go on watching."
            if has(self, "_exit_renderables", "_close_messages_no_wait"):
                self._exit_renderables.append(Text(trace if logger.isEnabledFor(logging.DEBUG) else said))
                self._close_messages_no_wait()
                return
        super()._fatal_error()


class EndsAllWork(App[Any]):
    """An app whose workers end before its widgets do (Textual 8.2.8 ends them later when a test ends it)."""

    @override
    async def _shutdown(self) -> None:
        self.workers.cancel_all()
        await super()._shutdown()


class EndsItsWork(Screen[R]):
    """A screen whose workers end before its widgets do (Textual 8.2.8 cancels them after).

    A worker whose answer arrives while the screen is torn down would look for a table that is gone, and its
    exception would end the app.
    """

    @override
    def dismiss(self, result: R | None = None) -> AwaitComplete:
        """Close the screen, but only if it is on top: Textual would close whichever screen is."""
        if self.app.screen is self:
            return super().dismiss(result)
        return AwaitComplete()

    def _on_prune(self) -> None:
        """Cancel the workers first. Textual calls this by name; another version may lack the message."""
        self.workers.cancel_node(self)
