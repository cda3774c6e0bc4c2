"""Are you sure?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Button, Static

from snaptui.clouds.base import NO_WAY_BACK, SPACE_LATER
from snaptui.tui import keys
from snaptui.tui.glyphs import glyphs
from snaptui.tui.guard import guarded
from snaptui.tui.later import later
from snaptui.tui.screens.form import Field, Form, TypedName, TypedPhrase
from snaptui.tui.spans import outside
from snaptui.units import format_left, format_size, format_time

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from textual.widget import Widget

    from snaptui.models import Deletion, LeftOut

_NAMES_SHOWN = 6
_NAME_WIDTH = 40


class Fact(Horizontal):
    """What happens to something, beside a sign; further lines hang below the first."""

    def __init__(self, sign: str, text: str, kind: str, *, id: str | None = None) -> None:
        self._text = Static(Content(outside(text, 600)), classes="text")
        super().__init__(
            Static(Content(sign), classes="sign"), self._text, classes=f"fact {kind}", id=id
        )

    def tell(self, text: str) -> None:
        """Say something else; the question may be gone by then."""
        self._text.update(Content(outside(text, 600)))


def named(names: Sequence[str]) -> str:
    """The first of some names, and how many there are besides."""
    shown = [outside(name, _NAME_WIDTH) for name in names[:_NAMES_SHOWN]]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


class ConfirmDelete(Form):
    """What is lost, what stays, until when it can be undone; a volume asks for its name."""

    DANGEROUS = True
    TYPED_AHEAD = False  # nobody has read yet what is lost, whatever was typed

    def __init__(
        self,
        kind: str,
        plan: Deletion,
        delete: Callable[[], Awaitable[None]],
        *,
        typed: bool = False,
        phrase: str = "",
        names: Sequence[str] = (),
        freed: Callable[[], Awaitable[int | None]] | None = None,
        for_good: bool = False,
    ) -> None:
        """Ask.

        Args:
            kind: what it is.
            plan: what is lost and what stays.
            delete: does it.
            typed: its name has to be typed.
            phrase: this has to be typed.
            names: of all that is deleted.
            freed: tells how much space nothing else needs; it may take its time.
            for_good: it is in the trash already, and is to be purged.
        """
        many = f"{len(names)} {kind}s" if len(names) > 1 else kind
        verb = "Purge" if for_good else "Delete"
        super().__init__(f"{verb} {many}", verb)
        self._kind = kind
        self._plan = plan
        self._delete = delete
        self._typed = (typed or bool(phrase)) and not plan.reason
        self._phrase = phrase
        self._names = names
        self._freed = freed if not plan.reason else None

    def fields(self) -> Iterable[Widget]:
        """The name, what is lost, what stays."""
        plan, signs = self._plan, glyphs()
        if len(self._names) > 1 or (self._phrase and self._names):
            yield Static(Content.styled(named(self._names), "bold"), id="what")
        elif not self._typed and plan.name:
            yield Static(
                Content.assemble((outside(plan.name), "bold"), f"  {outside(plan.resource_uid)}"),
                id="what",
            )
        for text in plan.lost:
            yield Fact(f"{signs.minus} lost", text, "lost")
        for text in plan.kept:
            # No tick: that something stays may be good news or bad.
            yield Fact(f"{signs.dot} stays", text, "kept")
        for text in left_out(plan.left_out) if not plan.reason else ():
            yield Fact(f"{signs.dot} stays", text, "left")
        if not plan.reason:
            yield from self._way_back()
        if self._freed is not None:
            yield Fact(
                f"{signs.dot} space", "adding up what nothing else needs", "kept", id="space"
            )
        if plan.reason:
            yield Fact(signs.bad, plan.reason, "forbidden")
        if self._typed:
            yield from self._to_type()

    def _to_type(self) -> Iterable[Widget]:
        plan = self._plan
        if self._phrase:
            yield TypedPhrase(self._phrase, id="wanted")
            yield Field("Confirmation", id="typed")
        else:
            yield TypedName(self._kind, plan.name, plan.resource_uid, id="wanted")
            yield Field("Name or Resource UID", id="typed")

    def _way_back(self) -> Iterable[Widget]:
        """How it can be undone; of a volume, what is lost says that it cannot."""
        signs, until = glyphs(), self._plan.until
        if until is not None:
            how = f"{keys.of('do.undo')}, or {keys.of('do.trash')} for the trash"
            text = f"for {format_left(until)}, until {format_time(until)}: {how}"
            yield Fact(f"{signs.arrow} undo", text, "kept")
        elif self._kind == "snapshot":
            yield Fact(f"{signs.minus} undo", NO_WAY_BACK, "lost", id="no-undo")

    def key_hint(self) -> str:
        """What the keys do."""
        if self._typed:
            return super().key_hint()
        return f" Tab Choose {glyphs().dot} Esc Cancel "

    def on_mount(self) -> None:
        """The harmless button has the focus."""
        self.query_one("#submit", Button).disabled = bool(self._plan.reason)
        self.query_one("#typed" if self._typed else "#cancel").focus()
        if self._freed is not None:
            self.run_worker(later(self._measure, self._freed), group="measure")

    async def _measure(self, freed: Callable[[], Awaitable[int | None]]) -> None:
        if (fact := self.query_one_optional("#space", Fact)) is None:
            return  # it was closed while it was opening
        with guarded(lambda text: fact.tell(f"cannot be told: {text}")):
            size = await freed()
            if size is None:
                fact.display = False
            else:
                fact.tell(f"{format_size(size)} {SPACE_LATER}")

    async def send(self) -> None:
        """Delete it."""
        if self._typed and self._phrase:
            self.query_one(TypedPhrase).check(self.text_of("typed"))
        elif self._typed:
            self.query_one(TypedName).check(self.text_of("typed"), "delete it")
        await self._delete()


def left_out(left: Sequence[LeftOut]) -> list[str]:
    """What is not deleted although it was meant, a sentence for each reason."""
    by_reason: dict[str, list[str]] = {}
    for each in left:
        by_reason.setdefault(each.reason.removeprefix("it is "), []).append(each.name)
    return [f"{len(names)} {reason}: {named(names)}" for reason, names in by_reason.items()]
