"""The channels that come with the engine."""

from voronka.runtime.channels.file import FileChannel

__all__ = ["FileChannel"]
