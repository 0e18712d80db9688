from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.services.conftest import MakeImages
from tests.services.fakes import FakeJudge, Gate
from vae_explorer.core.config import DataConfig, ModelConfig, RunConfig
from vae_explorer.core.data.base import Factor, Factors, ImageSet
from vae_explorer.core.data.names import Numbered
from vae_explorer.core.latent.directions import principal_directions
from vae_explorer.core.latent.plane import LatentPlane
from vae_explorer.core.shades import Groups, Shades
from vae_explorer.core.table import Table
from vae_explorer.services import colours
from vae_explorer.services.colouring import ColouringService, can_colour, changes_to_fit, content_of, offered
from vae_explorer.services.colours import BY_LABEL, PLAIN, ColourBy, ColourKind
from vae_explorer.services.embedding import describe
from vae_explorer.services.model_info import ModelInfo
from vae_explorer.services.state import AppState, Embedding, Shading, Store

COUNT, DIMS = 50, 3
KL, ERROR, NLL, DISTANCE = (ColourBy(kind) for kind in ("kl", "squared_error", "nll", "distance"))
MakeService = Callable[..., ColouringService]


@pytest.fixture
def images(make_images: MakeImages) -> ImageSet:
    factors = (Factor("yaw"), Factor("shape", 3), Factor("x", 32))
    values = np.stack([np.linspace(-40, 40, COUNT), np.arange(COUNT) % 3, np.arange(COUNT) % 32], axis=1)
    return replace(make_images(count=COUNT), factors=Factors(factors, values))


@pytest.fixture
def embedding(images: ImageSet) -> Embedding:
    random = np.random.default_rng(0)
    mean, log_var = random.normal(size=(2, COUNT, DIMS)).astype(np.float32)
    return describe(images, mean, log_var - 3, generation=1)


def table_for(images: ImageSet) -> Table:
    return Table("t.csv", images.paths, {"age": Shades.of(np.arange(COUNT))}, missing=0)


@pytest.fixture
def state(images: ImageSet, embedding: Embedding) -> AppState:
    config = RunConfig(data=DataConfig(source="/images"), model=ModelConfig(latent_dims=DIMS))
    model = ModelInfo(config, None, "VAE", "cpu")
    return AppState(model, images, embedding, probe=(0.0,) * DIMS, table=table_for(images))


@pytest.fixture
def store(state: AppState) -> Store:
    return Store(state)


@pytest.fixture
def make_service(store: Store) -> Iterator[MakeService]:
    made: list[ColouringService] = []

    def make(*, is_training: bool = False) -> ColouringService:
        made.append(ColouringService(store, lambda: is_training))
        return made[-1]

    yield make
    for service in made:
        service.close()


def shade(store: Store, by: ColourBy, qtbot: QtBot) -> Shading:
    store.update(colour_by=by)
    qtbot.waitUntil(lambda: store.state.shading is not None and store.state.shading.by == by)
    assert store.state.shading is not None
    return store.state.shading


def shades_of(by: ColourBy, embedding: Embedding, plane: LatentPlane | None = None) -> Shades:
    content = content_of(by, embedding, plane, table_for(embedding.images))
    assert isinstance(content, Shades)
    return content


def same(one: Shades, values: object) -> bool:
    other = Shades.of(np.asarray(values))
    return np.array_equal(one.steps, other.steps) and one.most == pytest.approx(other.most)


# What there is


def kinds(state: AppState) -> list[ColourKind]:
    return [by.kind for by in offered(state)]


def test_what_model_images_and_table_have_is_offered(state: AppState) -> None:
    assert kinds(state) == [
        "label", "none", "factor", "factor", "factor", "column", "kl", "squared_error", "nll", "distance",
        "dim", "dim", "dim",
    ]  # fmt: skip
    assert [by.name for by in offered(state) if by.name] == ["yaw", "shape", "x", "age"]
    assert all(can_colour(state, by) for by in offered(state))


def test_what_is_not_there_is_not_offered(state: AppState) -> None:
    assert state.model is not None
    config = state.model.config
    plain = config.model_copy(update={"model": ModelConfig(latent_dims=2, posterior="none")})
    less = replace(state, model=replace(state.model, config=plain), probe=(0.0, 0.0), table=None)
    assert not {"kl", "distance", "column"} & set(kinds(less))
    assert kinds(AppState()) == ["label", "folder", "none"]  # of images that are still to come nothing is known


