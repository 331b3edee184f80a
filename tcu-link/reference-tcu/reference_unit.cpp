#include "reference-tcu/reference_unit.h"

#include <algorithm>

#include <openssl/err.h>
#include <openssl/rand.h>

#include "reference-tcu/evidence.h"

namespace tcu {

namespace {

constexpr std::size_t kMaxDetailBytes = 120; // DID F1A0

tl::unexpected<UnitRefusal> refuse(std::uint8_t code, std::string detail)
{
    return tl::unexpected(UnitRefusal{code, std::move(detail)});
}

tl::unexpected<UnitRefusal> refuse(const TpmError& error)
{
    const auto code = [&] {
        switch (error.fault) {
        case TpmFault::Unavailable:
            return nrc::kBusyRepeatRequest;
        case TpmFault::WrongCredential:
            return nrc::kChallengeCalculationFailed;
        case TpmFault::Malformed:
            return nrc::kRequestOutOfRange;
        case TpmFault::NoFreeHandle:
        case TpmFault::NoSuchKey:
        case TpmFault::Refused:
            return nrc::kGeneralProgrammingFailure;
        }
        return nrc::kGeneralProgrammingFailure;
    }();
    if (error.fault == TpmFault::WrongCredential)
        return refuse(code, "the credential is not for this TPM's EK and AK: " + error.detail);
    return refuse(code, "TPM: " + error.detail);
}

tl::unexpected<UnitRefusal> refuseStore(const std::string& error)
{
    return refuse(nrc::kGeneralProgrammingFailure, error);
}

bool consistsOf(const std::string& text, std::size_t length, std::string_view alphabet)
{
    return text.size() == length && text.find_first_not_of(alphabet) == std::string::npos;
}

bool hasSubject(const KeyRecord& key, const KeyRequest& request)
{
    return key.deviceId == request.deviceId && key.vinHash == request.vinHash;
}

} // namespace

ReferenceUnit::ReferenceUnit(UnitSettings settings, Tpm& tpm, X509Ptr root)
    : m_settings(std::move(settings)),
      m_tpm(tpm),
      m_root(std::move(root)),
      m_store(m_settings.stateFolder, m_settings.beforeStep)
{
}

void ReferenceUnit::step(const char* name) const
{
    if (m_settings.beforeStep) m_settings.beforeStep(name);
}

template <typename T>
UnitResult<T> ReferenceUnit::remember(UnitResult<T> result)
{
    if (result)
        m_lastRefusal.reset();
    else
        m_lastRefusal = result.error();
    return result;
}

UnitResult<ReferenceUnit::Open> ReferenceUnit::open()
{
    if (const auto prepared = m_store.prepare(); !prepared) return refuseStore(prepared.error());
    auto lock = m_store.lock();
    if (!lock) return refuseStore(lock.error());
    auto record = m_store.load();
    if (!record) return refuseStore(record.error());
    return Open{std::move(*lock), std::move(*record)};
}

UnitResult<void> ReferenceUnit::save(const Record& record)
{
    if (const auto saved = m_store.save(record); !saved) return refuseStore(saved.error());
    return {};
}

UnitResult<void> ReferenceUnit::start()
{
    auto unit = open();
    if (!unit) return tl::unexpected(unit.error());
    if (const auto removed = m_store.removeUnnamed(unit->record); !removed) return refuseStore(removed.error());
    const auto connection = m_tpm.connect();
    if (!connection) return refuse(connection.error());
    if (const auto flushed = m_tpm.flushTransientObjects(); !flushed) return refuse(flushed.error());
    if (auto evicted = evictUnnamedKeys(unit->record); !evicted) return evicted;
    // Here, because creating an RSA EK can take seconds. Without it the unit serves; F1A4 will say what is wrong.
    static_cast<void>(identity());
    return purgeReplaced(unit->record);
}

UnitResult<void> ReferenceUnit::requireNamedKeys(const Record& record)
{
    std::vector<const KeyRecord*> named;
    if (record.active) named.push_back(&record.active->key);
    if (record.pending) named.push_back(&record.pending->key);
    if (record.replaced) named.push_back(&record.replaced->certificate.key);
    for (const KeyRecord* key : named) {
        const auto found = TpmKey::open(m_tpm, key->handle);
        if (!found && found.error().fault != TpmFault::NoSuchKey) return refuse(found.error());
        if (!found || publicKeySha256(found->evp()) != key->publicKeySha256)
            return refuse(nrc::kGeneralProgrammingFailure,
                          "the TPM does not hold the key that the unit's record names: it is another unit's");
    }
    return {};
}

UnitResult<void> ReferenceUnit::evictUnnamedKeys(const Record& record)
{
    if (auto present = requireNamedKeys(record); !present) return present;
    const auto handles = m_tpm.keyHandles();
    if (!handles) return refuse(handles.error());
    for (const auto handle : *handles) {
        if (record.namesHandle(handle)) continue;
        step("evict key");
        if (const auto evicted = m_tpm.evict(handle); !evicted) return refuse(evicted.error());
    }
    return {};
}

UnitResult<void> ReferenceUnit::purgeReplaced(Record& record)
{
    if (!record.replaced || m_settings.clock() < record.replaced->replacedAt + kReplacedKeyLife) return {};
    record.replaced.reset();
    if (auto saved = save(record); !saved) return saved;
    if (const auto removed = m_store.removeUnnamed(record); !removed) return refuseStore(removed.error());
    return evictUnnamedKeys(record);
}

std::optional<Bytes> ReferenceUnit::identification(std::uint16_t did)
{
    const auto found = m_settings.identification.find(did);
    if (found == m_settings.identification.end()) return std::nullopt;
    return Bytes(found->second.begin(), found->second.end());
}

ProvisioningState ReferenceUnit::state()
{
    ProvisioningState result;
    const auto unit = open();
    const auto& refusal = unit ? m_lastRefusal : std::optional(unit.error());
    if (refusal) {
        result.lastNrc = refusal->nrc;
        result.lastDetail = refusal->detail.substr(0, kMaxDetailBytes);
    }
    if (!unit) return result;
    const Record& record = unit->record;
    result.state = record.state();
    if (record.pending) {
        result.transaction = record.pending->key.transaction;
        result.pendingKeySha256 = record.pending->key.publicKeySha256;
        if (record.pending->chainLength != 0) result.stagedLength = m_store.stagedLength(result.transaction);
    } else if (record.active) {
        // A station that lost our last answers goes through its steps again: all of the chain is here already.
        result.transaction = record.active->key.transaction;
        result.stagedLength = record.active->chainLength;
    }
    return result;
}

UnitResult<Bytes> ReferenceUnit::pendingCsr()
{
    const auto unit = open();
    if (!unit) return tl::unexpected(unit.error());
    if (unit->record.pending) return unit->record.pending->key.csr;
    if (unit->record.active) return unit->record.active->key.csr;
    return refuse(nrc::kConditionsNotCorrect, "no key has been generated");
}

UnitResult<Chain> ReferenceUnit::activeChain(const Record& record) const
{
    if (!record.active) return refuse(nrc::kConditionsNotCorrect, "no certificate is installed");
    const auto der = m_store.readChain(record.active->chainFile);
    if (!der) return refuseStore(der.error());
    if (sha256(*der) != record.active->chainSha256)
        return refuse(nrc::kGeneralProgrammingFailure, "the stored chain is not the one that was installed");
    return parseChain(*der);
}

UnitResult<Bytes> ReferenceUnit::activeLeaf()
{
    const auto unit = open();
    if (!unit) return tl::unexpected(unit.error());
    return activeChain(unit->record).map([](const Chain& chain) { return toDer(chain.front().get()); });
}

UnitResult<std::vector<Sha256>> ReferenceUnit::chainHashes()
{
    const auto unit = open();
    if (!unit) return tl::unexpected(unit.error());
    return activeChain(unit->record).map([](const Chain& chain) {
        std::vector<Sha256> hashes;
        for (const auto& certificate : chain)
            hashes.push_back(sha256(toDer(certificate.get())));
        return hashes;
    });
}

UnitResult<void> ReferenceUnit::generateKeyAndCsr(const KeyRequest& request)
{
    return remember(createKey(request, false));
}

UnitResult<void> ReferenceUnit::generateRenewalKey(const KeyRequest& request)
{
    return remember(createKey(request, true));
}

UnitResult<void> ReferenceUnit::createKey(const KeyRequest& request, bool byRenewal)
{
    if (!consistsOf(request.deviceId, 32, "0123456789ABCDEF"))
        return refuse(nrc::kRequestOutOfRange, "device_id: expected 32 upper-case hex digits");
    if (!consistsOf(request.vinHash, 64, "0123456789abcdef"))
        return refuse(nrc::kRequestOutOfRange, "vin_hash: expected 64 lower-case hex digits");
    auto unit = open();
    if (!unit) return tl::unexpected(unit.error());
    Record& record = unit->record;
    const auto connection = m_tpm.connect();
    if (!connection) return refuse(connection.error());

    const KeyRecord* known = nullptr;
    if (record.pending && record.pending->key.transaction == request.transaction)
        known = &record.pending->key;
    else if (record.active && record.active->key.transaction == request.transaction)
        known = &record.active->key;
    if (known) {
        if (!hasSubject(*known, request))
            return refuse(nrc::kRequestOutOfRange, "the transaction is known with another subject");
        if (record.pending && known != &record.pending->key)
            return refuse(nrc::kRequestSequenceError, "the transaction is finished and another one is pending");
        return requireNamedKeys(record);
    }

    if (auto dropped = dropPending(record); !dropped) return dropped;
    if (const auto flushed = m_tpm.flushTransientObjects(); !flushed) return refuse(flushed.error());
    if (auto evicted = evictUnnamedKeys(record); !evicted) return evicted;
    step("create key");
    const auto handle = m_tpm.createSigningKey(m_settings.keyKind);
    if (!handle) return refuse(handle.error());
    step("make request");
    const auto key = TpmKey::open(m_tpm, *handle);
    if (!key) return refuse(key.error());
    auto csr = makeCsr(key->evp(), request.deviceId, request.vinHash);
    ERR_clear_error();
    if (csr.empty()) {
        if (key->lastError()) return refuse(*key->lastError());
        return refuse(nrc::kGeneralProgrammingFailure, "the request could not be made");
    }
    record.pending = PendingRecord{KeyRecord{request.transaction, *handle, request.deviceId, request.vinHash,
                                             std::move(csr), publicKeySha256(key->evp())},
                                   byRenewal, 0, false};
    return save(record);
}

UnitResult<const TpmIdentity*> ReferenceUnit::identity()
{
    if (!m_identity) {
        auto found = m_tpm.identity();
        if (!found) return refuse(found.error());
        m_identity = std::move(*found);
    }
    return &*m_identity;
}

UnitResult<TpmEvidence> ReferenceUnit::evidence()
{
    const auto collect = [&]() -> UnitResult<TpmEvidence> {
        const auto unit = open();
        if (!unit) return tl::unexpected(unit.error());
        const auto tpm = identity();
        if (!tpm) return tl::unexpected(tpm.error());
        TpmEvidence evidence;
        evidence.ekCertificate = (*tpm)->ekCertificate;
        evidence.akPublic = (*tpm)->akPublic;
        if (unit->record.pending && unit->record.pending->evidence) {
            const auto& made = *unit->record.pending->evidence;
            evidence.keyPublic = made.keyPublic;
            evidence.certifyInfo = made.certifyInfo;
            evidence.signature = made.signature;
            evidence.credentialProof = made.credentialProof;
        }
        return evidence;
    };
    return remember(collect());
}

UnitResult<void> ReferenceUnit::certifyPendingKey(const CertifyRequest& request)
{
    const auto certify = [&]() -> UnitResult<void> {
        auto unit = open();
        if (!unit) return tl::unexpected(unit.error());
        auto& pending = unit->record.pending;
        if (!pending) return refuse(nrc::kConditionsNotCorrect, "no key is pending");
        if (pending->key.transaction != request.transaction)
            return refuse(nrc::kRequestOutOfRange, "the pending key belongs to another transaction");
        if (pending->evidence && pending->evidence->nonce == request.nonce) return {};
        const auto connection = m_tpm.connect();
        if (!connection) return refuse(connection.error());
        const auto tpm = identity();
        if (!tpm) return tl::unexpected(tpm.error());
        if ((*tpm)->ekCertificate.empty()) return refuse(nrc::kConditionsNotCorrect, "the TPM has no EK certificate");
        auto evidence = makeEvidence(m_tpm, pending->key.handle, request);
        if (!evidence) return refuse(evidence.error());
        pending->evidence = std::move(*evidence);
        return save(unit->record);
    };
    return remember(certify());
}

UnitResult<void> ReferenceUnit::dropPending(Record& record)
{
    if (!record.pending) return {};
    const auto transaction = record.pending->key.transaction;
    const auto handle = record.pending->key.handle;
    record.pending.reset();
    if (auto saved = save(record); !saved) return saved;
    if (const auto removed = m_store.removeStaged(transaction); !removed) return refuseStore(removed.error());
    step("evict key");
    if (const auto evicted = m_tpm.evict(handle); !evicted) return refuse(evicted.error());
    return {};
}

UnitResult<void> ReferenceUnit::dropStaged(Record& record)
{
    // The record first: bytes that it does not count are removed later, but counted bytes must be there.
    record.pending->chainLength = 0;
    record.pending->staged = false;
    if (auto saved = save(record); !saved) return saved;
    if (const auto removed = m_store.removeStaged(record.pending->key.transaction); !removed)
        return refuseStore(removed.error());
    return {};
}

UnitResult<std::uint32_t> ReferenceUnit::beginStaging(std::uint32_t totalLength)
{
    const auto begin = [&]() -> UnitResult<std::uint32_t> {
        if (totalLength == 0 || totalLength > kMaxChainBytes)
            return refuse(nrc::kRequestOutOfRange,
                          "chain length: expected 1 to " + std::to_string(kMaxChainBytes) + " bytes");
        auto unit = open();
        if (!unit) return tl::unexpected(unit.error());
        Record& record = unit->record;
        if (!record.pending) {
            if (record.active && record.active->chainLength == totalLength) return totalLength;
            return refuse(nrc::kConditionsNotCorrect, "no key is pending");
        }
        if (record.pending->chainLength == totalLength) {
            const auto staged = m_store.stagedLength(record.pending->key.transaction);
            if (staged <= totalLength) return staged;
        }
        if (auto dropped = dropStaged(record); !dropped) return tl::unexpected(dropped.error());
        record.pending->chainLength = totalLength;
        return save(record).map([] { return std::uint32_t{0}; });
    };
    return remember(begin());
}

UnitResult<void> ReferenceUnit::stage(ByteView block)
{
    const auto append = [&]() -> UnitResult<void> {
        const auto unit = open();
        if (!unit) return tl::unexpected(unit.error());
        const auto& pending = unit->record.pending;
        if (!pending || pending->chainLength == 0 || pending->staged)
            return refuse(nrc::kRequestSequenceError, "no transfer is open");
        const auto staged = m_store.stagedLength(pending->key.transaction);
        if (staged + block.size() > pending->chainLength)
            return refuse(nrc::kRequestOutOfRange,
                          "more bytes than the announced " + std::to_string(pending->chainLength));
        if (const auto appended = m_store.appendStaged(pending->key.transaction, block); !appended)
            return refuseStore(appended.error());
        return {};
    };
    return remember(append());
}

UnitResult<void> ReferenceUnit::endStaging()
{
    const auto end = [&]() -> UnitResult<void> {
        auto unit = open();
        if (!unit) return tl::unexpected(unit.error());
        auto& pending = unit->record.pending;
        if (!pending && unit->record.active) return {};
        if (!pending || pending->chainLength == 0) return refuse(nrc::kRequestSequenceError, "no transfer is open");
        if (pending->staged) return {};
        const auto staged = m_store.stagedLength(pending->key.transaction);
        if (staged != pending->chainLength)
            return refuse(nrc::kRequestSequenceError, "staged " + std::to_string(staged) + " of " +
                                                          std::to_string(pending->chainLength) + " bytes");
        pending->staged = true;
        return save(unit->record);
    };
    return remember(end());
}

UnitResult<Bytes> ReferenceUnit::stagedChain(Record& record, const Transaction& transaction, const Sha256& chainSha256)
{
    if (!record.pending) return refuse(nrc::kRequestSequenceError, "no key is pending");
    if (record.pending->key.transaction != transaction)
        return refuse(nrc::kRequestOutOfRange, "the pending key belongs to another transaction");
    if (!record.pending->staged) return refuse(nrc::kRequestSequenceError, "no chain is staged");
    auto der = m_store.readStaged(transaction);
    if (!der) return refuseStore(der.error());
    const auto checked = [&]() -> UnitResult<void> {
        if (sha256(*der) != chainSha256)
            return refuse(nrc::kGeneralProgrammingFailure, "the staged chain's SHA-256 is not the announced one");
        const auto chain = parseChain(*der);
        if (!chain) return tl::unexpected(chain.error());
        return checkChain(*chain, {m_root.get(), record.pending->key.csr, m_settings.clock()});
    }();
    if (!checked) {
        // The next attempt must not resume these bytes.
        if (auto dropped = dropStaged(record); !dropped) return tl::unexpected(dropped.error());
        return tl::unexpected(checked.error());
    }
    return std::move(*der);
}

UnitResult<Sha256> ReferenceUnit::installCertificate(const Transaction& transaction, const Sha256& chainSha256)
{
    const auto install = [&]() -> UnitResult<Sha256> {
        auto unit = open();
        if (!unit) return tl::unexpected(unit.error());
        Record& record = unit->record;
        if (record.active && record.active->key.transaction == transaction) {
            if (record.active->chainSha256 == chainSha256) return confirmActive();
            return refuse(nrc::kRequestOutOfRange, "the transaction is finished with another chain");
        }
        const auto der = stagedChain(record, transaction, chainSha256);
        if (!der) return tl::unexpected(der.error());
        const auto chain = parseChain(*der);
        if (!chain) return tl::unexpected(chain.error());

        const auto chainFile = RecordStore::chainFileName(transaction);
        if (const auto written = m_store.writeChain(chainFile, *der); !written) return refuseStore(written.error());
        if (record.active) record.replaced = ReplacedRecord{std::move(*record.active), m_settings.clock()};
        record.active =
            InstalledRecord{std::move(record.pending->key), chainFile, static_cast<std::uint32_t>(der->size()),
                            chainSha256, sha256(toDer(chain->front().get()))};
        record.pending.reset();
        if (auto saved = save(record); !saved) return tl::unexpected(saved.error()); // this rename is the commit
        if (const auto removed = m_store.removeUnnamed(record); !removed) return refuseStore(removed.error());
        return confirmActive();
    };
    auto result = remember(install());
    return result;
}

UnitResult<Sha256> ReferenceUnit::confirmActive()
{
    const auto record = m_store.load();
    if (!record) return refuseStore(record.error());
    const auto chain = activeChain(*record);
    if (!chain) return tl::unexpected(chain.error());
    const auto leafSha256 = sha256(toDer(chain->front().get()));
    if (leafSha256 != record->active->leafSha256)
        return refuse(nrc::kGeneralProgrammingFailure, "the certificate read back is not the one that was installed");
    Sha256 challenge{};
    RAND_bytes(challenge.data(), static_cast<int>(challenge.size()));
    const auto connection = m_tpm.connect();
    if (!connection) return refuse(connection.error());
    if (const auto proof = proveKey(*record->active, chain->front().get(), challenge); !proof)
        return tl::unexpected(proof.error());
    // A second renewal within the grace leaves the oldest key without a name.
    if (const auto evicted = evictUnnamedKeys(*record); !evicted) return tl::unexpected(evicted.error());
    return leafSha256;
}

UnitResult<Bytes> ReferenceUnit::proveKey(const InstalledRecord& installed, X509* leaf, const Sha256& challenge)
{
    Bytes message(kVerifyContext, kVerifyContext + sizeof kVerifyContext - 1);
    message.insert(message.end(), challenge.begin(), challenge.end());
    message.insert(message.end(), installed.leafSha256.begin(), installed.leafSha256.end());

    const auto key = TpmKey::open(m_tpm, installed.key.handle);
    if (!key) return refuse(key.error());
    const EvpMdCtxPtr context(EVP_MD_CTX_new());
    std::size_t length = static_cast<std::size_t>(EVP_PKEY_get_size(key->evp()));
    Bytes signature(length);
    const bool isSigned = context &&
                          EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key->evp()) == 1 &&
                          EVP_DigestSign(context.get(), signature.data(), &length, message.data(), message.size()) == 1;
    ERR_clear_error();
    if (!isSigned) {
        if (key->lastError()) return refuse(*key->lastError());
        return refuse(nrc::kGeneralProgrammingFailure, "the signature could not be made");
    }
    signature.resize(length);
    if (!verifiesWith(leaf, message, signature))
        return refuse(nrc::kGeneralProgrammingFailure, "the TPM's signature does not verify with the certificate");
    return signature;
}

