#include "http/message.h"

#include <array>
#include <memory>

#include <openssl/asn1.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include "api/problem.h"

namespace gateway::http {
namespace {

using X509Ptr = std::unique_ptr<X509, decltype(&X509_free)>;

std::optional<Time> toTime(const ASN1_TIME* time)
{
    std::tm parts{};
    if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
    return Time(std::chrono::seconds(timegm(&parts)));
}

std::string commonNameOf(const X509* certificate)
{
    const X509_NAME* subject = X509_get_subject_name(certificate);
    const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (at < 0) return {};
    unsigned char* text = nullptr;
    const int length = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
    if (length < 0) return {};
    std::string name(reinterpret_cast<const char*>(text), std::size_t(length));
    OPENSSL_free(text);
    return name;
}

Bytes issuerOf(const X509* certificate)
{
    const unsigned char* der = nullptr;
    std::size_t length = 0;
    if (X509_NAME_get0_der(X509_get_issuer_name(certificate), &der, &length) != 1) return {};
    return {der, der + length};
}

} // namespace

Result<Peer> parsePeer(ByteView certificateDer)
{
    const auto bad = [](const char* what) {
        return fail(ErrorCode::InvalidRequest, "peer-certificate",
                    std::string("expected one X.509 certificate, got one with ") + what);
    };
    const unsigned char* at = certificateDer.data();
    const X509Ptr certificate(d2i_X509(nullptr, &at, long(certificateDer.size())), &X509_free);
    if (!certificate) return bad("bytes that do not parse");
    if (at != certificateDer.data() + certificateDer.size()) return bad("bytes behind its end");

    const ASN1_INTEGER* number = X509_get0_serialNumber(certificate.get());
    if (ASN1_STRING_type(number) == V_ASN1_NEG_INTEGER) return bad("a negative serial");
    auto serial =
        CertificateSerial::fromBytes({ASN1_STRING_get0_data(number), std::size_t(ASN1_STRING_length(number))});
    if (!serial) return bad("a serial that is zero or too long");
    const auto notBefore = toTime(X509_get0_notBefore(certificate.get()));
    const auto notAfter = toTime(X509_get0_notAfter(certificate.get()));
    if (!notBefore || !notAfter) return bad("unreadable dates");
    return Peer{Bytes(certificateDer.begin(), certificateDer.end()),
                issuerOf(certificate.get()),
                std::move(*serial),
                commonNameOf(certificate.get()),
                *notBefore,
                *notAfter};
}

std::string_view Request::path() const
{
    return std::string_view(target).substr(0, target.find('?'));
}

std::optional<std::string> Request::header(std::string_view name) const
{
    std::optional<std::string> value;
    for (const auto& [key, text] : headers)
        if (key == name) value = value ? *value + ", " + text : text;
    return value;
}

Response problemResponse(const Error& error, std::string_view traceId, int status)
{
    Response response;
    response.status = status != 0 ? status : httpStatus(error.code);
    response.contentType = api::kProblemContentType;
    response.body = api::toProblem(error, traceId, response.status);
    response.headers.emplace_back("Cache-Control", "no-store");
    if (error.retryAfter) response.headers.emplace_back("Retry-After", std::to_string(error.retryAfter->count()));
    if (response.status == 401)
        response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"v2c\", error=\"invalid_token\"");
    return response;
}

std::string makeTraceId()
{
    std::array<std::uint8_t, 16> bytes{};
    // A trace id is no secret: should the generator fail, an all-zero one is better than no answer.
    if (RAND_bytes(bytes.data(), int(bytes.size())) != 1) bytes.fill(0);
    bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0F) | 0x40);
    bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3F) | 0x80);
    auto text = toLowerHex(bytes);
    for (const std::size_t dash : {8U, 13U, 18U, 23U})
        text.insert(dash, 1, '-');
    return text;
}

} // namespace gateway::http
