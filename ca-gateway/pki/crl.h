#pragma once

#include <vector>

#include "pki/certificate.h"

namespace gateway::pki {

struct RevokedEntry
{
    CertificateSerial serial;
    Time revokedAt;
    RevocationReason reason = RevocationReason::Unspecified; ///< Unspecified is left out (RFC 5280 5.3.1)
};

/// The to-be-signed part of a full CRL: authorityKeyIdentifier, cRLNumber, one entry per row; an empty list leaves the
/// field out.
/// @param number  strictly rising
[[nodiscard]] Result<Bytes> prepareCrl(const Issuer& issuer, const std::vector<RevokedEntry>& entries,
                                       std::uint64_t number, Time thisUpdate, Time nextUpdate);

/// Assembles the CRL and verifies its signature. @return CertificateList, DER
[[nodiscard]] Result<Bytes> completeCrl(ByteView tbsDer, ByteView signature, const Certificate& issuer);

/// What v2c-signer checks before it signs a CRL: parses, has this issuer's name, a number and dates in order.
[[nodiscard]] Result<void> lintTbsCrl(ByteView tbsDer, const Certificate& issuer);

[[nodiscard]] std::string crlPem(ByteView der);

} // namespace gateway::pki
