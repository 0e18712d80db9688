"""VAE Explorer: see what a generative model has learned."""

__version__ = "0.1.0"
