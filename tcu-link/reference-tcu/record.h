#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "provisioning/dialogue.h"

namespace tcu {

/// A key in the TPM and the request made with it.
struct KeyRecord
{
    Transaction transaction{};
    std::uint32_t handle = 0;
    std::string deviceId;
    std::string vinHash;
    Bytes csr;
    Sha256 publicKeySha256{};
    bool operator==(const KeyRecord&) const = default;
};

/// What RID 0214 was answered with; fields as in TpmEvidence.
struct EvidenceRecord
{
    std::array<std::uint8_t, 32> nonce{};
    Bytes keyPublic;
    Bytes certifyInfo;
    Bytes signature;
    Bytes credentialProof;
    bool operator==(const EvidenceRecord&) const = default;
};

struct PendingRecord
{
    KeyRecord key;
    bool byRenewal = false;        ///< the unit asked the gateway itself
    std::uint32_t chainLength = 0; ///< announced length of the chain that is being staged; 0: none
    bool staged = false;           ///< all of it is there
    std::optional<EvidenceRecord> evidence = std::nullopt;
    bool operator==(const PendingRecord&) const = default;
};

struct InstalledRecord
{
    KeyRecord key;
    std::string chainFile; ///< name inside the state folder
    std::uint32_t chainLength = 0;
    Sha256 chainSha256{};
    Sha256 leafSha256{};
    bool operator==(const InstalledRecord&) const = default;
};

struct ReplacedRecord
{
    InstalledRecord certificate;
    std::chrono::sys_seconds replacedAt;
    bool operator==(const ReplacedRecord&) const = default;
};

/// A renewal that was rolled back and that the gateway does not know about yet.
struct RenewalFailureRecord
{
    std::string serial; ///< of the new certificate
    std::string error;
    bool operator==(const RenewalFailureRecord&) const = default;
};

/// All that the unit knows; what it does not name does not exist, be it a file or a key in the TPM.
struct Record
{
    std::optional<InstalledRecord> active;
    std::optional<PendingRecord> pending;
    std::optional<ReplacedRecord> replaced;
    std::optional<RenewalFailureRecord> renewalFailure;
    bool operator==(const Record&) const = default;

    [[nodiscard]] bool namesHandle(std::uint32_t handle) const;
    [[nodiscard]] UnitState state() const;
};

/// "empty", "key_pending", "chain_staged", "active".
[[nodiscard]] std::string_view name(UnitState state);

/// JSON with a SHA-256 over its content, so that a flipped bit is seen as well as a lost tail.
[[nodiscard]] std::string serialise(const Record& record);
/// @return the error in words: what was expected and where
[[nodiscard]] tl::expected<Record, std::string> parseRecord(std::string_view text);

} // namespace tcu
