# What TPM evidence is checked against: the maker of the demo's TPMs, in a bundle signed by the ceremony's signer. Sourced by installer/demo.
# shellcheck shell=bash disable=SC2154

prepare_evidence() {
    make_tpm_ca
    [ ! -e "$state/pki/evidence-bundle.json" ] || return 0
    as_demo_user "$state/opt/bin/v2c-ca-gateway" evidence bundle --roots "$state/tpm-ca/swtpm-localca-rootca-cert.pem" \
        --intermediates "$state/tpm-ca/issuercert.pem" --certificate "$state/pki/evidence-bundle-signer.pem" \
        --key "$state/pki/evidence-bundle-signer.key" --output "$state/pki/evidence-bundle.json"
}
