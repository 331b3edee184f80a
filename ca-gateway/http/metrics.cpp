#include "http/metrics.h"

#include <mutex>
#include <tuple>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace gateway::http {
namespace {

double seconds(std::chrono::nanoseconds duration)
{
    return std::chrono::duration<double>(duration).count();
}

const prometheus::Histogram::BucketBoundaries kBuckets{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                       0.25,  0.5,    1,     2.5,  5,     10};

} // namespace

struct Metrics::Impl
{
    prometheus::Registry registry;
    prometheus::Family<prometheus::Counter>& requests =
        prometheus::BuildCounter().Name("v2c_http_requests_total").Help("Answered requests").Register(registry);
    prometheus::Family<prometheus::Histogram>& durations = prometheus::BuildHistogram()
                                                               .Name("v2c_http_request_duration_seconds")
                                                               .Help("From the request read to its answer made")
                                                               .Register(registry);
    /// Looking one up by its labels in the registry costs more than counting.
    struct Series
    {
        prometheus::Counter* count = nullptr;
        prometheus::Histogram* durations = nullptr;
    };
    std::mutex seriesMutex;
    std::map<std::tuple<std::string, std::string, int>, Series> series; ///< guarded by seriesMutex; entries stay
    prometheus::Family<prometheus::Counter>& issued = prometheus::BuildCounter()
                                                          .Name("v2c_certificates_issued_total")
                                                          .Help("Answers with a certificate")
                                                          .Register(registry);
    prometheus::Counter& revoked = prometheus::BuildCounter()
                                       .Name("v2c_certificates_revoked_total")
                                       .Help("Answered revocations")
                                       .Register(registry)
                                       .Add({});
    prometheus::Histogram& ocsp = prometheus::BuildHistogram()
                                      .Name("v2c_ocsp_response_duration_seconds")
                                      .Help("Time to make one OCSP response")
                                      .Register(registry)
                                      .Add({}, kBuckets);
    prometheus::Family<prometheus::Histogram>& propagation =
        prometheus::BuildHistogram()
            .Name("v2c_revocation_propagation_seconds")
            .Help("From a revocation's row in the database to its effect")
            .Register(registry);
    prometheus::Family<prometheus::Gauge>& bundle = prometheus::BuildGauge()
                                                        .Name("v2c_evidence_bundle_expiry_days")
                                                        .Help("Days until the end of what the evidence bundle holds")
                                                        .Register(registry);
    prometheus::Family<prometheus::Gauge>& caLists =
        prometheus::BuildGauge()
            .Name("v2c_ca_crl_expiry_days")
            .Help("Days to the nextUpdate of a CRL of root or intermediate")
            .Register(registry);
    std::mutex bundleMutex;
    std::vector<prometheus::Gauge*> bundleGauges;
    prometheus::Gauge& signerUp = prometheus::BuildGauge()
                                      .Name("v2c_signer_up")
                                      .Help("1 when a signer answered the last health check")
                                      .Register(registry)
                                      .Add({});
    prometheus::Family<prometheus::Gauge>& issuingCaUp = prometheus::BuildGauge()
                                                             .Name("v2c_issuing_ca_up")
                                                             .Help("1 when the CA's signer answered last")
                                                             .Register(registry);
    prometheus::Family<prometheus::Gauge>& issuingCaInUse = prometheus::BuildGauge()
                                                                .Name("v2c_issuing_ca_in_use")
                                                                .Help("1 for the CA that signs new requests")
                                                                .Register(registry);
    prometheus::Gauge& auditSealed = prometheus::BuildGauge()
                                         .Name("v2c_audit_sealed_rows")
                                         .Help("Audit rows under a signed head")
                                         .Register(registry)
                                         .Add({});
    prometheus::Gauge& auditUnsealed = prometheus::BuildGauge()
                                           .Name("v2c_audit_unsealed_rows")
                                           .Help("Audit rows that no head covers yet")
                                           .Register(registry)
                                           .Add({});
    prometheus::Family<prometheus::Counter>& refused = prometheus::BuildCounter()
                                                           .Name("v2c_http_refused_total")
                                                           .Help("Connections and requests shed, by cause")
                                                           .Register(registry);
    prometheus::Family<prometheus::Gauge>& tlsFilesBad = prometheus::BuildGauge()
                                                             .Name("v2c_tls_files_bad")
                                                             .Help("1 while changed TLS files are not taken up")
                                                             .Register(registry);
    prometheus::Gauge& databaseUp = prometheus::BuildGauge()
                                        .Name("v2c_database_up")
                                        .Help("1 when the database answered the last health check")
                                        .Register(registry)
                                        .Add({});
};

