# What installer/demo says while it works, the state folder, the build, the variables of `env`. Sourced by installer/demo.
# shellcheck shell=bash disable=SC2154

sample_vin=5VXTC2E41SA000017
sample_label=$source_dir/resources/sample-labels/vin-code39.png

now() { date +%s.%N; }
since() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.1f", b - a }'; }
say() { echo "demo: $*" >&2; }

# Runs a function, says what it does and how long it took; its output is shown only when it fails.
step() { # title, command...
    local title=$1 started output
    shift
    started=$(now)
    printf 'demo: %-46s ' "$title ..." >&2
    output=$(mktemp)
    local status
    set +e # inside an `if` the function's own errors would not stop it
    (set -e; "$@") >"$output" 2>&1
    status=$?
    set -e
    if [ "$status" -eq 0 ]; then
        echo "$(since "$started") s" >&2
        rm -f "$output"
    else
        echo "FAILED after $(since "$started") s" >&2
        tail -n 40 "$output" >&2
        rm -f "$output"
        exit "$status"
    fi
}

# As root, the servers run as a user of their own; else as whoever calls.
demo_user=$(id -un)
[ "$(id -u)" -ne 0 ] || demo_user=v2c-demo

# A prefix of programs that replace themselves, so that a pid is the server's own.
demo_prefix=(env)
[ "$(id -u)" -ne 0 ] || demo_prefix=(setpriv --reuid="$demo_user" --regid="$demo_user" --init-groups --inh-caps=-all env "HOME=$state")
as_demo_user() { "${demo_prefix[@]}" "$@"; }

prepare_state() {
    if [ "$(id -u)" -eq 0 ] && ! id "$demo_user" >/dev/null 2>&1; then
        useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$demo_user"
    fi
    mkdir -p "$state"
    if [ "$(id -u)" -eq 0 ]; then
        # The servers' user must be able to pass through the folders above (a home folder is closed to others): it gets the right
        # to traverse them, not to list or read.
        local folder=$state
        while folder=$(dirname "$folder") && [ "$folder" != / ]; do
            setpriv --reuid="$demo_user" --regid="$demo_user" --init-groups test -x "$folder" ||
                setfacl -m "u:$demo_user:--x" "$folder" 2>/dev/null || chmod o+x "$folder"
        done
        chown "$demo_user:" "$state"
    fi
    chmod 711 "$state"
    local name
    for name in etc log run crl units pki; do as_demo_user mkdir -p "$state/$name"; done
    for name in secrets tokens pg; do as_demo_user install -d -m 700 "$state/$name"; done
    install -d -m 700 "$state/station"
}

# The folders above the state are nobody's concern any more when the last demo is gone.
take_back_passage() {
    [ "$(id -u)" -eq 0 ] && id "$demo_user" >/dev/null 2>&1 || return 0
    if pgrep -u "$demo_user" >/dev/null; then
        say "another demo runs: $demo_user keeps its right to pass through the folders above $state"
        return 0
    fi
    local folder=$state
    while folder=$(dirname "$folder") && [ "$folder" != / ]; do
        getfacl -cp "$folder" 2>/dev/null | grep -q "^user:$demo_user:--x" || continue
        setfacl -x "u:$demo_user" "$folder"
        getfacl -cp "$folder" | grep -qE '^(user|group|default):[^:]+:' || setfacl -b "$folder"
    done
}

build_programs() {
    local build=${V2C_BUILD_DIR-}
    if [ -z "$build" ]; then
        build=$source_dir/build/release
        cmake -S "$source_dir" --preset release >/dev/null
        cmake --build "$build" --target programs
    fi
    cmake --install "$build" --prefix "$state/opt" >/dev/null
}

write_configuration() {
    as_demo_user python3 - "$state" <"$source_dir/installer/demo.d/configuration.py"
}

print_environment() {
    [ -e "$state/etc/ports.sh" ] || { echo "installer/demo: nothing in $state yet; run installer/demo first" >&2; exit 2; }
    # shellcheck source=/dev/null
    source "$state/etc/ports.sh"
    local slot_number=$slot
    cat <<TEXT
export V2C_STATE='$state'
export V2C_BIN='$state/opt/bin'
export V2C_API_URL='https://127.0.0.1:$api_port'
export V2C_OCSP_URL='http://127.0.0.1:$ocsp_port/'
export V2C_CRL_URL='http://127.0.0.1:$crl_port/v2c.crl'
export V2C_METRICS_URL='http://127.0.0.1:$metrics_port/metrics'
export V2C_ROOT_CERT='$state/pki/root-ca.pem'
export V2C_DEVICE_CA_CERT='$state/pki/device-issuing-ca.pem'
export V2C_CHAIN='$state/pki/chain.pem'
export V2C_STATION_CERT='$state/pki/station-demo-01.pem'
export V2C_STATION_KEY='$state/pki/station-demo-01.key'
export V2C_STATION_CONFIG='$state/etc/station.json'
export V2C_GATEWAY_CONFIG='$state/etc/gateway.json'
export V2C_BROKER='127.0.0.1:$broker_port'
export V2C_ADMIN_TOKEN='$(cat "$state/secrets/admin-token" 2>/dev/null)'
export V2C_DATABASE_URL='$(database_url owner)'
export V2C_CAN='virtualcan:tcp://127.0.0.1:$bus_port/can$((slot_number - 1))'
export V2C_TPM='$(unit_tcti "$slot_number")'
export V2C_TPM_HANDLE='0x81000001'
export V2C_UNIT_STATE='$state/units/slot$slot_number/tcu'
TEXT
}
