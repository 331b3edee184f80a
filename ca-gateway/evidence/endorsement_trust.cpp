#include "evidence/endorsement_trust.h"

#include <algorithm>
#include <array>

#include <openssl/err.h>
#include <openssl/objects.h>

#include "evidence/make_credential.h"
#include "pki/openssl_types.h"
#include "pki/public_key.h"

namespace gateway::evidence {
namespace {

using CrlHandle = pki::OpensslHandle<X509_CRL, X509_CRL_free>;
using StoreHandle = pki::OpensslHandle<X509_STORE, X509_STORE_free>;
using StoreContextHandle = pki::OpensslHandle<X509_STORE_CTX, X509_STORE_CTX_free>;
using ExtendedUsageHandle = pki::OpensslHandle<EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free>;

constexpr std::string_view kEkCertificate = "2.23.133.8.1"; // tcg-kp-EKCertificate
constexpr std::string_view kManufacturer = "2.23.133.2.1";
constexpr std::string_view kModel = "2.23.133.2.2";
constexpr std::string_view kVersion = "2.23.133.2.3";
constexpr std::size_t kMaxAttributeLength = 64;

pki::X509Handle parseCertificate(ByteView der)
{
    const unsigned char* position = der.data();
    pki::X509Handle certificate(d2i_X509(nullptr, &position, long(der.size())));
    ERR_clear_error();
    if (!certificate || position != der.data() + der.size()) return nullptr;
    return certificate;
}

std::string textOf(const X509_NAME* name)
{
    const pki::BioHandle text(BIO_new(BIO_s_mem()));
    X509_NAME_print_ex(text.get(), name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB);
    char* data = nullptr;
    const long length = BIO_get_mem_data(text.get(), &data);
    return {data, std::size_t(std::max(length, 0L))};
}

std::optional<Time> timeOf(const ASN1_TIME* time)
{
    std::tm parts = {};
    if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
    return Time(std::chrono::seconds(timegm(&parts)));
}

std::string oidText(const ASN1_OBJECT* object)
{
    std::array<char, 80> text{};
    OBJ_obj2txt(text.data(), int(text.size()), object, 1);
    return text.data();
}

tl::unexpected<Error> untrusted(const std::string& detail)
{
    return fail(ErrorCode::PolicyViolation, "evidence-ek-untrusted", "EK certificate: " + detail);
}

/// Lets what OpenSSL calls an unhandled critical extension pass when it is one we know.
int onVerified(int isGood, X509_STORE_CTX* context)
{
    if (isGood == 1 || X509_STORE_CTX_get_error(context) != X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION) return isGood;
    const X509* certificate = X509_STORE_CTX_get_current_cert(context);
    for (int i = 0; i < X509_get_ext_count(certificate); ++i) {
        X509_EXTENSION* extension = X509_get_ext(certificate, i);
        if (X509_EXTENSION_get_critical(extension) == 0 || X509_supported_extension(extension) == 1) continue;
        if (OBJ_obj2nid(X509_EXTENSION_get_object(extension)) != NID_subject_directory_attributes) return 0;
    }
    X509_STORE_CTX_set_error(context, X509_V_OK);
    return 1;
}

std::string attributeOf(const X509_NAME* name, std::string_view oid)
{
    for (int i = 0; i < X509_NAME_entry_count(name); ++i) {
        const auto* entry = X509_NAME_get_entry(name, i);
        if (oidText(X509_NAME_ENTRY_get_object(entry)) != oid) continue;
        unsigned char* raw = nullptr;
        const int length = ASN1_STRING_to_UTF8(&raw, X509_NAME_ENTRY_get_data(entry));
        if (length <= 0) return {};
        std::string text(reinterpret_cast<const char*>(raw), std::size_t(length));
        OPENSSL_free(raw);
        // It goes into the audit: printable and short, whatever a manufacturer wrote.
        for (char& c : text)
            if (c < ' ' || c > '~') c = '?';
        return text.substr(0, kMaxAttributeLength);
    }
    return {};
}

/// Manufacturer, model and version stand in the directory name of subjectAltName.
Result<void> readTpmName(const X509* certificate, EndorsementKey& key)
{
    const pki::GeneralNamesHandle names(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const auto* general = sk_GENERAL_NAME_value(names.get(), i);
        if (general->type != GEN_DIRNAME) continue;
        key.manufacturer = attributeOf(general->d.directoryName, kManufacturer);
        key.model = attributeOf(general->d.directoryName, kModel);
        key.version = attributeOf(general->d.directoryName, kVersion);
    }
    if (key.manufacturer.empty() || key.model.empty() || key.version.empty())
        return untrusted("expected subjectAltName with the TPM's manufacturer, model and version, got none or less");
    return {};
}

Result<void> checkEkProfile(X509* certificate)
{
    if (X509_get_version(certificate) != X509_VERSION_3) return untrusted("expected version 3, got another");
    if (X509_check_ca(certificate) != 0) return untrusted("expected an end entity, got a CA's certificate");
    const ExtendedUsageHandle usages(
        static_cast<EXTENDED_KEY_USAGE*>(X509_get_ext_d2i(certificate, NID_ext_key_usage, nullptr, nullptr)));
    bool isEk = false;
    for (int i = 0; i < sk_ASN1_OBJECT_num(usages.get()); ++i)
        isEk = isEk || oidText(sk_ASN1_OBJECT_value(usages.get(), i)) == kEkCertificate;
    if (!isEk) return untrusted("expected extended key usage 2.23.133.8.1 (tcg-kp-EKCertificate), got none or others");
    const bool isRsa = EVP_PKEY_is_a(X509_get0_pubkey(certificate), "RSA") == 1;
    if ((X509_get_key_usage(certificate) & (isRsa ? KU_KEY_ENCIPHERMENT : KU_KEY_AGREEMENT)) == 0)
        return untrusted(std::string("expected key usage ") + (isRsa ? "keyEncipherment" : "keyAgreement") +
                         ", got others");
    return {};
}

struct Crl
{
    CrlHandle list;
    Time nextUpdate;
};

/// Name first: it is cheap, and a signature counts only when the name fits.
bool isBy(X509_CRL* list, X509* issuer)
{
    return X509_NAME_cmp(X509_CRL_get_issuer(list), X509_get_subject_name(issuer)) == 0 &&
           X509_CRL_verify(list, X509_get0_pubkey(issuer)) == 1;
}

tl::unexpected<Error> badBundle(const std::string& detail)
{
    return fail(ErrorCode::InvalidRequest, "evidence-bundle", "evidence bundle: " + detail);
}

} // namespace

struct EndorsementTrust::Impl
{
    StoreHandle store;
    std::vector<pki::X509Handle> intermediates;
    pki::OpensslHandle<STACK_OF(X509), [](STACK_OF(X509) * stack) { sk_X509_free(stack); }> untrusted;
    std::vector<Crl> crls;
    std::vector<TrustExpiry> expiries;
};

Result<EndorsementTrust> EndorsementTrust::make(const TrustContent& content)
{
    auto impl = std::make_shared<Impl>();
    impl->store.reset(X509_STORE_new());
    impl->untrusted.reset(sk_X509_new_null());
    if (content.roots.empty()) return badBundle("expected at least one root, got none");
    std::vector<pki::X509Handle> roots;
    for (const auto& der : content.roots) {
        auto root = parseCertificate(der);
        if (!root) return badBundle("expected root certificates, got something else among them");
        if (X509_self_signed(root.get(), 1) != 1 || X509_check_ca(root.get()) == 0)
            return badBundle("expected self-signed CA certificates as roots, got " +
                             textOf(X509_get_subject_name(root.get())));
        X509_STORE_add_cert(impl->store.get(), root.get());
        roots.push_back(std::move(root));
    }
    for (const auto& der : content.intermediates) {
        auto certificate = parseCertificate(der);
        if (!certificate || X509_check_ca(certificate.get()) == 0)
            return badBundle("expected CA certificates as intermediates, got something else among them");
        sk_X509_push(impl->untrusted.get(), certificate.get());
        impl->intermediates.push_back(std::move(certificate));
    }
    for (const auto* kind : {"root", "intermediate"})
        for (const auto& certificate : kind == std::string_view("root") ? roots : impl->intermediates) {
            const auto end = timeOf(X509_get0_notAfter(certificate.get()));
            if (!end) return badBundle("a certificate without a readable end");
            impl->expiries.push_back({kind, textOf(X509_get_subject_name(certificate.get())), *end});
        }
    for (const auto& der : content.crls) {
        const unsigned char* position = der.data();
        CrlHandle list(d2i_X509_CRL(nullptr, &position, long(der.size())));
        ERR_clear_error();
        if (!list || position != der.data() + der.size())
            return badBundle("expected certificate revocation lists, got something else among them");
        const auto issuer = textOf(X509_CRL_get_issuer(list.get()));
        const auto nextUpdate = timeOf(X509_CRL_get0_nextUpdate(list.get()));
        if (!nextUpdate) return badBundle("expected a nextUpdate in the CRL of " + issuer + ", got none");
        const auto issued = [&](const pki::X509Handle& certificate) { return isBy(list.get(), certificate.get()); };
        if (std::none_of(roots.begin(), roots.end(), issued) &&
            std::none_of(impl->intermediates.begin(), impl->intermediates.end(), issued))
            return badBundle("the CRL of " + issuer + " is signed by no certificate of the bundle");
        impl->expiries.push_back({"crl", issuer, *nextUpdate});
        impl->crls.push_back({std::move(list), *nextUpdate});
    }
    ERR_clear_error();
    return EndorsementTrust(std::move(impl));
}

Result<EndorsementKey> EndorsementTrust::verify(ByteView ekCertificateDer, Time now) const
{
    const auto certificate = parseCertificate(ekCertificateDer);
    if (!certificate)
        return fail(ErrorCode::InvalidRequest, "evidence-malformed",
                    "EK certificate: expected one X.509 certificate in DER, got " +
                        std::to_string(ekCertificateDer.size()) + " octets of something else");

    const StoreContextHandle context(X509_STORE_CTX_new());
    if (!context ||
        X509_STORE_CTX_init(context.get(), m_impl->store.get(), certificate.get(), m_impl->untrusted.get()) != 1)
        return fail(ErrorCode::Internal, "internal", "OpenSSL could not begin to verify");
    X509_STORE_CTX_set_time(context.get(), 0, now.time_since_epoch().count());
    X509_STORE_CTX_set_verify_cb(context.get(), onVerified);
    const bool isVerified = X509_verify_cert(context.get()) == 1;
    ERR_clear_error();
    if (!isVerified) {
        const int code = X509_STORE_CTX_get_error(context.get());
        const X509* at = X509_STORE_CTX_get_current_cert(context.get());
        const auto detail = std::string(X509_verify_cert_error_string(code)) +
                            (at != nullptr ? ": " + textOf(X509_get_subject_name(at)) : "");
        if (code == X509_V_ERR_CERT_HAS_EXPIRED)
            return fail(ErrorCode::PolicyViolation, "evidence-ek-expired", "EK certificate: " + detail);
        return untrusted(detail);
    }

    auto* chain = X509_STORE_CTX_get0_chain(context.get());
    for (int depth = 0; depth + 1 < sk_X509_num(chain); ++depth) {
        X509* subject = sk_X509_value(chain, depth);
        X509* issuer = sk_X509_value(chain, depth + 1);
        std::optional<Time> freshUntil;
        for (const auto& crl : m_impl->crls) {
            if (!isBy(crl.list.get(), issuer)) continue;
            X509_REVOKED* entry = nullptr;
            if (X509_CRL_get0_by_cert(crl.list.get(), &entry, subject) == 1)
                return fail(ErrorCode::PolicyViolation, "evidence-ek-revoked",
                            "EK certificate: " + std::string(depth == 0 ? "revoked" : "an issuer is revoked") + " by " +
                                textOf(X509_get_subject_name(issuer)));
            freshUntil = std::max(freshUntil.value_or(crl.nextUpdate), crl.nextUpdate);
        }
        if (freshUntil && now > *freshUntil)
            return fail(ErrorCode::StoreUnavailable, "evidence-bundle-expired",
                        "the evidence bundle's CRL of " + textOf(X509_get_subject_name(issuer)) +
                            " is past its nextUpdate");
    }

    if (const auto fits = checkEkProfile(certificate.get()); !fits) return tl::unexpected(fits.error());
    EndorsementKey key;
    if (const auto named = readTpmName(certificate.get(), key); !named) return tl::unexpected(named.error());
    key.spki = pki::encodeDer(i2d_X509_PUBKEY, X509_get_X509_PUBKEY(certificate.get()));
    key.spkiSha256 = pki::sha256(key.spki);
    if (!isKnownEndorsementKey(key.spki)) return untrusted("expected a key of RSA-2048, P-256 or P-384, got another");
    return key;
}

const std::vector<TrustExpiry>& EndorsementTrust::expiries() const
{
    return m_impl->expiries;
}

} // namespace gateway::evidence
