"""What-if over HTTP: a recorded day under two policies, in a process of its own; followed, saved, reported, deleted, cancelled."""

from __future__ import annotations
