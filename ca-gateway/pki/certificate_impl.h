#pragma once

#include "pki/certificate.h"
#include "pki/openssl_types.h"
#include "pki/public_key.h"

namespace gateway::pki {

/// What parsing found. Everything is read once, so that the accessors cannot fail.
struct Certificate::Impl
{
    Bytes der;
    X509Handle x509;
    CertificateSerial serial;
    Time notBefore;
    Time notAfter;
    Bytes subjectDer;
    Bytes issuerDer;
    Bytes publicKeyDer;
    Bytes subjectKeyIdentifier;
    Result<PublicKey> publicKey; ///< what PublicKey says of a key of another kind
};

/// @return nothing for a time that RFC 5280 does not allow
[[nodiscard]] std::optional<Time> toTime(const ASN1_TIME* time);

/// The text of a name's only attribute of that kind; empty when there is none or more than one.
[[nodiscard]] std::string onlyAttribute(const X509_NAME* name, int nid);

} // namespace gateway::pki
