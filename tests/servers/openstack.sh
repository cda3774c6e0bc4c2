#!/usr/bin/env bash
# A real Keystone, Cinder (API, scheduler, volume) and Nova on 127.0.0.1 from Debian's packages, for
# the tests, with MariaDB (SQLite does not carry the load) and RabbitMQ. Needs root.
#
#   openstack.sh install   the packages
#   openstack.sh up        start what is not running yet; prints where the clouds.yaml is
#   openstack.sh down      stop it
#   openstack.sh wipe      stop it and remove all that it kept
#
# Clouds: admin, demo, demo2 in RegionOne, which has no Nova; admin-nova, demo-nova, demo2-nova are the
# same projects in RegionTwo, which has the same Cinder and a Nova (see nova.sh). Back ends: nfs in zone
# nova (real qcow2 files), fake in zone az2 (control plane only; its clones depend on their snapshots).
#
# Parameters, by environment: OPENSTACK_ROOT, where everything is kept, and OPENSTACK_PORT, the first
# of nine ports.
set -euo pipefail

ROOT=${OPENSTACK_ROOT:-${TMPDIR:-/tmp}/snaptui-test-openstack}
KEYSTONE_PORT=${OPENSTACK_PORT:-15000}
CINDER_PORT=$((KEYSTONE_PORT + 1))
RABBIT_PORT=$((KEYSTONE_PORT + 2))
RABBIT_DIST_PORT=$((KEYSTONE_PORT + 3))
EPMD_PORT=$((KEYSTONE_PORT + 4))
MARIADB_PORT=$((KEYSTONE_PORT + 5))

HERE=$(cd "$(dirname "$0")" && pwd)
KEYSTONE=http://127.0.0.1:$KEYSTONE_PORT/v3
CINDER=http://127.0.0.1:$CINDER_PORT/v3
SHARE=127.0.0.1:/snaptui
MOUNT=$ROOT/nfs/$(printf %s "$SHARE" | md5sum | cut -d' ' -f1)
SOCKET=$ROOT/run/mariadb.sock
# shellcheck source=tests/servers/nova.sh
. "$HERE/nova.sh"
SERVICES=("${NOVA_SERVICES[@]}" cinder-volume cinder-scheduler cinder-api keystone rabbit mariadb)
PACKAGES=(keystone cinder-api cinder-scheduler cinder-volume python3-openstacksdk python3-pymysql
  uwsgi-plugin-python3 rabbitmq-server mariadb-server nfs-common qemu-utils curl "${NOVA_PACKAGES[@]}")

# --- processes: each in a session of its own, so that its whole group can be ended

running() { [ -f "$ROOT/run/$1.pid" ] && kill -0 -- "-$(cat "$ROOT/run/$1.pid")" 2>/dev/null; }

start() {
  local name=$1
  shift
  running "$name" && return
  setsid "$@" >>"$ROOT/log/$name.out" 2>&1 </dev/null &
  echo $! >"$ROOT/run/$name.pid"
}

stop() {
  local group i
  running "$1" || return 0
  group=$(cat "$ROOT/run/$1.pid")
  kill -- "-$group" 2>/dev/null || true
  for i in $(seq 50); do
    kill -0 -- "-$group" 2>/dev/null || break
    sleep 0.1
  done
  # cinder-volume's workers outlive their parent
  kill -KILL -- "-$group" 2>/dev/null || true
  rm -f "$ROOT/run/$1.pid"
}

wait_for() {
  local what=$1 i
  shift
  for i in $(seq 240); do
    "$@" >/dev/null 2>&1 && return
    sleep 0.25
  done
  echo "$what does not answer; see $ROOT/log" >&2
  return 1
}

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

at_once() { # commands without arguments, until all are done
  local each all=()
  for each in "$@"; do
    $each &
    all+=($!)
  done
  for each in "${all[@]}"; do wait "$each"; done
}

once() { # a step that is done once in the life of $ROOT
  local step=$1
  shift
  [ -f "$ROOT/done/$step" ] && return
  "$@"
  touch "$ROOT/done/$step"
}

# --- packages

