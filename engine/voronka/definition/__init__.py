"""What a workspace declares, as frozen values: the outcome of reading and checking its configuration."""
