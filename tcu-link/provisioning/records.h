#pragma once

#include <optional>
#include <vector>

#include "can/bytes.h"
#include "provisioning/dialogue.h"

/// The dialogue's records on the wire and back; layouts in dialogue.h.
namespace tcu {

inline constexpr std::size_t kMaxDetailBytes = 120;
inline constexpr std::uint8_t kAlgorithmEcdsaP256 = 0x01;
inline constexpr std::uint8_t kStatusDone = 0x00;

/// A detail that is too long is cut at a whole UTF-8 character.
[[nodiscard]] Bytes encodeState(const ProvisioningState& state);
/// @return nothing for an unknown state or any other length than the record's own
[[nodiscard]] std::optional<ProvisioningState> parseState(ByteView bytes);

[[nodiscard]] Bytes encodeKeyRequest(const KeyRequest& request);
inline constexpr std::size_t kKeyRequestBytes = 16 + 1 + 32 + 64;
/// @return nothing for another length, another algorithm, or subject parts that are not letters and digits: they go
/// into
///         a distinguished name
[[nodiscard]] std::optional<KeyRequest> parseKeyRequest(ByteView bytes);

/// Every field must be shorter than 64 KiB.
[[nodiscard]] Bytes encodeEvidence(const TpmEvidence& evidence);
/// @return nothing unless the six fields are there and end with the bytes
[[nodiscard]] std::optional<TpmEvidence> parseEvidence(ByteView bytes);

[[nodiscard]] Bytes encodeCertifyRequest(const CertifyRequest& request);
/// @return nothing unless both parts of the challenge are there, not empty, and end with the bytes
[[nodiscard]] std::optional<CertifyRequest> parseCertifyRequest(ByteView bytes);

[[nodiscard]] Bytes encodeHashes(const std::vector<Sha256>& hashes);

/// @return the value when the bytes have exactly its length
template <std::size_t N>
[[nodiscard]] std::optional<std::array<std::uint8_t, N>> parseArray(ByteView bytes)
{
    if (bytes.size() != N) return std::nullopt;
    std::array<std::uint8_t, N> value{};
    for (std::size_t i = 0; i < N; ++i)
        value[i] = bytes[i];
    return value;
}

} // namespace tcu
