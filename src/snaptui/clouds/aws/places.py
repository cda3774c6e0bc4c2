"""Where volumes of EC2 can be, of what type, and what they can be attached to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from snaptui.clouds.aws import reading
from snaptui.clouds.aws.volumes import DEFAULT_TYPE
from snaptui.models import Instance, VolumeType, Zone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from snaptui.clouds.aws.api import Api

_TYPES = {
    "gp3": "general purpose SSD",
    "gp2": "general purpose SSD, the generation before",
    "io2": "provisioned IOPS SSD, the most durable",
    "io1": "provisioned IOPS SSD",
    "st1": "throughput optimised HDD, 125 GiB and more",
    "sc1": "cold HDD, 125 GiB and more",
    "standard": "magnetic, the generation before",
}


async def zones(api: Api) -> list[Zone]:
    """The availability zones that the account may use."""

    def read(answer: Mapping[str, Any]) -> list[Zone]:
        return [reading.zone(each) for each in reading.items(answer, "AvailabilityZones")]

    return await api.call("ec2:DescribeAvailabilityZones", {}, read, what="list the zones")


async def regions(api: Api) -> list[str]:
    """The regions that are enabled in the account."""

    def read(answer: Mapping[str, Any]) -> list[str]:
        return sorted(reading.text(each, "RegionName") for each in reading.items(answer, "Regions"))

    return await api.call("ec2:DescribeRegions", {}, read, what="list the regions")


async def volume_types(api: Api) -> list[VolumeType]:
    """The volume types that the service's model knows: the usual first."""
    known = (await api.service("ec2")).enum("VolumeType")
    order = {name: place for place, name in enumerate(_TYPES)}
    return [
        VolumeType(name=name, description=_TYPES.get(name, ""), is_default=name == DEFAULT_TYPE)
        for name in sorted(known, key=lambda name: (order.get(name, len(order)), name))
    ]


async def instances(api: Api) -> list[Instance]:
    """The instances that are there."""

    def read(answer: Mapping[str, Any]) -> list[Instance]:
        found = (
            reading.instance(item)
            for reservation in reading.items(answer, "Reservations")
            for item in reading.items(reservation, "Instances")
        )
        return [each for each in found if each is not None]

    pages = api.pages(
        "ec2:DescribeInstances", {"MaxResults": 1000}, read, what="list the instances"
    )
    return [each async for page in pages for each in page]
