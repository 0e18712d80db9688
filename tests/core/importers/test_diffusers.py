import json
import warnings

import pytest
import torch
from safetensors.torch import load_file, save_file

from vae_explorer.core.encoding import encode_images
from vae_explorer.core.errors import UserError
from vae_explorer.core.importers.base import UnclearError, import_model
from vae_explorer.core.importers.wishes import Wishes


@pytest.fixture
def diffusers():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import diffusers

        _ = diffusers.AutoencoderKL, diffusers.AutoencoderTiny
    return diffusers


KL = {
    "block_out_channels": (8, 16),
    "down_block_types": ("DownEncoderBlock2D",) * 2,
    "up_block_types": ("UpDecoderBlock2D",) * 2,
    "norm_num_groups": 4,
    "latent_channels": 3,
    "sample_size": 16,
}
TINY = {
    "encoder_block_out_channels": (8, 8, 8),
    "decoder_block_out_channels": (8, 8, 8),
    "num_encoder_blocks": (1, 2, 1),
    "num_decoder_blocks": (2, 1, 1),
}


def saved(model, folder):
    # Fresh weights give almost grey images: larger ones make each layer count.
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(0.2 * torch.randn_like(weight))
    model.eval().save_pretrained(folder)
    return model


def kl(diffusers, folder, **settings):
    return saved(diffusers.AutoencoderKL(**KL | settings), folder)


def brightness(sample):
    return ((sample + 1) / 2).clamp(0, 1)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"use_quant_conv": False, "use_post_quant_conv": False},
        {"mid_block_add_attention": False, "layers_per_block": 2},
        {"in_channels": 1, "out_channels": 1, "latent_channels": 4},
        {"scaling_factor": 0.5, "shift_factor": 0.25},
    ],
)
def test_autoencoder_kl_decodes_and_encodes_as_diffusers_does(diffusers, imported, tmp_path, settings):
    theirs = kl(diffusers, tmp_path / "theirs", **settings)
    ours = imported(tmp_path / "theirs")
    config = theirs.config
    scale, shift = config.scaling_factor, config.shift_factor or 0.0
    latents = torch.randn(2, config.latent_channels, 8, 8)
    x = torch.rand(2, config.in_channels, 16, 16)
    with torch.inference_mode():
        codes = ((latents - shift) * scale).flatten(1)
        torch.testing.assert_close(ours.decode(codes), brightness(theirs.decode(latents).sample), rtol=0, atol=1e-5)
        assert ours.decode(codes).std() > 0.05, "nothing to compare"
        posterior, known = ours.encode(x), theirs.encode(2 * x - 1).latent_dist
        torch.testing.assert_close(posterior.mean, ((known.mean - shift) * scale).flatten(1), rtol=0, atol=1e-5)
        std = torch.exp(0.5 * posterior.log_var)
        torch.testing.assert_close(std, (known.std * scale).flatten(1), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("settings", [{}, {"act_fn": "gelu"}, {"latent_channels": 16}])
def test_autoencoder_tiny_decodes_and_encodes_as_diffusers_does(diffusers, imported, tmp_path, settings):
    theirs = saved(diffusers.AutoencoderTiny(**TINY | settings), tmp_path / "theirs")
    ours = imported(tmp_path / "theirs", Wishes(image_size=16))
    latents, x = 3 * torch.randn(2, theirs.config.latent_channels, 4, 4), torch.rand(2, 3, 16, 16)
    with torch.inference_mode():
        known = brightness(theirs.decode(latents).sample)
        torch.testing.assert_close(ours.decode(latents.flatten(1)), known, rtol=0, atol=1e-5)
        assert known.std() > 0.05, "nothing to compare"
        encoded = theirs.encode(2 * x - 1).latents.flatten(1)
        torch.testing.assert_close(ours.encode(x).mean, encoded, rtol=0, atol=1e-4)


def test_another_size_gives_other_codes(diffusers, tmp_path):
    kl(diffusers, tmp_path / "theirs")
    assert import_model(tmp_path / "theirs", Wishes(image_size=32)).config.model.latent_dims == 3 * 16 * 16


def test_the_autoencoder_of_a_whole_pipeline_is_found(diffusers, tmp_path):
    kl(diffusers, tmp_path / "pipeline" / "vae")
    (tmp_path / "pipeline" / "model_index.json").write_text("{}")
    assert import_model(tmp_path / "pipeline").config.model.network == "autoencoder-kl"


def test_weights_in_several_files_are_joined_and_names_that_lead_out_are_refused(diffusers, tmp_path):
    kl(diffusers, tmp_path / "theirs")
    whole = tmp_path / "theirs" / "diffusion_pytorch_model.safetensors"
    weights = load_file(whole)
    names = sorted(weights)
    index: dict[str, str] = {}
    for part, chosen in (("a.safetensors", names[::2]), ("b.safetensors", names[1::2])):
        save_file({name: weights[name] for name in chosen}, tmp_path / "theirs" / part)
        index |= dict.fromkeys(chosen, part)
    before = import_model(tmp_path / "theirs").weights
    whole.unlink()
    listing = tmp_path / "theirs" / "diffusion_pytorch_model.safetensors.index.json"
    listing.write_text(json.dumps({"weight_map": index}))
    after = import_model(tmp_path / "theirs").weights
    assert all(torch.equal(before[name], after[name]) for name in before)
    save_file(weights, tmp_path / "outside.safetensors")
    for climbing in ("../outside.safetensors", str(tmp_path / "outside.safetensors")):
        listing.write_text(json.dumps({"weight_map": dict.fromkeys(names, climbing)}))
        with pytest.raises(UserError, match="leads out of the model's folder"):
            import_model(tmp_path / "theirs")


def test_a_link_that_leads_out_is_refused_but_for_the_hubs_own_cache(diffusers, tmp_path):
    snapshot = tmp_path / "models--someone--vae" / "snapshots" / "1234"
    kl(diffusers, snapshot)
    blobs = tmp_path / "models--someone--vae" / "blobs"
    blobs.mkdir()
    weights = snapshot / "diffusion_pytorch_model.safetensors"
    weights.rename(blobs / "abcd")
    weights.symlink_to("../../blobs/abcd")
    import_model(snapshot)
    (blobs / "abcd").rename(tmp_path / "elsewhere")
    weights.unlink()
    weights.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UserError, match="leads out of the model's folder"):
        import_model(snapshot)


