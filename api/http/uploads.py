"""Articles on their way in: a body goes to disk as it comes, under names that are ours."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path, PurePath

from anyio import open_file
from fastapi import Request
from starlette.datastructures import UploadFile

from api.errors import UnsupportedRequest
from api.jobs.work import upload_folder, upload_path
from api.state.jobs import JobOptions
from index.readers import SUFFIXES
from rag.ids import new_id

_CHUNK = 1 << 20
_MOST_FILES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """What a job will read; ``digest`` is that of the content, ``path`` where it lies."""

    job_id: str
    options: JobOptions
    digest: str
    path: Path | None = None

    def drop(self) -> None:
        """Nobody will read it."""
        if self.path is not None:
            _remove(self.path)


async def take_lines(request: Request, home: Path, options: JobOptions) -> Upload:
    """A body of NDJSON; a client that leaves midway leaves nothing.

    Raises:
        UnsupportedRequest: there is no body.
    """
    job_id = new_id("ing")
    path = upload_path(home, job_id)
    path.parent.mkdir(exist_ok=True)
    digest = sha256()
    size = 0
    try:
        async with await open_file(path, "wb") as file:
            async for part in request.stream():
                size += len(part)
                digest.update(part)
                await file.write(part)
        if not size:
            raise UnsupportedRequest("the body is empty", zh="请求没有内容。")
    except BaseException:
        _remove(path)
        raise
    return Upload(job_id=job_id, options=options, digest=digest.hexdigest(), path=path)


async def take_files(request: Request, home: Path, options: JobOptions) -> Upload:
    """The files of a form, in a folder of the job's own.

    Raises:
        UnsupportedRequest: there is none, or one of a format that is not read.
    """
    job_id = new_id("ing")
    folder = upload_folder(home, job_id)
    digest = sha256()
    try:
        async with request.form(max_files=_MOST_FILES, max_fields=10) as form:
            files = [one for _, one in form.multi_items() if isinstance(one, UploadFile)]
            if not files:
                raise UnsupportedRequest("files: there is none", zh="没有文件。", pointer="#/files")
            suffixes = [_suffix(file.filename or "") for file in files]
            folder.mkdir(parents=True, exist_ok=True)
            for number, (file, suffix) in enumerate(zip(files, suffixes, strict=True)):
                async with await open_file(folder / f"{number:04}{suffix}", "wb") as out:
                    digest.update(suffix.encode())
                    while part := await file.read(_CHUNK):
                        digest.update(part)
                        await out.write(part)
    except BaseException:
        _remove(folder)
        raise
    stored = replace(options, source_type="path", value=str(folder))
    return Upload(job_id=job_id, options=stored, digest=digest.hexdigest(), path=folder)


def _suffix(name: str) -> str:
    for suffix in sorted(SUFFIXES, key=len, reverse=True):
        if name.lower().endswith(suffix):
            return suffix
    known = ", ".join(SUFFIXES)
    raise UnsupportedRequest(
        f"files: {PurePath(name).name[:80]!r} is not {known}", pointer="#/files",
        zh=f"只收这些格式的文件：{known}。",
    )  # fmt: skip


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
