"""Floor 6: the step, the loop around it, the data it eats, the callbacks that watch."""
