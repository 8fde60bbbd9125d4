"""The files inside a ZIP archive, one after another, in memory: no name of it becomes a path."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from io import BytesIO
from zipfile import BadZipFile, ZipFile, ZipInfo

from index.errors import SourceUnreadable

MAX_FILES = 10_000
MAX_UNPACKED = 512 << 20  # bytes of all files that are read


def iter_archive(
    data: bytes, source: str, suffixes: tuple[str, ...]
) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of every file with one of ``suffixes``, in the archive's order.

    Raises:
        SourceUnreadable: damaged, locked, too many files, or too much to unpack; what the archive
            says of its sizes is not believed.
    """
    try:
        with ZipFile(BytesIO(data)) as archive:
            members = [one for one in archive.infolist() if _is_wanted(one, suffixes)]
            if len(members) > MAX_FILES:
                raise SourceUnreadable(f"{source!r} holds more than {MAX_FILES} files")
            left = MAX_UNPACKED
            for member in members:
                with archive.open(member) as file:
                    content = file.read(left + 1)
                left -= len(content)
                if left < 0:
                    raise SourceUnreadable(
                        f"{source!r} unpacks to more than {MAX_UNPACKED >> 20} MiB",
                        hint="Split it into smaller archives.",
                    )
                yield member.filename, content
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        # RuntimeError is what a locked member gives.
        raise SourceUnreadable(f"{source!r} cannot be unpacked: {error}") from error


def _is_wanted(member: ZipInfo, suffixes: tuple[str, ...]) -> bool:
    name = member.filename.rpartition("/")[2]
    hidden = name.startswith(".") or member.filename.startswith("__MACOSX/")
    return not member.is_dir() and not hidden and name.lower().endswith(suffixes)
