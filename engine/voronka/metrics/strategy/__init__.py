"""The documents of a strategy: what its files declare and what follows from it."""
