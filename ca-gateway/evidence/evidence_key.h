#pragma once

#include <array>
#include <filesystem>

#include "contract/secret_bytes.h"
#include "contract/transaction_id.h"

namespace gateway::evidence {

/// The deployment's secret behind challenges: every replica derives the same nonce and the same credential for a
/// transaction and a TPM, and stores neither.
class EvidenceKey final
{
public:
    static constexpr std::size_t kOctets = 32;
    using Derived = std::array<std::uint8_t, 32>;

    /// @return InvalidRequest "evidence-key" for another number of octets than 32
    [[nodiscard]] static Result<EvidenceKey> make(SecretBytes key);

    /// Reads a JSON file {"evidence_key": "64 hex digits"}. Refuses one that other users may read.
    [[nodiscard]] static Result<EvidenceKey> load(const std::filesystem::path& file);

    /// HMAC-SHA-256(key, label ‖ 0 ‖ transaction ‖ ekSha256 ‖ akSha256).
    /// @param label  "v2c evidence nonce", "v2c evidence credential"
    [[nodiscard]] Derived derive(std::string_view label, const TransactionId& transaction, ByteView ekSha256,
                                 ByteView akSha256) const;

private:
    explicit EvidenceKey(SecretBytes key) : m_key(std::move(key)) {}

    SecretBytes m_key;
};

} // namespace gateway::evidence
