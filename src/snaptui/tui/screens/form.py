"""What all forms have in common."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from snaptui.errors import InvalidInputError, SnaptuiError
from snaptui.text import safe_text
from snaptui.tui import keys
from snaptui.tui.spans import outside

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.widget import Widget


class Field(Input):
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


class Form(ModalScreen[None]):
    """Fields, a line for what is wrong, and two buttons. What was typed stays until it is right."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.FORM]
    DANGEROUS: ClassVar[bool] = False

    def __init__(self, title: str, submit_label: str) -> None:
        super().__init__()
        self._title_text = title
        self._submit_label = submit_label
        self._busy = False

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
            yield from self.fields()
            yield Static(id="error")
            with Horizontal(id="buttons"):
                variant: Literal["error", "primary"] = "error" if self.DANGEROUS else "primary"
                yield Button(Content("Cancel"), id="cancel", compact=True)
                yield Button(
                    Content(self._submit_label), variant=variant, id="submit", compact=True
                )

    def text_of(self, id: str) -> str:
        """What was typed into a field."""
        return self.query_one(f"#{id}", Field).value

    def path_of(self, id: str, hint: str) -> str:
        """The absolute path that was typed into a field.

        Raises:
            InvalidInputError: none was.
        """
        typed = self.text_of(id).strip()
        if not typed:
            raise InvalidInputError("the path is empty", hint)
        return str(Path(typed).expanduser().absolute())

    def tell(self, text: str) -> None:
        """Say what is wrong."""
        error = self.query_one("#error", Static)
        error.update(Content(outside(text, 300)))
        error.display = bool(text)

    def on_mount(self) -> None:
        """Nothing is wrong yet."""
        self.tell("")

    def on_input_changed(self) -> None:
        """What was wrong is being mended."""
        self.tell("")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in a field."""
        event.stop()
        self.submit()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """A button."""
        event.stop()
        if event.button.id == "submit":
            self.submit()
        else:
            self.dismiss()

    def action_cancel(self) -> None:
        """Leave without doing anything."""
        self.dismiss()

    def submit(self) -> None:
        """Do it, once."""
        if not self._busy:
            self._busy = True
            self.run_worker(self._submit(), group="submit")

    async def _submit(self) -> None:
        try:
            await self.send()
        except SnaptuiError as error:
            self.tell(str(error))
        else:
            self.dismiss()
        finally:
            self._busy = False
