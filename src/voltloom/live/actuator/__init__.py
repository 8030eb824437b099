"""From the core's commands to what stations hold: profiles written, rationed, answered, tried again, and told back."""