Metrics::Metrics() : m_impl(std::make_unique<Impl>())
{
    // A series that appears only with the first event cannot be watched for its absence.
    m_impl->issued.Add({{"operation", "issue"}});
    m_impl->issued.Add({{"operation", "renew"}});
    m_impl->issued.Add({{"operation", "broker"}});
}

Metrics::~Metrics() = default;

void Metrics::countRequest(const std::string& listener, const std::string& route, int status,
                           std::chrono::nanoseconds duration)
{
    const Impl::Series* series = nullptr;
    {
        const std::lock_guard lock(m_impl->seriesMutex);
        auto& found = m_impl->series[{listener, route, status}];
        if (found.count == nullptr)
            found = {
                &m_impl->requests.Add({{"listener", listener}, {"route", route}, {"status", std::to_string(status)}}),
                &m_impl->durations.Add({{"listener", listener}, {"route", route}}, kBuckets)};
        series = &found;
    }
    series->count->Increment();
    series->durations->Observe(seconds(duration));
}

void Metrics::countIssued(const std::string& operation)
{
    m_impl->issued.Add({{"operation", operation}}).Increment();
}

void Metrics::countRevoked()
{
    m_impl->revoked.Increment();
}

void Metrics::countRefused(const std::string& listener, const std::string& cause)
{
    m_impl->refused.Add({{"listener", listener}, {"cause", cause}}).Increment();
}

void Metrics::setTlsFilesBad(const std::string& listener, bool areBad)
{
    m_impl->tlsFilesBad.Add({{"listener", listener}}).Set(areBad ? 1 : 0);
}

void Metrics::observeOcsp(std::chrono::nanoseconds duration)
{
    m_impl->ocsp.Observe(seconds(duration));
}

void Metrics::observePropagation(const std::string& stage, std::chrono::nanoseconds duration)
{
    m_impl->propagation.Add({{"stage", stage}}, kBuckets).Observe(seconds(duration));
}

void Metrics::setUp(const std::string& part, bool isUp)
{
    if (part == "signer") m_impl->signerUp.Set(isUp ? 1 : 0);
    if (part == "database") m_impl->databaseUp.Set(isUp ? 1 : 0);
}

void Metrics::setIssuingCa(const std::string& keyLabel, bool isUp, bool isInUse)
{
    m_impl->issuingCaUp.Add({{"ca", keyLabel}}).Set(isUp ? 1 : 0);
    m_impl->issuingCaInUse.Add({{"ca", keyLabel}}).Set(isInUse ? 1 : 0);
}

void Metrics::setAudit(std::uint64_t sealed, std::uint64_t unsealed)
{
    m_impl->auditSealed.Set(static_cast<double>(sealed));
    m_impl->auditUnsealed.Set(static_cast<double>(unsealed));
}

void Metrics::setBundleExpiries(const std::map<std::pair<std::string, std::string>, double>& daysLeft)
{
    const std::lock_guard lock(m_impl->bundleMutex);
    for (auto* gauge : m_impl->bundleGauges)
        m_impl->bundle.Remove(gauge);
    m_impl->bundleGauges.clear();
    for (const auto& [key, days] : daysLeft) {
        auto& gauge = m_impl->bundle.Add({{"kind", key.first}, {"name", key.second}});
        gauge.Set(days);
        m_impl->bundleGauges.push_back(&gauge);
    }
}

void Metrics::setCaListExpiries(const std::map<std::string, double>& daysLeft)
{
    for (const auto& [name, days] : daysLeft)
        m_impl->caLists.Add({{"list", name}}).Set(days);
}

std::string Metrics::text() const
{
    return prometheus::TextSerializer().Serialize(m_impl->registry.Collect());
}

} // namespace gateway::http
