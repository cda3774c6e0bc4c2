"""What all forms have in common."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Static

from snaptui.errors import InvalidInputError
from snaptui.text import safe_text
from snaptui.tui import keys
from snaptui.tui.glyphs import glyphs
from snaptui.tui.guard import guarded
from snaptui.tui.later import later
from snaptui.tui.screens.overlay import Overlay
from snaptui.tui.screens.zones import Chooser
from snaptui.tui.spans import outside
from snaptui.tui.widgets.rows import Rows
from snaptui.tui.widgets.safe_input import SafeInput
from snaptui.tui.widgets.tick import Tick
from snaptui.units import parse_size

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.widget import Widget

    from snaptui.tui.screens.quota_line import QuotaLine


class Field(SafeInput):
    """A line to type in, with its label in its border."""

    def __init__(
        self,
        label: str,
        value: str = "",
        *,
        placeholder: str = "",
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        # A value that is not safe to show must not be shown: it has to be typed.
        shown = value if safe_text(value) == value else ""
        super().__init__(shown, placeholder=placeholder, id=id, classes=classes)
        self.border_title = Content(label)
        self.cursor_blink = False


class Given(Static):
    """Something the form says and nobody can change."""

    def __init__(self, label: str, value: str, *, id: str | None = None) -> None:
        super().__init__(Content(outside(value, 200)), id=id)
        self.border_title = Content(label)


class TypedName(Static):
    """What has to be typed to show that one means it: the whole name, however long."""

    def __init__(self, kind: str, name: str, uid: str, *, id: str | None = None) -> None:
        super().__init__(
            Content.assemble(
                f"Type the {kind}'s name or Resource UID:\n",
                (outside(name), "bold"),
                f"\n{outside(uid)}",
            ),
            id=id,
        )
        self._accepted = {name, name.strip(), uid}
        self._uid_text = outside(uid)

    def check(self, typed: str, doing: str) -> None:
        """Let only the name or the Resource UID pass.

        Raises:
            InvalidInputError: it is another text.
        """
        if typed.strip() not in self._accepted:
            raise InvalidInputError(
                "that is another name" if typed.strip() else "nothing is typed yet",
                f"type the name or {self._uid_text} to {doing}",
            )


class TypedPhrase(Static):
    """What has to be typed where one name would not say it."""

    def __init__(self, phrase: str, *, id: str | None = None) -> None:
        super().__init__(Content.assemble("Type ", (phrase, "bold"), " to go on:"), id=id)
        self._phrase = phrase

    def check(self, typed: str) -> None:
        """Let only the phrase pass.

        Raises:
            InvalidInputError: it is another text.
        """
        if typed.split() != self._phrase.split():
            raise InvalidInputError(
                "that is something else" if typed.strip() else "nothing is typed yet",
                f"type {self._phrase} to go on",
            )


class Form(Overlay[None]):
    """Fields, a line for what is wrong, and two buttons. What was typed stays until it is right."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.FORM]
    DANGEROUS: ClassVar[bool] = False
    CANCEL: ClassVar[str] = "Cancel"

    def __init__(self, title: str, submit_label: str, *, quotas: QuotaLine | None = None) -> None:
        """A form.

        Args:
            title: what it is for.
            submit_label: what its button does.
            quotas: whether what it asks for fits; it is filled in when the cloud has answered.
        """
        super().__init__()
        self._quotas = quotas
        self._title_text = title
        self._submit_label = submit_label
        self._busy = False
        self._done = False
        self._said_at: list[str] = []
        self._focused_before: Widget | None = None

    @abstractmethod
    def fields(self) -> Iterable[Widget]:
        """The fields."""

    @abstractmethod
    async def send(self) -> None:
        """Read the fields and do it.

        Raises:
            SnaptuiError: something is wrong; the form tells it and stays.
        """

    def compose(self) -> ComposeResult:
        """The box in the middle."""
        with Vertical(id="form") as box:
            box.border_title = Content(f" {self._title_text} ")
            box.border_subtitle = Content(self.key_hint())
            yield from self.fields()
            yield Static(id="error")
            if self._quotas is not None:
                yield self._quotas
            with Horizontal(id="buttons", classes="" if self._quotas is None else "-close"):
                variant: Literal["error", "primary"] = "error" if self.DANGEROUS else "primary"
                cancel = Button(Content(self.CANCEL), id="cancel", compact=True)
                submit = Button(
                    Content(self._submit_label), variant=variant, id="submit", compact=True
                )
                # From the last field one comes to what does it, not to what throws it away; of
                # what is dangerous, to the harmless one.
                yield from (cancel, submit) if self.DANGEROUS else (submit, cancel)

    def key_hint(self) -> str:
        """What the keys do where the focus is."""
        return f" Enter {self.enter_does(self.focused)} {glyphs().dot} Esc Cancel "

    def enter_does(self, focused: Widget | None) -> str:
        """What Enter does at a widget, in a word: most send the form."""
        if isinstance(focused, Tick):
            return "Tick"
        if isinstance(focused, Rows) and not isinstance(focused, Chooser):
            return "Choose"  # it fills a field, or leads to the one that follows
        return self.CANCEL if focused is not None and focused.id == "cancel" else self._submit_label

    def action_sideways(self, step: int) -> None:
        """Between the buttons as they are drawn, elsewhere to the field before or after."""
        buttons: list[Widget] = [b for b in self.query("#buttons Button") if not b.disabled]
        if self.focused in buttons and 0 <= (to := buttons.index(self.focused) + step) < len(
            buttons
        ):
            buttons[to].focus()
        else:
            super().action_sideways(step)

    def on_descendant_focus(self) -> None:
        """Enter does something else now."""
        self.tell_keys()

    def tell_keys(self) -> None:
        """Say in the border what the keys do now."""
        if (box := self.query_one_optional("#form")) is not None:
            box.border_subtitle = Content(self.key_hint())

    def load(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Fill in what takes a while; the form can be used meanwhile."""

        async def loading() -> None:
            with guarded(self.tell):
                await work()

        self.run_worker(later(loading), group="load")

    def text_of(self, id: str) -> str:
        """What was typed into a field."""
        return self.query_one(f"#{id}", Field).value

    def size_of(self, id: str) -> int:
        """The bytes that a field asks for; 0 while what is typed is no size yet."""
        try:
            return parse_size(self.text_of(id))
        except InvalidInputError:
            return 0

    def path_of(self, id: str, hint: str) -> str:
        """The absolute path that was typed into a field.

        Raises:
            InvalidInputError: none was.
        """
        typed = self.text_of(id).strip()
        if not typed:
            raise InvalidInputError("the path is empty", hint)
        try:
            return str(Path(typed).expanduser().absolute())
        except (RuntimeError, OSError) as error:
            # No such user after a tilde, or the directory one is in is gone.
            raise InvalidInputError(f"{typed} is nowhere: {error}", hint) from error

    def tell(self, text: str) -> None:
        """Say what is wrong."""
        self._say(text, wrong=True)

    def _say(self, text: str, *, wrong: bool) -> None:
        error = self.query_one_optional("#error", Static)
        if error is None:  # it was closed while it was opening: there is nobody to tell
            return
        error.set_class(not wrong, "-working")
        error.update(Content(outside(text, 600)))
        error.display = bool(text)
        if text:
            # in a low terminal the form scrolls: what is wrong must be seen all the same
            self.call_after_refresh(error.scroll_visible, animate=False)
        self._said_at = self._values()

    def _values(self) -> list[str]:
        return [field.value for field in self.query(Field)]

    def on_mount(self) -> None:
        """Nothing is wrong yet, and no toast lies over the buttons."""
        self.app.clear_notifications()
        self.tell("")
        if self._quotas is not None:
            self.load(self._quotas.load)

    def on_input_changed(self) -> None:
        """What was wrong is being mended."""
        # Changes that were made before it was said come late; they mend nothing.
        if not self._busy and self._values() != self._said_at:
            self.tell("")
        if self._quotas is not None:
            self._quotas.tell()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in a field."""
        event.stop()
        self.submit()

    def on_rows_opened(self, event: Rows.Opened) -> None:
        """Enter on what is chosen in a list."""
        if isinstance(event.rows, Chooser):
            event.stop()
            self.submit()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """A button."""
        event.stop()
        if event.button.id == "submit":
            self.submit()
        else:
            self.action_cancel()

    def action_cancel(self) -> None:
        """Leave; what was sent already goes on, and how it ends is told."""
        if self._busy:
            self.app.notify("It was sent already: it goes on without the form.", markup=False)
        self._done = True
        self.dismiss()

    def submit(self) -> None:
        """Do it, once."""
        if self._busy or self._done:
            return
        self._set_busy(busy=True)
        self._say("working", wrong=False)
        # The app's worker: it outlives the form, so that its outcome is told in any case.
        self.app.run_worker(later(self._submit), group="submit")

    def _set_busy(self, *, busy: bool) -> None:
        self._busy = busy
        # A disabled button cannot keep the focus.
        focused, self._focused_before = self._focused_before, self.focused
        if (submit := self.query_one_optional("#submit", Button)) is not None:
            submit.disabled = busy
        if not busy and focused is not None:
            focused.focus()

    async def _submit(self) -> None:
        with guarded(self._failed):
            await self.send()
            self._finish()

    def _failed(self, text: str) -> None:
        if self._done:
            text = outside(f"{self._title_text}: {text}", 600)
            self.app.notify(text, severity="error", timeout=12, markup=False)
            return
        self._set_busy(busy=False)
        self.tell(text)

    def _finish(self) -> None:
        if not self._done:
            self._done = True
            self.dismiss()

    def on_screen_resume(self) -> None:
        """It was finished while something lay over it."""
        if self._done:
            self.dismiss()
