"""Measurements of single primitives, run in a fresh process that has no other threads."""
