#include "http/client_cert.h"

#include <openssl/sha.h>

namespace gateway::http {
namespace {

bool isProxy(const Request& request, const ProxyTrust& trust)
{
    if (trust.addresses.contains(request.remoteAddress)) return true;
    if (!request.peer || trust.certificateSha256.empty()) return false;
    const auto& der = request.peer->certificateDer;
    Bytes digest(SHA256_DIGEST_LENGTH);
    SHA256(der.data(), der.size(), digest.data());
    return trust.certificateSha256.contains(digest);
}

/// ":base64:" (RFC 8941 3.3.5)
std::optional<Bytes> parseByteSequence(std::string_view text)
{
    constexpr std::size_t kMaxLength = 8192;
    if (text.size() < 2 || text.size() > kMaxLength || text.front() != ':' || text.back() != ':') return std::nullopt;
    return parseBase64(text.substr(1, text.size() - 2));
}

} // namespace

Result<std::optional<Request>> takeProxiedPeer(const Request& request, const ProxyTrust& trust)
{
    const auto field = request.header("client-cert");
    if (!isProxy(request, trust)) {
        if (!field && !request.header("client-cert-chain")) return std::nullopt;
        return fail(ErrorCode::Forbidden, "client-cert-untrusted",
                    "the field Client-Cert is taken from a configured proxy only; this is none");
    }
    auto proxied = request;
    proxied.peer.reset();
    if (!field) return std::optional(std::move(proxied));
    const auto der = parseByteSequence(*field);
    auto peer = der ? parsePeer(*der) : Result<Peer>(fail(ErrorCode::InvalidRequest, "", "not base64 between colons"));
    if (!peer)
        return fail(ErrorCode::InvalidRequest, "client-cert-header",
                    "Client-Cert: expected one certificate in DER as a byte sequence of RFC 8941, got: " +
                        peer.error().detail);
    proxied.peer = std::move(*peer);
    return std::optional(std::move(proxied));
}

} // namespace gateway::http
