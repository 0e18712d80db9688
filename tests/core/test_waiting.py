import os

import pytest

from vae_explorer.core.waiting import SPINS, let_threads_sleep

NAMES = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "OPENBLAS_NUM_THREADS")


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch):
    monkeypatch.setattr(os, "environ", {name: value for name, value in os.environ.items() if name not in NAMES})
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")


def test_threads_spin_for_some_microseconds_however_many_there_are():
    let_threads_sleep()
    assert {name: os.environ[name] for name in NAMES} == {
        "OMP_WAIT_POLICY": "ACTIVE",
        "GOMP_SPINCOUNT": SPINS,
        "OPENBLAS_NUM_THREADS": "1",
    }


@pytest.mark.parametrize("name", NAMES)
def test_what_the_person_has_set_stays(name):
    os.environ[name] = "7"
    let_threads_sleep()
    assert os.environ[name] == "7"


@pytest.mark.parametrize("mine", ["OMP_WAIT_POLICY", "GOMP_SPINCOUNT"])
def test_one_of_the_two_that_belong_together_is_not_added_to_the_other(mine):
    os.environ[mine] = "7"
    let_threads_sleep()
    assert set(NAMES) & set(os.environ) == {mine, "OPENBLAS_NUM_THREADS"}


def test_other_systems_have_other_openmps(monkeypatch):
    monkeypatch.setattr("sys.platform", "darwin")
    let_threads_sleep()
    assert "OMP_WAIT_POLICY" not in os.environ


def test_where_torch_may_use_openblas_itself_it_keeps_its_threads(monkeypatch):
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    let_threads_sleep()
    assert "OPENBLAS_NUM_THREADS" not in os.environ
