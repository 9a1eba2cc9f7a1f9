"""The mart: what happened, laid out in a star for counting, apart from the store in which the engine works."""
