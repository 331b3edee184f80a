# Units: each has a folder with its TPM's state and its own; a slot is a link to the unit that is plugged in. Sourced by installer/demo.
# shellcheck shell=bash disable=SC2154

unit_file() { cat "$state/units/slot$1/$2"; } # slot, file
unit_vin() { [ -e "$state/units/slot$1/vin" ] && unit_file "$1" vin; }
unit_tcti() { [ ! -e "$state/units/slot$1/tpm-port" ] || echo "swtpm:host=127.0.0.1,port=$(unit_file "$1" tpm-port)"; }

unit_status() { "$state/opt/bin/v2c-tcu" status --state "$state/units/slot$1/tcu" 2>/dev/null; }
unit_is_provisioned() { unit_status "$1" | grep -q '"state": *"active"'; }
unit_serial() { unit_status "$1" | sed -n 's/.*"serial": *"\([^"]*\)".*/\1/p'; }

# The TPM maker of all the demo's units: its CA certifies their EKs, so that one bundle of manufacturers trusts them.
# Leaves swtpm-localca-rootca-cert.pem and issuercert.pem in tpm-ca.
make_tpm_ca() {
    local folder=$state/tpm-ca
    [ ! -e "$folder/issuercert.pem" ] || return 0
    as_demo_user install -d -m 700 "$folder" "$folder/first"
    as_demo_user python3 - "$folder" <<'PY'
import pathlib, sys
folder = pathlib.Path(sys.argv[1])
(folder / "localca.conf").write_text(f"""statedir = {folder}
signingkey = {folder}/signkey.pem
issuercert = {folder}/issuercert.pem
certserial = {folder}/certserial
""")
(folder / "localca.options").write_text("--platform-manufacturer V2C\n--platform-version 1.0\n--platform-model TCU\n")
(folder / "setup.conf").write_text(f"""create_certs_tool = /usr/bin/swtpm_localca
create_certs_tool_config = {folder}/localca.conf
create_certs_tool_options = {folder}/localca.options
active_pcr_banks = sha256
""")
PY
    # swtpm_localca makes its CA when it certifies its first EK, and the bundle is needed before there is one.
    as_demo_user swtpm_localca --type ek --ek "$(od -An -v -N256 -tx1 /dev/urandom | tr -d ' \n')" --dir "$folder/first" --tpm2 \
        --tpm-spec-family 2.0 --tpm-spec-level 0 --tpm-spec-revision 164 --tpm-manufacturer id:00001014 --tpm-model swtpm \
        --tpm-version id:20191023 --configfile "$folder/localca.conf" --optsfile "$folder/localca.options"
    as_demo_user rm -r "$folder/first"
}

# A fresh unit with a fresh TPM for the slot; the one that was there is unplugged and kept.
# Below the range that the kernel gives to outgoing connections, which would take the port while the TPM is off.
choose_tpm_port() { # unit's folder
    as_demo_user python3 - "$1" <<'PY'
import pathlib, random, socket, sys
while True:  # swtpm's control channel is the port after the command channel's
    port = random.randrange(20000, 32000, 2)
    with socket.socket() as one, socket.socket() as two:
        try:
            one.bind(("127.0.0.1", port))
            two.bind(("127.0.0.1", port + 1))
        except OSError:
            continue
    break
pathlib.Path(sys.argv[1], "tpm-port").write_text(f"{port}\n")
PY
}

make_unit() { # slot, vin, fault or nothing
    local number=$1 vin=$2 fault=${3-} serial folder
    stop_process "tcu-slot$number"
    stop_process "tpm-slot$number"
    serial=TCU-$(od -An -N5 -tx1 /dev/urandom | tr -d ' \n' | tr a-f A-F)
    folder=$state/units/$serial
    as_demo_user install -d -m 700 "$folder" "$folder/tpm" "$folder/tcu"
    as_demo_user tee "$folder/vin" <<<"$vin"
    as_demo_user tee "$folder/ecu-serial" <<<"$serial"
    choose_tpm_port "$folder"
    make_tpm_ca
    as_demo_user swtpm_setup --tpm2 --tpmstate "$folder/tpm" --create-ek-cert --create-platform-cert --lock-nvram --ecc \
        --config "$state/tpm-ca/setup.conf"
    [ -z "$fault" ] || as_demo_user tee "$folder/fault" <<<"$fault"
    as_demo_user ln -sfn "$serial" "$state/units/slot$number"
}

start_tpm() { # slot, unit's folder
    local port
    port=$(cat "$2/tpm-port")
    start_process "tpm-slot$1" swtpm socket --tpm2 --tpmstate "dir=$2/tpm" --server "type=tcp,port=$port,bindaddr=127.0.0.1" \
        --ctrl "type=tcp,port=$((port + 1)),bindaddr=127.0.0.1" --flags not-need-init,startup-clear
    wait_until 5 port_open "$((port + 1))" && is_running "tpm-slot$1"
}

start_unit() { # slot
    local number=$1 folder port faults=()
    # shellcheck source=/dev/null
    source "$state/etc/ports.sh"
    folder=$state/units/$(readlink "$state/units/slot$number")
    start_tpm "$number" "$folder" || { choose_tpm_port "$folder"; start_tpm "$number" "$folder"; } # another may have the port by now
    port=$(cat "$folder/tpm-port")
    [ ! -e "$folder/fault" ] || faults=(--fault "$(cat "$folder/fault")")
    start_process "tcu-slot$number" "$state/opt/bin/v2c-tcu" serve --bus "virtualcan:tcp://127.0.0.1:$bus_port/can$((number - 1))" \
        --tpm "swtpm:host=127.0.0.1,port=$port" --state "$folder/tcu" --root "$state/pki/root-ca.pem" \
        --vin "$(cat "$folder/vin")" --ecu-serial "$(cat "$folder/ecu-serial")" "${faults[@]}"
    wait_until 20 unit_ready "$number"
}

unit_ready() { is_running "tcu-slot$1" && tail -n 200 "$state/log/tcu-slot$1.log" | grep -q '^ready'; }

renew_unit() { # slot
    # shellcheck source=/dev/null
    source "$state/etc/ports.sh"
    as_demo_user "$state/opt/bin/v2c-tcu" renew --state "$state/units/slot$1/tcu" --tpm "$(unit_tcti "$1")" \
        --url "https://127.0.0.1:$api_port" --root "$state/pki/root-ca.pem" --force
}
