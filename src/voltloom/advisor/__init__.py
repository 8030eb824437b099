"""Choosing an architecture for a site: what it needs, what was measured, what follows, as data and as a report."""
