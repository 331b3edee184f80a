#include "contract/transaction_id.h"

#include <algorithm>

namespace gateway {

Result<TransactionId> TransactionId::parse(std::string_view text)
{
    const auto bytes = parseHex(text);
    if (!bytes || bytes->size() != kOctets)
        return fail(ErrorCode::InvalidRequest, "transaction-id-format",
                    "a transaction id has 32 hex digits, got " + std::to_string(text.size()) + " characters");
    return fromBytes(std::span<const std::uint8_t, kOctets>(bytes->data(), kOctets));
}

TransactionId TransactionId::fromBytes(std::span<const std::uint8_t, kOctets> bytes)
{
    TransactionId id;
    std::copy(bytes.begin(), bytes.end(), id.m_bytes.begin());
    return id;
}

Result<TransactionId> TransactionId::random(const std::function<bool(std::span<std::uint8_t>)>& fillRandom)
{
    TransactionId id;
    if (!fillRandom(id.m_bytes))
        return fail(ErrorCode::Internal, "random-unavailable",
                    "the random generator gave no bytes for a transaction id");
    return id;
}

} // namespace gateway
