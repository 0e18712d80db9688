"""Models, images, training and decoding: torch and numpy, and no Qt."""
