"""Configuration: YAML with places, JSON Schemas, checks, and what is built of it."""

from voronka.config.finding import Finding, Place, Severity, has_errors
from voronka.config.workspace import Reading, read_workspace

__all__ = ["Finding", "Place", "Reading", "Severity", "has_errors", "read_workspace"]
