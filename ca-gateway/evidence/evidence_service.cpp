#include "evidence/evidence_service.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <mutex>
#include <stdexcept>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/stat.h>

#include "evidence/evidence_bundle.h"
#include "evidence/make_credential.h"
#include "evidence/tpm_structures.h"
#include "pki/public_key.h"

namespace gateway::evidence {
namespace {

constexpr std::string_view kNonceLabel = "v2c evidence nonce";
constexpr std::string_view kCredentialLabel = "v2c evidence credential";
constexpr std::size_t kMaxBundleOctets = std::size_t(16) * 1024 * 1024;

tl::unexpected<Error> refuse(const char* type, const std::string& detail)
{
    return fail(ErrorCode::PolicyViolation, type, detail);
}

Bytes joined(ByteView one, ByteView two)
{
    Bytes all(one.size() + two.size());
    std::copy(two.begin(), two.end(), std::copy(one.begin(), one.end(), all.begin()));
    return all;
}

bool isEqual(ByteView one, ByteView two)
{
    return one.size() == two.size() && CRYPTO_memcmp(one.data(), two.data(), one.size()) == 0;
}

/// Names the bits that are missing or too many.
Result<void> checkAttestationKey(const TpmPublic& key)
{
    using Bit = ObjectAttributes;
    for (const auto& [bit, name] : {std::pair(Bit::kRestricted, "restricted"), std::pair(Bit::kSign, "sign"),
                                    std::pair(Bit::kFixedTpm, "fixedTPM"), std::pair(Bit::kFixedParent, "fixedParent"),
                                    std::pair(Bit::kSensitiveDataOrigin, "sensitiveDataOrigin")})
        if (!key.attributes.has(bit))
            return refuse("evidence-ak-unsuitable", std::string("AK: expected ") + name + ", which is not set");
    if (key.attributes.has(Bit::kDecrypt))
        return refuse("evidence-ak-unsuitable", "AK: expected a key that only signs, got one that decrypts too");
    if (!key.scheme)
        return refuse("evidence-ak-unsuitable", "AK: expected one bound to a signature scheme, got one without");
    return {};
}

Result<void> checkPendingKey(const TpmPublic& key)
{
    using Bit = ObjectAttributes;
    if (!key.attributes.has(Bit::kSensitiveDataOrigin))
        return refuse("evidence-key-soft", "the key was made outside and loaded: sensitiveDataOrigin is not set");
    for (const auto& [bit, name] : {std::pair(Bit::kFixedTpm, "fixedTPM"), std::pair(Bit::kFixedParent, "fixedParent")})
        if (!key.attributes.has(bit))
            return refuse("evidence-key-exportable", std::string("the key may leave its TPM: ") + name + " is not set");
    const auto* point = std::get_if<EccPublic>(&key.key);
    if (point == nullptr || point->curve != TpmCurve::P256 || !key.attributes.has(Bit::kSign) ||
        key.attributes.has(Bit::kRestricted) || key.attributes.has(Bit::kDecrypt))
        return refuse("evidence-key-unsuitable", "expected an unrestricted signing key on P-256, got another kind");
    return {};
}

struct Stamp
{
    std::int64_t seconds = 0;
    std::int64_t nanoseconds = 0;
    std::int64_t size = -1;
    std::uint64_t inode = 0;

