"""TLS is always verified: by whose authority, and what is said when it cannot be."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from snaptui.clouds.remote.tls import tls_context
from snaptui.clouds.remote.transport import Patience, Transport
from snaptui.errors import CloudDownError, CloudError, CloudTimeoutError
from tests.clouds.remote.conftest import Make, Pauses, as_json, explain, get, post
from tests.clouds.remote.faults import vanishes
from tests.clouds.remote.faulty import Faulty
from tests.support import need

_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


class Authority:
    """A certificate authority of the house's own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.file = folder / "ca.pem"
        new = ("req", "-x509", *_NEW_KEY, "-keyout", "ca.key", "-out", self.file.name)
        usage = ("-addext", "keyUsage=critical,keyCertSign,cRLSign")
        self._openssl(*new, "-days", "30", "-subj", "/CN=house", *usage)

    def issue(self, name: str, alternative: str = "", days: int = 30) -> tuple[str, str]:
        """The files of a new certificate and its key."""
        extra = self.folder / f"{name}.ext"
        extra.write_text(f"subjectAltName={alternative}\n" if alternative else "")
        csr = f"{name}.csr"
        new = ("req", "-new", *_NEW_KEY, "-keyout", f"{name}.key", "-out", csr)
        self._openssl(*new, "-subj", f"/CN={name}")
        signed = ("x509", "-req", "-in", csr, "-CA", "ca.pem", "-CAkey", "ca.key")
        until = ("-CAcreateserial", "-days", str(days), "-extfile", extra.name)
        self._openssl(*signed, *until, "-out", f"{name}.pem")
        return str(self.folder / f"{name}.pem"), str(self.folder / f"{name}.key")

    def encrypt(self, key: str) -> str:
        secret = ("-aes256", "-passout", "pass:hunter2")
        self._openssl("ec", "-in", key, "-out", f"{key}.secret", *secret)
        return f"{key}.secret"

    def serving(self, *files: str, clients: bool = False) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*files)
        if clients:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.file)
        return context

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    need("openssl")
    return Authority(tmp_path_factory.mktemp("tls") / "house")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    need("openssl")
    return Authority(tmp_path_factory.mktemp("tls") / "stranger")


@pytest.fixture
def secure(authority: Authority) -> Iterator[Faulty]:
    files = authority.issue("server", "DNS:localhost")
    with Faulty(tls=authority.serving(*files), host="localhost") as server:
        yield server


async def refusal(transport: Transport, url: str) -> CloudDownError:
    with pytest.raises(CloudDownError) as caught:
        await transport.ask(get(url), read=as_json)
    await transport.close()
    return caught.value


async def test_an_unknown_authority_is_refused(secure: Faulty, make: Make, pauses: Pauses) -> None:
    error = await refusal(make(), secure.url)
    assert error.message == (
        f"no connection to localhost:{secure.port} (unable to get local issuer certificate): "
        "test cannot be asked to list the volumes"
    )
    assert error.hint == (
        "if the cloud has a certificate authority of its own, name its file in the cloud's "
        "configuration, or in SSL_CERT_FILE"
    )
    assert pauses.taken == []
    assert secure.seen == []


async def test_another_authority_is_no_better(
    secure: Faulty, make: Make, stranger: Authority
) -> None:
    error = await refusal(make(verify=str(stranger.file)), secure.url)
    assert "issuer" in error.message
    assert secure.seen == []


async def test_an_authority_that_is_named(secure: Faulty, make: Make, authority: Authority) -> None:
    transport = make(verify=str(authority.file))
    for number in (1, 2):
        assert (await transport.ask(get(secure.url), read=as_json))["number"] == number
    assert secure.connections == 1
    await transport.close()


