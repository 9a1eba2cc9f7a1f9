"""Statistics of small tables: pure functions, each with its source."""
