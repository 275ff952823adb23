"""Profiles beside each other: everything of the comparison but its screen and widgets."""