async def test_a_folder_of_authorities(
    secure: Faulty, make: Make, authority: Authority, tmp_path: Path
) -> None:
    (tmp_path / "house.pem").write_bytes(authority.file.read_bytes())
    subprocess.run(["openssl", "rehash", tmp_path], check=True)
    transport = make(verify=str(tmp_path))
    assert await transport.ask(get(secure.url), read=as_json)
    await transport.close()


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
async def test_an_authority_in_the_environment(
    secure: Faulty,
    make: Make,
    authority: Authority,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
) -> None:
    (tmp_path / "house.pem").write_bytes(authority.file.read_bytes())
    subprocess.run(["openssl", "rehash", tmp_path], check=True)
    value = authority.file if variable == "SSL_CERT_FILE" else tmp_path
    monkeypatch.setenv(variable, str(value))
    transport = make()
    assert await transport.ask(get(secure.url), read=as_json)
    await transport.close()


async def test_another_name_than_the_certificate_s(
    secure: Faulty, make: Make, authority: Authority
) -> None:
    address = f"https://127.0.0.1:{secure.port}"
    error = await refusal(make(verify=str(authority.file)), address)
    assert "mismatch" in error.message
    assert error.hint.startswith("use the name that the certificate is for")
    assert secure.seen == []


async def test_a_certificate_that_has_expired(
    make: Make, authority: Authority, pauses: Pauses
) -> None:
    files = authority.issue("old", "DNS:localhost", days=-1)
    with Faulty(tls=authority.serving(*files), host="localhost") as server:
        error = await refusal(make(verify=str(authority.file)), server.url)
    assert "expired" in error.message
    assert "clock" in error.hint
    assert pauses.taken == []


@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize(
    "to_plain", [b"", b"HTTP/1.0 400 Bad Request\r\n\r\n", b"SSH-2.0-OpenSSH_9\r\n\r\n"]
)
async def test_a_handshake_that_is_cut_may_go_well_the_next_time(
    secure: Faulty,
    make: Make,
    authority: Authority,
    pauses: Pauses,
    to_plain: bytes,
    *,
    reset: bool,
) -> None:
    """As before a cloud whose servers are just starting, whatever is said to who speaks no TLS."""
    cut: list[bytes] = []

    async def cuts(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said = await reader.read(65536)
        if said.startswith(b"HEAD"):
            writer.write(to_plain)
        elif pauses.taken:
            await passes_on(said, reader, writer, secure.port)
        else:
            cut.append(said)
            if reset:
                lingering = struct.pack("ii", 1, 0)
                raw = writer.get_extra_info("socket")
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, lingering)
        writer.close()

    listening = await asyncio.start_server(cuts, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    transport = make(verify=str(authority.file))
    assert await transport.ask(get(f"https://localhost:{port}"), read=as_json)
    await transport.close()
    assert len(cut) == len(pauses.taken) == 1
    listening.close()
    await listening.wait_closed()


async def passes_on(
    said: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int
) -> None:
    """Between who came and who listens at another port, until one of them closes."""
    there, to = await asyncio.open_connection("127.0.0.1", port)
    to.write(said)

    async def carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while part := await source.read(65536):
            target.write(part)
        target.close()

    await asyncio.gather(carry(reader, to), carry(there, writer))


async def test_a_handshake_that_does_not_end(
    make: Make, authority: Authority, pauses: Pauses
) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    listening = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    transport = make(patience=Patience(connect=0.05, attempts=3))
    error = await refusal(transport, f"https://127.0.0.1:{port}")
    assert isinstance(error, CloudTimeoutError)
    assert error.message.startswith(f"no connection to 127.0.0.1:{port} in time: test cannot")
    assert len(pauses.taken) == 2
    listening.close()
    await listening.wait_closed()


async def test_https_where_http_was_meant(secure: Faulty, make: Make) -> None:
    error = await refusal(make(), secure.url.replace("https:", "http:"))
    assert "was lost" in error.message
    assert secure.seen == []


async def test_a_client_s_certificate(make: Make, authority: Authority) -> None:
    files = authority.issue("server2", "DNS:localhost")
    mine = authority.issue("me")
    both = Path(mine[0]).with_suffix(".both")
    both.write_text(Path(mine[0]).read_text() + Path(mine[1]).read_text())
    tls = authority.serving(*files, clients=True)
    with Faulty(tls=tls, host="localhost") as server:
        for cert in (mine, str(both)):
            transport = make(verify=str(authority.file), cert=cert)
            assert await transport.ask(get(server.url), read=as_json)
            await transport.close()
        seen = len(server.seen)
        await refusal(make(verify=str(authority.file)), server.url)
        assert len(server.seen) == seen


async def test_what_was_lost_over_tls(secure: Faulty, make: Make, authority: Authority) -> None:
    secure.plan(vanishes())
    transport = make(verify=str(authority.file))
    assert (await transport.ask(get(secure.url), read=as_json))["number"] == 2
    secure.plan(vanishes())
    with pytest.raises(CloudDownError, match="may have been done"):
        await transport.ask(post(secure.url), read=as_json)
    await transport.close()


def test_tls_is_always_verified(authority: Authority) -> None:
    with pytest.raises(ValueError, match="always verified"):
        Transport("test", explain, verify=False)
    for context in (tls_context(), tls_context(str(authority.file))):
        assert context.verify_mode == ssl.CERT_REQUIRED
        assert context.check_hostname


@pytest.mark.parametrize("has", ["file", "folder", "empty folder", "nothing"])
def test_the_system_s_authorities_are_believed_where_it_has_some(
    monkeypatch: pytest.MonkeyPatch, authority: Authority, tmp_path: Path, has: str
) -> None:
    folder = {"folder": str(authority.folder), "empty folder": str(tmp_path)}.get(has)
    paths = ssl.get_default_verify_paths()
    there = paths._replace(
        cafile=str(authority.file) if has == "file" else None,  # type: ignore[arg-type]
        capath=folder,  # type: ignore[arg-type]
    )
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: there)
    asked: list[bool] = []
    brought_along = httpx.create_ssl_context

    def create_ssl_context(*, trust_env: bool) -> ssl.SSLContext:
        asked.append(trust_env)
        return brought_along(trust_env=trust_env)

    monkeypatch.setattr(httpx, "create_ssl_context", create_ssl_context)
    context = tls_context()
    assert asked == ([False] if has in {"empty folder", "nothing"} else [])
    assert context.verify_mode == ssl.CERT_REQUIRED
    if asked:
        assert context.cert_store_stats()["x509_ca"] > 50


