#include "evidence/evidence_bundle.h"

#include <algorithm>

#include <nlohmann/json.hpp>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "pki/openssl_types.h"

namespace gateway::evidence {
namespace {

using nlohmann::json;

constexpr std::string_view kFormat = "v2c-evidence-bundle-1";
using StoreHandle = pki::OpensslHandle<X509_STORE, X509_STORE_free>;
using StoreContextHandle = pki::OpensslHandle<X509_STORE_CTX, X509_STORE_CTX_free>;
using ExtendedUsageHandle = pki::OpensslHandle<EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free>;
using StackHandle = pki::OpensslHandle<STACK_OF(X509), [](STACK_OF(X509) * stack) { sk_X509_free(stack); }>;

tl::unexpected<Error> bad(const std::string& detail)
{
    return fail(ErrorCode::InvalidRequest, "evidence-bundle", "evidence bundle: " + detail);
}

Bytes signedOctets(ByteView payload)
{
    Bytes octets(kFormat.begin(), kFormat.end());
    octets.push_back('\n');
    octets.insert(octets.end(), payload.begin(), payload.end());
    return octets;
}

pki::X509Handle toX509(const pki::Certificate& certificate)
{
    const unsigned char* position = certificate.der().data();
    return pki::X509Handle(d2i_X509(nullptr, &position, long(certificate.der().size())));
}

json encoded(const std::vector<Bytes>& items)
{
    auto list = json::array();
    for (const auto& item : items)
        list.push_back(toBase64(item));
    return list;
}

Result<std::vector<Bytes>> readList(const json& payload, const char* field)
{
    const auto found = payload.find(field);
    if (found == payload.end() || !found->is_array())
        return bad(std::string("expected a list \"") + field + "\", got none");
    std::vector<Bytes> items;
    for (const auto& element : *found) {
        auto item = element.is_string() ? parseBase64(element.get_ref<const std::string&>()) : std::nullopt;
        if (!item) return bad(std::string("expected base64 in \"") + field + "\", got something else");
        items.push_back(std::move(*item));
    }
    return items;
}

std::string textOf(const json& object, const char* field)
{
    const auto found = object.find(field);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool mayMakeBundles(X509* certificate)
{
    const ExtendedUsageHandle usages(
        static_cast<EXTENDED_KEY_USAGE*>(X509_get_ext_d2i(certificate, NID_ext_key_usage, nullptr, nullptr)));
    for (int i = 0; i < sk_ASN1_OBJECT_num(usages.get()); ++i) {
        char text[80] = {};
        OBJ_obj2txt(text, sizeof text, sk_ASN1_OBJECT_value(usages.get(), i), 1);
        if (text == kBundleSigningUsage) return true;
    }
    return false;
}

Result<std::vector<pki::Certificate>> readSigner(const json& document)
{
    const auto found = document.find("signer");
    if (found == document.end() || !found->is_array() || found->empty() || found->size() > 8)
        return bad("expected 1 to 8 certificates in \"signer\", got none or more");
    std::vector<pki::Certificate> chain;
    for (const auto& element : *found) {
        if (!element.is_string()) return bad("expected PEM in \"signer\", got something else");
        auto certificate = pki::Certificate::parsePem(element.get_ref<const std::string&>());
        if (!certificate) return bad("expected PEM in \"signer\": " + certificate.error().detail);
        chain.push_back(std::move(*certificate));
    }
    return chain;
}

Result<void> verifySigner(const std::vector<pki::Certificate>& chain, const pki::Certificate& root, Time now)
{
    const StoreHandle store(X509_STORE_new());
    const auto anchor = toX509(root);
    X509_STORE_add_cert(store.get(), anchor.get());
    std::vector<pki::X509Handle> certificates;
    const StackHandle untrusted(sk_X509_new_null());
    for (const auto& certificate : chain) {
        certificates.push_back(toX509(certificate));
        sk_X509_push(untrusted.get(), certificates.back().get());
    }
    const StoreContextHandle context(X509_STORE_CTX_new());
    if (!context || X509_STORE_CTX_init(context.get(), store.get(), certificates.front().get(), untrusted.get()) != 1)
        return fail(ErrorCode::Internal, "internal", "OpenSSL could not begin to verify");
    X509_STORE_CTX_set_time(context.get(), X509_V_FLAG_X509_STRICT, now.time_since_epoch().count());
    X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_X509_STRICT);
    const bool isVerified = X509_verify_cert(context.get()) == 1;
    ERR_clear_error();
    if (!isVerified)
        return bad("the signer " + chain.front().subjectText() + " does not chain to " + root.subjectText() + ": " +
                   X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get())));
    if (!mayMakeBundles(certificates.front().get()))
        return bad("expected a signer with extended key usage " + std::string(kBundleSigningUsage) + ", got " +
                   chain.front().subjectText());
    return {};
}

} // namespace

