"""Keys from a terminal and frames to it, also where it misbehaves."""
