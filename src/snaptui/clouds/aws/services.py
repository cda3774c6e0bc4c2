"""AWS's services as botocore's models describe them: what to send, and what an answer means.

A model is loaded once a process, without its documentation and with what is asked of it only: the
whole of EC2's takes 15 MB of memory, what is needed less than one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from snaptui.clouds.aws.faults import AwsAsk
from snaptui.clouds.remote.transport import garbled
from snaptui.errors import CloudInvalidError
from snaptui.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from snaptui.clouds.remote.transport import Answer

OPERATIONS = {
    "ec2": (
        "AttachVolume",
        "CopySnapshot",
        "CreateSnapshot",
        "CreateTags",
        "CreateVolume",
        "DeleteSnapshot",
        "DeleteVolume",
        "DescribeAvailabilityZones",
        "DescribeInstances",
        "DescribeRegions",
        "DescribeSnapshotAttribute",
        "DescribeSnapshots",
        "DescribeVolumes",
        "DescribeVolumesModifications",
        "DetachVolume",
        "ModifySnapshotAttribute",
        "ModifyVolume",
    ),
    "ebs": (
        "CompleteSnapshot",
        "GetSnapshotBlock",
        "ListChangedBlocks",
        "ListSnapshotBlocks",
        "PutSnapshotBlock",
        "StartSnapshot",
    ),
    "sts": ("GetCallerIdentity",),
}
"""All that is ever asked, by service."""


@dataclass(frozen=True, slots=True)
class Signable:
    """What a request needs to be signed by.

    Attributes:
        service: whose name is signed.
        unsigned_body: the body is not signed: a signed header has its checksum.
    """

    service: str
    unsigned_body: bool = False


class Service:
    """One of them. Everything here blocks: for threads."""

    def __init__(self, name: str, model: Any) -> None:
        from botocore.parsers import ResponseParserFactory
        from botocore.serialize import create_serializer

        self.name = name
        self._model = model
        protocol = model.metadata["protocol"]
        self._rest = protocol.startswith("rest")
        self._serializer = create_serializer(protocol, include_validation=True)
        factory = ResponseParserFactory()
        factory.set_parser_defaults(timestamp_parser=_timestamp)
        self._parser = factory.create_parser(protocol)

    def request(
        self,
        operation: str,
        parameters: Mapping[str, Any],
        *,
        endpoint: str,
        what: str,
        repeatable: bool,
    ) -> tuple[AwsAsk, Signable]:
        """What to send for an operation, and how to sign it.

        Raises:
            CloudInvalidError: a parameter is of no form that AWS knows.
        """
        from botocore.awsrequest import prepare_request_dict
        from botocore.exceptions import ParamValidationError

        model = self._model.operation_model(operation)
        try:
            plain = self._serializer.serialize_to_request(dict(parameters), model)
        except ParamValidationError as error:
            raise CloudInvalidError(
                f"AWS cannot be asked to {what}: {safe_text(error, 300)}"
            ) from error
        prepare_request_dict(plain, endpoint)
        body = plain["body"]
        content = urlencode(body, doseq=True).encode() if isinstance(body, dict) else body
        if isinstance(content, str):
            content = content.encode()
        ask = AwsAsk(
            method=plain["method"],
            # the query is in it already, encoded as it is signed
            url=plain["url"],
            headers=dict(plain["headers"]),
            content=bytes(content) if content else None,
            repeatable=repeatable,
            what=what,
            action=f"{self.name}:{operation}",
            lasting=self.name == "ebs",
        )
        return ask, Signable(self.name, model.auth_type == "v4-unsigned-body")

    def parse(self, operation: str, answer: Answer) -> dict[str, Any]:
        """What an answer that is a success says.

        Raises:
            CloudDownError: it cannot be understood.
        """
        from botocore.awsrequest import HeadersDict
        from botocore.parsers import ResponseParserError

        if not self._rest and f"<{operation}Response".encode() not in answer.content[:500]:
            # a page of a proxy may be good XML; a listing that it is taken for would be empty
            raise garbled(answer)
        model = self._model.operation_model(operation)
        whole = {
            "headers": HeadersDict(answer.headers),
            "status_code": answer.status,
            # bytes would be decoded as a text; what is streamed is handed through as it is
            "body": memoryview(answer.content) if model.has_streaming_output else answer.content,
        }
        try:
            parsed = self._parser.parse(whole, model.output_shape)
        except (ResponseParserError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise garbled(answer) from error
        if not isinstance(parsed, dict):
            raise garbled(answer)
        for name, value in parsed.items():
            if isinstance(value, memoryview):
                parsed[name] = answer.content
        return parsed

    def enum(self, shape: str) -> tuple[str, ...]:
        """The values that a type can have."""
        return tuple(self._model.shape_for(shape).enum)


def _timestamp(value: object) -> datetime:
    """A point in time; botocore's own parser takes ten times as long for the usual form."""
    if isinstance(value, str):
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            pass
        else:
            if at.tzinfo is not None:
                return at
    from botocore.utils import parse_timestamp

    parsed: datetime = parse_timestamp(value)
    return parsed


@cache
def load(name: str) -> Service:
    """A service, ready to be asked. Blocks."""
    import json

    from botocore.loaders import Loader
    from botocore.model import ServiceModel

    whole = Loader(file_loader=_LeanFiles()).load_service_model(name, "service-2")
    kept = json.dumps(_only(whole, OPERATIONS[name]))
    # what is kept lies between what is not: made anew, it lets go of the memory around it
    del whole
    return Service(name, ServiceModel(json.loads(kept), name))


def _only(model: Mapping[str, Any], operations: tuple[str, ...]) -> dict[str, Any]:
    """Of a service's model what some operations need."""
    kept = {name: model["operations"][name] for name in operations}
    shapes: dict[str, Any] = {}
    todo = list(_shapes_in(kept))
    while todo:
        name = todo.pop()
        if name not in shapes:
            shapes[name] = model["shapes"][name]
            todo.extend(_shapes_in(shapes[name]))
    if "VolumeType" in model["shapes"]:
        shapes["VolumeType"] = model["shapes"]["VolumeType"]
    return {"metadata": dict(model["metadata"]), "operations": kept, "shapes": shapes}


def _shapes_in(part: object) -> Iterator[str]:
    """The names of the types that a part of a model refers to."""
    if isinstance(part, dict):
        name = part.get("shape")
        if isinstance(name, str):
            yield name
        for value in part.values():
            yield from _shapes_in(value)
    elif isinstance(part, list):
        for value in part:
            yield from _shapes_in(value)


class _LeanFiles:
    """Reads botocore's data files without the documentation in them."""

    def exists(self, path: str) -> bool:
        """Whether there is a file, its suffix aside."""
        from pathlib import Path

        return any(Path(path + suffix).is_file() for suffix in (".json", ".json.gz"))

    def load_file(self, path: str) -> Any:
        """What is in it; None when there is none."""
        import gzip
        import json
        from pathlib import Path

        plain = Path(path + ".json")
        if plain.is_file():
            content = plain.read_bytes()
        elif Path(path + ".json.gz").is_file():
            content = gzip.decompress(Path(path + ".json.gz").read_bytes())
        else:
            return None
        return json.loads(content, object_hook=_undocumented)


def _undocumented(part: dict[str, Any]) -> dict[str, Any]:
    # a member may be called so, too: that is a type, not a text
    if isinstance(part.get("documentation"), str):
        del part["documentation"]
    return part
