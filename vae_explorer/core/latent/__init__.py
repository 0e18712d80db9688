"""Geometry of a latent space of any number of dimensions: numpy only."""
