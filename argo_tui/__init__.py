"""The terminal program. Textual lives here and nowhere else."""
