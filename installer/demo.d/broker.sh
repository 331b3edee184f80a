# The MQTT broker with the guard, and the vehicles that are connected to it. Sourced by installer/demo.
# shellcheck shell=bash disable=SC2154

start_broker() {
    # shellcheck source=/dev/null
    source "$state/etc/ports.sh"
    start_process broker mosquitto -c "$state/etc/mosquitto.conf"
    wait_until 20 port_open "$broker_port"
}

# The unit's own connection, by the key in its TPM; it comes back by itself after a loss.
connect_vehicle() { # slot
    local number=$1
    # shellcheck source=/dev/null
    source "$state/etc/ports.sh"
    stop_process "vehicle-slot$number"
    : >"$state/log/vehicle-slot$number.log"
    start_process "vehicle-slot$number" "$state/opt/bin/v2c-tcu" connect --state "$state/units/slot$number/tcu" --tpm "$(unit_tcti "$number")" \
        --root "$state/pki/root-ca.pem" --broker "127.0.0.1:$broker_port"
    wait_until 20 grep -q . "$state/log/vehicle-slot$number.log"
    tail -n 1 "$state/log/vehicle-slot$number.log"
}
