"""What each event says, word by word: it is what people read months later."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Cli

TEXTS: tuple[tuple[str, list[str], str, str, str], ...] = (
    # what is called, what it then says, of what, and what it made or was about
    ("volume add {image}", ["registered {image}"], "add-volume", "web", ""),
    ("volume create --name db --size 1MiB", ["created volume db in zone default"],
     "create-volume", "db", ""),
    ("zone add fast {pool}", ["added zone fast ({pool})"], "add-zone", "fast", ""),
    ("snapshot create web --name a", ["took snapshot a"], "snapshot", "web", "a"),
    ("snapshot create web --name b", ["took snapshot b"], "snapshot", "web", "b"),
    ("snapshot clone a --name copy --zone fast",
     ["cloned snapshot a to volume copy in zone fast"], "clone", "a", "copy"),
    ("snapshot restore a --to {out}", ["restored snapshot a to {out}"], "restore", "a", "web"),
    ("snapshot restore a --in-place --yes", ["restored snapshot a over volume web"],
     "restore", "a", "web"),
    ("snapshot pin a", ["pinned snapshot a"], "pin-snapshot", "web", "a"),
    ("snapshot unpin a", ["unpinned snapshot a"], "unpin-snapshot", "web", "a"),
    ("snapshot delete b --yes", ["deleted snapshot b"], "delete-snapshot", "web", "b"),
    ("snapshot undelete b", ["undeleted snapshot b"], "undelete-snapshot", "web", "b"),
    ("snapshot delete a b --yes", ["deleted snapshot b", "deleted snapshot a"],
     "delete-snapshot", "web", "b"),
    ("trash purge b --yes", ["purged snapshot b"], "purge-snapshot", "web", "b"),
    ("volume delete copy --yes", ["deleted volume copy"], "delete-volume", "copy", ""),
    ("zone delete fast", ["deleted zone fast ({pool}); its files stay"], "delete-zone", "fast", ""),
    ("volume delete web --yes", ["deleted volume web"], "delete-volume", "web", ""),
)  # fmt: skip


def test_every_event_says_what_was_done(cli: Cli, image: Path, tmp_path: Path) -> None:
    places = {"image": str(image), "pool": str(tmp_path / "pool"), "out": str(tmp_path / "out.raw")}
    (tmp_path / "pool").mkdir()
    uids: dict[str, str] = {}
    seen: set[str] = set()
    for command, texts, action, subject, related in TEXTS:
        cli(*(word.format(**places) for word in command.split())).done()
        for noun in ("volume", "snapshot"):
            for each in cli(noun, "list", "--json").document:
                uids[each["name"]] = each["resource_uid"]
        events = cli("event", "list", "--json").document
        fresh = [event for event in events if event["uid"] not in seen]
        seen |= {event["uid"] for event in fresh}
        assert sorted(event["text"] for event in fresh) == sorted(
            text.format(**places) for text in texts
        ), command
        first = next(event for event in fresh if event["text"] == texts[0].format(**places))
        assert first["action"] == action, command
        assert first["subject_uid"] == uids.get(subject, subject), command
        assert (first["related_uid"] or "") == uids.get(related, related), command


def test_the_table_says_of_what_as_the_screen_does(cli: Cli, web: str, snap: str) -> None:
    cli("snapshot", "clone", "a", "--name", "copy").done()
    cli("volume", "create", "--name", "gone", "--size", "1MiB").done()
    gone = cli("volume", "delete", "gone", "--yes", "--json").document["resource_uid"]
    copy = cli("volume", "show", "copy", "--json").document["resource_uid"]
    head, *rows = cli("event", "list").done().out.splitlines()
    assert head.split() == ["AT", "WHO", "FROM", "WHAT", "OF", "RESOURCE", "UID"]
    ends = {tuple(row.split()[-2:]) for row in rows}
    assert ends == {(gone, gone), ("a", snap), ("web", web)}
    plain = cli("event", "list", "--plain", "--filter", "what:cloned").out
    assert f"Of: a\nResource UID: {snap}\nRelated UID: {copy}\n" in plain
    assert "Related UID: none\n" in cli("event", "list", "--plain").out
