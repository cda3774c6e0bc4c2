"""The line above a form's buttons: whether what is asked for fits the cloud's quotas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from snaptui.tui.quotas import quota_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from snaptui.models import Quota
    from snaptui.tui.quotas import AskQuotas, Wanted


class QuotaLine(Static):
    """Empty until the cloud has told its quotas: the room above the buttons is there in any case.

    It warns and forbids nothing: the cloud has the last word, and may have more by then.
    """

    def __init__(self, ask: AskQuotas | None, wanted: Callable[[], Wanted]) -> None:
        """A line that is still empty.

        Args:
            ask: asks for the quotas; None where there are none, so that it stays empty.
            wanted: how much of each quota the form asks for, as it is filled in now.
        """
        super().__init__(id="quota")
        self._ask = ask
        self._wanted = wanted
        self._quotas: Sequence[Quota] = ()

    async def load(self) -> None:
        """Ask for the quotas, and tell them."""
        if self._ask is not None:
            self._quotas = await self._ask()
            self.tell()

    def tell(self) -> None:
        """Something else may be asked for now."""
        if self._quotas:
            text, style = quota_line(self._quotas, self._wanted())
            self.set_class(style == "warn", "-over")
            self.update(Content(text))
