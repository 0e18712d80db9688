"""Pairs of encoder and decoder, one file each."""
