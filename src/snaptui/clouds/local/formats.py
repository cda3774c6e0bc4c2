"""Refusing what is not raw: disk image containers and compressed files given as a volume.

A snapshot of a qcow2 file taken as raw would work, and be useless: its blocks are not the blocks of
the disk in it. Each format is known by the signature that its specification puts at its beginning
(or, for those that append a footer, at its end). Anything else is raw: file systems, partition
tables, LVM and LUKS headers and ISO 9660 images are what a raw volume begins with.
"""

from __future__ import annotations

import os
import shlex
import struct
from collections.abc import Callable
from pathlib import PurePath
from typing import NamedTuple

from snaptui.errors import SourceError
from snaptui.text import safe_text

HEAD_BYTES = 4096
"""How much of a volume's beginning tells its format."""
TAIL_BYTES = 512
"""How much of its end does."""

_Test = Callable[[bytes, bytes], bool]


class ForeignFormat(NamedTuple):
    """A format that is not raw, and the command that makes raw of it."""

    name: str
    command: str
    """With `{source}` and `{target}` for quoted file names."""


_QEMU = "qemu-img convert -O raw {source} {target}"


def _at(offset: int, *signatures: bytes) -> _Test:
    """Whether one of `signatures` stands at `offset`."""
    return lambda head, _tail: any(head.startswith(each, offset) for each in signatures)


def _is_qcow(head: bytes, _tail: bytes) -> bool:
    return head.startswith(b"QFI\xfb") and len(head) >= 8


def _is_vmdk_descriptor(head: bytes, _tail: bytes) -> bool:
    return head[:512].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"# Disk DescriptorFile")


def _is_vhd(head: bytes, tail: bytes) -> bool:
    """A dynamic VHD begins with a copy of its footer, a fixed one only ends with it."""
    if head.startswith(b"conectix"):
        return True
    # the footers of old versions of Virtual PC are a byte short
    return any(_is_vhd_footer(tail[-size:]) for size in (512, 511) if len(tail) >= size)


def _is_vhd_footer(footer: bytes) -> bool:
    """Whether the bytes are a footer with a right checksum.

    A disk that once held a fixed VHD of another size may have the word somewhere by chance, so the
    word alone is not enough at the end of a volume.
    """
    if not footer.startswith(b"conectix"):
        return False
    (checksum,) = struct.unpack_from(">I", footer, 64)
    total = sum(footer) - sum(footer[64:68])
    return bool(checksum == ~total & 0xFFFFFFFF)


def _is_dmg(_head: bytes, tail: bytes) -> bool:
    """An Apple disk image ends with a 512 byte trailer that tells its own length."""
    return len(tail) >= 512 and tail[-512:-500] == b"koly" + struct.pack(">II", 4, 512)


def _is_gzip(head: bytes, _tail: bytes) -> bool:
    """Deflate is the only method there is; the three upper flag bits are reserved."""
    return head.startswith(b"\x1f\x8b\x08") and len(head) > 3 and not head[3] & 0xE0


def _is_bzip2(head: bytes, _tail: bytes) -> bool:
    return head[:3] == b"BZh" and head[4:10] in {b"1AY&SY", b"\x17\x72\x45\x38\x50\x90"}


def _is_zstd(head: bytes, _tail: bytes) -> bool:
    """A frame, or a skippable frame (as parallel and seekable compressors begin with)."""
    if len(head) < 4:
        return False
    (magic,) = struct.unpack_from("<I", head)
    return bool(magic == 0xFD2FB528 or magic & 0xFFFFFFF0 == 0x184D2A50)


def _is_ova(head: bytes, _tail: bytes) -> bool:
    """A tar archive whose first member is the descriptor of a virtual appliance."""
    return head[257:262] == b"ustar" and head[:100].rstrip(b"\0").endswith(b".ovf")


