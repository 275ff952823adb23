"""Settings as they are offered, drafted, applied and taken back."""
