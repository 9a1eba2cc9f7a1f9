"""The ways out for messages. A channel delivers at least once; the key lets it tell a repeat."""

from voronka.runtime.channels.file import FileChannel
from voronka.runtime.channels.message import Channel, DeliveryError, Message

__all__ = ["Channel", "DeliveryError", "FileChannel", "Message"]
