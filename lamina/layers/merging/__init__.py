"""Several inputs become one."""
