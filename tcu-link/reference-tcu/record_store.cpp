#include "reference-tcu/record_store.h"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "contract/bytes.h"

namespace tcu {

namespace {

constexpr char kRecordFile[] = "record.json";
constexpr char kLockFile[] = "lock";
constexpr char kTemporarySuffix[] = ".new";
constexpr std::string_view kChainPrefix = "chain-";
constexpr std::string_view kStagingPrefix = "staging-";
constexpr std::string_view kSuffix = ".der";

class Descriptor final
{
public:
    explicit Descriptor(int descriptor) : m_descriptor(descriptor) {}
    ~Descriptor()
    {
        if (m_descriptor >= 0) ::close(m_descriptor);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int get() const { return m_descriptor; }
    [[nodiscard]] bool isOpen() const { return m_descriptor >= 0; }

private:
    int m_descriptor;
};

tl::unexpected<std::string> failure(const std::filesystem::path& file, const char* action)
{
    return tl::unexpected(file.string() + ": cannot " + action + ": " + std::generic_category().message(errno));
}

bool writeAll(int descriptor, ByteView bytes)
{
    while (!bytes.empty()) {
        const auto written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0) {
            if (errno == EINTR) continue;
            return false;
        }
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return true;
}

StoreResult<Bytes> readFile(const std::filesystem::path& file)
{
    const Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!descriptor.isOpen()) return failure(file, "open");
    Bytes content;
    std::uint8_t buffer[4096];
    while (true) {
        const auto count = ::read(descriptor.get(), buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return failure(file, "read");
        if (count == 0) return content;
        content.insert(content.end(), buffer, buffer + count);
    }
}

} // namespace

RecordStore::Lock::~Lock()
{
    if (m_descriptor >= 0) ::close(m_descriptor);
}

RecordStore::RecordStore(std::filesystem::path folder, StepObserver beforeStep)
    : m_folder(std::move(folder)), m_beforeStep(std::move(beforeStep))
{
}

void RecordStore::step(const char* name) const
{
    if (m_beforeStep) m_beforeStep(name);
}

StoreResult<void> RecordStore::prepare()
{
    std::error_code error;
    if (std::filesystem::is_directory(m_folder, error)) return {};
    std::filesystem::create_directories(m_folder, error);
    if (!error) std::filesystem::permissions(m_folder, std::filesystem::perms::owner_all, error);
    if (error) return tl::unexpected(m_folder.string() + ": cannot create the state folder: " + error.message());
    return {};
}

StoreResult<RecordStore::Lock> RecordStore::lock()
{
    const auto file = m_folder / kLockFile;
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) return failure(file, "open");
    Lock result(descriptor);
    while (::flock(descriptor, LOCK_EX) != 0) {
        if (errno != EINTR) return failure(file, "lock");
    }
    return result;
}

StoreResult<Record> RecordStore::load() const
{
    const auto file = m_folder / kRecordFile;
    if (::access(file.c_str(), F_OK) != 0 && errno == ENOENT) return Record{};
    const auto content = readFile(file);
    if (!content) return tl::unexpected(content.error());
    const auto record = parseRecord({reinterpret_cast<const char*>(content->data()), content->size()});
    if (!record) return tl::unexpected(file.string() + ": the unit's record is damaged: " + record.error());
    return *record;
}

StoreResult<void> RecordStore::save(const Record& record)
{
    return replaceFile(m_folder / kRecordFile, gateway::asBytes(serialise(record)));
}

StoreResult<void> RecordStore::replaceFile(const std::filesystem::path& file, ByteView content)
{
    auto temporary = file;
    temporary += kTemporarySuffix;
    step("write file");
    {
        const Descriptor descriptor(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
        if (!descriptor.isOpen()) return failure(temporary, "create");
        if (!writeAll(descriptor.get(), content)) return failure(temporary, "write");
        if (::fsync(descriptor.get()) != 0) return failure(temporary, "sync");
    }
    step("rename file");
    if (::rename(temporary.c_str(), file.c_str()) != 0) return failure(file, "rename");
    step("sync folder");
    return syncFolder();
}

StoreResult<void> RecordStore::syncFolder()
{
    const Descriptor descriptor(::open(m_folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!descriptor.isOpen() || ::fsync(descriptor.get()) != 0) return failure(m_folder, "sync");
    return {};
}

std::filesystem::path RecordStore::stagingFile(const Transaction& transaction) const
{
    return m_folder / (std::string(kStagingPrefix) + gateway::toLowerHex(transaction) + std::string(kSuffix));
}

std::string RecordStore::chainFileName(const Transaction& transaction)
{
    return std::string(kChainPrefix) + gateway::toLowerHex(transaction) + std::string(kSuffix);
}

std::uint32_t RecordStore::stagedLength(const Transaction& transaction) const
{
    std::error_code error;
    const auto size = std::filesystem::file_size(stagingFile(transaction), error);
    return error || size > UINT32_MAX ? 0 : static_cast<std::uint32_t>(size);
}

StoreResult<void> RecordStore::appendStaged(const Transaction& transaction, ByteView block)
{
    // A torn append leaves some of the block, or zeros: the hash that installCertificate compares sees it, and the
    // transfer starts again.
    const auto file = stagingFile(transaction);
    step("append staged");
    const bool isNew = !std::filesystem::exists(file);
    const Descriptor descriptor(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (!descriptor.isOpen()) return failure(file, "open");
    if (!writeAll(descriptor.get(), block)) return failure(file, "write");
    if (::fsync(descriptor.get()) != 0) return failure(file, "sync");
    if (isNew) return syncFolder();
    return {};
}

StoreResult<Bytes> RecordStore::readStaged(const Transaction& transaction) const
{
    return readFile(stagingFile(transaction));
}

StoreResult<void> RecordStore::removeStaged(const Transaction& transaction)
{
    const auto file = stagingFile(transaction);
    step("remove staged");
    if (::unlink(file.c_str()) != 0) {
        if (errno == ENOENT) return {};
        return failure(file, "remove");
    }
    return syncFolder();
}

StoreResult<void> RecordStore::writeChain(const std::string& name, ByteView chain)
{
    return replaceFile(m_folder / name, chain);
}

StoreResult<Bytes> RecordStore::readChain(const std::string& name) const
{
    return readFile(m_folder / name);
}

StoreResult<void> RecordStore::removeUnnamed(const Record& record)
{
    const auto isNamed = [&](const std::filesystem::path& file) {
        const auto name = file.filename().string();
        return (record.active && name == record.active->chainFile) ||
               (record.replaced && name == record.replaced->certificate.chainFile) ||
               (record.pending && file == stagingFile(record.pending->key.transaction));
    };
    std::error_code error;
    bool changed = false;
    for (std::filesystem::directory_iterator entry(m_folder, error), end; !error && entry != end;
         entry.increment(error)) {
        const auto name = entry->path().filename().string();
        const bool ours =
            name.starts_with(kChainPrefix) || name.starts_with(kStagingPrefix) || name.ends_with(kTemporarySuffix);
        if (!ours || isNamed(entry->path())) continue;
        step("remove unnamed file");
        if (::unlink(entry->path().c_str()) != 0) return failure(entry->path(), "remove");
        changed = true;
    }
    if (error) return tl::unexpected(m_folder.string() + ": cannot be listed: " + error.message());
    if (changed) return syncFolder();
    return {};
}

} // namespace tcu
