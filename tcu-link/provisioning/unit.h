#pragma once

#include <string>

#include <tl/expected.hpp>

#include "can/bytes.h"
#include "provisioning/dialogue.h"

namespace tcu {

/// Why the unit refuses, in the protocol's own terms.
struct UnitRefusal
{
    std::uint8_t nrc = 0x10; ///< ISO 14229-1 Table A.1
    std::string detail;      ///< kept for DID F1A0
};

template <typename T>
using UnitResult = tl::expected<T, UnitRefusal>;

/// What the provisioning server needs of the unit behind it: identity, TPM and the store of keys and chains.
/// Implemented by reference-tcu/ on a real TPM 2.0 and by a fake in tests. Every change is on disk, fsynced, when a
/// call returns, so that a power cut between two calls finds one of the states of UnitState. Not thread-safe; calls may
/// take as long as the TPM does.
class Unit
{
public:
    virtual ~Unit() = default;

    /// Values of F190, F18C, F191, F187, F188, F195 as they go on the wire; nothing when the unit has none.
    [[nodiscard]] virtual std::optional<Bytes> identification(std::uint16_t did) = 0;
    [[nodiscard]] virtual ProvisioningState state() = 0;
    [[nodiscard]] virtual UnitResult<Bytes> pendingCsr() = 0;
    [[nodiscard]] virtual UnitResult<Bytes> activeLeaf() = 0;
    [[nodiscard]] virtual UnitResult<std::vector<Sha256>> chainHashes() = 0;

    /// Creates the key inside the TPM and its CSR. Idempotent by transaction: the same one finds its key again; another
    /// one replaces a pending key, never the active one.
    [[nodiscard]] virtual UnitResult<void> generateKeyAndCsr(const KeyRequest& request) = 0;

    /// F1A4. @return nothing in its fields when the TPM has no EK certificate
    [[nodiscard]] virtual UnitResult<TpmEvidence> evidence() = 0;
    /// RID 0214: activates the credential, has the pending key certified by the AK, and keeps what came of it with the
    /// key. Idempotent: the same nonce finds its evidence again, another one replaces it. @return 0x31 for another
    /// transaction than the pending key's, 0x22 without a pending key or an EK certificate, 0x59 when the credential is
    /// not for this TPM's EK and AK
    [[nodiscard]] virtual UnitResult<void> certifyPendingKey(const CertifyRequest& request) = 0;

    /// Begins staging a chain of that length, or goes on with a staged part of the same transaction.
    /// @return the offset to go on from: 0 for a fresh start
    [[nodiscard]] virtual UnitResult<std::uint32_t> beginStaging(std::uint32_t totalLength) = 0;
    [[nodiscard]] virtual UnitResult<void> stage(ByteView block) = 0;
    [[nodiscard]] virtual UnitResult<void> endStaging() = 0;

    /// Parse, chain to the pinned root, dates, public key equals the pending key, subject equals the requested one,
    /// commit by one fsynced rename, read back, sign once. Idempotent: the chain that is already active for this
    /// transaction is a success.
    /// @return SHA-256 of the installed leaf
    [[nodiscard]] virtual UnitResult<Sha256> installCertificate(const Transaction& transaction,
                                                                const Sha256& chainSha256) = 0;

    /// @return DER ECDSA-Sig-Value by the active key, see kVerifyContext
    [[nodiscard]] virtual UnitResult<Bytes> verifyCertificate(const Sha256& challenge) = 0;
    [[nodiscard]] virtual UnitResult<void> discardPendingKey(const Transaction& transaction) = 0;
};

} // namespace tcu
