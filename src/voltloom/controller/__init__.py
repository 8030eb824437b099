"""One cycle end to end: events in, commands out."""
