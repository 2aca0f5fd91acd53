"""Floor 7: settings that are found by trying them out."""
