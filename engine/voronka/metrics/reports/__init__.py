"""Reports for people: one form of document, what makes it, and what it is written as."""
