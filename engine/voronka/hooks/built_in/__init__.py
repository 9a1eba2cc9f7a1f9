"""What the engine itself brings, declared through the hooks of plugins."""

from voronka.hooks.built_in import plugin as BUILT_IN  # noqa: N812 - it is a constant to whoever uses it

__all__ = ["BUILT_IN"]
