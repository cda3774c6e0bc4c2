"""Containers and compressed files are refused by name; whatever a raw disk begins with is not."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import shlex
import shutil
import struct
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest
import zstandard

from snaptui.clouds.local.formats import (
    HEAD_BYTES,
    TAIL_BYTES,
    foreign_format,
    read_ends,
    refuse_foreign_format,
)
from snaptui.errors import SourceError
from tests.support import need


def look_at(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        head, tail = read_ends(descriptor, os.fstat(descriptor).st_size)
    finally:
        os.close(descriptor)
    refuse_foreign_format(path, head, tail)


def refusal(path: Path) -> SourceError:
    with pytest.raises(SourceError) as caught:
        look_at(path)
    return caught.value


@pytest.mark.parametrize(
    ("form", "options", "name"),
    [
        ("qcow2", "", "qcow2"),
        ("qcow2", "compat=0.10", "qcow2"),
        ("qcow", "", "qcow2"),
        ("qed", "", "QED"),
        ("vmdk", "subformat=monolithicSparse", "VMDK"),
        ("vmdk", "subformat=streamOptimized", "VMDK"),
        ("vmdk", "subformat=monolithicFlat", "VMDK descriptor"),
        ("vmdk", "subformat=twoGbMaxExtentSparse", "VMDK descriptor"),
        ("vhdx", "subformat=dynamic", "VHDX"),
        ("vhdx", "subformat=fixed", "VHDX"),
        ("vpc", "subformat=dynamic", "VHD"),
        ("vpc", "subformat=fixed", "VHD"),
        ("vdi", "", "VDI"),
        ("vdi", "static=on", "VDI"),
        ("parallels", "", "Parallels"),
    ],
)
def test_a_container_is_refused_and_the_command_in_the_hint_converts_it(
    tmp_path: Path, form: str, options: str, name: str
) -> None:
    need("qemu-img")
    plain = tmp_path / "plain.raw"
    plain.write_bytes(os.urandom(65536) + bytes(4 * 1024 * 1024 - 65536))
    image = tmp_path / "it's an image.img"
    wanted = ["qemu-img", "convert", "-O", form, *(["-o", options] if options else [])]
    subprocess.run([*wanted, str(plain), str(image)], check=True, capture_output=True)

    error = refusal(image)

    assert f"{name}" in error.message
    assert "not a raw image" in error.message
    assert "\n" not in str(error)
    command = error.hint.partition("for example: ")[2]
    subprocess.run(command, shell=True, check=True, capture_output=True)
    converted = Path(shlex.split(command)[-1])
    assert converted.read_bytes()[: plain.stat().st_size] == plain.read_bytes()
    look_at(converted)


def cowd(data: bytes) -> bytes:
    return b"COWD" + struct.pack("<III", 1, 3, len(data) // 512) + bytes(2048) + data


def sesparse(data: bytes) -> bytes:
    return struct.pack("<QQ", 0xCAFEBABE, 0x200000001) + bytes(4096) + data


def android(data: bytes) -> bytes:
    return struct.pack("<IHHHHIIII", 0xED26FF3A, 1, 0, 28, 12, 4096, 1, 1, 0) + data


def dmg(data: bytes) -> bytes:
    return data + (b"koly" + struct.pack(">II", 4, 512)).ljust(512, b"\0")


def lz4_frame(data: bytes) -> bytes:
    return struct.pack("<IBBB", 0x184D2204, 0x60, 0x40, 0x82) + data


def ova(data: bytes) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, content in (("web.ovf", b"<Envelope/>"), ("web-disk1.vmdk", data)):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return target.getvalue()


def zipped(data: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("disk.img", data)
    return target.getvalue()


def pzstd(data: bytes) -> bytes:
    return struct.pack("<III", 0x184D2A50, 4, len(data)) + zstandard.compress(data)


@pytest.mark.parametrize(
    ("pack", "name", "command"),
    [
        (cowd, "COWD", "qemu-img"),
        (sesparse, "SESparse", "qemu-img"),
        (android, "Android sparse", "simg2img"),
        (dmg, "DMG", "qemu-img convert -f dmg"),
        (ova, "OVA", "tar -xf"),
        (gzip.compress, "gzip", "gunzip -c"),
        (lzma.compress, "xz", "xz -dc"),
        (bz2.compress, "bzip2", "bunzip2 -c"),
        (zstandard.compress, "zstd", "zstd -dc"),
        (pzstd, "zstd", "zstd -dc"),
        (lz4_frame, "lz4", "lz4 -dc"),
        (zipped, "zip", "unzip -p"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_each_format_is_named_with_a_command(
    tmp_path: Path, pack: object, name: str, command: str
) -> None:
    assert callable(pack)
    path = tmp_path / "disk.img"
    path.write_bytes(pack(os.urandom(4096)))
    error = refusal(path)
    assert name in error.message
    assert command in error.hint


@pytest.mark.parametrize(
    ("tool", "command", "ending"),
    [
        ("gzip", "gzip -k", ".gz"),
        ("xz", "xz -k", ".xz"),
        ("bzip2", "bzip2 -k", ".bz2"),
        ("zstd", "zstd -qk", ".zst"),
        ("lz4", "lz4 -qkm", ".lz4"),
        ("lz4", "lz4 -qkml", ".lz4"),
        ("zip", "zip -q {}.zip", ".zip"),
        ("7z", "7z a {}.7z", ".7z"),
    ],
)
def test_what_the_real_compressors_write_is_refused(
    tmp_path: Path, tool: str, command: str, ending: str
) -> None:
    need(tool)
    plain = tmp_path / "disk.img"
    plain.write_bytes(os.urandom(4096) + bytes(60 * 1024))
    subprocess.run(
        [*command.replace("{}", str(plain)).split(), str(plain)], check=True, capture_output=True
    )
    packed = plain.with_name(plain.name + ending)
    original = plain.read_bytes()
    plain.unlink()

    error = refusal(packed)

    shell_command = error.hint.partition("for example: ")[2]
    assert shlex.split(shell_command)[-1] == str(plain)
    if shutil.which(shell_command.split()[0]):
        subprocess.run(shell_command, shell=True, check=True, capture_output=True)
        assert plain.read_bytes() == original


def test_a_file_system_is_raw(tmp_path: Path) -> None:
    need("mkfs.ext4")
    path = tmp_path / "fs.img"
    with path.open("wb") as file:
        file.truncate(8 * 1024 * 1024)
    subprocess.run(["mkfs.ext4", "-q", str(path)], check=True)
    look_at(path)


def partition_table() -> bytes:
    return bytes(446) + bytes([0, 0, 2, 0, 0x83, 0, 0, 0]) + bytes(56) + b"\x55\xaa"


@pytest.mark.parametrize(
    "head",
    [
        b"",
        bytes(HEAD_BYTES),
        partition_table(),
        partition_table() + b"EFI PART",
        b"XFSB" + bytes(508),
        b"LUKS\xba\xbe\x00\x02" + bytes(504),
        bytes(512) + b"LABELONE" + bytes(504),
        b"hsqs" + bytes(508),
        b"\xeb\x58\x90mkfs.fat" + bytes(500),
        b"\xeb\x52\x90NTFS    " + bytes(500),
        # a beginning of a signature is none
        b"\x1f\x8b\x08\xff" + bytes(508),
        b"BZh9 by chance" + bytes(498),
        b"QFI",
    ],
)
def test_what_a_raw_disk_begins_with_is_raw(head: bytes) -> None:
    assert foreign_format(head, head[-TAIL_BYTES:]) is None


def test_an_iso_is_raw(tmp_path: Path) -> None:
    path = tmp_path / "install.iso"
    path.write_bytes(bytes(32768) + b"\x01CD001\x01\0" + bytes(6 * 2048))
    look_at(path)


def vhd_footer(*, short: bool = False) -> bytes:
    footer = bytearray(b"conectix" + bytes(504 - short))
    struct.pack_into(">I", footer, 60, 2)
    struct.pack_into(">I", footer, 64, ~sum(footer) & 0xFFFFFFFF)
    return bytes(footer)


def test_a_fixed_vhd_is_known_by_its_footer_alone(tmp_path: Path) -> None:
    path = tmp_path / "fixed.img"
    for footer in (vhd_footer(), vhd_footer(short=True)):
        path.write_bytes(os.urandom(8192) + footer)
        assert "VHD" in refusal(path).message


def test_the_word_conectix_at_the_end_without_a_right_checksum_is_data(tmp_path: Path) -> None:
    path = tmp_path / "raw.img"
    footer = bytearray(vhd_footer())
    footer[100] ^= 1
    path.write_bytes(bytes(8192) + footer)
    look_at(path)


def test_a_hostile_file_name_comes_out_harmless() -> None:
    with pytest.raises(SourceError) as caught:
        refuse_foreign_format("/srv/a\x1b]52;c;eA==\x07\nb;rm -rf ~.img", b"QFI\xfb\0\0\0\2", b"")
    text = str(caught.value)
    assert text.isprintable()
    assert "'/srv/a]52;c;eA== b;rm -rf ~.raw'" in text
