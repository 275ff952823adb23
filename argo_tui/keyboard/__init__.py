"""Bindings: which there are, which work now, whether a key map is sound."""
