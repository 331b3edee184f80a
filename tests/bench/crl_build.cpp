#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "crl/crl_service.h"
#include "pki/public_key.h"
#include "support/software_signer.h"

/// How long a CRL of many entries takes from the entries to the published files, and how much memory, with a software
/// key that checks as v2c-signer does, in this process. Beside it the limit: hashing the same bytes once. Prints one
/// JSON object.
namespace {

using namespace gateway;
using std::chrono::steady_clock;

double millisecondsSince(steady_clock::time_point begin)
{
    return std::chrono::duration<double, std::milli>(steady_clock::now() - begin).count();
}

/// @param field  "VmHWM:", "VmRSS:" of /proc/self/status. @return MB
double memory(const std::string& field)
{
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;)
        if (word == field) {
            double kilobytes = 0;
            status >> kilobytes;
            return kilobytes / 1024;
        }
    return 0;
}

class RandomSource final : public CrlSource
{
public:
    explicit RandomSource(std::size_t entries) : m_entries(entries) {}

    Result<std::string> version(const std::string&, Time) override { return std::to_string(++m_version); }
    Result<pki::RevokedList> revoked(const std::string&, Time now) override
    {
        const auto begin = steady_clock::now();
        std::mt19937_64 random(m_version);
        pki::RevokedList list;
        list.reserve(m_entries);
        for (std::size_t i = 0; i < m_entries; ++i) {
            Bytes serial(16);
            for (std::size_t half = 0; half < 2; ++half) {
                const auto value = random();
                std::copy_n(reinterpret_cast<const std::uint8_t*>(&value), 8, serial.data() + 8 * half);
            }
            serial[0] = static_cast<std::uint8_t>((serial[0] & 0x3F) | 0x40);
            list.add(*CertificateSerial::fromBytes(serial), now - std::chrono::seconds(random() % 31'536'000),
                     RevocationReason::KeyCompromise);
        }
        readMs = millisecondsSince(begin);
        return list;
    }
    Result<std::uint64_t> reserveNumber(const std::string&, Time, std::uint64_t atLeast) override { return atLeast; }

    double readMs = 0;

private:
    std::size_t m_entries;
    std::uint64_t m_version = 0;
};

/// Times the signer, whose checks are part of it.
class TimedSigner final : public Signer
{
public:
    explicit TimedSigner(Signer& signer) : m_signer(signer) {}
    Result<Bytes> sign(const SignRequest& request) override
    {
        const auto begin = steady_clock::now();
        bytes = request.tbs().size();
        auto signature = m_signer.sign(request);
        signMs = millisecondsSince(begin);
        const auto hashBegin = steady_clock::now();
        (void)pki::sha256(request.tbs());
        hashMs = millisecondsSince(hashBegin);
        return signature;
    }
    Result<void> checkHealth() override { return m_signer.checkHealth(); }

    double signMs = 0;
    double hashMs = 0;
    std::size_t bytes = 0;

private:
    Signer& m_signer;
};

} // namespace

int main(int argc, char** argv)
{
    std::size_t entries = 1'000'000;
    std::filesystem::path folder;
    CLI::App app{"Builds and publishes a CRL of many entries"};
    app.add_option("--entries", entries, "how many");
    app.add_option("--folder", folder, "an empty folder to publish in")->required();
    CLI11_PARSE(app, argc, argv);

    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    support::SoftwareSigner software(now - std::chrono::days(1));
    TimedSigner signer(software);
    RandomSource source(entries);
    CrlService service(source, signer, software.issuer(), {.folder = folder, .leastDistance = std::chrono::seconds(0)},
                       [] { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); });
    const double before = memory("VmRSS:");
    const auto begin = steady_clock::now();
    const auto built = service.refreshIfNeeded();
    if (!built) {
        std::cerr << built.error().detail << '\n';
        return 1;
    }
    const double total = millisecondsSince(begin) - signer.hashMs - source.readMs;
    std::cout << nlohmann::json{{"entries", entries},       {"bytes", signer.bytes},
                                {"hash_ms", signer.hashMs}, {"signer_ms", signer.signMs},
                                {"total_ms", total},        {"memory_mb", memory("VmHWM:") - before}}
              << '\n';
    return 0;
}
