"""What pytest must not collect here."""

collect_ignore = ["workspace", "golden"]
