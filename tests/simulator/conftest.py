"""One receiver for all tests, a fresh simulator for each."""

from collections.abc import Iterator

import pytest

from tests.simulator.stage import Receiver, Stage, client_for, config_for, served
from wechat.simulator.app import create_simulator


@pytest.fixture(scope="session")
def shared_receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    with served(receiver.app()) as url:
        receiver.url = f"{url}/callback"
        yield receiver


@pytest.fixture
def receiver(shared_receiver: Receiver) -> Receiver:
    shared_receiver.arrivals.clear()
    shared_receiver.answers.clear()
    shared_receiver.sealed = True
    return shared_receiver


@pytest.fixture
def stage(receiver: Receiver) -> Iterator[Stage]:
    with (
        served(create_simulator(config_for(receiver.url))) as url,
        client_for(url) as http,
    ):
        yield Stage(http, receiver)
