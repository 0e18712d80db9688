"""The conditional variational autoencoder."""

from __future__ import annotations

from vae_explorer.core.objectives.base import objectives
from vae_explorer.core.objectives.vae import Vae


@objectives.register
class Cvae(Vae):
    """R(x|z, y) + β·KL(q(z|x, y) ‖ N(0, I)): minus a lower bound of log p(x|y). Sohn et al. 2015.

    The formula is the VAE's: the model joins the class y to the image and to the code, since this objective needs it.
    """

    name = "cvae"
    title = "Conditional VAE (ELBO)"
    summary = "A VAE that is told each image's label: the label is then chosen, and codes hold what it leaves open."
    needs_labels = True
