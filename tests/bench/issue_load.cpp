#include <algorithm>
#include <atomic>
#include <csignal>
#include <fstream>
#include <iostream>
#include <map>
#include <mutex>
#include <thread>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <sys/resource.h>

#include "client/gateway_client.h"
#include "identity/random.h"
#include "pki/certificate.h"
#include "support/software_signer.h"

/// Asks a gateway for certificates over mutual TLS, from several clients at once, each with a connection of its own.
/// Prints one JSON object; see tests/bench/README.md.
namespace {

using namespace gateway;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// Set by SIGTERM: no new requests, those in work are finished.
volatile std::sig_atomic_t g_isStopping = 0;

struct Settings
{
    ClientSettings client;
    FileCredential credential;
    std::string identity;
    int clients = 8;
    int requests = 1000;
    int seconds = 0;  ///< 0: until all requests are answered
    int repeats = 0;  ///< how often an answered request is asked again
    int patience = 0; ///< seconds to repeat a request that is not answered; 0: never
    std::string records;
};

struct Answer
{
    TransactionId transaction;
    std::string serial;
    std::string issuer;
    double atSeconds = 0;    ///< Unix time
    double milliseconds = 0; ///< from the first question to the answer
    int questions = 1;
};

template <typename T>
T valueOf(Result<T> result)
{
    if (!result) throw std::runtime_error(result.error().type + ": " + result.error().detail);
    return std::move(*result);
}

std::string randomText(std::size_t length)
{
    constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKLMNPRSTUVWXY"; // a VIN has no I, O, Q; 32 of them
    Bytes bytes(length);
    if (!fillFromSystemRandom(bytes)) throw std::runtime_error("no random numbers");
    std::string text;
    for (const auto byte : bytes)
        text.push_back(kAlphabet[byte % kAlphabet.size()]);
    return text;
}

/// A unit of its own: VIN, ECU serial number, software key and CSR.
IssueRequest makeRequest(const IdentitySecrets& secrets)
{
    const auto vin = valueOf(Vin::parse("5VX" + randomText(14)));
    return {.transaction = valueOf(TransactionId::random(fillFromSystemRandom)),
            .vin = vin,
            .csrDer = support::SoftwareKey().vehicleCsr(deriveVehicleIdentity(vin, secrets)),
            .tcuSerial = "LOAD-" + randomText(16)};
}

std::vector<IssueRequest> makeRequests(int number, const IdentitySecrets& secrets)
{
    std::vector<std::optional<IssueRequest>> made(static_cast<std::size_t>(number));
    std::atomic<std::size_t> next{0};
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i)
        threads.emplace_back([&] {
            for (std::size_t k = next++; k < made.size(); k = next++)
                made[k] = makeRequest(secrets);
        });
    for (auto& thread : threads)
        thread.join();
    std::vector<IssueRequest> requests;
    for (auto& request : made)
        requests.push_back(std::move(*request));
    return requests;
}

double cpuMilliseconds()
{
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto of = [](const timeval& time) { return double(time.tv_sec) * 1e3 + double(time.tv_usec) / 1e3; };
    return of(usage.ru_utime) + of(usage.ru_stime);
}

bool isWorthRepeating(const Error& error)
{
    switch (error.code) {
    case ErrorCode::OutcomeUnknown:
    case ErrorCode::StoreUnavailable:
    case ErrorCode::HsmUnavailable:
        return true;
    default:
        return false;
    }
}

class Load final
{
public:
    Load(const Settings& settings, std::vector<IssueRequest> requests)
        : m_settings(settings), m_requests(std::move(requests))
    {
    }

    nlohmann::ordered_json run()
    {
        std::vector<std::unique_ptr<GatewayClient>> clients;
        for (int i = 0; i < m_settings.clients; ++i) {
            clients.push_back(valueOf(makeGatewayClient(m_settings.client, m_settings.credential)));
            // The handshake is not what is measured; while the gateway is down, it has to wait.
            (void)clients.back()->checkHealth();
        }
        m_cpuBefore = cpuMilliseconds();
        const auto begin = steady_clock::now();
        if (m_settings.seconds > 0) m_end = begin + std::chrono::seconds(m_settings.seconds);
        std::vector<std::thread> threads;
        for (auto& client : clients)
            threads.emplace_back([&] { work(*client); });
        for (auto& thread : threads)
            thread.join();
        return report(std::chrono::duration<double>(steady_clock::now() - begin).count());
    }

private:
    void work(GatewayClient& client)
    {
        while (steady_clock::now() < m_end && g_isStopping == 0) {
            const auto index = m_next++;
            if (index >= m_requests.size()) return;
            ask(client, m_requests[index]);
        }
    }

    void ask(GatewayClient& client, const IssueRequest& request)
    {
        const auto begin = steady_clock::now();
        int questions = 0;
        const auto first = askUntilAnswered(client, request, questions);
        if (!first) return;
        Answer answer{.transaction = request.transaction,
                      .serial = first->serial.text(),
                      .issuer = issuerOf(*first),
                      .atSeconds =
                          std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(),
                      .milliseconds = std::chrono::duration<double, std::milli>(steady_clock::now() - begin).count(),
                      .questions = questions};
        for (int i = 0; i < m_settings.repeats; ++i) {
            const auto again = askUntilAnswered(client, request, questions);
            if (again && (again->certificateDer != first->certificateDer || again->chainDer != first->chainDer))
                noteError("another-certificate");
        }
        const std::lock_guard lock(m_mutex);
        m_answers.push_back(std::move(answer));
    }

