"""Stations that nobody announced: seen, approved or rejected while the site runs, and kept in the journal."""
