# SoftHSM tokens and the CA hierarchy by a non-interactive ceremony. Sourced by installer/demo.
# shellcheck shell=bash disable=SC2154

hold_ceremony() {
    [ ! -e "$state/pki/manifest.json" ] || return 0
    (cd "$state" && as_demo_user env SOFTHSM2_CONF="$state/etc/softhsm2.conf" "$state/opt/bin/v2c-ca-gateway" ceremony run --file "$state/etc/ceremony.json")
}

# The intermediates' lists end after 30 days: a demo that was down for long gets new ones.
renew_lists() { # [--now]
    [ "${1-}" = --now ] || [ -n "$(find "$state/crl/intermediate-ca.crl" -mtime +15 2>/dev/null)" ] || return 0
    local output
    output=$state/pki-crl-$(date +%Y%m%dT%H%M%S)
    as_demo_user env SOFTHSM2_CONF="$state/etc/softhsm2.conf" "$state/opt/bin/v2c-ca-gateway" ceremony crl --file "$state/etc/ceremony-crl.json" \
        --previous "$state/crl" --output "$output"
    as_demo_user "$state/opt/bin/v2c-ca-gateway" import --config "$state/etc/gateway.json" --pki "$output"
}
