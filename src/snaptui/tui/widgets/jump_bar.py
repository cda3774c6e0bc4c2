"""The jump line: where a place or an action is typed, with what it could mean above it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from snaptui.tui import keys
from snaptui.tui.fuzzy import Fuzzy, merged
from snaptui.tui.glyphs import glyphs
from snaptui.tui.guard import guarded
from snaptui.tui.jump import Suggestion
from snaptui.tui.later import later
from snaptui.tui.spans import Line, fit, length, outside
from snaptui.tui.state import JUMPS_MAX
from snaptui.tui.typing_ahead import focus_now
from snaptui.tui.widgets.rows import Rows
from snaptui.tui.widgets.safe_input import SafeInput

if TYPE_CHECKING:
    from rich.style import Style
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.strip import Strip

Suggest = Callable[[str], Awaitable[Sequence[Suggestion]]]

ROWS_MAX = 8
LABEL_WIDTH = 26
KEY_WIDTH = 5


class Suggestions(Rows, can_focus=False):
    """What the line could mean; without anything, why."""

    def __init__(self) -> None:
        super().__init__(id="suggestions")
        self.shown: Sequence[Suggestion] = ()
        self._fuzzy = Fuzzy("")
        self._told = ""

    def set(self, shown: Sequence[Suggestion], line: str, told: str = "") -> None:
        """Show these, the first one chosen."""
        self.shown, self._told = shown, told
        # The noun is not part of the name.
        self._fuzzy = Fuzzy(line.partition(" ")[2] or line)
        self.cursor = 0
        self.styles.height = max(1, min(ROWS_MAX, len(shown)))
        self.scroll_to(y=0, animate=False)
        self.rows_changed()

    def choose(self, text: str) -> None:
        """Choose the one that is completed to this, if it is there."""
        at = next((n for n, each in enumerate(self.shown) if each.text == text), 0)
        self.move_cursor(at, notify=False)

    @property
    def chosen(self) -> Suggestion | None:
        """The one at the cursor."""
        return self.shown[self.cursor] if self.cursor < len(self.shown) else None

    def row_count(self) -> int:
        """Suggestions."""
        return len(self.shown)

    def row_style(self, *, selected: bool) -> Style:
        """The line below has the focus, so the cursor here shows as if this had it."""
        return self.row_style_of("cursor") if selected else self.base_style()

    def line_at(self, y: int) -> Strip:
        """A suggestion, or why there is none."""
        if not self.shown:
            return self.drawn([(f"  {self._told}" if y == 0 else "", "warn")])
        return super().line_at(y)

    def row_strip(self, index: int, base: Style, *, selected: bool) -> Strip:
        """Its name with what was typed set off, and what it is."""
        each = self.shown[index]
        mark = glyphs().cursor if selected else " "
        line: Line = [(mark, "mark" if selected else ""), (" ", "")]
        label = fit(each.label, LABEL_WIDTH)
        if selected:
            line.append((label, ""))
        else:
            line += self._set_off(label) if each.possible else [(label, "faint")]
        room = max(1, self.room.width - length(line) - KEY_WIDTH - 4)
        style = "" if selected else "muted" if each.possible else "faint"
        detail = (fit(each.detail, room), style)
        key = (fit(each.key, KEY_WIDTH, right=True), "" if selected else "key")
        return self.drawn([*line, ("  ", ""), detail, (" ", ""), key], base)

    def _set_off(self, label: str) -> Line:
        line: Line = []
        at = 0
        for start, end in merged(self._fuzzy.places(label)):
            line += [(label[at:start], ""), (label[start:end], "accent")]
            at = end
        return [*line, (label[at:], "")]


class JumpInput(SafeInput):
    """The line. What is typed here does nothing until Enter."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.JUMP]

    def __init__(self) -> None:
        super().__init__(id="jump-input", compact=True, select_on_focus=False)
        self.cursor_blink = False

    @property
    def bar(self) -> JumpBar:
        """The bar this is in."""
        return next(node for node in self.ancestors if isinstance(node, JumpBar))

    def action_leave(self) -> None:
        """Do nothing."""
        self.bar.leave()

    def action_complete(self) -> None:
        """Write the chosen suggestion out."""
        self.bar.complete()

    def action_choose(self, step: int) -> None:
        """Choose the suggestion above or below; above the first one: what was typed before."""
        self.bar.choose(step)


