"""Plugins whose code runs in processes of their own, where it can harm nothing but its own calls."""