_FORMATS: tuple[tuple[_Test, ForeignFormat], ...] = (
    (_is_qcow, ForeignFormat("a qcow2 image", _QEMU)),
    (_at(0, b"QED\0"), ForeignFormat("a QED image", _QEMU)),
    (_at(0, b"KDMV"), ForeignFormat("a VMDK image", _QEMU)),
    (_at(0, b"COWD"), ForeignFormat("a VMDK (COWD) image", _QEMU)),
    (
        _at(0, b"\xbe\xba\xfe\xca\0\0\0\0"),
        ForeignFormat("a VMDK (SESparse) image", _QEMU),
    ),
    (_is_vmdk_descriptor, ForeignFormat("a VMDK descriptor", _QEMU)),
    (_at(0, b"vhdxfile"), ForeignFormat("a VHDX image", _QEMU)),
    (_is_vhd, ForeignFormat("a VHD image", "qemu-img convert -f vpc -O raw {source} {target}")),
    (_at(0x40, b"\x7f\x10\xda\xbe"), ForeignFormat("a VDI image", _QEMU)),
    (
        _at(0, b"WithoutFreeSpace", b"WithouFreSpacExt"),
        ForeignFormat("a Parallels image", _QEMU),
    ),
    (_is_dmg, ForeignFormat("a DMG image", "qemu-img convert -f dmg -O raw {source} {target}")),
    (
        _at(0, b"\x3a\xff\x26\xed"),
        ForeignFormat("an Android sparse image", "simg2img {source} {target}"),
    ),
    (_is_ova, ForeignFormat("an OVA appliance", "tar -xf {source}")),
    (_is_gzip, ForeignFormat("gzip-compressed", "gunzip -c {source} > {target}")),
    (_at(0, b"\xfd7zXZ\0"), ForeignFormat("xz-compressed", "xz -dc {source} > {target}")),
    (_is_bzip2, ForeignFormat("bzip2-compressed", "bunzip2 -c {source} > {target}")),
    (_is_zstd, ForeignFormat("zstd-compressed", "zstd -dc {source} > {target}")),
    (
        _at(0, b"\x04\x22\x4d\x18", b"\x02\x21\x4c\x18"),
        ForeignFormat("lz4-compressed", "lz4 -dc {source} > {target}"),
    ),
    (
        _at(0, b"\x89LZO\0\r\n\x1a\n"),
        ForeignFormat("lzop-compressed", "lzop -dc {source} > {target}"),
    ),
    (
        _at(0, b"PK\x03\x04", b"PK\x05\x06"),
        ForeignFormat("a zip archive", "unzip -p {source} > {target}"),
    ),
    (
        _at(0, b"7z\xbc\xaf\x27\x1c"),
        ForeignFormat("a 7z archive", "7z e -so {source} > {target}"),
    ),
)


def foreign_format(head: bytes, tail: bytes) -> ForeignFormat | None:
    """What format a volume is in by its first `HEAD_BYTES` and last `TAIL_BYTES`; None for raw."""
    for test, form in _FORMATS:
        if test(head, tail):
            return form
    return None


def refuse_foreign_format(path: str | os.PathLike[str], head: bytes, tail: bytes) -> None:
    """Refuse a volume that is not raw.

    Args:
        path: the file or device, for the message.
        head: its first `HEAD_BYTES` bytes (fewer when it is smaller).
        tail: its last `TAIL_BYTES` bytes.

    Raises:
        SourceError: it is an image container or compressed; the hint is the command that converts
            it.
    """
    form = foreign_format(head, tail)
    if form is None:
        return
    source = PurePath(path)
    target = _raw_name(source)
    command = form.command.format(
        source=shlex.quote(safe_text(source)), target=shlex.quote(safe_text(target))
    )
    raise SourceError(
        f"{safe_text(source)} is {form.name}, not a raw image",
        f"convert it first, for example: {command}",
    )


def _raw_name(source: PurePath) -> PurePath:
    """A name for the converted file: `disk.img` for `disk.img.gz`, else the ending is `.raw`."""
    inner = source.with_suffix("")
    if inner.suffix.lower() in {".img", ".raw"}:
        return inner
    target = source.with_suffix(".raw")
    return target if target != source else source.with_name(f"{source.name}.raw")


def read_ends(descriptor: int, size: int) -> tuple[bytes, bytes]:
    """The first `HEAD_BYTES` and the last `TAIL_BYTES` of an open file or device."""
    head = os.pread(descriptor, min(HEAD_BYTES, size), 0)
    tail = os.pread(descriptor, min(TAIL_BYTES, size), max(0, size - TAIL_BYTES))
    return head, tail
