"""Virtual time, and made-up people who work a workspace in it."""
