"""Measuring the start of the program and one question, part by part."""