install_packages() {
  local guard=/usr/sbin/policy-rc.d made=
  dpkg -s "${PACKAGES[@]}" >/dev/null 2>&1 && return
  if [ ! -e $guard ]; then # the packages must not start their own services
    printf '#!/bin/sh\nexit 101\n' >$guard
    chmod 755 $guard
    made=$guard
  fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${PACKAGES[@]}" || {
    [ -z "$made" ] || rm -f "$made"
    return 1
  }
  [ -z "$made" ] || rm -f "$made"
}

# --- what they are configured with

make_folders() {
  mkdir -p "$ROOT"/{done,etc/fernet,etc/credential,lock,log,nfs,rabbit,run,state}
  mkdir -p "$MOUNT"
  chmod 700 "$ROOT"/etc/fernet "$ROOT"/etc/credential
}

write_keystone_conf() {
  cat >"$ROOT/etc/keystone.conf" <<END
[DEFAULT]
log_file = $ROOT/log/keystone.log
[database]
connection = mysql+pymysql://os:os@127.0.0.1:$MARIADB_PORT/keystone
[identity]
# the passwords here protect nothing, and each test logs in
password_hash_rounds = 4
[token]
provider = fernet
[fernet_tokens]
key_repository = $ROOT/etc/fernet
[fernet_receipts]
key_repository = $ROOT/etc/fernet
[credential]
key_repository = $ROOT/etc/credential
END
}

write_cinder_conf() {
  echo "$SHARE" >"$ROOT/etc/shares"
  cat >"$ROOT/etc/cinder.conf" <<END
[DEFAULT]
auth_strategy = keystone
my_ip = 127.0.0.1
osapi_volume_listen = 127.0.0.1
osapi_volume_listen_port = $CINDER_PORT
osapi_volume_workers = 1
transport_url = rabbit://guest:guest@127.0.0.1:$RABBIT_PORT/
enabled_backends = fake,nfs
default_volume_type = nfs
state_path = $ROOT/state
api_paste_config = /etc/cinder/api-paste.ini
rootwrap_config = /etc/cinder/rootwrap.conf
log_dir = $ROOT/log
storage_availability_zone = nova
default_availability_zone = nova
# so that a clone can be asked for in a zone that its back end is not in
cloned_volume_same_az = false
[database]
connection = mysql+pymysql://os:os@127.0.0.1:$MARIADB_PORT/cinder
[keystone_authtoken]
auth_url = http://127.0.0.1:$KEYSTONE_PORT
www_authenticate_uri = http://127.0.0.1:$KEYSTONE_PORT
auth_type = password
username = cinder
password = cinder
project_name = service
user_domain_name = Default
project_domain_name = Default
# so that a token that is revoked is refused at once
token_cache_time = -1
[oslo_concurrency]
lock_path = $ROOT/lock
[coordination]
backend_url = file://$ROOT/state/coordination
[fake]
volume_backend_name = fake
volume_driver = dependent_clones.DependentCloneDriver
backend_availability_zone = az2
[nfs]
volume_backend_name = nfs
volume_driver = cinder.volume.drivers.nfs.NfsDriver
nfs_shares_config = $ROOT/etc/shares
nfs_mount_point_base = $ROOT/nfs
nfs_snapshot_support = true
nas_secure_file_operations = false
nas_secure_file_permissions = false
END
}

write_clouds_yaml() {
  local cloud name region
  echo "clouds:" >"$ROOT/clouds.yaml"
  for cloud in {admin,demo,demo2}{,-nova}; do
    name=${cloud%-nova}
    region=RegionOne
    [ "$cloud" = "$name" ] || region=RegionTwo
    cat >>"$ROOT/clouds.yaml" <<END
  $cloud:
    auth:
      auth_url: $KEYSTONE
      username: $name
      password: $name
      project_name: $name
      user_domain_name: Default
      project_domain_name: Default
    region_name: $region
END
  done
}

# --- the services, from the ground up

mount_share() {
  # a container has no NFS server; a tmpfs by the share's name satisfies Cinder, which only looks
  # whether it is mounted already
  grep -q " $MOUNT " /proc/mounts || mount -t tmpfs -o size=2g "$SHARE" "$MOUNT"
}

sql() { mariadb --no-defaults --socket="$SOCKET" -e "$1"; }

