"""Pictures of a model's graph: what is in them, where it lies, and files of several kinds."""
