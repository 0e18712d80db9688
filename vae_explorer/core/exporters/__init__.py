"""Formats that a model can be written in for other programs, one file each."""
