"""Documents to blocks: one reader a format, and `read`, which picks one."""
