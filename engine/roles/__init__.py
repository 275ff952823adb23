"""ARGO roles: prompt in, text out."""
