#include "adapters/audit_batch_writer.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <map>

#include <QStorageInfo>
#include <nlohmann/json.hpp>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "adapters/durable_file.h"
#include "adapters/run_record_json.h"
#include "adapters/tar_reader.h"
#include "api/rfc3339.h"
#include "audit/export_reader.h"
#include "contract/bytes.h"

namespace station {
namespace {

using gateway::ErrorCode;
using gateway::Result;

constexpr int kPage = 500;
constexpr std::chrono::hours kKeptInJournal{24 * 90};
constexpr std::chrono::seconds kShortestPart{60};
constexpr char kUnfinished[] = ".new";
// Shares of the work, for the progress.
constexpr double kAfterRuns = 0.4;
constexpr double kAfterGateway = 0.9;

std::string readText(const std::filesystem::path& file)
{
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

std::string sha256(std::string_view octets)
{
    std::array<std::uint8_t, 32> digest{};
    EVP_Digest(octets.data(), octets.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
    return gateway::toLowerHex(digest);
}

/// DER ECDSA or RSA PKCS#1 v1.5 with SHA-256, by the station's key.
Result<std::string> sign(const std::filesystem::path& keyFile, std::string_view octets)
{
    const auto bad = [&](const char* what) {
        return gateway::fail(ErrorCode::InvalidRequest, "batch-key", keyFile.string() + " " + what);
    };
    const std::unique_ptr<BIO, decltype(&BIO_free)> input(BIO_new_file(keyFile.c_str(), "r"), BIO_free);
    if (!input) return bad("cannot be read");
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        PEM_read_bio_PrivateKey(input.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
    if (!key) return bad("is no private key");
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    std::size_t length = static_cast<std::size_t>(EVP_PKEY_get_size(key.get()));
    std::string signature(length, '\0');
    const auto* data = reinterpret_cast<const unsigned char*>(octets.data());
    const bool done = EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
                      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &length, data,
                                     octets.size()) == 1;
    if (!done) return bad("cannot sign");
    signature.resize(length);
    return signature;
}

/// Letters, digits and hyphens only: sticks have FAT.
std::string folderName(const std::string& station, gateway::Time at)
{
    std::string name = "v2c-batch-" + station + "-" + gateway::api::toRfc3339(at);
    for (char& character : name)
        if (std::isalnum(static_cast<unsigned char>(character)) == 0) character = '-';
    return name;
}

/// What an export that was cut off left, and no export needs.
void removeUnfinished(const std::filesystem::path& folder)
{
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
        const auto name = entry.path().filename().string();
        if (name.starts_with("v2c-batch-") && name.ends_with(kUnfinished))
            std::filesystem::remove_all(entry.path(), ignored);
    }
}

class Batch final
{
public:
    Batch(const BatchSource& source, const RunFilter& period, const ExportProgress& progress)
        : m_source(source), m_period(period), m_progress(progress), m_now(source.now())
    {
        // What begins while this is written belongs to the next batch.
        m_period.until = std::min(period.until.value_or(m_now), m_now);
    }

    Result<BatchSummary> write(const std::filesystem::path& folder)
    {
        removeUnfinished(folder);
        const auto target = DurableFolder::open(folder);
        if (!target) return tl::unexpected(target.error());
        m_summary.name = folderName(m_source.station, m_now);
        const auto made = target->makeFolder(m_summary.name + kUnfinished);
        if (!made) return tl::unexpected(made.error());
        const auto done = writeRuns(*made)
                              .and_then([&] { return writeGateway(*made); })
                              .and_then([&] { return writeProof(*made); })
                              .and_then([&] { return made->sync(); })
                              .and_then([&] { return target->rename(m_summary.name + kUnfinished, m_summary.name); });
        if (!done) {
            std::error_code ignored;
            std::filesystem::remove_all(made->path(), ignored);
            return tl::unexpected(done.error());
        }
        m_progress(1);
        return m_summary;
    }

private:
    Result<void> put(const DurableFolder& folder, const std::string& prefix, const std::string& name,
                     std::string_view octets)
    {
        m_sums[prefix + name] = sha256(octets);
        return folder.write(name, octets);
    }

    Result<void> writeRuns(const DurableFolder& batch)
    {
        const auto history = m_source.openHistory();
        if (!history) return tl::unexpected(history.error());
        std::string lines;
        RunFilter page = m_period;
        page.limit = kPage;
        while (true) {
            const auto found = (*history)->find(page);
            if (!found) return tl::unexpected(found.error());
            for (const PastRun& run : found->runs) {
                const auto steps = (*history)->steps(run.id);
                if (!steps) return tl::unexpected(steps.error());
                lines += toJsonLine(run, *steps, m_source.deriveNames(run.vin));
                ++m_outcomes[run.outcome ? std::string(station::name(*run.outcome)) : "open"];
                ++m_summary.runs;
            }
            page.offset += kPage;
            m_progress(kAfterRuns * std::min(1.0, page.offset / std::max(1.0, double(found->total))));
            if (page.offset >= found->total) break;
        }
        return put(batch, "", "runs.jsonl", lines);
    }

    /// The gateway may be away or may not want to: the batch says so, and is of use without it.
    Result<void> writeGateway(const DurableFolder& batch)
    {
        if (!m_source.exportAudit) {
            m_summary.gatewayFault = "no-audit-token";
            return {};
        }
        std::uint64_t rows = 0;
        const auto from = m_period.from.value_or(m_now - kKeptInJournal);
        if (const auto done = writePart(batch, from, *m_period.until, rows); !done) return done;
        if (m_summary.gatewayFault.empty()) m_summary.gatewayRows = rows;
        m_progress(kAfterGateway);
        return {};
    }

    /// One export of the gateway, or two of half the time when it is too large for one.
    Result<void> writePart(const DurableFolder& batch, gateway::Time from, gateway::Time to, std::uint64_t& rows)
    {
        if (!m_summary.gatewayFault.empty()) return {};
        const auto archive = m_source.exportAudit({from, to, {}});
        if (!archive && archive.error().type == "audit-empty") return {};
        if (!archive && archive.error().type == "audit-export-size" && to - from > kShortestPart) {
            const auto middle = from + (to - from) / 2;
            return writePart(batch, from, middle, rows).and_then([&] { return writePart(batch, middle, to, rows); });
        }
        if (!archive) {
            m_summary.gatewayFault = archive.error().type;
            return {};
        }
        const auto files = readTar(*archive);
        if (!files) return tl::unexpected(files.error());
        const std::string name = "gateway-" + std::to_string(++m_parts);
        const auto folder = batch.makeFolder(name);
        if (!folder) return tl::unexpected(folder.error());
        for (const auto& [file, octets] : *files)
            if (const auto written = put(*folder, name + "/", file, octets); !written) return written;
        if (const auto synced = folder->sync(); !synced) return synced;
        return verify(folder->path(), rows);
    }

    Result<void> verify(const std::filesystem::path& folder, std::uint64_t& rows) const
    {
        const auto root = gateway::pki::Certificate::parsePem(readText(m_source.rootCertificate));
        if (!root) return tl::unexpected(root.error());
        const auto report = gateway::audit::verifyExport(folder, *root);
        if (!report) return tl::unexpected(report.error());
        if (!report->findings.empty())
            return gateway::fail(ErrorCode::Internal, "audit-unproven", report->findings.front());
        rows += report->count;
        return {};
    }

    Result<void> writeProof(const DurableFolder& batch)
    {
        nlohmann::ordered_json facts;
        facts["format"] = "v2c-station-batch/1";
        facts["station"] = m_source.station;
        facts["made_at"] = gateway::api::toRfc3339(m_now);
        facts["from"] = m_period.from ? nlohmann::ordered_json(gateway::api::toRfc3339(*m_period.from)) : nullptr;
        facts["until"] = gateway::api::toRfc3339(*m_period.until);
        facts["runs"] = m_summary.runs;
        facts["outcomes"] = m_outcomes;
        facts["gateway_rows"] =
            m_summary.gatewayRows ? nlohmann::ordered_json(*m_summary.gatewayRows) : nlohmann::ordered_json();
        facts["gateway_left_out"] = m_summary.gatewayFault;
        facts["gateway_parts"] = m_parts;
        std::string sums;
        return put(batch, "", "batch.json", facts.dump(2) + "\n")
            .and_then([&] { return put(batch, "", "station.pem", readText(m_source.certificate)); })
            .and_then([&]() -> Result<void> {
                for (const auto& [name, sum] : m_sums)
                    sums += sum + "  " + name + "\n";
                return batch.write("SHA256SUMS", sums);
            })
            .and_then([&] { return sign(m_source.key, sums); })
            .and_then([&](const std::string& signature) { return batch.write("SHA256SUMS.sig", signature); });
    }

    const BatchSource& m_source;
    RunFilter m_period;
    const ExportProgress& m_progress;
    gateway::Time m_now;
    BatchSummary m_summary;
    std::map<std::string, std::string> m_sums;
    std::map<std::string, std::uint64_t> m_outcomes;
    int m_parts = 0;
};

} // namespace

Result<BatchSummary> writeAuditBatch(const BatchSource& source, const RunFilter& period,
                                     const std::filesystem::path& folder, const ExportProgress& progress)
{
    return Batch(source, period, progress).write(folder);
}

std::vector<ExportTarget> findExportTargets(const std::filesystem::path& configured)
{
    std::vector<ExportTarget> targets;
    std::error_code error;
    const auto space = [&](const std::filesystem::path& folder) {
        return std::filesystem::space(folder, error).available;
    };
    if (!configured.empty() && std::filesystem::is_directory(configured, error))
        targets.push_back({configured.string(), configured, space(configured), false});
    for (const QStorageInfo& volume : QStorageInfo::mountedVolumes()) {
        const std::filesystem::path root = volume.rootPath().toStdString();
        const auto text = root.string();
        const bool isStick =
            text.starts_with("/media/") || text.starts_with("/run/media/") || text.starts_with("/mnt/");
        if (isStick && volume.isReady() && !volume.isReadOnly())
            targets.push_back(
                {root.filename().string(), root, static_cast<std::uint64_t>(volume.bytesAvailable()), true});
    }
    return targets;
}

} // namespace station
