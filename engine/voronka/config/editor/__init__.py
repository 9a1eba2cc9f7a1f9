"""What an editor is given of a workspace: schemas with its names in them, and where they lie."""

from voronka.config.editor.publishing import SCHEMA_FOLDER, SETTINGS_FILE, Publication, publish

__all__ = ["SCHEMA_FOLDER", "SETTINGS_FILE", "Publication", "publish"]