def test_labels_and_folders_are_offered_where_there_are_some(state: AppState, embedding: Embedding) -> None:
    images = embedding.images
    for labels, paths, wanted in (
        (images.labels, images.paths, ["label", "none"]),
        (None, images.paths, ["none"]),
        (None, Numbered("image", len(images)), ["none"]),
        (None, ("first/0.png", *("second/1.png",) * (len(images) - 1)), ["folder", "none"]),
    ):
        others = replace(embedding, images=replace(images, labels=labels, paths=paths))
        assert [kind for kind in kinds(replace(state, embedding=others)) if kind in PLAIN] == wanted


def test_directions_colour_even_when_the_plane_has_turned(state: AppState, embedding: Embedding) -> None:
    directions = principal_directions(embedding.mean)
    turned = replace(state, directions=directions)
    along = [by for by in offered(turned) if by.kind == "direction"]
    assert [by.axis for by in along] == [0, 1]
    assert can_colour(state, along[0])
    assert not can_colour(replace(state, probe=(0.0, 0.0)), along[0])


@pytest.mark.parametrize(
    ("by", "stays"), [(KL, True), (ColourBy("factor", "yaw"), False), (ColourBy("column", "age"), False)]
)
def test_other_images_let_go_of_colours_that_they_do_not_have(
    state: AppState, embedding: Embedding, by: ColourBy, stays: bool
) -> None:
    others = replace(embedding.images, factors=None, paths=tuple(f"other {n}.png" for n in range(COUNT)))
    changes = changes_to_fit(replace(state, colour_by=by), replace(embedding, images=others))
    assert changes == {"table": None, "colour_by": by if stays else BY_LABEL}


def test_the_same_images_read_anew_keep_their_table(state: AppState, embedding: Embedding) -> None:
    anew = replace(embedding, images=replace(embedding.images, paths=(*embedding.images.paths,)))
    by = ColourBy("column", "age")
    assert changes_to_fit(replace(state, colour_by=by), anew) == {"table": state.table, "colour_by": by}


# What is computed


def test_kl_is_that_of_each_image(embedding: Embedding) -> None:
    mean, log_var = embedding.mean.astype(float), embedding.log_var
    assert log_var is not None
    assert same(shades_of(KL, embedding), (0.5 * (np.exp(log_var) - log_var - 1 + mean**2)).sum(axis=1))
    assert content_of(KL, replace(embedding, log_var=None), None, None) is None


def test_coordinates_along_dimensions_and_directions(embedding: Embedding) -> None:
    assert same(shades_of(ColourBy("dim", axis=2), embedding), embedding.mean[:, 2])
    directions = principal_directions(embedding.mean)
    offset = embedding.mean - np.array(directions.reference)
    along = shades_of(ColourBy("direction", axis=1, directions=directions), embedding)
    assert same(along, offset @ np.array(directions.v))
    assert content_of(ColourBy("dim", axis=DIMS), embedding, None, None) is None


def test_distance_is_that_from_the_plane(embedding: Embedding) -> None:
    plane = LatentPlane.of_dims((0, 0, 0.5), 0, 1)
    assert same(shades_of(DISTANCE, embedding, plane), np.abs(embedding.mean[:, 2] - 0.5))
    assert content_of(DISTANCE, embedding, None, None) is None


def test_factors_are_numbers_or_where_they_are_few_choices(embedding: Embedding) -> None:
    assert same(shades_of(ColourBy("factor", "yaw"), embedding), np.linspace(-40, 40, COUNT))
    assert same(shades_of(ColourBy("factor", "x"), embedding), np.arange(COUNT) % 32)
    shape = content_of(ColourBy("factor", "shape"), embedding, None, None)
    assert isinstance(shape, Groups)
    assert shape.names == ("1", "2", "3")
    assert content_of(ColourBy("factor", "hair"), embedding, None, None) is None


def test_a_column_is_the_table_s_if_that_is_of_these_images(embedding: Embedding) -> None:
    by, table = ColourBy("column", "age"), table_for(embedding.images)
    assert content_of(by, embedding, None, table) is table.columns["age"]
    assert content_of(ColourBy("column", "no such"), embedding, None, table) is None
    assert content_of(by, embedding, None, replace(table, paths=("else.png",))) is None
    assert content_of(by, embedding, None, None) is None


# The service


def test_a_choice_is_computed(make_service: MakeService, store: Store, embedding: Embedding, qtbot: QtBot) -> None:
    make_service()
    shading = shade(store, KL, qtbot)
    assert shading.images is embedding.images
    assert isinstance(shading.content, Shades)
    assert np.array_equal(shading.content.steps, shades_of(KL, embedding).steps)


