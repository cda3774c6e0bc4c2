# Part of openstack.sh: a real Nova with Placement, whose hypervisor is the one of Nova's own tests.
# Its servers boot from volumes and have no network, so that neither Glance nor Neutron is needed,
# but for a stand-in that says that there are no ports.

NOVA_PORT=$((KEYSTONE_PORT + 6))
PLACEMENT_PORT=$((KEYSTONE_PORT + 7))
NEUTRON_PORT=$((KEYSTONE_PORT + 8))
NOVA=http://127.0.0.1:$NOVA_PORT/v2.1
PLACEMENT=http://127.0.0.1:$PLACEMENT_PORT
NOVA_SERVICES=(nova-compute nova-scheduler nova-conductor nova-api placement neutron)
NOVA_PACKAGES=(nova-common python3-placement)
NOVA_DATABASES=(nova_api nova nova_cell0 placement)

nova_login() { # the section's name, and what it has beside a login as nova
  printf '[%s]\n' "$1"
  shift
  cat <<END
auth_url = http://127.0.0.1:$KEYSTONE_PORT
auth_type = password
username = nova
password = nova
project_name = service
user_domain_name = Default
project_domain_name = Default
END
  [ $# = 0 ] || printf '%s\n' "$@"
}

database_url() { echo "mysql+pymysql://os:os@127.0.0.1:$MARIADB_PORT/$1"; }

write_nova_conf() {
  {
    cat <<END
[DEFAULT]
my_ip = 127.0.0.1
host = compute1
transport_url = rabbit://guest:guest@127.0.0.1:$RABBIT_PORT/
state_path = $ROOT/state
log_dir = $ROOT/log
compute_driver = fake.FakeDriver
# there are no networks to tell of
heal_instance_info_cache_interval = -1
# else what is done now and then is done for the first time within a minute
periodic_fuzzy_delay = 0
[api_database]
connection = $(database_url nova_api)
[database]
connection = $(database_url nova)
[conductor]
workers = 1
[scheduler]
workers = 1
# how the one host comes into the one cell
discover_hosts_in_cells_interval = 2
[glance]
# is written into notifications, and not asked
endpoint_override = http://127.0.0.1:1
[oslo_concurrency]
lock_path = $ROOT/lock
END
    nova_login keystone_authtoken "www_authenticate_uri = http://127.0.0.1:$KEYSTONE_PORT"
    nova_login service_user "send_service_user_token = true"
    nova_login placement "region_name = RegionTwo"
    nova_login cinder "os_region_name = RegionTwo"
    nova_login neutron "endpoint_override = http://127.0.0.1:$NEUTRON_PORT"
  } >"$ROOT/etc/nova.conf"
  cp /usr/share/nova-common/api-paste.ini "$ROOT/etc/api-paste.ini"
  {
    cat <<END
[DEFAULT]
log_file = $ROOT/log/placement.log
[placement_database]
connection = $(database_url placement)
END
    nova_login keystone_authtoken "www_authenticate_uri = http://127.0.0.1:$KEYSTONE_PORT"
  } >"$ROOT/etc/placement.conf"
}

make_placement() { placement-manage --config-file "$ROOT/etc/placement.conf" db sync; }

make_nova() { # what nova-manage does, at once: each call of it takes seconds to begin
  /usr/bin/python3 - "$ROOT/etc/nova.conf" "$(database_url nova_cell0)" <<'END'
import sys

from nova import config, objects
from nova.cmd import manage

path, cell0 = sys.argv[1:]
config.parse_args(["nova-manage", "--config-file", path])
objects.register_all()
cells = manage.CellV2Commands()
steps = (
    lambda: manage.ApiDbCommands().sync(),
    lambda: cells.map_cell0(database_connection=cell0),
    lambda: cells.create_cell(name="cell1"),
    lambda: manage.DbCommands().sync(),
)
if any(step() for step in steps):
    raise SystemExit("Nova's databases cannot be made")
END
}

serve_by_uwsgi() { # name, port, script
  start "$1" env OS_NOVA_CONFIG_DIR="$ROOT/etc" OS_PLACEMENT_CONFIG_DIR="$ROOT/etc" \
    uwsgi --plugins python3 --http-socket "127.0.0.1:$2" --wsgi-file "$3" --master \
    --processes 1 --lazy-apps --die-on-term --buffer-size 65535 --add-header "Connection: close"
}

start_nova() {
  local part
  start neutron /usr/bin/python3 "$HERE/no_networks.py" "$NEUTRON_PORT"
  serve_by_uwsgi placement "$PLACEMENT_PORT" /usr/bin/placement-api
  serve_by_uwsgi nova-api "$NOVA_PORT" /usr/bin/nova-api-wsgi
  for part in conductor scheduler compute; do # the package of the last would bring a hypervisor
    # it tells Placement of itself when it starts, and the next time a minute later
    [ "$part" != compute ] || wait_for Placement curl -sf -o /dev/null "$PLACEMENT"
    start "nova-$part" /usr/bin/python3 -c "
import sys
sys.argv[0] = 'nova-$part'
from nova.cmd.$part import main
main()" --config-file "$ROOT/etc/nova.conf" --log-file "nova-$part.log"
  done
}
