"""What a network's failures are told as: which cloud, what was wanted, why, what to do.

An address is told without its parameters, and no header is: they may have secrets in them. For the
same reason none of these errors has its cause with it: the libraries' errors quote what was sent,
and a traceback with local variables shows the requests. The reason is told in words instead.
"""

from __future__ import annotations

import errno
import os
import re
import traceback
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from snaptui.config.addresses import LIKE
from snaptui.errors import CloudDownError, CloudError, CloudTimeoutError, ThrottledError
from snaptui.text import safe_text
from snaptui.units import format_duration

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

    from snaptui.clouds.remote.asking import Ask

DOUBT = "it may have been done all the same: look before you try again"
"""The hint where a request that must not be made twice was lost on its way there or back."""

PROXY_ANSWERS = "is there a proxy in between that answers in the cloud's place?"
"""The hint where an answer is none of the cloud's."""

_DAY = 86400.0
_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST"})
"""OpenSSL's words for what begins like nothing that TLS says."""
_QUOTED = re.compile(r"\s*(?::|\bb?['\"]|\bbytearray\b|<).*", re.DOTALL)


def host_of(url: str) -> str:
    """Where an address leads, without user, password, path and parameters."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
        host = parts.hostname or "?"
        return safe_text(f"[{host}]{port}" if ":" in host else f"{host}{port}", 100)
    except ValueError:
        return "?"


def unreachable(cloud: str, ask: Ask, error: Exception, *, proxy: str = "") -> CloudDownError:
    """No connection could be made."""
    if type(error).__name__.endswith("Timeout"):
        return CloudTimeoutError(
            f"no connection to {host_of(ask.url)} in time: {_cannot(cloud, ask)}",
            f"is {f'the proxy in {proxy}' if proxy else 'the address'} right, "
            "and does a firewall let you through?",
        )
    reason = _reason(error)
    hint = "is the address right, and is the network there?"
    if proxy:
        hint = f"is the proxy in {proxy} right? NO_PROXY names the hosts that need none"
    chain = [*_chain(error)]
    refusal = _tls_refusal(chain)
    if refusal is not None:
        hint = _tls_hint(refusal)
    elif _is_cut(chain):
        hint = "does it speak https at this address, or http only? Or something cuts connections"
    return CloudDownError(
        f"no connection to {host_of(ask.url)} ({reason}): {_cannot(cloud, ask)}", hint
    )


def speaks_no_tls(cloud: str, ask: Ask) -> CloudError:
    """It is to be spoken to by https, and answers http there."""
    return CloudError(
        f"{_cannot(cloud, ask)}: {host_of(ask.url)} speaks http, not https",
        "begin its address with http://, or give the port that speaks https; by http, passwords "
        "and tokens are sent as they are, and whoever is in between can read them",
    )


def not_found_in_time(cloud: str, ask: Ask) -> CloudTimeoutError:
    """No name server answered."""
    return CloudTimeoutError(
        f"{_cannot(cloud, ask)}: nobody answers where {host_of(ask.url)} is",
        "is the network there, or the VPN that its name is known in?",
    )


def proxy_refuses(cloud: str, ask: Ask, reason: str, request_id: str = "") -> CloudDownError:
    """The proxy in between lets nobody pass."""
    return CloudDownError(
        f"{_cannot(cloud, ask)}: the proxy refuses ({safe_text(reason, 100)})",
        "the proxy is named by HTTPS_PROXY, HTTP_PROXY or ALL_PROXY, and its user and password "
        "there; NO_PROXY names the hosts that need none",
        request_id=request_id,
    )


def timed_out(cloud: str, ask: Ask) -> CloudTimeoutError:
    """It was asked, and did not answer in time."""
    return CloudTimeoutError(
        f"{cloud} did not answer in time{_asked(ask)}",
        f"{host_of(ask.url)} may be overloaded, or a firewall swallows its answers"
        if ask.repeatable
        else DOUBT,
    )


def lost(cloud: str, ask: Ask, error: Exception, request_id: str = "") -> CloudDownError:
    """It was asked, and the answer did not arrive whole."""
    return CloudDownError(
        f"the answer of {cloud} was lost{_asked(ask)} ({_reason(error)})",
        f"the connection to {host_of(ask.url)} was cut; try again" if ask.repeatable else DOUBT,
        request_id=request_id,
    )


def unsendable(cloud: str, ask: Ask) -> CloudError:
    """What was to be sent is no HTTP; what exactly is not told, for it may be the token."""
    return CloudError(
        f"{_cannot(cloud, ask)}: there is something in the request that cannot be sent",
        "has a token or key of yours a line break or another odd character in it?",
    )


def no_address(cloud: str, ask: Ask, *, proxy: str = "") -> CloudError:
    """The address is none, or the proxy's is none, which is not told: it may have a password."""
    if proxy:
        return CloudError(
            f"{_cannot(cloud, ask)}: the proxy in {proxy} is no address",
            "it is like http://proxy.example.com:3128",
        )
    return CloudError(f"{_cannot(cloud, ask)}: {_no_address_of(ask.url)} is no address", LIKE)


def _no_address_of(url: str) -> str:
    host = host_of(url)
    return host if host != "?" else "what it is told to ask"


def redirected(cloud: str, ask: Ask, location: str, request_id: str = "") -> CloudError:
    """It says to ask elsewhere, where a token must not be carried."""
    there = host_of(location) if "://" in location else host_of(ask.url)
    to = f" to {there}" if there != host_of(ask.url) else " to another path"
    scheme = urlsplit(ask.url).scheme
    if location.startswith("https:") and scheme == "http":
        to += " by https"
    return CloudError(
        f"{_cannot(cloud, ask)}: {host_of(ask.url)} redirects{to}",
        "redirections are not followed, for credentials would go along; if it is right, "
        "write where it leads to in the configuration",
        request_id=request_id,
    )


