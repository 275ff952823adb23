"""Themes as files."""
