import pytest

from tests.engine.supply import SIZE, Cloud, block


@pytest.fixture
def cloud() -> Cloud:
    cloud = Cloud()
    cloud.blocks = {number: block(number) for number in (0, 1, 2, 9, 10, 40, 63)}
    cloud.blocks[12] = bytes(SIZE)  # data to the cloud, zeros all the same
    cloud.snapshot("snap-a")
    return cloud
