"""Which model answers, and how it gets ready."""