    friend bool operator==(const Stamp&, const Stamp&) = default;
};

Stamp stampOf(const std::filesystem::path& file)
{
    struct stat status = {};
    if (::stat(file.c_str(), &status) != 0) return {};
    return {status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_size, status.st_ino};
}

/// A bundle that holds.
struct Trust
{
    EndorsementTrust endorsement;
    std::string signer;
    Time signerEnds;
};

Result<std::shared_ptr<const Trust>> loadTrust(const std::filesystem::path& file, const pki::Certificate& root,
                                               Time now)
{
    std::ifstream stream(file, std::ios::binary);
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    if (!stream || error || size > kMaxBundleOctets)
        return fail(ErrorCode::InvalidRequest, "evidence-bundle",
                    "cannot read " + file.string() + " of at most 16 MiB");
    const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    const auto bundle = openBundle(text, root, now);
    if (!bundle) return tl::unexpected(bundle.error());
    auto endorsement = EndorsementTrust::make(bundle->content);
    if (!endorsement) return tl::unexpected(endorsement.error());
    return std::make_shared<const Trust>(Trust{std::move(*endorsement), bundle->signer, bundle->signerEnds});
}

} // namespace

struct EvidenceService::Impl
{
    Impl(EvidenceSettings with, EvidenceKey secret, pki::Certificate anchor, Clock now)
        : settings(std::move(with)), key(std::move(secret)), root(std::move(anchor)), clock(std::move(now))
    {
    }

    EvidenceSettings settings;
    EvidenceKey key;
    pki::Certificate root;
    Clock clock;

    std::mutex mutex;
    std::optional<Stamp> stamp; ///< of the file when it was last read, for good or bad
    std::shared_ptr<const Trust> trust;
    std::optional<Error> reloadFault;

    /// The bundle in force; reads the file when it has changed.
    std::shared_ptr<const Trust> current()
    {
        const std::lock_guard lock(mutex);
        const auto found = stampOf(settings.bundle);
        if (found == stamp) return trust;
        stamp = found;
        auto loaded = loadTrust(settings.bundle, root, clock());
        reloadFault = loaded ? std::nullopt : std::optional<Error>(loaded.error());
        if (loaded) trust = std::move(*loaded);
        return trust;
    }

