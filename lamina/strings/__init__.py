"""Work on strings, by NumPy on the host: hashes, vocabularies. Strings are bytes here, as they are in TensorFlow."""
