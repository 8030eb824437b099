"""What if: recorded days or a shipped scenario under other policies, run beside the site in a process of its own."""
