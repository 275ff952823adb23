"""Is everything there that a question needs? Findings, each with what to do."""
