"""Measures of a model: one file each, found by being in this package. `core.evaluation` runs them."""
