"""Floor 2: what everything is made of: dtypes, variables, scopes, symbolic tensors, ops, graphs."""
