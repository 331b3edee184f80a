#include "ceremony/shares.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <set>

#include <nlohmann/json.hpp>
#include <openssl/evp.h>
extern "C" { // the header does not say so itself
#include <libgfshare.h>
}

#include "identity/random.h"

namespace gateway::ceremony {

namespace {

constexpr std::size_t kMinSecretBytes = 16;
constexpr std::size_t kCheckBytes = 8;
constexpr unsigned kMaxShares = 255;

struct SharerDeleter
{
    void operator()(gfshare_ctx* context) const { gfshare_ctx_free(context); }
};
using Sharer = std::unique_ptr<gfshare_ctx, SharerDeleter>;

void fillRandom(unsigned char* bytes, unsigned int count)
{
    // The library knows no failure here, and shares from a broken generator would give the secret away.
    if (!fillFromSystemRandom({bytes, count})) std::abort();
}

std::string check(std::string_view purpose, const std::vector<ByteView>& parts)
{
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    std::array<std::uint8_t, 32> digest{};
    bool ok = context && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1;
    const auto add = [&](ByteView part) {
        // With its length in front no two lists of parts hash alike.
        const auto length = static_cast<std::uint32_t>(part.size());
        ok = ok && EVP_DigestUpdate(context.get(), &length, sizeof length) == 1 &&
             EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1;
    };
    add(asBytes(purpose));
    for (const auto part : parts)
        add(part);
    if (!ok || EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) != 1) std::abort();
    return toLowerHex(ByteView(digest).first(kCheckBytes));
}

std::string checkOfSecret(const std::string& set, const SecretBytes& secret)
{
    return check("v2c ceremony secret", {asBytes(set), secret.reveal()});
}

tl::unexpected<Error> forbidden(std::string type, std::string detail)
{
    return fail(ErrorCode::Forbidden, std::move(type), std::move(detail));
}

} // namespace

std::string checkValue(const Share& share)
{
    const auto numbers = std::to_string(share.index) + "/" + std::to_string(share.threshold);
    return check("v2c ceremony share", {asBytes(share.set), asBytes(numbers), asBytes(share.holder),
                                        asBytes(share.secretCheck), share.value.reveal()});
}

Result<std::vector<Share>> splitSecret(const SecretBytes& secret, const std::vector<std::string>& holders,
                                       unsigned threshold)
{
    if (secret.size() < kMinSecretBytes)
        return fail(ErrorCode::InvalidRequest, "share-parameters", "a secret to share has at least 16 bytes");
    if (threshold < 2 || threshold > holders.size() || holders.size() > kMaxShares)
        return fail(ErrorCode::InvalidRequest, "share-parameters",
                    "expected a threshold of 2 to the number of holders, got " + std::to_string(threshold) + " of " +
                        std::to_string(holders.size()));
    std::array<std::uint8_t, 16> setBytes{};
    if (!fillFromSystemRandom(setBytes)) return fail(ErrorCode::Internal, "random", "no random bytes");
    const auto set = toLowerHex(setBytes);

    Bytes indexes;
    for (std::size_t i = 1; i <= holders.size(); ++i)
        indexes.push_back(static_cast<std::uint8_t>(i));
    gfshare_fill_rand = fillRandom;
    const Sharer sharer(gfshare_ctx_init_enc(indexes.data(), static_cast<unsigned>(indexes.size()),
                                             static_cast<unsigned char>(threshold),
                                             static_cast<unsigned>(secret.size())));
    if (!sharer) return fail(ErrorCode::Internal, "share-parameters", "libgfshare refused the parameters");
    Bytes copy(secret.reveal().begin(), secret.reveal().end());
    gfshare_ctx_enc_setsecret(sharer.get(), copy.data());
    explicit_bzero(copy.data(), copy.size());

    std::vector<Share> shares;
    for (std::size_t i = 0; i < holders.size(); ++i) {
        Bytes value(secret.size());
        gfshare_ctx_enc_getshare(sharer.get(), static_cast<unsigned char>(i), value.data());
        shares.push_back(
            {set, indexes[i], threshold, holders[i], SecretBytes(std::move(value)), checkOfSecret(set, secret)});
    }
    return shares;
}