def test_what_can_t_be_known_is_not_waited_for(
    make_service: MakeService, store: Store, embedding: Embedding, qtbot: QtBot
) -> None:
    make_service()
    store.update(embedding=replace(embedding, log_var=None))
    content = shade(store, KL, qtbot).content
    assert isinstance(content, Shades)
    assert content.unknown == COUNT


def test_newer_codes_are_computed_anew(
    make_service: MakeService, store: Store, embedding: Embedding, qtbot: QtBot
) -> None:
    make_service()
    before = shade(store, ColourBy("dim", axis=1), qtbot)
    store.update(embedding=replace(embedding, mean=embedding.mean + 100))
    qtbot.waitUntil(lambda: store.state.shading is not before)
    assert store.state.shading is not None
    assert isinstance(store.state.shading.content, Shades)
    assert store.state.shading.content.low > 90


def test_the_distance_follows_the_plane(make_service: MakeService, store: Store, qtbot: QtBot) -> None:
    make_service()
    before = shade(store, DISTANCE, qtbot)
    store.update(probe=(1.0, 2.0, 0.0))  # on the plane
    store.update(probe=(1.0, 2.0, 50.0))
    qtbot.waitUntil(lambda: store.state.shading is not before)
    assert store.state.shading is not None
    assert isinstance(store.state.shading.content, Shades)
    assert store.state.shading.content.low > 40


def test_both_errors_come_of_one_decoding(make_service: MakeService, store: Store, qtbot: QtBot) -> None:
    judge = FakeJudge(2)
    make_service().use(judge)
    for by, value in ((ERROR, 2), (NLL, 20)):
        shading = shade(store, by, qtbot)
        assert isinstance(shading.content, Shades)
        assert shading.content.most == value
    assert judge.judged == [2]


def test_while_training_errors_are_computed_when_asked_for_and_say_of_which_step(
    make_service: MakeService, store: Store, embedding: Embedding, qtbot: QtBot
) -> None:
    service, judge = make_service(is_training=True), FakeJudge(2)
    judge.step = 10
    service.use(judge)
    first = shade(store, ERROR, qtbot)
    assert first.step == 10
    judge.take(3, step=20)
    store.update(embedding=replace(embedding, generation=2))
    second = shade(store, NLL, qtbot)
    assert second.step == 10
    assert isinstance(second.content, Shades)
    assert second.content.most == 20
    service.refresh()
    qtbot.waitUntil(lambda: store.state.shading is not second)
    assert store.state.shading is not None
    assert store.state.shading.step == 20
    assert judge.judged == [2, 3]


def test_after_training_newer_weights_are_judged_anew(
    make_service: MakeService, store: Store, embedding: Embedding, qtbot: QtBot
) -> None:
    service, judge = make_service(), FakeJudge(2)
    service.use(judge)
    first = shade(store, ERROR, qtbot)
    judge.take(3, step=20)
    store.update(embedding=replace(embedding, generation=2))
    qtbot.waitUntil(lambda: store.state.shading is not first)
    assert store.state.shading is not None
    assert store.state.shading.step is None


def test_another_choice_gives_the_decoding_up(
    make_service: MakeService, store: Store, gate: Gate, qtbot: QtBot
) -> None:
    judge = FakeJudge(2, before=gate)
    make_service().use(judge)
    store.update(colour_by=ERROR)
    gate.wait_until_reached()
    shade(store, KL, qtbot)
    gate.open()
    qtbot.waitUntil(lambda: judge.cancelled)
    assert store.state.shading is not None
    assert store.state.shading.by == KL


def test_a_failure_is_told(make_service: MakeService, store: Store, qtbot: QtBot) -> None:
    service, judge = make_service(), FakeJudge(2)
    judge.failure = RuntimeError("out of memory")
    service.use(judge)
    with qtbot.waitSignal(service.failed) as failed:
        store.update(colour_by=ERROR)
    assert failed.args == ["RuntimeError: out of memory"]
    assert store.state.shading is None


def test_the_folders_of_many_images_are_found_on_the_thread(
    store: Store, state: AppState, make_service: MakeService, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(colours, "MOST_FOLDERS", 10)
    make_service()
    with qtbot.waitSignal(store.changed, check_params_cb=lambda _, new: new.shading is not None):
        store.update(colour_by=ColourBy("folder"))
    shading = store.state.shading
    assert shading is not None
    assert isinstance(shading.content, Groups)
    assert shading.content.names == (".",)
    assert len(shading.content.numbers) == COUNT
