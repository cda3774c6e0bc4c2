"""The Owner of a snapshot and the origin of an event."""

from __future__ import annotations

import os
import pwd
import socket
import subprocess
import sys

import pytest

from snaptui import identity
from snaptui.identity import current_owner, origin


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("SUDO_USER", "DOAS_USER", "SSH_CONNECTION"):
        monkeypatch.delenv(variable, raising=False)


@pytest.mark.parametrize("variable", ["SUDO_USER", "DOAS_USER"])
def test_behind_sudo_stands_a_user(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 0)
    monkeypatch.setenv(variable, "nobody")
    assert current_owner() == "nobody"


@pytest.mark.parametrize("value", ["", "no such user", "a\x1b[31mb"])
def test_a_word_that_is_no_user_is_not_believed(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 0)
    monkeypatch.setenv("SUDO_USER", value)
    assert current_owner() == "root"


def test_only_root_can_have_come_by_sudo(monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = pwd.getpwnam("nobody")
    monkeypatch.setattr(os, "getuid", lambda: nobody.pw_uid)
    monkeypatch.setenv("SUDO_USER", "root")
    assert current_owner() == "nobody"


def test_a_uid_without_a_name_is_told_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 3_999_999)
    assert current_owner() == "uid 3999999"


def test_an_ssh_session_is_told_by_its_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.5 50022 10.0.0.1 22")
    assert origin().startswith(socket.gethostname())
    assert origin().endswith(" from 10.0.0.5")


def test_an_ssh_session_is_known_through_sudo() -> None:
    # sudo empties the environment; the shell that called it still has what it had
    code = "from snaptui.identity import origin; print(origin())"
    inner = f"env -u SSH_CONNECTION {sys.executable} -c '{code}' </dev/null; true"
    done = subprocess.run(
        ["sh", "-c", f'sh -c "{inner}"; true'],
        env={**os.environ, "SSH_CONNECTION": "fe80::7 50022 fe80::1 22"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip().endswith(" from fe80::7")


def test_a_terminal_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "_ssh_client", lambda: "")
    leader, follower = os.openpty()
    try:
        name = os.ttyname(follower)
        monkeypatch.setattr(os, "ttyname", lambda descriptor: name)
        assert origin() == f"{socket.gethostname()} {name.removeprefix('/dev/')}"
    finally:
        os.close(leader)
        os.close(follower)


def test_without_terminal_and_ssh_it_is_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "_ssh_client", lambda: "")
    monkeypatch.setattr(identity, "_terminal", lambda: "")
    assert origin() == socket.gethostname()
