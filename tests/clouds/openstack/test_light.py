"""Nothing heavy is imported before a cloud is opened."""

from tests.test_house import HEAVY, imported_by


def test_the_package_imports_nothing_heavy() -> None:
    statement = "import snaptui.clouds.openstack"
    assert not imported_by(statement) & ((HEAVY - {"asyncio"}) | {"yaml", "openstack"})


def test_finding_where_there_is_nothing_imports_nothing_heavy() -> None:
    statement = (
        "from snaptui.clouds.openstack import found\n"
        "import os; os.chdir('/proc/self')\n"
        "assert found({'HOME': '/nowhere', 'XDG_CONFIG_DIRS': '/nowhere'}) == []"
    )
    assert not imported_by(statement) & ((HEAVY - {"asyncio"}) | {"yaml", "openstack"})