Result<SecretBytes> combineShares(const std::vector<Share>& shares)
{
    if (shares.empty()) return forbidden("shares-too-few", "no share was given");
    const auto& first = shares.front();
    std::set<unsigned> seen;
    for (const auto& share : shares) {
        if (share.set != first.set || share.threshold != first.threshold || share.secretCheck != first.secretCheck ||
            share.value.size() != first.value.size())
            return forbidden("shares-mixed", "the share of " + share.holder + " belongs to another secret");
        if (!seen.insert(share.index).second)
            return forbidden("share-repeated", "the share of " + share.holder + " was given twice");
    }
    if (shares.size() < first.threshold)
        return forbidden("shares-too-few", "expected " + std::to_string(first.threshold) + " shares, got " +
                                               std::to_string(shares.size()));

    // Any threshold of them gives the secret; more would only cost time.
    Bytes indexes;
    for (std::size_t i = 0; i < first.threshold; ++i)
        indexes.push_back(static_cast<std::uint8_t>(shares[i].index));
    gfshare_fill_rand = fillRandom; // gfshare_ctx_free() overwrites the shares with it
    const Sharer sharer(gfshare_ctx_init_dec(indexes.data(), static_cast<unsigned>(indexes.size()),
                                             static_cast<unsigned>(first.value.size())));
    if (!sharer) return fail(ErrorCode::Internal, "share-parameters", "libgfshare refused the parameters");
    for (std::size_t i = 0; i < first.threshold; ++i) {
        Bytes value(shares[i].value.reveal().begin(), shares[i].value.reveal().end());
        gfshare_ctx_dec_giveshare(sharer.get(), static_cast<unsigned char>(i), value.data());
        explicit_bzero(value.data(), value.size());
    }
    Bytes combined(first.value.size());
    gfshare_ctx_dec_extract(sharer.get(), combined.data());
    SecretBytes secret(std::move(combined));
    if (checkOfSecret(first.set, secret) != first.secretCheck)
        return forbidden("share-secret", "the shares do not give the secret they were made from");
    return secret;
}

std::string toJson(const Share& share)
{
    const nlohmann::ordered_json json = {{"holder", share.holder},
                                         {"index", share.index},
                                         {"threshold", share.threshold},
                                         {"set", share.set},
                                         {"share", toLowerHex(share.value.reveal())},
                                         {"check", checkValue(share)},
                                         {"secret_check", share.secretCheck}};
    return json.dump(2) + "\n";
}

Result<Share> parseShare(std::string_view text)
{
    const auto malformed = [](const char* what) { return fail(ErrorCode::InvalidRequest, "share-malformed", what); };
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (!json.is_object()) return malformed("not a JSON object");
    for (const auto* name : {"holder", "set", "share", "check", "secret_check"})
        if (!json.contains(name) || !json[name].is_string()) return malformed("a text is missing");
    for (const auto* name : {"index", "threshold"})
        if (!json.contains(name) || !json[name].is_number_unsigned() || json[name].get<std::uint64_t>() < 1 ||
            json[name].get<std::uint64_t>() > kMaxShares)
            return malformed("index and threshold: expected numbers from 1 to 255");
    auto value = parseHex(json["share"].get_ref<const std::string&>());
    if (!value || value->size() < kMinSecretBytes) return malformed("share: expected at least 32 hex digits");
    Share share{json["set"],         json["index"], json["threshold"], json["holder"], SecretBytes(std::move(*value)),
                json["secret_check"]};
    if (checkValue(share) != json["check"].get_ref<const std::string&>())
        return forbidden("share-corrupted", "the share of " + share.holder + " does not fit its check value");
    return share;
}

} // namespace gateway::ceremony