    Result<EndorsementKey> verifyEk(ByteView certificateDer)
    {
        const auto inForce = current();
        const auto now = clock();
        if (now > inForce->signerEnds)
            return fail(ErrorCode::StoreUnavailable, "evidence-bundle-expired",
                        "the certificate of the evidence bundle's signer has expired: " + inForce->signer);
        return inForce->endorsement.verify(certificateDer, now);
    }
};

EvidenceService::EvidenceService(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
EvidenceService::~EvidenceService() = default;

Result<std::unique_ptr<EvidenceService>> EvidenceService::make(EvidenceSettings settings, EvidenceKey key,
                                                               pki::Certificate root, Clock clock)
{
    auto impl = std::make_unique<Impl>(std::move(settings), std::move(key), std::move(root), std::move(clock));
    impl->current();
    if (!impl->trust) return tl::unexpected(*impl->reloadFault);
    return std::unique_ptr<EvidenceService>(new EvidenceService(std::move(impl)));
}

Result<EvidenceChallenge> EvidenceService::challenge(const ChallengeRequest& request) const
{
    const auto ak = parsePublic(request.akPublic);
    if (!ak) return tl::unexpected(ak.error());
    const auto ek = m_impl->verifyEk(request.ekCertificateDer);
    if (!ek) return tl::unexpected(ek.error());
    if (const auto suitable = checkAttestationKey(*ak); !suitable) return tl::unexpected(suitable.error());

    const auto akSha256 = pki::sha256(ak->area);
    const auto derived = m_impl->key.derive(kCredentialLabel, request.transaction, ek->spkiSha256, akSha256);
    const SecretBytes secret(Bytes(derived.begin(), derived.end()));
    auto credential = makeCredential(ek->spki, ak->name(), secret.reveal());
    if (!credential) return tl::unexpected(credential.error());
    return EvidenceChallenge{m_impl->key.derive(kNonceLabel, request.transaction, ek->spkiSha256, akSha256),
                             std::move(credential->blob), std::move(credential->encryptedSecret)};
}

Result<EvidenceOutcome> EvidenceService::check(const IssueRequest& request, ByteView publicKeyDer) const
{
    if (!request.evidence) {
        if (m_impl->settings.policy == EvidencePolicy::Required)
            return refuse("evidence-missing", "expected TPM evidence of the key, got none");
        return EvidenceOutcome{{}, {{"evidence", "missing"}}};
    }
    const auto& evidence = *request.evidence;
    const auto ak = parsePublic(evidence.akPublic);
    if (!ak) return tl::unexpected(ak.error());
    const auto key = parsePublic(evidence.keyPublic);
    if (!key) return tl::unexpected(key.error());
    const auto attest = parseCertifyAttest(evidence.certifyInfo);
    if (!attest) return tl::unexpected(attest.error());
    const auto signature = parseSignature(evidence.signature);
    if (!signature) return tl::unexpected(signature.error());

    const auto ek = m_impl->verifyEk(evidence.ekCertificateDer);
    if (!ek) return tl::unexpected(ek.error());
    if (const auto suitable = checkAttestationKey(*ak); !suitable) return tl::unexpected(suitable.error());
    if (!verifies(*ak, *signature, evidence.certifyInfo))
        return refuse("evidence-signature", "TPM2_Certify is not signed by the AK");

    const auto akSha256 = pki::sha256(ak->area);
    const auto nonce = m_impl->key.derive(kNonceLabel, request.transaction, ek->spkiSha256, akSha256);
    if (!isEqual(attest->extraData, pki::sha256(joined(request.transaction.bytes(), nonce))))
        return refuse("evidence-replay", "TPM2_Certify was made for another transaction, EK or AK");

    // Only the EK's TPM can have activated the credential, and only with this AK in it.
    const auto credential = m_impl->key.derive(kCredentialLabel, request.transaction, ek->spkiSha256, akSha256);
    const auto message = joined(request.transaction.bytes(), pki::sha256(evidence.certifyInfo));
    std::array<std::uint8_t, 32> proof{};
    if (HMAC(EVP_sha256(), credential.data(), int(credential.size()), message.data(), message.size(), proof.data(),
             nullptr) == nullptr)
        throw std::runtime_error("OpenSSL gave no SHA-256");
    if (!isEqual(evidence.credentialProof, proof))
        return refuse("evidence-credential", "the TPM of this EK has not proved that it holds the AK");

    if (!isEqual(attest->name, key->name()))
        return refuse("evidence-key-mismatch", "TPM2_Certify speaks of another key than the public area beside it");
    if (!isEqual(key->publicKeyDer(), publicKeyDer))
        return refuse("evidence-key-mismatch", "the evidence speaks of another key than the CSR's");
    if (const auto suitable = checkPendingKey(*key); !suitable) return tl::unexpected(suitable.error());

    return EvidenceOutcome{ek->spkiSha256,
                           {{"evidence", "verified"},
                            {"ek_sha256", toLowerHex(ek->spkiSha256)},
                            {"tpm_manufacturer", ek->manufacturer},
                            {"tpm_model", ek->model},
                            {"tpm_version", ek->version}}};
}

EvidenceService::BundleState EvidenceService::checkBundle() const
{
    const auto inForce = m_impl->current();
    const auto now = m_impl->clock();
    BundleState state;
    {
        const std::lock_guard lock(m_impl->mutex);
        state.fault = m_impl->reloadFault;
    }
    state.expiries = inForce->endorsement.expiries();
    state.expiries.push_back({"signer", inForce->signer, inForce->signerEnds});
    for (const auto& expiry : state.expiries) {
        state.isExpiring = state.isExpiring || expiry.at - now < m_impl->settings.alarm;
        // An ended root or intermediate refuses its own units only; these refuse all.
        if (now > expiry.at && (expiry.kind == "crl" || expiry.kind == "signer") && !state.fault)
            state.fault = Error{ErrorCode::StoreUnavailable, "evidence-bundle-expired",
                                "the evidence bundle's " + expiry.kind + " has ended: " + expiry.name};
    }
    return state;
}

} // namespace gateway::evidence
