"""Managers side by side: what they do, what comes of it, and whether the difference is proven."""
