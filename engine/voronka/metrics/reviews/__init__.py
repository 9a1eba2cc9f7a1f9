"""Reviews: reports that are made on a schedule, kept as they were, and marked as read and decided by."""
