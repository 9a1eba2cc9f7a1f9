"""Expressions in a database: what they mean there is what they mean in Python, or it is refused.

The package itself imports no SQLAlchemy: what can be translated is asked when the configuration is checked, too.
"""

from voronka.sql.support import Untranslatable, untranslatable

__all__ = ["Untranslatable", "untranslatable"]
