"""What no model can talk its way past: every sentence of an answer is held against its passages."""