start_mariadb() {
  [ -d "$ROOT/mysql/mysql" ] ||
    mariadb-install-db --no-defaults --user=root --datadir="$ROOT/mysql" --skip-test-db >/dev/null
  start mariadb mariadbd --no-defaults --user=root --datadir="$ROOT/mysql" --socket="$SOCKET" \
    --bind-address=127.0.0.1 --port="$MARIADB_PORT" --pid-file="$ROOT/run/mariadbd" \
    --innodb-flush-log-at-trx-commit=0 --innodb-flush-method=nosync --innodb-doublewrite=0 \
    --performance-schema=off
}

make_databases() {
  local name
  wait_for MariaDB sql "select 1"
  for name in keystone cinder "${NOVA_DATABASES[@]}"; do
    sql "create database if not exists $name character set utf8mb3"
  done
  for name in 127.0.0.1 localhost; do
    sql "create user if not exists os@'$name' identified by 'os'; grant all on *.* to os@'$name'"
  done
}

start_rabbit() {
  echo "listeners.tcp.1 = 127.0.0.1:$RABBIT_PORT" >"$ROOT/rabbit/rabbitmq.conf"
  start rabbit env HOME="$ROOT/rabbit" ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT="$EPMD_PORT" \
    RABBITMQ_NODENAME="snaptui$RABBIT_PORT@localhost" RABBITMQ_DIST_PORT="$RABBIT_DIST_PORT" \
    RABBITMQ_CONFIG_FILE="$ROOT/rabbit/rabbitmq" RABBITMQ_MNESIA_BASE="$ROOT/rabbit" \
    RABBITMQ_LOG_BASE="$ROOT/log" RABBITMQ_PID_FILE="$ROOT/rabbit/pid" \
    ERL_CRASH_DUMP="$ROOT/log/erl_crash.dump" \
    RABBITMQ_ENABLED_PLUGINS_FILE="$ROOT/rabbit/plugins" \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}' \
    /usr/lib/rabbitmq/bin/rabbitmq-server
}

manage_keystone() { keystone-manage --config-file "$ROOT/etc/keystone.conf" "$@"; }

make_keystone() {
  manage_keystone db_sync
  manage_keystone fernet_setup --keystone-user root --keystone-group root
  manage_keystone credential_setup --keystone-user root --keystone-group root
  manage_keystone bootstrap --bootstrap-password admin --bootstrap-region-id RegionOne \
    --bootstrap-public-url "$KEYSTONE" --bootstrap-internal-url "$KEYSTONE" \
    --bootstrap-admin-url "$KEYSTONE"
}

start_keystone() {
  start keystone env OS_KEYSTONE_CONFIG_DIR="$ROOT/etc" OS_KEYSTONE_CONFIG_FILES=keystone.conf \
    uwsgi --plugins python3 --http-socket "127.0.0.1:$KEYSTONE_PORT" \
    --wsgi-file /usr/bin/keystone-wsgi-public --master --processes 4 --lazy-apps \
    --die-on-term --buffer-size 65535 --add-header "Connection: close"
  wait_for Keystone curl -sf -o /dev/null "$KEYSTONE"
}

as_admin() { # what is on standard input, in Python, with `cloud` logged in
  OS_CLIENT_CONFIG_FILE=$ROOT/clouds.yaml KEYSTONE=$KEYSTONE CINDER=$CINDER NOVA=$NOVA \
    PLACEMENT=$PLACEMENT /usr/bin/python3 -
}

