import os
import subprocess
from pathlib import Path

import pytest

from snaptui.clouds.base import Capability, collect
from snaptui.clouds.local import LocalCloud
from snaptui.clouds.several import delete_volumes, plan_delete_volumes
from snaptui.engine import Repository
from snaptui.errors import ConflictError, InUseError, InvalidInputError, NotFoundError, SourceError
from snaptui.models import Consistency, Volume, VolumeStatus
from snaptui.progress import no_progress
from snaptui.requests import (
    AddVolumeRequest,
    CloneRequest,
    CreateVolumeRequest,
    RestoreRequest,
    SnapshotRequest,
)
from tests.support import MIB, change, known, make_image, need


@pytest.fixture
def cloud(repository: Repository) -> LocalCloud:
    return LocalCloud(repository)


@pytest.fixture
async def web(cloud: LocalCloud, image: Path) -> Volume:
    return await cloud.add_volume(AddVolumeRequest(path=str(image)))


async def take(cloud: LocalCloud, volume: Volume, name: str = "s", *, fuzzy: bool = False) -> str:
    request = SnapshotRequest(volume_uid=volume.resource_uid, name=name, allow_fuzzy=fuzzy)
    return (await cloud.create_snapshot(request, no_progress)).resource_uid


async def test_a_volume_is_registered_listed_and_snapshotted(
    cloud: LocalCloud, web: Volume, image: Path
) -> None:
    assert web.name == "web"
    assert web.zone == "default"
    assert web.path == str(image)
    assert web.status is VolumeStatus.AVAILABLE
    assert not web.managed
    token = await cloud.change_token()
    assert await cloud.change_token() == token
    uid = await take(cloud, web)
    assert await cloud.change_token() != token
    (listed,) = await collect(cloud.volumes())
    assert listed.snapshot_count == 1
    (snapshot,) = await collect(cloud.snapshots())
    assert snapshot.resource_uid == uid
    assert await collect(cloud.snapshots(web.resource_uid)) == [snapshot]
    assert await collect(cloud.snapshots("vol-00000000")) == []


async def test_a_blank_volume_and_a_clone_in_another_zone(
    cloud: LocalCloud, web: Volume, image: Path, tmp_path: Path
) -> None:
    pool = tmp_path / "pool"
    pool.mkdir()
    zone = await cloud.add_zone("rack-b", str(pool))
    assert [each.name for each in await cloud.zones()] == ["default", "rack-b"]
    assert known(zone.free_bytes) > 0
    blank = await cloud.create_volume(
        CreateVolumeRequest(name="blank one", size_bytes=64 * MIB, zone="rack-b")
    )
    path = pool / "blank-one.raw"
    assert blank.path == str(path)
    assert path.stat().st_size == 64 * MIB
    assert path.stat().st_blocks == 0
    uid = await take(cloud, web)
    request = CloneRequest(snapshot_uid=uid, name="copy", zone="rack-b")
    clone = await cloud.clone_snapshot(request, no_progress)
    assert clone.zone == "rack-b"
    assert clone.managed
    assert Path(clone.path).read_bytes() == image.read_bytes()
    with pytest.raises(ConflictError, match="exists already"):
        await cloud.clone_snapshot(request, no_progress)
    with pytest.raises(NotFoundError, match="no zone 'rack-c'.*rack-b"):
        await cloud.clone_snapshot(
            CloneRequest(snapshot_uid=uid, name="other", zone="rack-c"), no_progress
        )
    family = await cloud.lineage(clone.resource_uid)
    assert family.uid == web.resource_uid
    assert family.children[0].uid == uid
    assert family.children[0].children[0].uid == clone.resource_uid


@pytest.mark.parametrize(
    ("name", "path", "error", "match"),
    [
        ("default", "pool", ConflictError, "a zone default already"),
        ("other", "pool", ConflictError, "is the zone rack-b already"),
        ("c", "gone", SourceError, "does not exist"),
        ("c", "web.raw", SourceError, "is not a directory"),
        ("c", "repository/volumes", InvalidInputError, "inside the repository"),
        ("", "new", InvalidInputError, "empty"),
    ],
)
async def test_zones_that_cannot_be(
    cloud: LocalCloud,
    image: Path,
    tmp_path: Path,
    name: str,
    path: str,
    error: type[Exception],
    match: str,
) -> None:
    for each in ("pool", "new"):
        (tmp_path / each).mkdir()
    await cloud.add_zone("rack-b", str(tmp_path / "pool"))
    with pytest.raises(error, match=match):
        await cloud.add_zone(name, str(tmp_path / path))