def garbled(cloud: str, ask: Ask, request_id: str = "") -> CloudDownError:
    """The answer came whole, and is none of this cloud's."""
    return CloudDownError(
        f"the answer of {cloud} cannot be understood{_asked(ask)}",
        PROXY_ANSWERS,
        request_id=request_id,
    )


def too_large(cloud: str, limit: int, request_id: str = "") -> CloudError:
    """An answer that cannot be a cloud's."""
    return CloudError(
        f"{cloud} answered with more than {limit // (1024 * 1024)} MiB",
        "is there something else at its address?",
        request_id=request_id,
    )


def closed(cloud: str, ask: Ask) -> CloudDownError:
    """We gave up the connections meanwhile."""
    return CloudDownError(
        f"the connection to {cloud} was closed here{_asked(ask)}",
        "ask again" if ask.repeatable else DOUBT,
    )


def try_again_in(error: CloudError, seconds: float) -> None:
    """Put it into the hint of an error that the cloud said when."""
    when = f"in {format_duration(seconds)}" if seconds <= _DAY else "another day"
    error.hint = f"try again {when}; {error.hint}" if error.hint else f"try again {when}"


def doubt(error: CloudError) -> None:
    """Put it into the hint of an error that what was asked may have been done."""
    if DOUBT not in error.hint and not isinstance(error, ThrottledError):
        error.hint = f"{DOUBT}; {error.hint}" if error.hint else DOUBT


def hopeless(error: BaseException) -> bool:
    """Whether another attempt to connect would end the same: no such host, no trust, no TLS."""
    import socket

    chain = [*_chain(error)]
    unknown = any(
        isinstance(each, socket.gaierror) and each.errno == socket.EAI_NONAME for each in chain
    )
    return unknown or _tls_refusal(chain) is not None


def _tls_refusal(chain: list[BaseException]) -> ssl.SSLError | None:
    """Why there is no TLS between us; None too for a handshake that was cut or took too long."""
    import ssl

    passing = (
        ssl.SSLEOFError,
        ssl.SSLZeroReturnError,
        ssl.SSLSyscallError,
        ssl.SSLWantReadError,
        ssl.SSLWantWriteError,
    )
    found = (each for each in chain if isinstance(each, ssl.SSLError))
    return next((each for each in found if not isinstance(each, passing)), None)


def may_be_plain(error: BaseException) -> bool:
    """Whether a handshake ended as it does where http is spoken: by other words, or by none."""
    import ssl

    chain = [*_chain(error)]
    refusal = _tls_refusal(chain)
    if refusal is not None:
        return not isinstance(refusal, ssl.SSLCertVerificationError)
    return _is_cut(chain)


def answers_without_tls(error: BaseException) -> bool:
    """Whether a handshake was answered, but in other words than TLS's: not even by an alert."""
    refusal = _tls_refusal([*_chain(error)])
    return refusal is not None and refusal.reason in _NO_TLS


def _is_cut(chain: list[BaseException]) -> bool:
    import ssl

    cut = (ssl.SSLEOFError, ssl.SSLZeroReturnError)
    return any(isinstance(each, cut) for each in chain)


def _tls_hint(refusal: ssl.SSLError) -> str:
    import ssl

    if not isinstance(refusal, ssl.SSLCertVerificationError):
        return "does it speak https at this address, or http only?"
    if "mismatch" in refusal.verify_message:
        return "use the name that the certificate is for; or does something else answer there?"
    if "expired" in refusal.verify_message or "not yet valid" in refusal.verify_message:
        return "is this machine's clock right? Otherwise the cloud needs a new certificate"
    return (
        "if the cloud has a certificate authority of its own, name its file in the cloud's "
        "configuration, or in SSL_CERT_FILE"
    )


def _cannot(cloud: str, ask: Ask) -> str:
    return f"{cloud} cannot be asked" + (f" to {safe_text(ask.what, 200)}" if ask.what else "")


def _asked(ask: Ask) -> str:
    return f", asked to {safe_text(ask.what, 200)}" if ask.what else ""


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what it came from, the first cause last."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        if isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]  # one for each address of a host
        else:
            error = error.__cause__ or error.__context__


def _reason(error: Exception) -> str:
    """Why, in the words of the system where it had some: the libraries' say less or too much."""
    import ssl

    for each in reversed([*_chain(error)]):
        if isinstance(each, ssl.SSLCertVerificationError) and each.verify_message:
            return safe_text(each.verify_message, 200)
        if isinstance(each, ssl.SSLError) and each.reason:
            return safe_text(each.reason, 200).lower().replace("_", " ")
        if isinstance(each, OSError) and each.strerror:
            # the event loop puts words of its own in place of the system's
            known = each.errno in errno.errorcode if each.errno is not None else False
            words = os.strerror(each.errno or 0) if known else each.strerror
            return _first_small(safe_text(words, 200))
    # what stands after a colon or in quotes is what was sent or received
    said = _QUOTED.sub("", str(error)).strip().rstrip(".")
    return _first_small(safe_text(said, 200)) if said else "the connection was cut"


def _first_small(text: str) -> str:
    return text[:1].lower() + text[1:]


def alone(error: Exception) -> Exception:
    """An error without the errors and frames behind it; a note says where it came from."""
    frames = [
        f"{frame.f_code.co_filename}:{line} in {frame.f_code.co_name}"
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    if frames:
        error.add_note("it comes from:\n  " + "\n  ".join(frames))
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)