async def test_files_that_cannot_be_used(
    server: Faulty, make: Make, authority: Authority, tmp_path: Path
) -> None:
    certificate, key = authority.issue("mine")
    other = authority.issue("other")[1]
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    cases: list[tuple[dict[str, object], str]] = [
        ({"verify": "/nowhere/ca.pem"}, r"/nowhere/ca\.pem cannot be read \(No such file"),
        ({"verify": str(empty)}, r"empty\.pem cannot be read"),
        ({"verify": "/nowhere/a\0b"}, "cannot be read"),
        ({"cert": "/nowhere/me.pem"}, r"/nowhere/me\.pem cannot be used \(No such file"),
        ({"cert": str(empty)}, "cannot be used"),
        ({"cert": (certificate, other)}, "cannot be used.*key values mismatch"),
        ({"cert": (certificate, authority.encrypt(key))}, "no PEM, or encrypted"),
    ]
    for options, words in cases:
        transport = make(**options)
        for _ in range(2):
            with pytest.raises(CloudError, match=words) as caught:
                await transport.ask(get(server.url), read=as_json)
            assert caught.value.hint
        await transport.close()
    assert server.seen == []


async def test_a_file_that_is_there_the_next_time(
    secure: Faulty, make: Make, authority: Authority, tmp_path: Path
) -> None:
    file = tmp_path / "later.pem"
    transport = make(verify=str(file))
    with pytest.raises(CloudError, match="cannot be read"):
        await transport.ask(get(secure.url), read=as_json)
    file.write_bytes(authority.file.read_bytes())
    assert await transport.ask(get(secure.url), read=as_json)
    await transport.close()


def test_a_file_in_the_environment_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", os.devnull)
    with pytest.raises(CloudError, match="the certificates in /dev/null cannot be read"):
        tls_context()
