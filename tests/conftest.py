"""Puts this directory on the path, so that tests share `scripted_run`."""
