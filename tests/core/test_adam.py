import subprocess
import sys

import pytest
import torch
from torch import nn

from vae_explorer.core.adam import Adam


def weights() -> list[nn.Parameter]:
    generator = torch.Generator().manual_seed(0)
    return [nn.Parameter(torch.randn(size, generator=generator)) for size in ((7, 5), (7,), (3, 2, 4, 4))]


@pytest.mark.parametrize("betas", [(0.9, 0.999), (0.5, 0.9)])
def test_weights_and_state_are_those_of_torchs_own_to_the_last_bit(betas):
    ours, theirs = weights(), weights()
    own, torchs = Adam(ours, 0.01, betas), torch.optim.Adam(theirs, lr=0.01, betas=betas, fused=True)
    for step in range(20):
        own.zero_grad()
        torchs.zero_grad()
        for group in (ours, theirs):
            # The second weight has no gradient at first, as a network's that isn't used yet.
            used = [group[0], *([group[1]] if step >= 5 else []), group[2]]
            torch.stack([(weight**3 * (step + 1)).sum() for weight in used]).sum().backward()
        own.step()
        torchs.step()
    for mine, other in zip(ours, theirs, strict=True):
        assert torch.equal(mine, other)
        assert own.state[mine].keys() == torchs.state[other].keys()
        assert all(torch.equal(own.state[mine][name], torchs.state[other][name]) for name in own.state[mine])


def test_it_takes_a_step_without_torchs_compiler():
    program = """
import sys, torch
from vae_explorer.core.adam import Adam
weight = torch.nn.Parameter(torch.ones(3))
optimizer = Adam([weight], 0.1)
torch.autograd.backward(weight.sum())
optimizer.step()
assert weight.max() < 1
print("torch._dynamo" in sys.modules)
"""
    finished = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, check=True, text=True)
    assert finished.stdout.strip() == "False"
