"""Documents that are generated from the configuration: passports of funnels, fields, glossary, technical brief."""

from voronka.documents.library import NAMES, Form, documents, written

__all__ = ["NAMES", "Form", "documents", "written"]
