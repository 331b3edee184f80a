# SoftHSM tokens and the CA hierarchy by a non-interactive ceremony. Sourced by installer/demo.
# shellcheck shell=bash disable=SC2154

hold_ceremony() {
    [ ! -e "$state/pki/manifest.json" ] || return 0
    (cd "$state" && as_demo_user env SOFTHSM2_CONF="$state/etc/softhsm2.conf" "$state/opt/bin/v2c-ca-gateway" ceremony run --file "$state/etc/ceremony.json")
}
