import pytest

from vae_explorer.core.catalogue import catalogue
from vae_explorer.core.config import DataConfig, ModelConfig, RunConfig, TrainingConfig
from vae_explorer.core.configure import apply_settings, configure
from vae_explorer.core.data.base import ImageShape, Suggestion
from vae_explorer.core.errors import UserError
from vae_explorer.core.likelihoods import likelihoods
from vae_explorer.core.networks.base import networks
from vae_explorer.core.objectives.base import objectives

DIGITS = Suggestion(ImageShape(28, 1), 5000)
PHOTOGRAPHS = Suggestion(ImageShape(64, 3), 800)


def test_small_grey_images_get_an_mlp_and_large_or_coloured_ones_convolutions():
    digits, photographs = configure(DIGITS, source="sample:digits"), configure(PHOTOGRAPHS, source="/photos")
    assert (digits.model.network, digits.model.likelihood) == ("mlp", "bernoulli")
    assert (photographs.model.network, photographs.model.likelihood) == ("conv", "gaussian")
    assert (photographs.data.image_size, photographs.data.channels, photographs.data.source) == (64, 3, "/photos")
    assert digits.objective.name == "vae"
    assert digits.model.latent_dims == 2


@pytest.mark.parametrize("count", [2, 3, 8, 20, 100, 800, 5000, 70_000, 3_000_000])
def test_duration_suits_the_number_of_images(count):
    training = configure(Suggestion(ImageShape(28, 1), count)).training
    held_back = max(1, round(count / 10))
    assert 1 <= training.batch_size <= max(1, (count - held_back) / 8)
    assert 10 <= training.epochs <= 1000


def test_the_source_and_shape_of_an_image_set_are_taken_over(make_images):
    data = configure(make_images(size=9, channels=3)).data
    assert (data.source, data.image_size, data.channels) == ("/images", 9, 3)


def test_the_objective_decides_what_the_posterior_is():
    for name in objectives.names():
        assert configure(DIGITS, objective=name).model.posterior == objectives.get(name).posterior


def test_all_settings_of_the_parts_are_written_down():
    config = configure(DIGITS, network="conv", likelihood="gaussian", objective="notes")
    assert config.model.network_settings == {"feature_maps": 32, "dense": 256}
    assert config.model.likelihood_settings == {"variance": 0.5, "learn_variance": False}
    assert config.objective.settings == {"beta": 1.0}
    assert RunConfig.from_json(config.to_json()) == config


def test_any_setting_is_reached_by_its_name():
    wishes = {
        "beta": "4",
        "validation_fraction": "0",
        "hidden": "64, 32",
        "latent_dims": "10",
        "learning_rate": "3e-4",
        "epochs": "7",
        "batch_size": "32",
        "seed": "5",
        "device": "cpu",
        "channels": "3",
        "fit": "pad",
        "likelihood": "gaussian",
        "learn_variance": "true",
    }
    config = configure(DIGITS, settings=wishes)
    assert config.objective.settings == {"beta": 4.0}
    assert config.model.network_settings == {"hidden": [64, 32]}
    assert config.model.latent_dims == 10
    assert config.model.likelihood_settings == {"variance": 0.5, "learn_variance": True}
    assert config.data == DataConfig(source="", image_size=28, channels=3, fit="pad", validation_fraction=0)
    assert config.training == TrainingConfig(epochs=7, batch_size=32, learning_rate=3e-4, seed=5, device="cpu")


@pytest.mark.parametrize("value", ["64", "[64]", 64])
def test_one_layer_needs_no_comma(value):
    assert configure(DIGITS, settings={"hidden": value}).model.network_settings == {"hidden": [64]}


def test_a_source_that_looks_like_a_number_is_still_a_name():
    assert apply_settings(configure(DIGITS), {"source": "2024"}).data.source == "2024"


def test_parts_are_chosen_before_their_settings_whatever_the_order():
    config = apply_settings(configure(DIGITS), {"variance": "0.1", "likelihood": "gaussian"})
    assert config.model.likelihood_settings == {"variance": 0.1, "learn_variance": False}


def test_choosing_a_part_forgets_the_settings_of_the_one_before():
    config = apply_settings(configure(DIGITS, settings={"beta": 9}), {"objective": "ae"})
    assert config.objective.settings == {}


def test_what_is_not_asked_for_is_filled_in():
    assert configure(DIGITS, network=None, epochs=None) == configure(DIGITS)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"betta": "4"}, "no setting “betta”; there are: .*batch_size, beta, .*validation_fraction"),
        ({"variance": "1"}, "no setting “variance”"),
        ({"posterior": "none"}, "no setting “posterior”"),
        ({"schema_version": "1"}, "no setting “schema_version”"),
        ({"beta": "much"}, "“beta”: .*got 'much'"),
        ({"beta": "-1"}, "“beta”: .*greater than or equal to 0"),
        ({"beta": "nan"}, "“beta”: .*finite"),
        ({"epochs": "1.5"}, "“epochs”"),
        ({"epochs": "0"}, "“epochs”"),
        ({"channels": "2"}, "“channels”"),
        ({"hidden": "64,0"}, "“hidden.1”"),
        ({"network": "resnet"}, "no network called “resnet”; there are: conv, linear, mlp"),
        ({"objective": ""}, "no objective called “”"),
    ],
)
def test_wishes_that_cannot_be_met_are_told_in_a_sentence(settings, message):
    with pytest.raises(UserError, match=message) as raised:
        configure(DIGITS, settings=settings)
    assert "\n" not in str(raised.value)


def test_no_two_places_have_a_setting_of_the_same_name():
    """Else a name would not tell which is meant."""
    places = [
        set(section) for section in (DataConfig.model_fields, ModelConfig.model_fields, TrainingConfig.model_fields)
    ]
    families = (networks.parts(), likelihoods.parts(), objectives.parts())
    places += [{name for part in family for name in part.Settings.model_fields} for family in families]
    shared = {name for names in places for name in names if sum(name in other for other in places) > 1}
    assert not shared


def test_the_catalogue_tells_all_there_is():
    told = catalogue()
    assert [choice.name for choice in told.networks] == networks.names()
    assert [choice.name for choice in told.likelihoods] == likelihoods.names()
    assert [choice.name for choice in told.objectives] == objectives.names()
    assert {choice.name for choice in told.objectives if choice.is_elbo} == {"vae", "cvae"}
    vae = next(choice for choice in told.objectives if choice.name == "vae")
    (beta,) = vae.settings
    assert (beta.name, beta.default, beta.minimum, beta.maximum) == ("beta", 1.0, 0, 10_000)
    variance, learned = next(choice for choice in told.likelihoods if choice.name == "gaussian").settings
    assert learned.default is False
    assert (variance.minimum, variance.exclusive_minimum) == (0, True)


def test_every_part_and_setting_says_what_it_does():
    told = catalogue()
    for choice in told.networks + told.likelihoods + told.objectives:
        assert choice.title
        assert choice.summary.endswith(".")
        assert all(setting.description.endswith(".") for setting in choice.settings), choice.name
