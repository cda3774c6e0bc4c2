"""`snaptui cloud show NAME --quotas`."""

from __future__ import annotations

import pytest

from snaptui.clouds.base import Capability
from snaptui.errors import NotAllowedError
from tests.cli.conftest import Cli
from tests.clouds.remote.counting import Counting
from tests.clouds.remote.fake import FakeProvider, install


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch, prod: FakeProvider) -> Counting:
    provider = Counting()
    install(monkeypatch, {"prod": provider})
    return provider


def test_what_may_be_had_is_told_when_it_is_asked_for(cli: Cli, counting: Counting) -> None:
    plain = cli("cloud", "show", "prod").done().out
    assert "Quota" not in plain
    assert counting.asked == []  # it is not contacted
    told = cli("cloud", "show", "prod", "--quotas").done().out
    assert counting.asked == ["connect", "quotas", "close"]
    words = {line.partition(":")[0]: line.partition(":")[2].strip() for line in told.splitlines()}
    assert words["Quota of volumes"] == "3 of 10 used"
    assert words["Quota of snapshots"] == "10 of 10 used, none left"
    assert words["Quota of gigabytes"] == "7 used, no limit"
    assert {line.partition(":")[0] for line in plain.splitlines()} <= set(words)


def test_as_json(cli: Cli, counting: Counting) -> None:
    without = cli("cloud", "show", "prod", "--json").done().document
    document = cli("cloud", "show", "prod", "--quotas", "--json").done().document
    quotas = document.pop("quotas")
    assert document == without
    assert quotas[0] == {"name": "volumes", "used": 3, "limit": 10}
    assert [each["limit"] for each in quotas] == [10, 10, None]


def test_a_cloud_that_tells_none_says_why_and_is_not_asked(cli: Cli, prod: FakeProvider) -> None:
    page = cli("cloud", "show", "prod").done().out.splitlines()
    told = cli("cloud", "show", "prod", "--quotas").done().out.splitlines()
    assert [line for line in told if line not in page] == [
        "Quotas:       it does not tell its quotas"
    ]
    assert set(page) <= set(told)
    prod.cannot = {Capability.QUOTAS: "ask somebody else"}
    document = cli("cloud", "show", "prod", "--quotas", "--json").done().document
    assert (document["quotas"], document["cannot"]["quotas"]) == ([], "ask somebody else")
    local = cli("cloud", "show", "local", "--quotas").done().out
    assert "the local repository has no quotas" in local
    assert "Repository:" in local
    assert cli("cloud", "show", "local", "--quotas", "--json").document["quotas"] == []
    assert set(prod.asked) <= {"close"}


def test_what_the_cloud_refuses_is_told_and_it_is_closed(cli: Cli, counting: Counting) -> None:
    counting.fails("quotas", NotAllowedError("not for you"))
    cli("cloud", "show", "prod", "--quotas").refused("not for you")
    assert counting.asked[-1] == "close"
