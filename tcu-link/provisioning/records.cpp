#include "provisioning/records.h"

#include <algorithm>

namespace tcu {

namespace {

constexpr std::size_t kStateHeader = 1 + 16 + 32 + 4 + 1 + 1;
constexpr std::size_t kDeviceIdBytes = 32;

std::string_view cut(std::string_view text)
{
    if (text.size() <= kMaxDetailBytes) return text;
    std::size_t end = kMaxDetailBytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
        --end;
    return text.substr(0, end);
}

bool isLettersAndDigits(ByteView bytes)
{
    return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    });
}

template <typename Container>
void append(Bytes& bytes, const Container& more)
{
    bytes.insert(bytes.end(), more.begin(), more.end());
}

void appendField(Bytes& bytes, const Bytes& field)
{
    bytes.push_back(static_cast<std::uint8_t>(field.size() >> 8));
    bytes.push_back(static_cast<std::uint8_t>(field.size()));
    append(bytes, field);
}

/// Takes a field with its two-byte length off the front.
std::optional<Bytes> takeField(ByteView& bytes)
{
    constexpr std::size_t kLengthBytes = 2;
    if (bytes.size() < kLengthBytes) return std::nullopt;
    const std::size_t length = (std::size_t{bytes[0]} << 8) | bytes[1];
    if (bytes.size() - kLengthBytes < length) return std::nullopt;
    const auto content = bytes.subspan(kLengthBytes, length);
    bytes = bytes.subspan(kLengthBytes + length);
    return Bytes(content.begin(), content.end());
}

constexpr Bytes TpmEvidence::*kEvidenceFields[] = {&TpmEvidence::ekCertificate, &TpmEvidence::akPublic,
                                                   &TpmEvidence::keyPublic,     &TpmEvidence::certifyInfo,
                                                   &TpmEvidence::signature,     &TpmEvidence::credentialProof};

} // namespace

Bytes encodeState(const ProvisioningState& state)
{
    Bytes bytes;
    bytes.reserve(kStateHeader + kMaxDetailBytes);
    bytes.push_back(static_cast<std::uint8_t>(state.state));
    append(bytes, state.transaction);
    append(bytes, state.pendingKeySha256);
    for (const int shift : {24, 16, 8, 0})
        bytes.push_back(static_cast<std::uint8_t>(state.stagedLength >> shift));
    bytes.push_back(state.lastNrc);
    const auto detail = cut(state.lastDetail);
    bytes.push_back(static_cast<std::uint8_t>(detail.size()));
    append(bytes, detail);
    return bytes;
}

std::optional<ProvisioningState> parseState(ByteView bytes)
{
    if (bytes.size() < kStateHeader) return std::nullopt;
    if (bytes[0] > static_cast<std::uint8_t>(UnitState::Active)) return std::nullopt;
    const std::size_t detailBytes = bytes[kStateHeader - 1];
    if (detailBytes > kMaxDetailBytes || bytes.size() != kStateHeader + detailBytes) return std::nullopt;
    ProvisioningState state;
    state.state = static_cast<UnitState>(bytes[0]);
    state.transaction = *parseArray<16>(bytes.subspan(1, 16));
    state.pendingKeySha256 = *parseArray<32>(bytes.subspan(17, 32));
    for (const std::uint8_t byte : bytes.subspan(49, 4))
        state.stagedLength = (state.stagedLength << 8) | byte;
    state.lastNrc = bytes[53];
    const auto detail = bytes.subspan(kStateHeader);
    state.lastDetail.assign(detail.begin(), detail.end());
    return state;
}

Bytes encodeKeyRequest(const KeyRequest& request)
{
    Bytes bytes(request.transaction.begin(), request.transaction.end());
    bytes.push_back(kAlgorithmEcdsaP256);
    append(bytes, request.deviceId);
    append(bytes, request.vinHash);
    return bytes;
}

std::optional<KeyRequest> parseKeyRequest(ByteView bytes)
{
    if (bytes.size() != kKeyRequestBytes || bytes[16] != kAlgorithmEcdsaP256) return std::nullopt;
    const auto subject = bytes.subspan(17);
    if (!isLettersAndDigits(subject)) return std::nullopt;
    KeyRequest request;
    request.transaction = *parseArray<16>(bytes.first(16));
    const auto deviceId = subject.first(kDeviceIdBytes);
    const auto vinHash = subject.subspan(kDeviceIdBytes);
    request.deviceId.assign(deviceId.begin(), deviceId.end());
    request.vinHash.assign(vinHash.begin(), vinHash.end());
    return request;
}

Bytes encodeEvidence(const TpmEvidence& evidence)
{
    Bytes bytes;
    for (const auto field : kEvidenceFields)
        appendField(bytes, evidence.*field);
    return bytes;
}

std::optional<TpmEvidence> parseEvidence(ByteView bytes)
{
    TpmEvidence evidence;
    for (const auto field : kEvidenceFields) {
        auto content = takeField(bytes);
        if (!content) return std::nullopt;
        evidence.*field = std::move(*content);
    }
    if (!bytes.empty()) return std::nullopt;
    return evidence;
}

Bytes encodeCertifyRequest(const CertifyRequest& request)
{
    Bytes bytes(request.transaction.begin(), request.transaction.end());
    append(bytes, request.nonce);
    appendField(bytes, request.credentialBlob);
    appendField(bytes, request.encryptedSecret);
    return bytes;
}

std::optional<CertifyRequest> parseCertifyRequest(ByteView bytes)
{
    constexpr std::size_t kTransactionBytes = 16;
    constexpr std::size_t kNonceBytes = 32;
    if (bytes.size() < kTransactionBytes + kNonceBytes) return std::nullopt;
    CertifyRequest request;
    request.transaction = *parseArray<kTransactionBytes>(bytes.first(kTransactionBytes));
    request.nonce = *parseArray<kNonceBytes>(bytes.subspan(kTransactionBytes, kNonceBytes));
    bytes = bytes.subspan(kTransactionBytes + kNonceBytes);
    auto blob = takeField(bytes);
    auto secret = takeField(bytes);
    if (!blob || blob->empty() || !secret || secret->empty() || !bytes.empty()) return std::nullopt;
    request.credentialBlob = std::move(*blob);
    request.encryptedSecret = std::move(*secret);
    return request;
}

Bytes encodeHashes(const std::vector<Sha256>& hashes)
{
    Bytes bytes;
    for (const auto& hash : hashes)
        append(bytes, hash);
    return bytes;
}

} // namespace tcu
