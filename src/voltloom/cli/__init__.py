"""The command line: `voltloom simulate`, `compare`, `profile` and `advise`."""