class JumpBar(Vertical):
    """A line at the bottom that lies over what is there."""

    @dataclass
    class Chosen(Message):
        """Enter: go there, or do that."""

        bar: JumpBar
        suggestion: Suggestion

        @property
        def control(self) -> JumpBar:
            """The bar."""
            return self.bar

    @dataclass
    class Left(Message):
        """Nothing is wanted any more."""

        bar: JumpBar

        @property
        def control(self) -> JumpBar:
            """The bar."""
            return self.bar

    def __init__(
        self,
        suggest: Suggest,
        recent: list[str],
        *,
        more_to_come: Callable[[], str] = str,
        id: str | None = None,
    ) -> None:
        """A line.

        Args:
            suggest: what a line could mean.
            recent: what was gone to from here, the last one last; it is added to.
            more_to_come: why what is not found may be there all the same; empty when it is not.
            id: Textual's id.
        """
        super().__init__(id=id)
        self._suggest = suggest
        self._more_to_come = more_to_come
        self.list = Suggestions()
        self.input = JumpInput()
        self.recent = recent
        self._recalled: int | None = None
        self._shown_for: str | None = None
        self._written_out = False
        """Whether the line is a suggestion's text, and not what that was looked for by."""
        self._awaited: tuple[str, Callable[[], None]] | None = None
        """What is to be done once it is known what a line could mean."""

    def compose(self) -> ComposeResult:
        """The list above the line."""
        yield self.list
        with Horizontal(id="jump-line"):
            yield Static(Content(":"), id="colon")
            yield self.input

    # Opening and leaving

    def open(self) -> None:
        """Begin with an empty line."""
        self._recalled = self._awaited = None
        self.display = True
        self._raise_toasts(up=True)
        self._write("")
        focus_now(self.input)
        self._look("")

    def leave(self) -> None:
        """Do nothing."""
        self.post_message(self.Left(self))

    def close(self) -> None:
        """Be gone."""
        self.display = False
        self._raise_toasts(up=False)
        self._awaited = None
        self.workers.cancel_node(self)

    def _raise_toasts(self, *, up: bool) -> None:
        """Toasts come up at the bottom, where the suggestions are: they go to the top meanwhile."""
        for rack in self.screen.query("ToastRack"):
            rack.set_class(up, "-raised")

    # Typing

    def _write(self, text: str) -> None:
        with self.input.prevent(Input.Changed):
            self.input.value = text
        self.input.cursor_position = len(text)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Look what it could mean."""
        event.stop()
        self._recalled = None
        if self._awaited is not None and self._awaited[0] != self.input.value:
            self._awaited = None
        self._look(event.value)

    def look_again(self) -> None:
        """There is more to be found than a moment ago, or less; what is chosen stays so."""
        # what was written out is one of those that are shown: Tab goes on to the next of them
        if self.display and not self._written_out:
            self._look(self.input.value)

    def _look(self, line: str) -> None:
        self._written_out = False
        self.run_worker(later(self._find, line), exclusive=True, group="suggest")

    async def _find(self, line: str) -> None:
        with guarded(lambda text: self.list.set((), line, outside(text, 200))):
            found = await self._suggest(line)
            told = f"nothing here is called {outside(line.strip(), 40)!r}"
            chosen = self.list.chosen if self._shown_for == line else None
            self.list.set(found, line, "" if found else self._more_to_come() or told)
            if chosen is not None:
                self.list.choose(chosen.text)
            self._shown_for = line
            if self._awaited is not None and self._awaited[0] == line:
                self._awaited[1]()

    def _once_known(self, line: str, act: Callable[[], None]) -> None:
        """Act on what a line could mean: at once, or when that has been looked for."""
        self._awaited = (line, act)
        if self._shown_for == line:
            act()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go to what is chosen, once it is known."""
        event.stop()
        self._once_known(event.value, self._take)

    def _take(self) -> None:
        self._awaited = None
        chosen = self.list.chosen
        if chosen is None:
            return
        if not chosen.is_whole:
            self._complete()
            return
        self._remember(chosen.text)
        self.post_message(self.Chosen(self, chosen))

    def _remember(self, text: str) -> None:
        if text in self.recent:
            self.recent.remove(text)
        self.recent.append(text)
        del self.recent[:-JUMPS_MAX]

    # Completing and choosing

    def complete(self) -> None:
        """Write the chosen suggestion out; when it is there already, the next one."""
        self._once_known(self.input.value, self._complete)

    def _complete(self) -> None:
        self._awaited = None
        chosen = self.list.chosen
        if chosen is not None and chosen.text == self.input.value and len(self.list.shown) > 1:
            self.list.move_cursor((self.list.cursor + 1) % len(self.list.shown), notify=False)
            chosen = self.list.chosen
        if chosen is None:
            return
        self._write(chosen.text)
        if chosen.is_whole:
            self._shown_for = chosen.text
            self._written_out = True
        else:
            self._look(chosen.text)

    def choose(self, step: int) -> None:
        """The suggestion above or below; above the first one, what was typed before."""
        before = self._recalled
        if step < 0 and self.list.cursor == 0:
            self._recall((len(self.recent) if before is None else before) - 1)
        elif step > 0 and before is not None:
            self._recall(before + 1)
        else:
            self.list.move_cursor(self.list.cursor + step, notify=False)

    def _recall(self, number: int) -> None:
        if number < 0:
            return
        is_past = number < len(self.recent)
        self._recalled = number if is_past else None
        text = self.recent[number] if is_past else ""
        self._write(text)
        self._look(text)

    def on_rows_opened(self, event: Rows.Opened) -> None:
        """A click on the chosen suggestion."""
        event.stop()
        self._take()

    def on_rows_highlighted(self, event: Rows.Highlighted) -> None:
        """A click on another one chooses it."""
        event.stop()
        self.input.focus()
