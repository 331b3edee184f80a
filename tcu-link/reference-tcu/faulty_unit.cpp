#include "reference-tcu/faulty_unit.h"

#include <thread>

#include <openssl/ec.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include "reference-tcu/evidence.h"
#include "uds/nrc_name.h"

namespace tcu {

namespace {

Bytes makeForeignEkCertificate()
{
    const EvpPkeyPtr key(EVP_EC_gen("P-256"));
    const X509Ptr certificate(X509_new());
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 365L * 24 * 3600);
    X509_NAME* name = X509_get_subject_name(certificate.get());
    const unsigned char maker[] = "No manufacturer";
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, maker, -1, -1, 0);
    X509_set_issuer_name(certificate.get(), name);
    X509_set_pubkey(certificate.get(), key.get());
    X509_sign(certificate.get(), key.get(), EVP_sha256());
    return toDer(certificate.get());
}

} // namespace

FaultyUnit::FaultyUnit(ReferenceUnit& unit, Tpm& tpm, UnitFaults faults) : m_unit(unit), m_tpm(tpm), m_faults(faults)
{
    if (m_faults.foreignEk) m_foreignEkCertificate = makeForeignEkCertificate();
}

UnitResult<TpmEvidence> FaultyUnit::evidence()
{
    if (m_faults.noEkCertificate) return TpmEvidence{};
    auto evidence = m_unit.evidence();
    if (!evidence) return evidence;
    if (m_faults.foreignEk) evidence->ekCertificate = m_foreignEkCertificate;
    if (m_evidence) {
        evidence->keyPublic = m_evidence->keyPublic;
        evidence->certifyInfo = m_evidence->certifyInfo;
        evidence->signature = m_evidence->signature;
        evidence->credentialProof = m_evidence->credentialProof;
    }
    return evidence;
}

UnitResult<void> FaultyUnit::certifyPendingKey(const CertifyRequest& request)
{
    auto asked = request;
    if (m_faults.replayedEvidence) asked.nonce.front() ^= 1;
    if (!m_faults.foreignEk && !m_faults.otherKeyEvidence) return m_unit.certifyPendingKey(asked);
    auto made = m_faults.foreignEk ? certifyWithoutCredential(asked) : certifyOtherKey(asked);
    if (!made) return tl::unexpected(UnitRefusal{nrc::kGeneralProgrammingFailure, "fault: " + made.error().detail});
    m_evidence = std::move(*made);
    return {};
}

TpmResult<EvidenceRecord> FaultyUnit::certifyOtherKey(const CertifyRequest& request)
{
    const auto connection = m_tpm.connect();
    if (!connection) return tl::unexpected(connection.error());
    const auto other = m_tpm.createSigningKey();
    if (!other) return tl::unexpected(other.error());
    auto evidence = makeEvidence(m_tpm, *other, request);
    if (const auto evicted = m_tpm.evict(*other); !evicted) return tl::unexpected(evicted.error());
    return evidence;
}

/// The credential is for a key that this TPM does not have: whoever pretends can only invent a proof.
TpmResult<EvidenceRecord> FaultyUnit::certifyWithoutCredential(const CertifyRequest& request)
{
    const auto record = m_unit.record();
    if (!record || !record->pending) return tl::unexpected(TpmError{TpmFault::NoSuchKey, "no key is pending"});
    Bytes qualifying(request.transaction.begin(), request.transaction.end());
    qualifying.insert(qualifying.end(), request.nonce.begin(), request.nonce.end());
    auto certified = m_tpm.certify(record->pending->key.handle, sha256(qualifying));
    if (!certified) return tl::unexpected(certified.error());
    Bytes proof(Sha256{}.size());
    RAND_bytes(proof.data(), static_cast<int>(proof.size()));
    return EvidenceRecord{request.nonce, std::move(certified->keyPublic), std::move(certified->certifyInfo),
                          std::move(certified->signature), std::move(proof)};
}

UnitResult<void> FaultyUnit::generateKeyAndCsr(const KeyRequest& request)
{
    std::this_thread::sleep_for(m_faults.keyDelay);
    if (m_faults.csrFails) return tl::unexpected(UnitRefusal{nrc::kGeneralProgrammingFailure, "fault: csr-fails"});
    return m_unit.generateKeyAndCsr(request);
}

UnitResult<Sha256> FaultyUnit::installCertificate(const Transaction& transaction, const Sha256& chainSha256)
{
    if (m_faults.installFails)
        return tl::unexpected(UnitRefusal{nrc::kGeneralProgrammingFailure, "fault: install-fails"});
    return m_unit.installCertificate(transaction, chainSha256);
}

UnitResult<Bytes> FaultyUnit::verifyCertificate(const Sha256& challenge)
{
    auto asked = challenge;
    if (m_faults.verifyWrongSignature) asked.front() ^= 1;
    return m_unit.verifyCertificate(asked);
}

} // namespace tcu
