"""Parts of the real OpenStack in processes of a test's own, to be killed and started again.

They share database, message queue and keys with those that `tests/servers/openstack.sh` started, so
what they do is real; and nobody else asks them, so that their end disturbs no other test.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.servers.service import Service, free_port

CHECKOUT = Path(__file__).parents[3]


def cinder_api(root: Path, directory: Path, *, page: int = 1000) -> Service:
    """A second cinder-api.

    Args:
        root: where the script keeps everything.
        directory: what is this one's own.
        page: it lists no more at once.
    """
    port = free_port()
    conf = directory / "cinder-api.conf"
    conf.write_text(
        f"[DEFAULT]\nosapi_volume_listen_port = {port}\nosapi_max_limit = {page}\n"
        f"log_dir = {directory}\n"
    )
    return Service(_with(root, "cinder-api", conf), directory / "cinder-api.out", port=port)


def cinder_volume(root: Path, directory: Path, name: str) -> Service:
    """A cinder-volume with a back end of its own; all waits while there is `directory/hold`.

    Args:
        root: where the script keeps everything.
        directory: what is this one's own.
        name: what the host and its back end are called.
    """
    conf = directory / "cinder-volume.conf"
    conf.write_text(
        f"[DEFAULT]\nhost = {name}\nenabled_backends = {name}\nlog_dir = {directory}\n"
        f"[{name}]\nvolume_backend_name = {name}\nbackend_availability_zone = az2\n"
        "volume_driver = tests.servers.held.HeldDriver\n"
    )
    environ = {"PYTHONPATH": str(CHECKOUT), "SNAPTUI_TEST_HOLD": str(directory / "hold")}
    return Service(
        _with(root, "cinder-volume", conf), directory / "cinder-volume.out", environ=environ
    )


def _with(root: Path, program: str, conf: Path) -> list[str]:
    """A part of Cinder, with something of its own in its configuration."""
    return [program, f"--config-file={root / 'etc/cinder.conf'}", f"--config-file={conf}"]


def keystone(root: Path, directory: Path) -> Service:
    """A second Keystone, whose tokens are good with the first, and the other way round."""
    environ = {
        "OS_KEYSTONE_CONFIG_DIR": str(root / "etc"),
        "OS_KEYSTONE_CONFIG_FILES": "keystone.conf",
    }
    return _by_uwsgi("keystone", "/usr/bin/keystone-wsgi-public", directory, environ)


def nova_api(root: Path, directory: Path, *, patience: int) -> Service:
    """A second nova-api, which waits for a nova-compute no longer than so many seconds."""
    conf = (root / "etc/nova.conf").read_text()
    more = f"[DEFAULT]\nrpc_response_timeout = {patience}\nlog_dir = {directory}\n"
    (directory / "nova.conf").write_text(conf.replace("[DEFAULT]\n", more, 1))
    (directory / "api-paste.ini").write_bytes((root / "etc/api-paste.ini").read_bytes())
    environ = {"OS_NOVA_CONFIG_DIR": str(directory)}
    return _by_uwsgi("nova-api", "/usr/bin/nova-api-wsgi", directory, environ)


def nova_compute(root: Path, directory: Path, host: str) -> Service:
    """A host of Nova's own."""
    conf = directory / "nova-compute.conf"
    conf.write_text(f"[DEFAULT]\nhost = {host}\nlog_dir = {directory}\n")
    main = "import sys; sys.argv[0] = 'nova-compute'; from nova.cmd.compute import main; main()"
    command = ["/usr/bin/python3", "-c", main]
    command += [f"--config-file={path}" for path in (root / "etc/nova.conf", conf)]
    return Service(command, directory / "nova-compute.out")


def _by_uwsgi(name: str, script: str, directory: Path, environ: Mapping[str, str]) -> Service:
    port = free_port()
    command = ["uwsgi", "--plugins", "python3", "--http-socket", f"127.0.0.1:{port}"]
    command += ["--wsgi-file", script, "--master", "--processes", "1", "--lazy-apps"]
    command += ["--die-on-term", "--buffer-size", "65535", "--add-header", "Connection: close"]
    return Service(command, directory / f"{name}.out", port=port, environ=environ)