Result<std::string> signBundle(const TrustContent& content, Time createdAt, std::string_view signerChainPem,
                               std::string_view keyPem)
{
    const auto chain = pki::parsePemBundle(signerChainPem);
    if (!chain || chain->empty()) return bad("expected the signer's certificate as PEM, got something else");
    const pki::BioHandle source(BIO_new_mem_buf(keyPem.data(), int(keyPem.size())));
    // An empty passphrase instead of a prompt on the terminal.
    const pki::EvpKeyHandle key(PEM_read_bio_PrivateKey(
        source.get(), nullptr, [](char*, int, int, void*) { return 0; }, nullptr));
    const auto signer = toX509(chain->front());
    if (!key || X509_check_private_key(signer.get(), key.get()) != 1) {
        ERR_clear_error();
        return bad("expected the private key of " + chain->front().subjectText() + " as PEM, got something else");
    }

    const json payload{{"created_at", createdAt.time_since_epoch().count()},
                       {"roots", encoded(content.roots)},
                       {"intermediates", encoded(content.intermediates)},
                       {"crls", encoded(content.crls)}};
    const auto payloadText = payload.dump();
    const auto octets = signedOctets(asBytes(payloadText));
    const pki::EvpDigestContextHandle context(EVP_MD_CTX_new());
    std::size_t length = 0;
    if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
        EVP_DigestSign(context.get(), nullptr, &length, octets.data(), octets.size()) != 1)
        return fail(ErrorCode::Internal, "internal", "OpenSSL could not sign");
    Bytes signature(length);
    if (EVP_DigestSign(context.get(), signature.data(), &length, octets.data(), octets.size()) != 1)
        return fail(ErrorCode::Internal, "internal", "OpenSSL could not sign");
    signature.resize(length);

    nlohmann::ordered_json document{{"format", kFormat},
                                    {"payload", toBase64(asBytes(payloadText))},
                                    {"signature", toBase64(signature)},
                                    {"signer", json::array()}};
    for (const auto& certificate : *chain)
        document["signer"].push_back(certificate.pem());
    return document.dump(2) + "\n";
}

Result<SignedBundle> openBundle(std::string_view text, const pki::Certificate& root, Time now)
{
    const auto document = json::parse(text, nullptr, false);
    if (!document.is_object() || textOf(document, "format") != kFormat)
        return bad("expected JSON with \"format\": \"" + std::string(kFormat) + "\", got something else");
    const auto payload = parseBase64(textOf(document, "payload"));
    const auto signature = parseBase64(textOf(document, "signature"));
    if (!payload || payload->empty() || !signature || signature->empty())
        return bad("expected base64 in \"payload\" and \"signature\", got something else");
    const auto chain = readSigner(document);
    if (!chain) return tl::unexpected(chain.error());
    if (const auto trusted = verifySigner(*chain, root, now); !trusted) return tl::unexpected(trusted.error());

    const auto signer = toX509(chain->front());
    const auto octets = signedOctets(*payload);
    const pki::EvpDigestContextHandle context(EVP_MD_CTX_new());
    const bool isSigned =
        EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, X509_get0_pubkey(signer.get())) == 1 &&
        EVP_DigestVerify(context.get(), signature->data(), signature->size(), octets.data(), octets.size()) == 1;
    ERR_clear_error();
    if (!isSigned) return bad("the signature is not by " + chain->front().subjectText());

    const auto content = json::parse(payload->begin(), payload->end(), nullptr, false);
    const auto created = content.is_object() ? content.find("created_at") : content.end();
    if (!content.is_object() || created == content.end() || !created->is_number_integer())
        return bad("expected a payload with \"created_at\", got something else");
    SignedBundle bundle{{},
                        Time(std::chrono::seconds(created->get<std::int64_t>())),
                        chain->front().subjectText(),
                        chain->front().notAfter()};
    for (const auto& certificate : *chain)
        bundle.signerEnds = std::min(bundle.signerEnds, certificate.notAfter());
    for (const auto& [field, member] :
         {std::pair("roots", &TrustContent::roots), std::pair("intermediates", &TrustContent::intermediates),
          std::pair("crls", &TrustContent::crls)}) {
        auto items = readList(content, field);
        if (!items) return tl::unexpected(items.error());
        bundle.content.*member = std::move(*items);
    }
    return bundle;
}

} // namespace gateway::evidence
