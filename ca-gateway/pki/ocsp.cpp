#include "pki/ocsp.h"

#include <algorithm>

#include <openssl/err.h>

#include "pki/certificate_impl.h"
#include "pki/der.h"
#include "pki/public_key.h"

namespace gateway::pki {

struct OcspSigner::Impl
{
    EvpKeyHandle key;
    std::optional<Certificate> certificate;
};

namespace {

constexpr std::size_t kMaxRequestBytes = 10 * 1024;
constexpr int kMaxRequests = 8;
constexpr std::size_t kMaxNonceBytes = 128; // RFC 9654 2.1

using RequestHandle = OpensslHandle<OCSP_REQUEST, OCSP_REQUEST_free>;
using ResponseHandle = OpensslHandle<OCSP_RESPONSE, OCSP_RESPONSE_free>;
using BasicHandle = OpensslHandle<OCSP_BASICRESP, OCSP_BASICRESP_free>;
using CertIdHandle = OpensslHandle<OCSP_CERTID, OCSP_CERTID_free>;
using TimeHandle = OpensslHandle<ASN1_GENERALIZEDTIME, ASN1_GENERALIZEDTIME_free>;

/// An answer that says only why there is none; it carries no signature (RFC 6960 2.3).
OcspResponse refuse(int responseStatus)
{
    ERR_clear_error();
    const ResponseHandle response(OCSP_response_create(responseStatus, nullptr));
    OcspResponse answer;
    answer.der = encodeDer(i2d_OCSP_RESPONSE, response.get());
    return answer;
}

TimeHandle toAsn1(Time time)
{
    return TimeHandle(ASN1_GENERALIZEDTIME_set(nullptr, time.time_since_epoch().count()));
}

ByteView viewOf(const ASN1_STRING* text)
{
    return {ASN1_STRING_get0_data(text), static_cast<std::size_t>(ASN1_STRING_length(text))};
}

/// Looks through the request's extensions. @return whether there is a nonce; nothing when an extension is unacceptable
std::optional<bool> readNonce(OCSP_REQUEST* request)
{
    bool found = false;
    for (int i = 0; i < OCSP_REQUEST_get_ext_count(request); ++i) {
        auto* extension = OCSP_REQUEST_get_ext(request, i);
        if (OBJ_obj2nid(X509_EXTENSION_get_object(extension)) != NID_id_pkix_OCSP_Nonce) {
            if (X509_EXTENSION_get_critical(extension) != 0) return std::nullopt;
            continue;
        }
        der::Reader reader(viewOf(X509_EXTENSION_get_data(extension)));
        const auto nonce = reader.next(der::kOctetString);
        if (found || !nonce || !reader.atEnd() || nonce->content.empty() || nonce->content.size() > kMaxNonceBytes)
            return std::nullopt;
        found = true;
    }
    return found;
}

/// Whether the CertID names this issuer, with SHA-1 or SHA-256.
bool isFor(const Certificate& issuer, const OCSP_CERTID* id)
{
    ASN1_OBJECT* algorithm = nullptr;
    ASN1_INTEGER* serial = nullptr;
    if (OCSP_id_get0_info(nullptr, &algorithm, nullptr, &serial, const_cast<OCSP_CERTID*>(id)) != 1) return false;
    const int nid = OBJ_obj2nid(algorithm);
    if (nid != NID_sha1 && nid != NID_sha256) return false;
    const auto* x509 = issuer.impl().x509.get();
    const CertIdHandle own(OCSP_cert_id_new(nid == NID_sha1 ? EVP_sha1() : EVP_sha256(), X509_get_subject_name(x509),
                                            X509_get0_pubkey_bitstr(x509), serial));
    return own != nullptr && OCSP_id_issuer_cmp(own.get(), id) == 0;
}

/// @return nothing for a number that no certificate of ours can have
std::optional<CertificateSerial> serialOf(const OCSP_CERTID* id)
{
    ASN1_INTEGER* number = nullptr;
    if (OCSP_id_get0_info(nullptr, nullptr, nullptr, &number, const_cast<OCSP_CERTID*>(id)) != 1 ||
        ASN1_STRING_type(number) == V_ASN1_NEG_INTEGER)
        return std::nullopt;
    auto serial = CertificateSerial::fromBytes(viewOf(number));
    if (!serial) return std::nullopt;
    return std::move(*serial);
}

/// How long one status may be believed.
struct Life
{
    Time nextUpdate;
    std::chrono::seconds maxAge;
};

Life lifeOf(const OcspStatus& status, Time now, const OcspLifetimes& lifetimes)
{
    switch (status.kind) {
    case OcspStatus::Kind::Good:
        return {std::min(now - lifetimes.backdate + lifetimes.goodNextUpdate, status.goodUntil.value_or(Time::max())),
                lifetimes.goodMaxAge};
    case OcspStatus::Kind::Revoked:
        return {now + lifetimes.revokedMaxAge, lifetimes.revokedMaxAge};
    case OcspStatus::Kind::Unknown:
        break;
    }
    return {now + lifetimes.unknownMaxAge, lifetimes.unknownMaxAge};
}

std::string_view nameOf(OcspStatus::Kind kind)
{
    switch (kind) {
    case OcspStatus::Kind::Good:
        return "good";
    case OcspStatus::Kind::Revoked:
        return "revoked";
    case OcspStatus::Kind::Unknown:
        break;
    }
    return "unknown";
}

bool addStatus(OCSP_BASICRESP* basic, OCSP_CERTID* id, const OcspStatus& status, Time thisUpdate, Time nextUpdate)
{
    const auto from = toAsn1(thisUpdate);
    const auto until = toAsn1(nextUpdate);
    int kind = V_OCSP_CERTSTATUS_UNKNOWN;
    int reason = OCSP_REVOKED_STATUS_NOSTATUS;
    TimeHandle revokedAt;
    switch (status.kind) {
    case OcspStatus::Kind::Good:
        kind = V_OCSP_CERTSTATUS_GOOD;
        break;
    case OcspStatus::Kind::Revoked:
        kind = V_OCSP_CERTSTATUS_REVOKED;
        revokedAt = toAsn1(status.revokedAt);
        if (status.reason != RevocationReason::Unspecified) reason = static_cast<int>(status.reason);
        break;
    case OcspStatus::Kind::Unknown:
        break;
    }
    return from != nullptr && until != nullptr &&
           OCSP_basic_add1_status(basic, id, kind, reason, revokedAt.get(), from.get(), until.get()) != nullptr;
}

bool setProducedAt(OCSP_BASICRESP* basic, Time now)
{
    // OCSP_basic_sign() would take the machine's clock; there is a getter for the field but no setter.
    auto* producedAt = const_cast<ASN1_GENERALIZEDTIME*>(OCSP_resp_get0_produced_at(basic));
    return ASN1_GENERALIZEDTIME_set(producedAt, now.time_since_epoch().count()) != nullptr;
}

} // namespace

OcspSigner::OcspSigner(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
OcspSigner::OcspSigner(OcspSigner&&) noexcept = default;
OcspSigner& OcspSigner::operator=(OcspSigner&&) noexcept = default;
OcspSigner::~OcspSigner() = default;

Result<OcspSigner> OcspSigner::generate()
{
    EvpKeyHandle key(EVP_EC_gen("P-256"));
    if (!key) return fail(ErrorCode::Internal, "ocsp-signer", "OpenSSL made no P-256 key");
    return OcspSigner(std::make_unique<Impl>(Impl{std::move(key), std::nullopt}));
}

Bytes OcspSigner::publicKeyDer() const
{
    return encodeDer(i2d_PUBKEY, m_impl->key.get());
}

Result<void> OcspSigner::setCertificate(Certificate certificate)
{
    if (certificate.publicKeyDer() != publicKeyDer())
        return fail(ErrorCode::PolicyViolation, "ocsp-signer", "the certificate is not for this signer's key");
    auto* x509 = certificate.impl().x509.get();
    // Without an extendedKeyUsage OpenSSL reports every usage as set.
    if ((X509_get_extension_flags(x509) & EXFLAG_XKUSAGE) == 0 ||
        (X509_get_extended_key_usage(x509) & XKU_OCSP_SIGN) == 0 ||
        (X509_get_key_usage(x509) & KU_DIGITAL_SIGNATURE) == 0)
        return fail(ErrorCode::PolicyViolation, "ocsp-signer", "the certificate lacks OCSPSigning or digitalSignature");
    m_impl->certificate = std::move(certificate);
    return {};
}

const std::optional<Certificate>& OcspSigner::certificate() const
{
    return m_impl->certificate;
}

std::optional<Bytes> plainOcspRequest(ByteView requestDer)
{
    if (requestDer.size() > kMaxRequestBytes) return std::nullopt;
    const auto* position = requestDer.data();
    const RequestHandle request(d2i_OCSP_REQUEST(nullptr, &position, static_cast<long>(requestDer.size())));
    std::optional<Bytes> plain;
    if (request && OCSP_request_onereq_count(request.get()) == 1) {
        CertIdHandle id(OCSP_CERTID_dup(OCSP_onereq_get0_id(OCSP_request_onereq_get0(request.get(), 0))));
        const RequestHandle shortest(OCSP_REQUEST_new());
        if (id && shortest && OCSP_request_add0_id(shortest.get(), id.get()) != nullptr) {
            (void)id.release(); // the request's now
            plain = encodeDer(i2d_OCSP_REQUEST, shortest.get());
        }
    }
    ERR_clear_error();
    return plain;
}

bool isOcspRequestFor(ByteView requestDer, const Certificate& issuer)
{
    if (requestDer.size() > kMaxRequestBytes) return false;
    const auto* position = requestDer.data();
    const RequestHandle request(d2i_OCSP_REQUEST(nullptr, &position, static_cast<long>(requestDer.size())));
    const bool isForIssuer = request != nullptr && OCSP_request_onereq_count(request.get()) > 0 &&
                             isFor(issuer, OCSP_onereq_get0_id(OCSP_request_onereq_get0(request.get(), 0)));
    ERR_clear_error();
    return isForIssuer;
}

OcspResponse answerOcsp(ByteView requestDer, const Issuer& issuer, const OcspSigner& signer,
                        const std::function<Result<OcspStatus>(const CertificateSerial&)>& status, Time now,
                        const OcspLifetimes& lifetimes)
{
    if (requestDer.empty() || requestDer.size() > kMaxRequestBytes)
        return refuse(OCSP_RESPONSE_STATUS_MALFORMEDREQUEST);
    const auto* position = requestDer.data();
    const RequestHandle request(d2i_OCSP_REQUEST(nullptr, &position, static_cast<long>(requestDer.size())));
    if (!request || position != requestDer.data() + requestDer.size())
        return refuse(OCSP_RESPONSE_STATUS_MALFORMEDREQUEST);
    const int count = OCSP_request_onereq_count(request.get());
    const auto nonce = readNonce(request.get());
    if (count < 1 || count > kMaxRequests || !nonce) return refuse(OCSP_RESPONSE_STATUS_MALFORMEDREQUEST);

    // A signer that its issuer did not certify, or whose time is over, can give no answer that a client may believe.
    const auto& delegate = signer.certificate();
    if (!delegate || delegate->notBefore() > now || delegate->notAfter() <= now ||
        X509_check_issued(issuer.certificate.impl().x509.get(), delegate->impl().x509.get()) != X509_V_OK)
        return refuse(OCSP_RESPONSE_STATUS_TRYLATER);

    OcspResponse answer;
    answer.thisUpdate = now - lifetimes.backdate;
    answer.nextUpdate = Time::max();
    answer.maxAge = std::chrono::seconds::max();
    const BasicHandle basic(OCSP_BASICRESP_new());
    for (int i = 0; basic && i < count; ++i) {
        auto* one = OCSP_request_onereq_get0(request.get(), i);
        for (int k = 0; k < OCSP_ONEREQ_get_ext_count(one); ++k)
            if (X509_EXTENSION_get_critical(OCSP_ONEREQ_get_ext(one, k)) != 0)
                return refuse(OCSP_RESPONSE_STATUS_MALFORMEDREQUEST);
        auto* id = OCSP_onereq_get0_id(one);
        if (!isFor(issuer.certificate, id)) return refuse(OCSP_RESPONSE_STATUS_UNAUTHORIZED);
        auto serial = serialOf(id);
        const auto found = serial ? status(*serial) : OcspStatus{};
        if (!found) return refuse(OCSP_RESPONSE_STATUS_TRYLATER);
        const auto life = lifeOf(*found, now, lifetimes);
        const Time nextUpdate = std::min(life.nextUpdate, delegate->notAfter());
        if (!addStatus(basic.get(), id, *found, answer.thisUpdate, nextUpdate))
            return refuse(OCSP_RESPONSE_STATUS_INTERNALERROR);
        ++answer.statuses[nameOf(found->kind)];
        answer.serial = std::move(serial);
        answer.status = *found;
        answer.nextUpdate = std::min(answer.nextUpdate, nextUpdate);
        answer.maxAge = std::min({answer.maxAge, life.maxAge, nextUpdate - now});
    }
    if (!basic || (*nonce && OCSP_copy_nonce(basic.get(), request.get()) != 1) || !setProducedAt(basic.get(), now) ||
        OCSP_basic_sign(basic.get(), delegate->impl().x509.get(), signer.impl().key.get(), EVP_sha256(), nullptr,
                        OCSP_RESPID_KEY | OCSP_NOTIME) != 1)
        return refuse(OCSP_RESPONSE_STATUS_INTERNALERROR);
    const ResponseHandle response(OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic.get()));
    if (!response) return refuse(OCSP_RESPONSE_STATUS_INTERNALERROR);
    answer.der = encodeDer(i2d_OCSP_RESPONSE, response.get());
    answer.cacheable = !*nonce && count == 1;
    if (answer.cacheable) answer.sha256 = toLowerHex(sha256(answer.der));
    return answer;
}

} // namespace gateway::pki
