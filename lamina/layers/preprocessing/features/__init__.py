"""Numbers and categories: normalizing, discretizing, encoding, crossing."""
