#include "evidence/evidence_key.h"

#include <fstream>
#include <iterator>
#include <stdexcept>

#include <sys/stat.h>

#include <nlohmann/json.hpp>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace gateway::evidence {

Result<EvidenceKey> EvidenceKey::make(SecretBytes key)
{
    if (key.size() != kOctets)
        return fail(ErrorCode::InvalidRequest, "evidence-key",
                    "expected an evidence key of 32 octets, got " + std::to_string(key.size()));
    return EvidenceKey(std::move(key));
}

Result<EvidenceKey> EvidenceKey::load(const std::filesystem::path& file)
{
    struct stat status = {};
    if (::stat(file.c_str(), &status) != 0)
        return fail(ErrorCode::InvalidRequest, "evidence-key", "cannot read " + file.string());
    if ((status.st_mode & (S_IROTH | S_IWOTH)) != 0)
        return fail(ErrorCode::InvalidRequest, "evidence-key",
                    file.string() + " is readable or writable by everybody; expected mode 0600 or 0640");
    std::ifstream stream(file, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    const auto document = nlohmann::json::parse(text, nullptr, false, true);
    OPENSSL_cleanse(text.data(), text.size());
    const auto found = document.is_object() ? document.find("evidence_key") : document.end();
    auto key = document.is_object() && found != document.end() && found->is_string()
                   ? parseHex(found->get_ref<const std::string&>())
                   : std::nullopt;
    if (!key)
        return fail(ErrorCode::InvalidRequest, "evidence-key",
                    file.string() + ": expected {\"evidence_key\": \"64 hex digits\"}, got something else");
    return make(SecretBytes(std::move(*key)));
}

EvidenceKey::Derived EvidenceKey::derive(std::string_view label, const TransactionId& transaction, ByteView ekSha256,
                                         ByteView akSha256) const
{
    Bytes message(label.begin(), label.end());
    message.push_back(0);
    for (const ByteView part : {ByteView(transaction.bytes()), ekSha256, akSha256})
        message.insert(message.end(), part.begin(), part.end());
    Derived derived{};
    // A library without SHA-256 is a broken installation; a nonce that can be guessed must not leave this function.
    if (HMAC(EVP_sha256(), m_key.reveal().data(), int(m_key.size()), message.data(), message.size(), derived.data(),
             nullptr) == nullptr)
        throw std::runtime_error("OpenSSL gave no SHA-256");
    return derived;
}

} // namespace gateway::evidence
