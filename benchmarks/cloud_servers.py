"""An EC2 and an OpenStack that answer from memory, page by page, and one that never answers.

They say what the real ones say to what snaptui asks of them when it lists everything, as quickly as
they can: what is measured is the app.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

ACCOUNT = "123456789012"
PROJECT = "41e983511629481b99298e688079a150"
EC2_PAGE = 1000
CINDER_PAGE = 1000
PER_VOLUME = 50


class _Handler(BaseHTTPRequestHandler):
    """Answers what the server's `answer` gives: status, headers and body."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def _reply(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.asked += 1
        status, headers, content = self.server.answer(self.path, body)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = _reply  # noqa: N815 - as the base class calls them

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    """One cloud with so many snapshots, `PER_VOLUME` of each volume."""

    daemon_threads = True

    def __init__(self, snapshots: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked = 0
        self.volumes = max(1, snapshots // PER_VOLUME)
        self.snapshots = snapshots
        self._made: dict[str, bytes] = {}

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, path: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """What is said to a request."""
        raise NotImplementedError


class Ec2(_Server):
    """EC2's query protocol, and who one is."""

    def answer(self, path: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """A listing, or whose the credentials are."""
        del path
        said = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        action, start = said["Action"], int(said.get("NextToken", 0))
        key = f"{action} {start}"
        if "RestorableBy.1" in said:
            # nothing is shared with this account, and none of its own is public
            return 200, {"content-type": "text/xml"}, f"<{action}Response/>".encode()
        if key not in self._made:
            self._made[key] = self._answer(action, start).encode()
        return 200, {"content-type": "text/xml"}, self._made[key]

    def _answer(self, action: str, start: int) -> str:
        if action == "GetCallerIdentity":
            inside = f"<GetCallerIdentityResult><Account>{ACCOUNT}</Account>"
            return f"<{action}Response>{inside}</GetCallerIdentityResult></{action}Response>"
        makers = {
            "DescribeVolumes": ("volumeSet", self.volumes, self._volume),
            "DescribeSnapshots": ("snapshotSet", self.snapshots, self._snapshot),
        }
        if action not in makers:
            return f"<{action}Response></{action}Response>"
        name, count, make = makers[action]
        end = min(start + EC2_PAGE, count)
        items = "".join(f"<item>{make(number)}</item>" for number in range(start, end))
        more = f"<nextToken>{end}</nextToken>" if end < count else ""
        return f"<{action}Response><{name}>{items}</{name}>{more}</{action}Response>"

    @staticmethod
    def _tags(name: str) -> str:
        tags = (("Name", name), ("env", "prod"))
        items = "".join(f"<item><key>{k}</key><value>{v}</value></item>" for k, v in tags)
        return f"<tagSet>{items}</tagSet>"

    def _volume(self, number: int) -> str:
        return (
            f"<volumeId>vol-{number:017x}</volumeId><size>20</size><snapshotId/>"
            "<availabilityZone>us-east-1a</availabilityZone><status>available</status>"
            "<createTime>2026-01-02T03:04:05.000Z</createTime><attachmentSet/>"
            f"{self._tags(f'data-{number:04d}')}<volumeType>gp3</volumeType><encrypted>true</encrypted>"
        )

    def _snapshot(self, number: int) -> str:
        return (
            f"<snapshotId>snap-{number:017x}</snapshotId>"
            f"<volumeId>vol-{number % self.volumes:017x}</volumeId><status>completed</status>"
            f"<startTime>2026-01-{1 + number // 1440 % 28:02}T{number // 60 % 24:02}:"
            f"{number % 60:02}:00.000Z</startTime><progress>100%</progress>"
            f"<ownerId>{ACCOUNT}</ownerId><volumeSize>20</volumeSize>"
            "<description>before the upgrade of the database</description>"
            f"{self._tags(f'nightly-{number:06d}')}<encrypted>true</encrypted>"
            "<storageTier>standard</storageTier>"
        )


class OpenStack(_Server):
    """Keystone and Cinder."""

    def answer(self, path: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """A token, the versions, or a listing."""
        del body
        parts = urlsplit(path)
        headers = {"content-type": "application/json", "x-openstack-request-id": "req-7"}
        if parts.path == "/v3/auth/tokens":
            return 201, {**headers, "x-subject-token": "a-token"}, self._token()
        if path not in self._made:
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            self._made[path] = json.dumps(self._answer(parts.path, query)).encode()
        return 200, headers, self._made[path]

    def _token(self) -> bytes:
        endpoint = {
            "interface": "public",
            "region_id": "north",
            "region": "north",
            "url": f"{self.url}/volume/v3/{PROJECT}",
        }
        said = {
            "issued_at": "2026-11-25T20:58:11.000000Z",
            "expires_at": "2036-11-25T20:58:11.000000Z",
            "project": {"id": PROJECT, "name": "demo"},
            "catalog": [{"type": "volumev3", "name": "cinderv3", "endpoints": [endpoint]}],
        }
        return json.dumps({"token": said}).encode()

    def _answer(self, path: str, query: dict[str, str]) -> dict[str, object]:
        for kind, count, make in (
            ("volumes", self.volumes, self._volume),
            ("snapshots", self.snapshots, self._snapshot),
        ):
            if path.endswith(f"/{kind}/detail"):
                marker = query.get("marker", "")
                start = int(marker[-12:]) + 1 if marker else 0
                limit = min(int(query.get("limit", CINDER_PAGE)), CINDER_PAGE)
                page = [make(number) for number in range(start, min(start + limit, count))]
                body: dict[str, object] = {kind: page}
                if len(page) == limit:
                    href = f"{self.url}{path}?limit={limit}&marker={page[-1]['id']}"
                    body[f"{kind}_links"] = [{"rel": "next", "href": href}]
                return body
        version = {"id": "v3.0", "status": "CURRENT", "version": "3.70", "min_version": "3.0"}
        return {"versions": [version]}

    @staticmethod
    def _volume(number: int) -> dict[str, object]:
        return {
            "id": f"00000000-0000-4000-8000-{number:012}",
            "status": "available",
            "size": 20,
            "availability_zone": "nova",
            "created_at": "2026-01-02T03:04:05.000000",
            "name": f"data-{number:04d}",
            "description": None,
            "volume_type": "nfs",
            "snapshot_id": None,
            "metadata": {},
            "encrypted": False,
            "attachments": [],
            "os-vol-tenant-attr:tenant_id": PROJECT,
        }

    def _snapshot(self, number: int) -> dict[str, object]:
        day, hour, minute = 1 + number // 1440 % 28, number // 60 % 24, number % 60
        return {
            "id": f"00000000-0000-4000-9000-{number:012}",
            "status": "available",
            "size": 20,
            "created_at": f"2026-01-{day:02}T{hour:02}:{minute:02}:00.000000",
            "name": f"nightly-{number:06d}",
            "description": "before the upgrade of the database",
            "volume_id": f"00000000-0000-4000-8000-{number % self.volumes:012}",
            "metadata": {},
            "os-extended-snapshot-attributes:project_id": PROJECT,
            "os-extended-snapshot-attributes:progress": "100%",
        }


@contextmanager
def served(server: _Server) -> Iterator[_Server]:
    """It answers as long as the block."""
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def silence() -> Iterator[str]:
    """The address of a cloud that takes every connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