make_accounts() {
  as_admin <<'END'
import os

import openstack

identity = openstack.connect(cloud="admin").identity
roles = {role.name: role for role in identity.roles()}
# by this role Cinder knows Nova, who alone may end the attachments of its servers
roles["service"] = identity.find_role("service") or identity.create_role(name="service")
accounts = [
    ("service", "cinder", "admin"),
    ("service", "nova", "admin"),
    ("service", "nova", "service"),
    ("demo", "demo", "member"),
    ("demo2", "demo2", "member"),
]
for project, user, role in accounts:
    its = identity.find_project(project) or identity.create_project(
        name=project, domain_id="default")
    who = identity.find_user(user) or identity.create_user(
        name=user, password=user, domain_id="default", default_project_id=its.id)
    identity.assign_project_role_to_user(its, who, roles[role])
one, two = "RegionOne", "RegionTwo"
identity.find_region(two) or identity.create_region(id=two)
for name, kind, url, regions in (
    ("keystone", "identity", os.environ["KEYSTONE"], [one, two]),
    ("cinderv3", "volumev3", os.environ["CINDER"] + "/%(project_id)s", [one, two]),
    ("nova", "compute", os.environ["NOVA"], [two]),
    ("placement", "placement", os.environ["PLACEMENT"], [two]),
):
    service = identity.find_service(name) or identity.create_service(name=name, type=kind)
    known = {(each.region_id, each.interface) for each in identity.endpoints(service_id=service.id)}
    for region in regions:
        for interface in ("public", "internal", "admin") if region == one else ("public",):
            if (region, interface) not in known:
                identity.create_endpoint(
                    service_id=service.id, interface=interface, region_id=region, url=url)
END
}

make_cinder() { cinder-manage --config-file "$ROOT/etc/cinder.conf" db sync; }

start_cinder() {
  local name
  for name in cinder-api cinder-scheduler cinder-volume; do
    start "$name" env PYTHONPATH="$HERE" PYTHONDONTWRITEBYTECODE=1 \
      "$name" --config-file "$ROOT/etc/cinder.conf"
  done
}

make_ready() { # wait until all know each other; then make what is to be chosen from
  as_admin <<'END'
import sys
import time

import openstack

cloud = openstack.connect(cloud="admin-nova")
volumes, servers = cloud.block_storage, cloud.compute


def has_back_ends():
    pools = volumes.get("/scheduler-stats/get_pools").json().get("pools", [])
    return {pool["name"].partition("@")[2].partition("#")[0] for pool in pools} >= {"fake", "nfs"}


def has_a_host(): # which Nova knows, and Placement what it has room for
    known = [each.state for each in servers.hypervisors()]
    offered = cloud.placement.get(
        "/allocation_candidates?resources=VCPU:1", headers={"OpenStack-API-Version": "placement 1.12"}
    ).json()
    return "up" in known and bool(offered.get("provider_summaries"))


deadline = time.monotonic() + 120
for known, what in ((has_back_ends, "a back end of Cinder"), (has_a_host, "the host of Nova")):
    while not known():
        if time.monotonic() > deadline:
            sys.exit(f"{what} does not come up")
        time.sleep(0.25)
types = {each.name for each in volumes.types()}
for name in {"fake", "nfs"} - types:
    volumes.create_type(name=name, extra_specs={"volume_backend_name": name})
if servers.find_flavor("tiny") is None:
    servers.create_flavor(name="tiny", ram=64, vcpus=1, disk=0)
END
}

# --- what can be asked of this script

keystone_up() {
  once keystone make_keystone
  start_keystone
  once accounts make_accounts
}
made_cinder() { once cinder make_cinder; }
made_placement() { once placement make_placement; }
made_nova() { once nova make_nova; }

up() {
  make_folders
  write_keystone_conf
  write_cinder_conf
  write_nova_conf
  write_clouds_yaml
  mount_share
  start_mariadb
  start_rabbit
  once databases make_databases
  wait_for MariaDB sql "select 1"
  at_once keystone_up made_cinder made_placement made_nova
  wait_for RabbitMQ listens "$RABBIT_PORT"
  start_cinder
  start_nova
  wait_for cinder-api curl -sf -o /dev/null "${CINDER%/v3}/"
  wait_for nova-api curl -sf -o /dev/null "${NOVA%/v2.1}/"
  make_ready
  echo "$ROOT/clouds.yaml"
}

down() {
  local name
  for name in "${SERVICES[@]}"; do stop "$name"; done
  ERL_EPMD_PORT=$EPMD_PORT epmd -kill >/dev/null 2>&1 || true
}

wipe() {
  down
  ! grep -q " $MOUNT " /proc/mounts || umount "$MOUNT"
  rm -rf "$ROOT"
}

case ${1:-} in
  install) install_packages ;;
  up | down | wipe) "$1" ;;
  *)
    sed -n '2,16s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
