"""The server's side of ingestion: takes uploads in, and sees to it that a worker runs."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from threading import Lock

from api.jobs.work import upload_path
from api.state.jobs import Job, JobOptions, Jobs
from rag.ids import new_id


class JobRunner:
    """Queues jobs and starts the worker where none of ours runs. Safe for threads."""

    def __init__(self, home: Path, jobs: Jobs) -> None:
        self._home = home
        self._jobs = jobs
        self._lock = Lock()
        self._worker: subprocess.Popen[bytes] | None = None

    def resume(self) -> None:
        """Go on with what a server before us left."""
        if self._jobs.count_queued():
            self.wake()

    def submit(self, lines: Iterable[bytes], options: JobOptions) -> Job:
        """Queue articles, one JSON object a line; they are on disk when this returns."""
        job_id = new_id("ing")
        path = upload_path(self._home, job_id)
        path.parent.mkdir(exist_ok=True)
        with path.open("wb") as file:
            for line in lines:
                file.write(line)
        return self.enqueue(job_id, options)

    def enqueue(self, job_id: str, options: JobOptions) -> Job:
        """Queue a job whose upload is in its place already, or that needs none."""
        job = self._jobs.add(options, job_id=job_id)
        self.wake()
        return job

    def wait(self, job_id: str, *, seconds: float) -> Job:
        """The job when it has ended, or as it stands after ``seconds``."""
        until = time.monotonic() + seconds
        while True:
            job = self._jobs.require(job_id)
            if job.ended or time.monotonic() > until:
                return job
            self.wake()  # it may have ended its idle time just before this job was queued
            time.sleep(0.05)

    def wake(self) -> None:
        """See to it that a worker runs; a second one of another process ends by itself."""
        with self._lock:
            if self._worker is None or self._worker.poll() is not None:
                self._worker = subprocess.Popen(
                    [sys.executable, "-m", "api.jobs.work", str(self._home)],
                    stdin=subprocess.DEVNULL,
                )

    def close(self) -> None:
        """End the worker: its job goes on when the next server starts."""
        with self._lock:
            if self._worker is not None and self._worker.poll() is None:
                self._worker.terminate()
                self._worker.wait(timeout=30)
