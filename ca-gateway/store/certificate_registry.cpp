#include "store/certificate_registry.h"

#include <fstream>
#include <sstream>

#include "issuance/signing.h"
#include "store/rows.h"

namespace gateway::store {

Result<std::optional<CertificateRecord>> CertificateRegistry::find(const pki::Certificate& certificate)
{
    auto found = m_database.runStatement<std::optional<CertificateRecord>>([&](Transaction& transaction) {
        return findCertificate(transaction, certificate.issuerText(), certificate.serial());
    });
    if (found && found->has_value() && (*found)->der != certificate.der()) return std::nullopt;
    return found;
}

Result<bool> CertificateRegistry::importFile(const std::filesystem::path& file, const std::string& type,
                                             const Caller& caller, Time now)
{
    std::ifstream stream(file, std::ios::binary);
    std::stringstream content;
    content << stream.rdbuf();
    if (!stream) return fail(ErrorCode::InvalidRequest, "import-file", "cannot read " + file.string());
    const auto certificates = pki::parsePemBundle(content.str());
    if (!certificates) return tl::unexpected(certificates.error());
    if (certificates->empty())
        return fail(ErrorCode::InvalidRequest, "import-file", "no certificate in " + file.string());
    return import(certificates->front(), type, caller, now);
}

Result<bool> CertificateRegistry::import(const pki::Certificate& certificate, const std::string& type,
                                         const Caller& caller, Time now)
{
    if (type.empty() || type == "vehicle")
        return fail(ErrorCode::InvalidRequest, "import-type", "expected any type but 'vehicle', got '" + type + "'");
    const auto record = makeCertificateRecord(certificate, type, caller.name);
    auto audit = makeAuditEvent("certificate_imported", caller, now);
    audit.serial = record.serial;
    audit.metadata = {{"type", type}, {"subject", record.subject}, {"key_algorithm", certificate.keyAlgorithmText()}};

    return m_database.transact<bool>([&](Transaction& transaction) -> Result<bool> {
        auto existing = findCertificate(transaction, record.issuer, record.serial);
        if (!existing) return tl::unexpected(existing.error());
        if (existing->has_value()) {
            if ((*existing)->der == record.der) return false;
            return fail(ErrorCode::Conflict, "serial-taken",
                        "another certificate of this issuer has the serial " + record.serial.text());
        }
        if (!insertCertificate(transaction, record)) return false;
        insertAudit(transaction, audit);
        return true;
    });
}

Result<void> CertificateRegistry::record(const CertificateRecord& certificate, const AuditEvent& audit)
{
    return m_database.transact<void>([&](Transaction& transaction) -> Result<void> {
        // A repeat after a lost answer to the commit finds its own row and says nothing twice.
        if (insertCertificate(transaction, certificate)) insertAudit(transaction, audit);
        return {};
    });
}

} // namespace gateway::store