async def test_paths_that_are_no_volumes(
    cloud: LocalCloud, web: Volume, image: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty.raw").touch()
    (tmp_path / "link.raw").symlink_to(image)
    (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
    (tmp_path / "hard.raw").hardlink_to(image)
    (tmp_path / "q.raw").write_bytes(b"QFI\xfb\0\0\0\3" + bytes(MIB))
    pack = cloud.repository.layout.packs / "x.raw"
    pack.write_bytes(b"x" * 10)
    for name, match in (
        ("gone", "does not exist"),
        ("dangling", "a link to nothing"),
        (".", "is a directory"),
        ("empty.raw", "is empty"),
        ("link.raw", "registered already, as volume web"),
        ("hard.raw", "registered already, as volume web"),
        ("web.raw", "registered already, as volume web"),
        ("repository/packs/x.raw", "inside the repository"),
        ("q.raw", "qemu-img convert"),
        ("", "."),
    ):
        path = str(tmp_path / name) if name else ""
        with pytest.raises((SourceError, InvalidInputError, ConflictError), match=match):
            await cloud.add_volume(AddVolumeRequest(path=path))
    with pytest.raises(NotFoundError, match="no zone 'z'"):
        await cloud.add_volume(
            AddVolumeRequest(path=str(make_image(tmp_path / "n.raw", MIB)), zone="z")
        )
    assert len(await collect(cloud.volumes())) == 1


async def test_deleting_a_volume_keeps_what_it_says(
    cloud: LocalCloud, web: Volume, image: Path
) -> None:
    uid = await take(cloud, web)
    clone = await cloud.clone_snapshot(CloneRequest(snapshot_uid=uid, name="copy"), no_progress)
    plan = await cloud.plan_delete_volume(web.resource_uid)
    assert any("is not touched" in line for line in plan.kept)
    assert any("1 snapshot" in line for line in plan.kept)
    await cloud.delete_volume(web.resource_uid)
    assert image.exists()
    assert (await cloud.snapshot(uid)).volume_uid == web.resource_uid
    plan = await cloud.plan_delete_volume(clone.resource_uid)
    assert any(clone.path in line for line in plan.lost)
    await cloud.delete_volume(clone.resource_uid)
    assert not Path(clone.path).exists()
    assert await collect(cloud.volumes()) == []
    with pytest.raises(NotFoundError, match="is deleted"):
        await cloud.restore_snapshot(RestoreRequest(snapshot_uid=uid, in_place=True), no_progress)
    family = await cloud.lineage(uid)
    assert family.deleted
    assert family.name == "web"


async def test_a_volume_whose_file_is_gone_or_grew_says_so(
    cloud: LocalCloud, web: Volume, image: Path
) -> None:
    os.truncate(image, 20 * MIB)
    assert (await cloud.volume("web")).size_bytes == 20 * MIB
    image.unlink()
    gone = await cloud.volume("web")
    assert gone.status is VolumeStatus.ERROR
    assert "No such file" in gone.reason


async def test_a_restore_goes_to_a_new_path_only(
    cloud: LocalCloud, web: Volume, image: Path, tmp_path: Path
) -> None:
    uid = await take(cloud, web)
    before = image.read_bytes()
    (tmp_path / "file").write_text("precious")
    for path, match in (
        (image, "is the volume web.*--in-place"),
        (tmp_path / "file", "is no volume of this repository"),
        (tmp_path, "exists already"),
        (cloud.repository.path / "x.raw", "inside the repository"),
    ):
        with pytest.raises(ConflictError, match=match):
            await cloud.restore_snapshot(
                RestoreRequest(snapshot_uid=uid, to_path=str(path)), no_progress
            )
    assert (tmp_path / "file").read_text() == "precious"
    assert image.read_bytes() == before


async def test_what_this_cloud_cannot_do_it_says_with_the_reason(cloud: LocalCloud) -> None:
    ability = cloud.ability(Capability.SET_VISIBILITY)
    assert not ability
    assert "nobody to share with" in ability.reason
    assert cloud.ability(Capability.SNAPSHOT)
    with Repository.open(cloud.repository.path, read_only=True) as repository:
        reader = LocalCloud(repository)
        assert reader.ability(Capability.SNAPSHOT).reason == "the repository is read-only"
        assert reader.ability(Capability.DIFF)


@pytest.mark.needs_root
async def test_a_mounted_ext4_volume_from_first_to_last(cloud: LocalCloud, tmp_path: Path) -> None:
    """The whole story on a real file system: in use, snapshotted attached, cloned, checked."""
    need("mkfs.ext4", "e2fsck", "mount", "losetup", root=True)
    image, point = tmp_path / "disk.img", tmp_path / "mnt"
    point.mkdir()
    with image.open("wb") as file:
        file.truncate(64 * MIB)
    subprocess.run(["mkfs.ext4", "-q", "-E", "lazy_itable_init=0", image], check=True)
    volume = await cloud.add_volume(AddVolumeRequest(path=str(image), name="disk"))
    subprocess.run(["mount", "-o", "loop,noatime", image, point], check=True)
    try:
        (point / "first").write_bytes(os.urandom(5 * MIB))
        volume = await cloud.volume(volume.resource_uid)
        cloud._survey.users(fresh=True)
        volume = await cloud.volume(volume.resource_uid)
        assert volume.status is VolumeStatus.IN_USE
        assert volume.attachment is not None
        assert str(point) in volume.attachment.instance
        first = await take(cloud, volume, "attached")
        assert (await cloud.snapshot(first)).consistency is Consistency.STABLE
        with pytest.raises(InUseError, match="in use by mount"):
            await cloud.restore_snapshot(
                RestoreRequest(snapshot_uid=first, in_place=True), no_progress
            )
        with pytest.raises(InUseError):
            await cloud.delete_volume(volume.resource_uid)
        expected = (point / "first").read_bytes()
        (point / "second").write_bytes(os.urandom(3 * MIB))
        second = await take(cloud, volume, "more")
    finally:
        subprocess.run(["umount", point], check=True)
    stored = known((await cloud.snapshot(second)).stored_bytes)
    assert 3 * MIB < stored < 4 * MIB
    pool = tmp_path / "pool"
    pool.mkdir()
    await cloud.add_zone("rack-b", str(pool))
    for uid, files in ((first, {"first"}), (second, {"first", "second"})):
        clone = await cloud.clone_snapshot(
            CloneRequest(snapshot_uid=uid, name=uid, zone="rack-b"), no_progress
        )
        subprocess.run(["mount", "-o", "loop", clone.path, point], check=True)
        try:
            assert (point / "first").read_bytes() == expected
            assert {path.name for path in point.iterdir()} == files | {"lost+found"}
        finally:
            subprocess.run(["umount", point], check=True)
        subprocess.run(["e2fsck", "-fn", clone.path], check=True, capture_output=True)
    change(image, 30 * MIB, b"damage")
    await cloud.restore_snapshot(RestoreRequest(snapshot_uid=second, in_place=True), no_progress)
    subprocess.run(["e2fsck", "-fp", image], check=False, capture_output=True)
    subprocess.run(["e2fsck", "-fn", image], check=True, capture_output=True)


async def test_a_volume_that_a_job_works_on_is_not_deleted(
    cloud: LocalCloud, repository: Repository
) -> None:
    made = await cloud.create_volume(CreateVolumeRequest(name="busy", size_bytes=MIB))
    idle = await cloud.create_volume(CreateVolumeRequest(name="idle", size_bytes=MIB))
    uids = [made.resource_uid, idle.resource_uid]
    with repository.locked_volume(made.resource_uid):
        with pytest.raises(InUseError, match="volume busy is in use by a job: wait until"):
            await cloud.delete_volume(made.resource_uid)
        plan = await plan_delete_volumes(cloud, uids)
        done = await delete_volumes(cloud, plan, dict(zip(uids, ["busy", "idle"], strict=True)))
        assert done.uids == (idle.resource_uid,)
        assert [(left.name, left.reason) for left in done.left_out] == [
            ("busy", "it is in use by a job")
        ]
    assert Path(made.path).exists()
    assert not Path(idle.path).exists()
    await cloud.delete_volume(made.resource_uid)
    assert not Path(made.path).exists()
