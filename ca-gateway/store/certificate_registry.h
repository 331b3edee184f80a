#pragma once

#include <filesystem>

#include "ocsp/issued_certificate_log.h"
#include "pki/certificate.h"
#include "store/connection.h"

namespace gateway::store {

/// The certificates table by issuer and serial: who a client certificate belongs to, and the entry for certificates
/// that were not issued through a request (the CAs, stations, gateways, brokers, OCSP signers).
class CertificateRegistry final : public IssuedCertificateLog
{
public:
    explicit CertificateRegistry(Database& database) : m_database(database) {}

    /// Looks a certificate up and compares it byte for byte. What it may do depends on its type and on
    /// effectiveStatus(). @return nothing when it is not one of ours
    [[nodiscard]] Result<std::optional<CertificateRecord>> find(const pki::Certificate& certificate);

    /// Adds the first certificate of a PEM file, with the audit row "certificate_imported". Does nothing when it is
    /// there already.
    /// @param type  "root-ca", "device-issuing-ca", "station", "gateway", ...: any but "vehicle"
    /// @return whether it was added; InvalidRequest "import-file", "import-type"; Conflict "serial-taken"
    [[nodiscard]] Result<bool> importFile(const std::filesystem::path& file, const std::string& type,
                                          const Caller& caller, Time now);
    [[nodiscard]] Result<bool> import(const pki::Certificate& certificate, const std::string& type,
                                      const Caller& caller, Time now);

    [[nodiscard]] Result<void> record(const CertificateRecord& certificate, const AuditEvent& audit) override;

private:
    Database& m_database;
};

} // namespace gateway::store