    std::optional<IssuedCertificate> askUntilAnswered(GatewayClient& client, const IssueRequest& request,
                                                      int& questions)
    {
        const auto patienceEnd = steady_clock::now() + std::chrono::seconds(m_settings.patience);
        for (;;) {
            ++questions;
            auto issued = client.issue(request);
            if (issued) return std::move(*issued);
            if (!isWorthRepeating(issued.error()) || steady_clock::now() >= patienceEnd) {
                noteError(issued.error().type);
                return std::nullopt;
            }
            noteRepeat(issued.error().type);
            std::this_thread::sleep_for(milliseconds(50));
        }
    }

    /// The CA's common name, after the chain has been seen to be that of the certificate's issuer.
    std::string issuerOf(const IssuedCertificate& issued)
    {
        const auto leaf = valueOf(pki::Certificate::parseDer(issued.certificateDer));
        const auto issuer = valueOf(pki::Certificate::parseDer(issued.chainDer.at(0)));
        if (leaf.issuerDer() != issuer.subjectDer()) noteError("chain-of-another-issuer");
        return issuer.subjectCommonName();
    }

    void noteError(const std::string& type)
    {
        const std::lock_guard lock(m_mutex);
        ++m_errors[type];
    }
    void noteRepeat(const std::string& type)
    {
        const std::lock_guard lock(m_mutex);
        ++m_repeated[type];
    }

    nlohmann::ordered_json report(double seconds)
    {
        std::vector<double> times;
        std::map<std::string, int> issuers;
        for (const auto& answer : m_answers) {
            times.push_back(answer.milliseconds);
            ++issuers[answer.issuer];
        }
        std::sort(times.begin(), times.end());
        const auto quantile = [&](double share) {
            if (times.empty()) return 0.0;
            return times[std::min(times.size() - 1, static_cast<std::size_t>(share * double(times.size())))];
        };
        if (!m_settings.records.empty()) {
            std::ofstream stream(m_settings.records);
            for (const auto& answer : m_answers)
                stream << nlohmann::ordered_json{{"key", answer.transaction.text()}, {"serial", answer.serial},
                                                 {"issuer", answer.issuer},          {"at", answer.atSeconds},
                                                 {"ms", answer.milliseconds},        {"questions", answer.questions}}
                       << '\n';
        }
        return {{"clients", m_settings.clients},
                {"issued", times.size()},
                {"seconds", seconds},
                {"per_second", double(times.size()) / seconds},
                {"p50_ms", quantile(0.5)},
                {"p99_ms", quantile(0.99)},
                {"max_ms", times.empty() ? 0.0 : times.back()},
                {"cpu_ms", cpuMilliseconds() - m_cpuBefore},
                {"issuers", issuers},
                {"repeated", m_repeated},
                {"errors", m_errors}};
    }

    const Settings& m_settings;
    std::vector<IssueRequest> m_requests;
    steady_clock::time_point m_end = steady_clock::time_point::max();
    std::atomic<std::size_t> m_next{0};
    double m_cpuBefore = 0;
    std::mutex m_mutex; ///< guards what follows
    std::vector<Answer> m_answers;
    std::map<std::string, int> m_errors;
    std::map<std::string, int> m_repeated;
};

} // namespace

int main(int argc, char** argv)
{
    Settings settings;
    CLI::App app("Asks a gateway for certificates and prints how long that took", "issue_load");
    app.add_option("--url", settings.client.url, "https://host:port")->required();
    app.add_option("--root", settings.client.rootCertificate, "PEM of the root")->required();
    app.add_option("--certificate", settings.credential.certificateChain, "PEM of a station's certificate")->required();
    app.add_option("--key", settings.credential.key, "PEM of its key")->required();
    app.add_option("--identity", settings.identity, "the deployment's identity secrets")->required();
    app.add_option("--clients", settings.clients, "connections, one thread each")->check(CLI::Range(1, 1000));
    app.add_option("--requests", settings.requests, "made in advance, each for a unit of its own")
        ->check(CLI::Range(1, 10'000'000));
    app.add_option("--seconds", settings.seconds, "stop then, as at SIGTERM; 0: go on to the last request");
    app.add_option("--repeats", settings.repeats, "ask again for each certificate and compare");
    app.add_option("--patience", settings.patience, "seconds to repeat a request that gets no answer or a 503");
    app.add_option("--records", settings.records, "file for a line of JSON per certificate");
    CLI11_PARSE(app, argc, argv);
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGTERM, [](int) { g_isStopping = 1; });
    try {
        const auto secrets = valueOf(IdentitySecrets::load(settings.identity));
        Load load(settings, makeRequests(settings.requests, secrets));
        // The gateway may be killed from now on, and the clock runs.
        std::cerr << "ready" << std::endl;
        const auto report = load.run();
        std::cout << report << std::endl;
        return report["errors"].empty() ? 0 : 1;
    } catch (const std::exception& error) {
        std::cerr << "issue_load: " << error.what() << '\n';
        return 2;
    }
}
