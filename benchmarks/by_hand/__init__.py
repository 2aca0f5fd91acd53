"""Training loops as one writes them by hand in an engine's own library; networks are in `benchmarks/works`."""
