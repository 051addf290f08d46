"""The terminal: keys from it and frames to it, even if it misbehaves."""
