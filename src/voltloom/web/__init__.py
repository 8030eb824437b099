"""The HTTP half of a running site: its interface for programs, health, metrics, and a page for people."""
