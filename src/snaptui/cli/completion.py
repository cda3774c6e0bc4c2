"""`snaptui completion`: Tab for bash, zsh and fish.

The scripts hand the line to `snaptui` itself (with `_SNAPTUI_COMPLETE` set) and take what it
prints: `plain`, a value and what it is, with tabs between, or `file` or `dir`, which the shell
knows better. Values for bash come quoted for the place they are put in, since a name may hold
blanks, quotes or `$(...)`; the other two quote by themselves.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import click

from snaptui.cli.examples import examples
from snaptui.cli.settings import common_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from click.shell_completion import CompletionItem

VARIABLE = "_SNAPTUI_COMPLETE"

_BASH = """\
# To have Tab complete snaptui in bash, once:
#   snaptui completion bash > ~/.local/share/bash-completion/completions/snaptui
# or in ~/.bashrc:  eval "$(snaptui completion bash)"
_snaptui_complete() {
    local kind value help
    COMPREPLY=()
    while IFS=$'\\t' read -r kind value help; do
        case $kind in
            plain) COMPREPLY+=("$value") ;;
            file) compopt -o default ;;
            dir) compopt -o dirnames ;;
        esac
    done < <(_SNAPTUI_COMPLETE=bash "$1" "$COMP_LINE" "$COMP_POINT" "$COMP_WORDBREAKS" 2>/dev/null)
}
complete -o nosort -F _snaptui_complete snaptui 2>/dev/null || complete -F _snaptui_complete snaptui
"""

_ZSH = """\
#compdef snaptui
# To have Tab complete snaptui in zsh, once, then a new shell:
#   snaptui completion zsh > "${fpath[1]}/_snaptui"
# or in ~/.zshrc, after compinit:  source <(snaptui completion zsh)
_snaptui() {
    local kind value help
    local -a found given
    given=("${words[1]}" "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}")
    while IFS=$'\\t' read -r kind value help; do
        case $kind in
            plain)
                value=${value//\\\\/\\\\\\\\}
                found+=("${value//:/\\\\:}${help:+:$help}") ;;
            file) _files ;;
            dir) _files -/ ;;
        esac
    done < <(_SNAPTUI_COMPLETE=zsh "${given[@]}" 2>/dev/null)
    (( $#found )) && _describe -V snaptui found
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _snaptui "$@"
else
    compdef _snaptui snaptui
fi
"""

_FISH = """\
# To have Tab complete snaptui in fish, once:
#   snaptui completion fish > ~/.config/fish/completions/snaptui.fish
function __snaptui_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in (_SNAPTUI_COMPLETE=fish $words "$current" 2>/dev/null)
        set -l parts (string split -m 2 \\t -- $line)
        switch $parts[1]
            case plain
                printf '%s\\t%s\\n' $parts[2] "$parts[3]"
            case file
                __fish_complete_path "$current"
            case dir
                __fish_complete_directories "$current"
        end
    end
end
complete --no-files --keep-order --command snaptui --arguments '(__snaptui_complete)'
"""

_SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}


@click.command(
    epilog=examples(
        "snaptui completion bash > ~/.local/share/bash-completion/completions/snaptui",
        'snaptui completion zsh > "${fpath[1]}/_snaptui"',
        "snaptui completion fish > ~/.config/fish/completions/snaptui.fish",
    )
)
@click.argument("shell", type=click.Choice(list(_SCRIPTS)))
@common_options
def completion(shell: str) -> None:
    """Print the script with which SHELL completes snaptui's words.

    Nouns, verbs and options are completed, and the volumes, snapshots, zones and jobs that there
    are. The script's first lines say where to put it.
    """
    click.echo(_SCRIPTS[shell], nl=False)


def complete(shell: str, given: Sequence[str]) -> int:
    """Print what could come next, for a shell's script. Whatever is wrong, nothing is said."""
    try:
        for line in _lines(shell, given):
            click.echo(line)
    except Exception:  # noqa: BLE001 - the person is typing; they are told when they press Enter
        return 1
    return 0


def _lines(shell: str, given: Sequence[str]) -> list[str]:
    if shell == "bash":
        line, point, breaks = given
        typed = Typed.of_line(_until(line, int(point)), breaks)
    else:
        typed = Typed.of_words(given)
    lines = []
    for item in candidates(typed.before, typed.word):
        if item.type != "plain":
            lines.append(str(item.type))
            continue
        value = typed.reply(str(item.value))
        if value is not None and _is_encodable(value):
            lines.append(f"plain\t{value}\t{item.help or ''}")
    return lines


def candidates(before: Sequence[str], word: str) -> list[CompletionItem]:
    """What could stand for `word` after the words before it."""
    from click.shell_completion import ShellComplete

    from snaptui.cli.root import snaptui

    completer = ShellComplete(snaptui, {}, "snaptui", VARIABLE)
    return completer.get_completions(list(before), word)


def _until(line: str, point: int) -> str:
    # bash counts bytes where its locale has several to a character
    return line.encode(errors="surrogateescape")[:point].decode(errors="surrogateescape")


def _is_encodable(value: str) -> bool:
    """Whether the locale can say it: half a name would be another name."""
    try:
        value.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


class Typed:
    """What stands on the line.

    Attributes:
        before: the whole words before the cursor, without the command's own.
        word: the word at the cursor, as far as it is typed.
    """

    def __init__(
        self, before: Sequence[str], word: str, quote: str | None = None, kept: int = 0
    ) -> None:
        self.before = list(before)
        self.word = word
        self._quote = quote
        """The quote that is open (empty: none; `None`: the shell itself quotes what we give)."""
        self._kept = kept
        """How much of the word the shell keeps and puts our reply behind."""

    @classmethod
    def of_words(cls, words: Sequence[str]) -> Typed:
        """Words that a shell has taken apart."""
        *before, word = words or [""]
        return cls(before, re.sub(r"^['\"]", "", word))

    @classmethod
    def of_line(cls, line: str, breaks: str) -> Typed:
        """A line of bash, up to the cursor.

        Args:
            line: the command and what follows it.
            breaks: `COMP_WORDBREAKS`; bash replaces only what comes after the last of these.
        """
        words: list[str] = []
        word: str | None = None
        quote, kept, escaped = "", 0, False
        for character in line:
            if escaped:
                word, escaped = f"{word or ''}{character}", False
            elif character == "\\" and quote != "'":
                word, escaped = word or "", True
            elif quote:
                if character == quote:
                    quote = ""
                else:
                    word = f"{word or ''}{character}"
            elif character in "'\"":
                word, quote = word or "", character
                kept = len(word)
            elif character in " \t\n":
                if word is not None:
                    words.append(word)
                word, kept = None, 0
            else:
                word = f"{word or ''}{character}"
                if character in breaks:
                    kept = len(word)
        return cls(words[1:], word or "", quote, kept)

    def reply(self, value: str) -> str | None:
        """What the shell is given for a value; `None` if it cannot be written here."""
        name, equals, _ = self.word.partition("=")
        if equals and name.startswith("--"):
            value = f"{name}={value}"
        if self._quote is None:
            return value
        if self._kept and value[: self._kept] != self.word[: self._kept]:
            return None
        return _quoted(value[self._kept :], self._quote)


def _quoted(value: str, quote: str) -> str | None:
    if quote == "'":
        return value.replace("'", "'\\''")
    if quote == '"':
        # bash takes an exclamation mark for its history there, and nothing quotes it
        return None if "!" in value else re.sub(r'([\\"$`])', r"\\\1", value)
    return re.sub(r"([^\w@%+=:,./-])", r"\\\1", value)
