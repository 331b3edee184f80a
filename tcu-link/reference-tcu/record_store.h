#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include <tl/expected.hpp>

#include "can/bytes.h"
#include "reference-tcu/record.h"

namespace tcu {

/// Errors of the state folder are words for operator and log: the file and what is wrong with it.
template <typename T>
using StoreResult = tl::expected<T, std::string>;

/// Called before each step that a power cut could separate from the next one, with its name.
using StepObserver = std::function<void(const char* step)>;

/// The unit's state folder: record.json, the active chain, a chain that is being staged. Files are replaced by a
/// temporary one, fsync, rename and fsync of the folder; so each is the old one or the new one, whatever happens.
class RecordStore final
{
public:
    /// Held around each read-change-write: the server and a renewal may run at the same time.
    class Lock final
    {
    public:
        explicit Lock(int descriptor) : m_descriptor(descriptor) {}
        ~Lock();
        Lock(Lock&& other) noexcept : m_descriptor(other.m_descriptor) { other.m_descriptor = -1; }
        Lock& operator=(Lock&&) = delete;

    private:
        int m_descriptor;
    };

    RecordStore(std::filesystem::path folder, StepObserver beforeStep);

    /// Makes the folder (mode 0700) when it is missing.
    [[nodiscard]] StoreResult<void> prepare();
    [[nodiscard]] StoreResult<Lock> lock();

    /// @return an empty record when there is none at all; an error when there is one that cannot be read
    [[nodiscard]] StoreResult<Record> load() const;
    [[nodiscard]] StoreResult<void> save(const Record& record);

    /// @return 0 when nothing is staged
    [[nodiscard]] std::uint32_t stagedLength(const Transaction& transaction) const;
    [[nodiscard]] StoreResult<void> appendStaged(const Transaction& transaction, ByteView block);
    [[nodiscard]] StoreResult<Bytes> readStaged(const Transaction& transaction) const;
    [[nodiscard]] StoreResult<void> removeStaged(const Transaction& transaction);

    [[nodiscard]] StoreResult<void> writeChain(const std::string& name, ByteView chain);
    [[nodiscard]] StoreResult<Bytes> readChain(const std::string& name) const;

    /// Removes what an interrupted change has left: every chain, staging and temporary file that the record does not
    /// name.
    [[nodiscard]] StoreResult<void> removeUnnamed(const Record& record);

    [[nodiscard]] static std::string chainFileName(const Transaction& transaction);

private:
    [[nodiscard]] std::filesystem::path stagingFile(const Transaction& transaction) const;
    [[nodiscard]] StoreResult<void> replaceFile(const std::filesystem::path& file, ByteView content);
    [[nodiscard]] StoreResult<void> syncFolder();
    void step(const char* name) const;

    std::filesystem::path m_folder;
    StepObserver m_beforeStep;
};

} // namespace tcu
