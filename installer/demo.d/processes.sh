# Processes of the demo: started in the background with a pid file and a log, stopped in reverse. Sourced by installer/demo.
# shellcheck shell=bash disable=SC2154

is_running() { # name
    local pid
    pid=$(cat "$state/run/$1.pid" 2>/dev/null) && [ -n "$pid" ] && ! process_gone "$pid" &&
        # A pid may have been given to somebody else since.
        [ "$(stat -c %Y "/proc/$pid" 2>/dev/null || echo 0)" -le "$(($(stat -c %Y "$state/run/$1.pid") + 2))" ]
}

start_process() { # name, command...: as the demo's user
    local name=$1
    shift
    ! is_running "$name" || return 0
    touch "$state/log/$name.log"
    [ "$(id -u)" -ne 0 ] || chown "$demo_user:" "$state/log/$name.log"
    ( # a session of its own, no descriptor of ours but the log
        exec 9>&-
        "${demo_prefix[@]}" setsid "$@" >>"$state/log/$name.log" 2>&1 </dev/null &
        echo $! >"$state/run/$name.pid"
    )
}

stop_process() { # name
    if is_running "$1"; then
        local pid
        pid=$(cat "$state/run/$1.pid")
        kill "$pid" 2>/dev/null || true
        kill -CONT "$pid" 2>/dev/null || true
        wait_until 10 process_gone "$pid" || kill -9 "$pid" 2>/dev/null || true
    fi
    rm -f "$state/run/$1.pid"
}

# Gone, or dead and only waiting to be reaped by an init that may not care.
process_gone() { ! grep -q '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$1/status" 2>/dev/null; }

wait_until() { # seconds, command...
    local deadline=$(($(date +%s) + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$(date +%s)" -lt "$deadline" ] || { echo "gave up waiting for: $*"; return 1; }
        sleep 0.05
    done
}

port_open() { # port
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

process_names() {
    echo signer signer-backup gateway bus broker
    local slot_number
    for slot_number in 1 2; do
        [ ! -e "$state/units/slot$slot_number" ] || echo "tpm-slot$slot_number tcu-slot$slot_number"
    done
}

all_up() {
    [ -e "$state/etc/ports.sh" ] && database_up || return 1
    local name
    for name in $(process_names); do is_running "$name" || return 1; done
    gateway_healthy
}

print_status() {
    [ -e "$state/etc/ports.sh" ] || { echo "nothing in $state; run installer/demo"; exit 1; }
    local name result=0
    if database_up; then printf '%-14s up\n' database; else printf '%-14s DOWN\n' database; result=1; fi
    for name in $(process_names); do
        if is_running "$name"; then printf '%-14s up    pid %s\n' "$name" "$(cat "$state/run/$name.pid")"
        else printf '%-14s DOWN\n' "$name"; result=1; fi
    done
    if gateway_healthy; then printf '%-14s ok\n' health; else printf '%-14s NOT OK\n' health; result=1; fi
    exit "$result"
}

start_signer() { # name
    start_process "$1" env SOFTHSM2_CONF="$state/etc/softhsm2.conf" "$state/opt/bin/v2c-signer" --supervise --config "$state/etc/$1.json"
    wait_until 20 test -S "$state/run/$1.sock"
}

start_gateway() {
    start_process gateway "$state/opt/bin/v2c-ca-gateway" serve --config "$state/etc/gateway.json" --roles api,ocsp,crl,worker
    wait_until 30 gateway_healthy
}

gateway_healthy() {
    # shellcheck source=/dev/null
    source "$state/etc/ports.sh"
    curl -fsS --max-time 5 --cacert "$state/pki/root-ca.pem" "https://127.0.0.1:$api_port/health" >/dev/null 2>&1 &&
        curl -fsS --max-time 5 "http://127.0.0.1:$ocsp_port/health" >/dev/null 2>&1 &&
        curl -fsS --max-time 5 "http://127.0.0.1:$crl_port/v2c.crl" -o /dev/null 2>&1
}

start_bus() {
    # shellcheck source=/dev/null
    source "$state/etc/ports.sh"
    start_process bus "$state/opt/bin/v2c-tcu" bus --listen "127.0.0.1:$bus_port"
    wait_until 10 port_open "$bus_port"
}

start_window() {
    ! is_running window || return 0
    (
        setsid "$state/opt/bin/v2c-station" window --config "$state/etc/station.json" >>"$state/log/window.log" 2>&1 </dev/null &
        echo $! >"$state/run/window.pid"
    )
}

stop_all() {
    [ -d "$state/run" ] || return 0
    local name names
    names=$(process_names)
    stop_process window
    for name in "$state"/run/vehicle-slot*.pid; do [ ! -e "$name" ] || stop_process "$(basename "$name" .pid)"; done
    for name in $(tr ' ' '\n' <<<"$names" | tac); do stop_process "$name"; done
    stop_database
}
