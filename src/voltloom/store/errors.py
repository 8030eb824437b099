"""What can go wrong with a store, each named, with what to do about it."""

from __future__ import annotations


class StoreError(Exception):
    """A store cannot do what was asked; the text says what happened and what to do."""


class JournalLockedError(StoreError):
    """Another process has the journal open, or another program holds its write lock."""


class JournalFullError(StoreError):
    """The disk is full: nothing of this commit was kept."""


class JournalWriteError(StoreError):
    """A commit failed: nothing of it was acknowledged. The same events may be sent again."""


class JournalClosedError(StoreError):
    """The journal was closed."""


class JournalUnreadableError(StoreError):
    """A file is no journal, or is damaged."""


class SchemaTooNewError(StoreError):
    """A journal was written by a newer Voltloom."""


class PayloadError(StoreError):
    """A payload is newer than this program, or is not what its kind says."""


class ChainBrokenError(StoreError):
    """A row of a journal is not what was written."""


class BackupError(StoreError):
    """A back-up or restore was refused; nothing was changed."""
