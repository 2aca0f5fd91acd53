"""Floor 1: the engine contract and the engines that fulfil it."""
