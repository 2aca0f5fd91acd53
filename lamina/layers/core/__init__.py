"""The layers that everything begins with."""