UnitResult<Bytes> ReferenceUnit::verifyCertificate(const Sha256& challenge)
{
    const auto verify = [&]() -> UnitResult<Bytes> {
        const auto unit = open();
        if (!unit) return tl::unexpected(unit.error());
        const auto chain = activeChain(unit->record);
        if (!chain) return tl::unexpected(chain.error());
        const auto connection = m_tpm.connect();
        if (!connection) return refuse(connection.error());
        return proveKey(*unit->record.active, chain->front().get(), challenge);
    };
    return remember(verify());
}

UnitResult<void> ReferenceUnit::discardPendingKey(const Transaction& transaction)
{
    const auto discard = [&]() -> UnitResult<void> {
        auto unit = open();
        if (!unit) return tl::unexpected(unit.error());
        Record& record = unit->record;
        if (record.pending && record.pending->key.transaction != transaction)
            return refuse(nrc::kRequestOutOfRange, "the pending key belongs to another transaction");
        if (!record.pending && record.active && record.active->key.transaction == transaction)
            return refuse(nrc::kConditionsNotCorrect, "the transaction is finished: its certificate is active");
        return dropPending(record);
    };
    return remember(discard());
}

UnitResult<Record> ReferenceUnit::record()
{
    return open().map([](Open&& unit) { return std::move(unit.record); });
}

