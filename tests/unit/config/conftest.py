"""What pytest must not collect here."""

collect_ignore = ["bad"]  # workspaces that are read; their scenarios are not meant to be run
