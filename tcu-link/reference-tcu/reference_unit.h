#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "provisioning/unit.h"
#include "reference-tcu/certificates.h"
#include "reference-tcu/record_store.h"
#include "reference-tcu/tpm_key.h"

namespace tcu {

struct UnitSettings
{
    std::filesystem::path stateFolder;
    /// Values by DID (did::kVin ...); a DID that is not there is one the unit does not have.
    std::map<std::uint16_t, std::string> identification;
    std::function<std::chrono::sys_seconds()> clock;
    StepObserver beforeStep = {};
    KeyKind keyKind = KeyKind::Genuine; ///< of the keys that generateKeyAndCsr makes
};

/// A certificate and the key that proves it.
struct Credential
{
    Chain chain;
    TpmKey key;
};

/// The unit behind the dialogue: keys in a TPM, record and chains in a folder. Each call takes the folder's lock and
/// reads the record anew, so that a server and a renewal agent may run beside each other.
///
/// Keys follow the record: a key is created before the record names it and evicted after the record has ceased to, so
/// a power cut leaves at most a key without a name, which start() and the next key creation evict.
///
/// EK and AK belong to the TPM, not to the record, and are never evicted. Evidence is kept with the pending key, on
/// disk before certifyPendingKey() returns, and goes when its certificate has been installed.
///
/// A busy or absent TPM is busyRepeatRequest (0x21); a full disk, a damaged record or a TPM that refuses is
/// generalProgrammingFailure (0x72); both with the cause in words.
class ReferenceUnit final : public Unit
{
public:
    /// Longest chain that is staged.
    static constexpr std::uint32_t kMaxChainBytes = 16384;
    /// How long a replaced key is kept, as long as its certificate is still accepted (specification, "Rotation").
    static constexpr std::chrono::days kReplacedKeyLife{7};

    /// @param tpm   outlives the unit and every Credential
    /// @param root  the pinned trust anchor
    ReferenceUnit(UnitSettings settings, Tpm& tpm, X509Ptr root);

    /// Clears what a power cut has left: files and keys that the record does not name, a replaced key that is due.
    /// Evicts nothing when a key that the record names is not in this TPM: then it belongs to another unit.
    /// @return 0x21 when the TPM cannot be reached (the unit may serve all the same), 0x72 when the record or the
    ///         folder is damaged
    [[nodiscard]] UnitResult<void> start();

    [[nodiscard]] std::optional<Bytes> identification(std::uint16_t did) override;
    [[nodiscard]] ProvisioningState state() override;
    [[nodiscard]] UnitResult<Bytes> pendingCsr() override;
    [[nodiscard]] UnitResult<Bytes> activeLeaf() override;
    [[nodiscard]] UnitResult<std::vector<Sha256>> chainHashes() override;
    [[nodiscard]] UnitResult<void> generateKeyAndCsr(const KeyRequest& request) override;
    [[nodiscard]] UnitResult<TpmEvidence> evidence() override;
    [[nodiscard]] UnitResult<void> certifyPendingKey(const CertifyRequest& request) override;
    [[nodiscard]] UnitResult<std::uint32_t> beginStaging(std::uint32_t totalLength) override;
    [[nodiscard]] UnitResult<void> stage(ByteView block) override;
    [[nodiscard]] UnitResult<void> endStaging() override;
    [[nodiscard]] UnitResult<Sha256> installCertificate(const Transaction& transaction,
                                                        const Sha256& chainSha256) override;
    [[nodiscard]] UnitResult<Bytes> verifyCertificate(const Sha256& challenge) override;
    [[nodiscard]] UnitResult<void> discardPendingKey(const Transaction& transaction) override;

    /// For the renewal agent, which plays the station's part itself.
    [[nodiscard]] UnitResult<Record> record();
    [[nodiscard]] UnitResult<void> generateRenewalKey(const KeyRequest& request);
    [[nodiscard]] UnitResult<Credential> activeCredential();
    /// All checks of installCertificate on the staged chain, without making it the active one.
    [[nodiscard]] UnitResult<Credential> stagedCredential(const Transaction& transaction, const Sha256& chainSha256);
    /// Drops the pending key; what has failed is kept until forgetRenewalFailure().
    [[nodiscard]] UnitResult<void> rollBack(const Transaction& transaction, const RenewalFailureRecord& failure);
    [[nodiscard]] UnitResult<void> forgetRenewalFailure();

private:
    struct Open
    {
        RecordStore::Lock lock;
        Record record;
    };
    [[nodiscard]] UnitResult<Open> open();
    [[nodiscard]] UnitResult<void> save(const Record& record);
    [[nodiscard]] UnitResult<void> createKey(const KeyRequest& request, bool byRenewal);
    [[nodiscard]] UnitResult<const TpmIdentity*> identity();
    [[nodiscard]] UnitResult<void> dropPending(Record& record);
    [[nodiscard]] UnitResult<void> dropStaged(Record& record);
    [[nodiscard]] UnitResult<void> requireNamedKeys(const Record& record);
    [[nodiscard]] UnitResult<void> evictUnnamedKeys(const Record& record);
    [[nodiscard]] UnitResult<void> purgeReplaced(Record& record);
    [[nodiscard]] UnitResult<Bytes> stagedChain(Record& record, const Transaction& transaction,
                                                const Sha256& chainSha256);
    [[nodiscard]] UnitResult<Chain> activeChain(const Record& record) const;
    [[nodiscard]] UnitResult<Sha256> confirmActive();
    [[nodiscard]] UnitResult<Bytes> proveKey(const InstalledRecord& installed, X509* leaf, const Sha256& challenge);
    void step(const char* name) const;
    template <typename T>
    UnitResult<T> remember(UnitResult<T> result);

    UnitSettings m_settings;
    Tpm& m_tpm;
    X509Ptr m_root;
    RecordStore m_store;
    std::optional<TpmIdentity> m_identity; ///< it does not change while the unit runs
    std::optional<UnitRefusal> m_lastRefusal;
};

} // namespace tcu