UnitResult<Credential> ReferenceUnit::activeCredential()
{
    const auto unit = open();
    if (!unit) return tl::unexpected(unit.error());
    auto chain = activeChain(unit->record);
    if (!chain) return tl::unexpected(chain.error());
    auto key = TpmKey::open(m_tpm, unit->record.active->key.handle);
    if (!key) return refuse(key.error());
    return Credential{std::move(*chain), std::move(*key)};
}

UnitResult<Credential> ReferenceUnit::stagedCredential(const Transaction& transaction, const Sha256& chainSha256)
{
    auto unit = open();
    if (!unit) return tl::unexpected(unit.error());
    const auto der = stagedChain(unit->record, transaction, chainSha256);
    if (!der) return tl::unexpected(der.error());
    auto chain = parseChain(*der);
    if (!chain) return tl::unexpected(chain.error());
    auto key = TpmKey::open(m_tpm, unit->record.pending->key.handle);
    if (!key) return refuse(key.error());
    return Credential{std::move(*chain), std::move(*key)};
}

UnitResult<void> ReferenceUnit::rollBack(const Transaction& transaction, const RenewalFailureRecord& failure)
{
    auto unit = open();
    if (!unit) return tl::unexpected(unit.error());
    Record& record = unit->record;
    if (!record.pending || record.pending->key.transaction != transaction)
        return refuse(nrc::kRequestOutOfRange, "the transaction is not pending");
    record.renewalFailure = failure; // dropPending saves both changes in one record
    return dropPending(record);
}

UnitResult<void> ReferenceUnit::forgetRenewalFailure()
{
    auto unit = open();
    if (!unit) return tl::unexpected(unit.error());
    if (!unit->record.renewalFailure) return {};
    unit->record.renewalFailure.reset();
    return save(unit->record);
}

} // namespace tcu
