"""The faulty server itself: that it does what it is told, before another server too."""

from __future__ import annotations

import http.client
import json
import time
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.clouds.remote.faults import (
    Fault,
    Reply,
    Seen,
    answers,
    comes_after,
    corrupts,
    cuts,
    delays,
    hangs_up,
    json_reply,
    relabels,
    resets,
    vanishes,
)
from tests.clouds.remote.faulty import Faulty


def fetch(url: str, **options: object) -> bytes:
    with urlopen(Request(url, **options), timeout=20) as response:  # type: ignore[arg-type]
        body: bytes = response.read()
    return body


def test_a_plan_is_for_a_number_a_path_a_method_and_so_often() -> None:
    with Faulty(lambda seen: json_reply(seen.number)) as server:
        server.plan(answers(200, "third"), number=3)
        server.plan(answers(200, "b, twice"), path="^/b", times=2)
        server.plan(answers(200, "put"), method="PUT", times=None)
        said = [fetch(f"{server.url}/{path}") for path in ("a", "b", "b", "b", "b?x=1")]
        assert said == [b"1", b"b, twice", b"third", b"b, twice", b"5"]
        assert [fetch(server.url, data=b"x", method="PUT") for _ in range(2)] == [b"put", b"put"]
        server.forget()
        assert fetch(server.url, data=b"x", method="PUT") == b"8"
        assert server.seen[-1].body == b"x"
        assert server.seen[4].path == "/b"
        assert server.seen[4].target == "/b?x=1"
        assert server.connections == 8


def test_it_stands_before_another_server() -> None:
    def answer(seen: Seen) -> object:
        return {"body": seen.body.decode(), "host": seen.headers["host"], "at": true.url}

    with (
        Faulty(lambda seen: json_reply(answer(seen), 201, X_Own="yes")) as true,
        Faulty(upstream=true.url) as server,
    ):
        server.rewrite = {true.url: server.url}
        with urlopen(Request(f"{server.url}/v3?a=b", data=b"text", method="POST")) as response:
            assert response.status == 201
            assert response.headers["X-Own"] == "yes"
            document = json.load(response)
        # the name that was asked for is passed on, so that signatures hold
        host = f"127.0.0.1:{server.port}"
        assert document == {"body": "text", "host": host, "at": server.url}
        assert true.seen[0].target == "/v3?a=b"

        server.plan(vanishes() | Fault(wait=0.01))
        with pytest.raises((OSError, http.client.HTTPException)):
            fetch(server.url, data=b"done", method="POST")
        assert true.seen[-1].body == b"done"
        server.plan(resets())
        with pytest.raises((OSError, http.client.HTTPException)):
            fetch(server.url, data=b"not done", method="POST")
        server.plan(answers(504, done=True))
        with pytest.raises(HTTPError):
            fetch(server.url, data=b"done too", method="POST")
        server.plan(answers(503))
        with pytest.raises(HTTPError):
            fetch(server.url, data=b"not done either", method="POST")
        assert [seen.body for seen in true.seen] == [b"text", b"done", b"done too"]

        with true.refusing(), pytest.raises((OSError, http.client.HTTPException)):
            fetch(server.url)
        assert fetch(server.url)


def test_something_happens_before_the_true_server_is_asked() -> None:
    order: list[str] = []

    def answer(seen: Seen) -> Reply:
        order.append(seen.path)
        return json_reply({})

    with Faulty(answer) as server:
        server.plan(comes_after(lambda: order.append("first")), path="^/b")
        for path in "abb":
            fetch(f"{server.url}/{path}")
    assert order == ["/a", "first", "/b", "/b"]


def test_the_faults_are_what_they_say() -> None:
    with Faulty(lambda seen: json_reply("0123456789")) as server:
        server.plan(cuts(body=4))
        with pytest.raises(http.client.IncompleteRead) as caught:
            fetch(server.url)
        assert caught.value.partial == b'"012'
        server.plan(cuts(body=4, length=False))
        assert fetch(server.url) == b'"012'
        server.plan(cuts(body=4, chunked=True))
        with pytest.raises(http.client.IncompleteRead):
            fetch(server.url)
        server.plan(Fault(chunked=True, pause_at=5, pause=0.01))
        assert fetch(server.url) == b'"0123456789"'
        server.plan(corrupts(1, -2))
        assert fetch(server.url) == b'"\xcf12345678\xc6"'
        server.plan(relabels("text/plain", X_Else="a"))
        with urlopen(server.url) as response:
            assert response.headers["Content-Type"] == "text/plain"
            assert response.headers["X-Else"] == "a"
        server.plan(delays(0.05, at=3, pause=0.05))
        begun = time.monotonic()
        assert fetch(server.url) == b'"0123456789"'
        assert time.monotonic() - begun >= 0.1
        with server.refusing(), pytest.raises(OSError, match="refused"):
            fetch(server.url)
        assert fetch(server.url) == b'"0123456789"'


def test_connections_are_kept_until_it_hangs_up() -> None:
    with Faulty() as server:
        server.plan(hangs_up(), number=2)
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        for _ in range(3):
            connection.request("GET", "/")
            response = connection.getresponse()
            assert response.headers["Connection"] is None
            assert response.read()
            if len(server.seen) == 2:
                connection.close()
        assert [seen.connection for seen in server.seen] == [1, 1, 2]
        connection.request("POST", "/", body=iter([b"in ", b"chunks"]), encode_chunked=True)
        assert connection.getresponse().read()
        assert server.seen[-1].body == b"in chunks"
        connection.close()
