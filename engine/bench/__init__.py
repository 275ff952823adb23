"""Benchmarks and measured evaluations."""
