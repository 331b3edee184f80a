#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace gateway::http {

/// The process's Prometheus series. Thread-safe.
/// | series                                                | counts                                             |
/// |-------------------------------------------------------|----------------------------------------------------|
/// | v2c_http_requests_total{listener,route,status}        | answered requests; route is the pattern             |
/// | v2c_http_request_duration_seconds{listener,route}     | histogram, from the request read to its answer made |
/// | v2c_certificates_issued_total{operation}              | answers with a certificate, by operation            |
/// | v2c_certificates_revoked_total                        | answered revocations                                |
/// | v2c_ocsp_response_duration_seconds                    | histogram                                           |
/// | v2c_revocation_propagation_seconds{stage}             | histogram, from the database's row to its effect    |
/// | v2c_issuing_ca_up{ca}, v2c_issuing_ca_in_use{ca}      | 1 or 0 for each issuing CA, by its key's label       |
/// | v2c_audit_sealed_rows, v2c_audit_unsealed_rows        | rows in and not yet in the audit's tree (worker)    |
/// | v2c_evidence_bundle_expiry_days{kind,name}            | days left of roots, intermediates, CRLs and signer  |
/// | v2c_ca_crl_expiry_days{list}                          | days to the nextUpdate of a ceremony's CRL (crl)    |
/// | v2c_http_refused_total{listener,cause}                 | connections and requests shed: docs/access.md       |
/// | v2c_tls_files_bad{listener}                           | 1 while changed TLS files are not taken up          |
/// | v2c_signer_up, v2c_database_up                        | 1 or 0, as of the last health check                 |
class Metrics final
{
public:
    Metrics();
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    void countRequest(const std::string& listener, const std::string& route, int status,
                      std::chrono::nanoseconds duration);
    void countIssued(const std::string& operation);
    void countRevoked();
    /// @param cause  "address", "total", "evicted", "handshake", "overloaded"
    void countRefused(const std::string& listener, const std::string& cause);
    void setTlsFilesBad(const std::string& listener, bool areBad);
    void observeOcsp(std::chrono::nanoseconds duration);
    /// @param stage  "ocsp", "crl"
    void observePropagation(const std::string& stage, std::chrono::nanoseconds duration);
    /// @param part  "signer" or "database"; others have no series
    void setUp(const std::string& part, bool isUp);
    /// @param keyLabel  names the CA
    void setIssuingCa(const std::string& keyLabel, bool isUp, bool isInUse);

    void setAudit(std::uint64_t sealed, std::uint64_t unsealed);
    /// Replaces the series of the evidence bundle.
    /// @param daysLeft  by kind and name; of those of one name the soonest
    void setBundleExpiries(const std::map<std::pair<std::string, std::string>, double>& daysLeft);

    /// @param daysLeft  of each published list of a ceremony, by its name
    void setCaListExpiries(const std::map<std::string, double>& daysLeft);

    /// Prometheus' text format 0.0.4.
    [[nodiscard]] std::string text() const;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace gateway::http
