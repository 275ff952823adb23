"""Profiles against each other on the same questions: contenders, plan, figures, table, tally.

Pure but for `needs`. Not responsible for running (argo_tui.compare.fleet) or keeping
(engine.comparisons).
"""
