"""Everything that the service remembers, opened together."""

from __future__ import annotations

from pathlib import Path

from api.jobs.runner import JobRunner
from api.state.answers import Answers
from api.state.cards import Cards
from api.state.database import StateDatabase
from api.state.feedback import Feedback
from api.state.jobs import Jobs
from api.state.keys import Keys
from api.state.replays import Replays


class ServiceState:
    """The parts of ``service.sqlite`` of one home, over one connection.

    Raises:
        HomeNotWritable: the file cannot be opened for writing.
        HomeError: the file is damaged, or a newer huawen wrote it.
    """

    def __init__(self, home: Path) -> None:
        self._database = StateDatabase(home)
        self.home = home
        self.keys = Keys(self._database)
        self.answers = Answers(self._database)
        self.feedback = Feedback(self._database)
        self.replays = Replays(self._database)
        self.cards = Cards(self._database)
        self.jobs = Jobs(self._database)
        self.runner = JobRunner(home, self.jobs)

    def close(self) -> None:
        """End the worker and release the file."""
        self.runner.close()
        self._database.close()
