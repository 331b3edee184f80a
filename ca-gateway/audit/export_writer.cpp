#include "audit/export_writer.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/audit_row.h"

namespace gateway::audit {
namespace {

using nlohmann::ordered_json;

tl::unexpected<Error> cannotWrite(const std::filesystem::path& file, int problem)
{
    return fail(ErrorCode::Internal, "export-write", file.string() + ": " + std::strerror(problem));
}

/// A file that is written once, through a buffer.
class Output final
{
public:
    Result<void> open(std::filesystem::path file)
    {
        m_file = std::move(file);
        m_descriptor = ::open(m_file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
        if (m_descriptor < 0) return cannotWrite(m_file, errno);
        return {};
    }
    ~Output()
    {
        if (m_descriptor >= 0) ::close(m_descriptor);
    }
    Output() = default;
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

    Result<void> write(std::string_view text)
    {
        m_buffer += text;
        return m_buffer.size() < kBufferBytes ? Result<void>() : flush();
    }

    Result<void> close()
    {
        if (auto done = flush(); !done) return done;
        if (::fsync(m_descriptor) != 0) return cannotWrite(m_file, errno);
        const int closed = ::close(std::exchange(m_descriptor, -1));
        if (closed != 0) return cannotWrite(m_file, errno);
        return {};
    }

private:
    static constexpr std::size_t kBufferBytes = 1U << 18U;

    Result<void> flush()
    {
        std::string_view rest = m_buffer;
        while (!rest.empty()) {
            const auto written = ::write(m_descriptor, rest.data(), rest.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) return cannotWrite(m_file, errno);
            rest.remove_prefix(static_cast<std::size_t>(written));
        }
        m_buffer.clear();
        return {};
    }

    std::filesystem::path m_file;
    int m_descriptor = -1;
    std::string m_buffer;
};

Result<void> syncFolder(const std::filesystem::path& folder)
{
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return cannotWrite(folder, errno);
    const int synced = ::fsync(descriptor);
    const int problem = errno;
    ::close(descriptor);
    if (synced != 0) return cannotWrite(folder, problem);
    return {};
}

ordered_json hexList(const std::vector<TreeHash>& hashes)
{
    auto list = ordered_json::array();
    for (const auto& hash : hashes)
        list.push_back(toLowerHex(hash));
    return list;
}

ordered_json headJson(const SignedHead& head)
{
    return {{"text", head.text}, {"signature", toBase64(head.signature)}};
}

} // namespace

struct ExportWriter::Impl
{
    std::filesystem::path folder;
    std::filesystem::path unfinished;
    bool isFinished = false;
    std::uint64_t first = 0;
    std::uint64_t count = 0;
    std::uint64_t expired = 0; ///< of them
    Output rows;
    Output table;
    Output leaves;

    ~Impl()
    {
        std::error_code error;
        if (!isFinished) std::filesystem::remove_all(unfinished, error);
    }
    Impl() = default;
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
};

ExportWriter::ExportWriter(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
ExportWriter::ExportWriter(ExportWriter&&) noexcept = default;
ExportWriter& ExportWriter::operator=(ExportWriter&&) noexcept = default;
ExportWriter::~ExportWriter() = default;

Result<ExportWriter> ExportWriter::create(const std::filesystem::path& folder, std::uint64_t firstIndex)
{
    if (folder.filename().empty())
        return fail(ErrorCode::InvalidRequest, "export-folder", "expected a folder's name without a slash at its end");
    if (std::filesystem::exists(folder))
        return fail(ErrorCode::InvalidRequest, "export-folder", folder.string() + " exists already");
    auto impl = std::make_unique<Impl>();
    impl->folder = folder;
    impl->unfinished = folder.string() + ".new";
    impl->first = firstIndex;
    std::error_code error;
    std::filesystem::remove_all(impl->unfinished, error); // of an export that was cut off
    if (::mkdir(impl->unfinished.c_str(), 0750) != 0) return cannotWrite(impl->unfinished, errno);
    auto opened = impl->rows.open(impl->unfinished / kRowsFile)
                      .and_then([&] { return impl->table.open(impl->unfinished / kTableFile); })
                      .and_then([&] { return impl->leaves.open(impl->unfinished / kLeavesFile); })
                      .and_then([&] { return impl->table.write(csvHeader()); });
    if (!opened) return tl::unexpected(opened.error());
    return ExportWriter(std::move(impl));
}

Result<void> ExportWriter::add(const std::string& line)
{
    const auto csv = csvLine(m_impl->first + m_impl->count, line);
    if (!csv) return tl::unexpected(csv.error());
    ++m_impl->count;
    const auto expired = parseExpiredLine(line);
    if (expired) ++m_impl->expired;
    const auto leaf = expired ? *expired : leafHash(asBytes(line));
    return m_impl->rows.write(line + '\n').and_then([&] { return m_impl->table.write(*csv); }).and_then([&] {
        return m_impl->leaves.write(toLowerHex(leaf) + '\n');
    });
}

std::uint64_t ExportWriter::expiredCount() const
{
    return m_impl->expired;
}

Result<void> ExportWriter::finish(ExportManifest manifest)
{
    ordered_json json = {{"format", "v2c-audit-export/1"},
                         {"first", m_impl->first},
                         {"count", m_impl->count},
                         {"head", headJson(manifest.head)},
                         {"range_proof", hexList(manifest.rangeProof)},
                         {"previous_head", nullptr},
                         {"consistency_proof", hexList(manifest.consistencyProof)},
                         {"expiry", nullptr},
                         {"certificates", manifest.certificates}};
    if (manifest.expiry) {
        json["expiry"] = headJson(manifest.expiry->head);
        json["expiry"]["consistency_proof"] = hexList(manifest.expiry->consistencyProof);
    }
    if (manifest.previousHead) json["previous_head"] = headJson(*manifest.previousHead);
    Output file;
    auto done = m_impl->rows.close()
                    .and_then([&] { return m_impl->table.close(); })
                    .and_then([&] { return m_impl->leaves.close(); })
                    .and_then([&] { return file.open(m_impl->unfinished / kManifestFile); })
                    .and_then([&] { return file.write(json.dump(2) + '\n'); })
                    .and_then([&] { return file.close(); })
                    .and_then([&] { return syncFolder(m_impl->unfinished); });
    if (!done) return done;
    if (::rename(m_impl->unfinished.c_str(), m_impl->folder.c_str()) != 0) return cannotWrite(m_impl->folder, errno);
    m_impl->isFinished = true;
    const auto parent = m_impl->folder.parent_path();
    return syncFolder(parent.empty() ? "." : parent);
}

} // namespace gateway::audit
