"""From what an architecture proposes to what is sent, compiled."""
