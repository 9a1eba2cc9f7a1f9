"""Voronka: an engine for sales processes written as configuration."""

__version__ = "0.1.0"