def test_half_precision_is_read_as_single(diffusers, tmp_path):
    model = diffusers.AutoencoderKL(**KL).half()
    model.save_pretrained(tmp_path / "theirs")
    assert {weight.dtype for weight in import_model(tmp_path / "theirs").weights.values()} == {torch.float32}


def test_images_can_be_encoded_from_bytes(diffusers, imported, tmp_path):
    kl(diffusers, tmp_path / "theirs")
    codes = encode_images(imported(tmp_path / "theirs"), torch.randint(0, 255, (3, 16, 16, 3)).byte().numpy())
    assert codes.mean.shape == (3, 192)


def test_what_is_missing_is_asked_for(diffusers, tmp_path):
    saved(diffusers.AutoencoderTiny(**TINY), tmp_path / "theirs")
    with pytest.raises(UnclearError, match="--image-size") as asked:
        import_model(tmp_path / "theirs")
    assert asked.value.wishes == ("image_size",)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sample_size": 17}, "can be divided by 2, which 17 can't"),
        ({"sample_size": 10**9}, "a side of 1000000000 pixels"),
        ({"sample_size": [16, 32]}, "only square images"),
        ({"sample_size": "large"}, "no usable size"),
        ({"down_block_types": ["Other"]}, "its down_block_types are"),
        ({"act_fn": "sine"}, "an activation that can't be read"),
        ({"norm_num_groups": 3}, "do not divide its channels"),
        ({"block_out_channels": [8, 10**9]}, "“widths.1”"),
        ({"block_out_channels": 8}, "“widths”"),
        ({"block_out_channels": [8, 8192]}, "do not fit the network"),
        ({"latent_channels": 8000}, "do not fit the network"),
        ({"scaling_factor": 0}, "“scaling_factor”"),
        ({"in_channels": 4}, "takes images of 4 channels and gives images of 3"),
        ({"_class_name": "AutoencoderOther"}, "diffusers’ “AutoencoderOther” can't be read"),
    ],
)
def test_a_configuration_that_does_not_fit_is_told_in_a_sentence(diffusers, tmp_path, changes, message):
    kl(diffusers, tmp_path / "theirs")
    path = tmp_path / "theirs" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    with pytest.raises(UserError, match=message):
        import_model(tmp_path / "theirs")
