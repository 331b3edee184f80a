#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "reference-tcu/reference_unit.h"

namespace tcu {

/// What a unit can be made to do wrong, to see what a station does then.
struct UnitFaults
{
    bool csrFails = false;             ///< generateKeyAndCsr answers generalProgrammingFailure
    bool installFails = false;         ///< installCertificate answers generalProgrammingFailure
    bool verifyWrongSignature = false; ///< the answer to a challenge is a signature over something else
    std::chrono::milliseconds keyDelay{0};
    bool noEkCertificate = false;  ///< F1A4 is empty, as of a TPM without one
    bool foreignEk = false;        ///< the EK certificate is made by nobody's manufacturer, for a key in software
    bool replayedEvidence = false; ///< certified for another nonce than the one asked for
    bool otherKeyEvidence = false; ///< another key of the TPM is certified than the one in the CSR
};

/// Passes everything on to the unit behind it, except for the faults.
class FaultyUnit final : public Unit
{
public:
    /// @param tpm  the unit's
    FaultyUnit(ReferenceUnit& unit, Tpm& tpm, UnitFaults faults);

    [[nodiscard]] std::optional<Bytes> identification(std::uint16_t did) override { return m_unit.identification(did); }
    [[nodiscard]] ProvisioningState state() override { return m_unit.state(); }
    [[nodiscard]] UnitResult<Bytes> pendingCsr() override { return m_unit.pendingCsr(); }
    [[nodiscard]] UnitResult<Bytes> activeLeaf() override { return m_unit.activeLeaf(); }
    [[nodiscard]] UnitResult<std::vector<Sha256>> chainHashes() override { return m_unit.chainHashes(); }
    [[nodiscard]] UnitResult<void> generateKeyAndCsr(const KeyRequest& request) override;
    [[nodiscard]] UnitResult<TpmEvidence> evidence() override;
    [[nodiscard]] UnitResult<void> certifyPendingKey(const CertifyRequest& request) override;
    [[nodiscard]] UnitResult<std::uint32_t> beginStaging(std::uint32_t totalLength) override
    {
        return m_unit.beginStaging(totalLength);
    }
    [[nodiscard]] UnitResult<void> stage(ByteView block) override { return m_unit.stage(block); }
    [[nodiscard]] UnitResult<void> endStaging() override { return m_unit.endStaging(); }
    [[nodiscard]] UnitResult<Sha256> installCertificate(const Transaction& transaction,
                                                        const Sha256& chainSha256) override;
    [[nodiscard]] UnitResult<Bytes> verifyCertificate(const Sha256& challenge) override;
    [[nodiscard]] UnitResult<void> discardPendingKey(const Transaction& transaction) override
    {
        return m_unit.discardPendingKey(transaction);
    }

private:
    [[nodiscard]] TpmResult<EvidenceRecord> certifyOtherKey(const CertifyRequest& request);
    [[nodiscard]] TpmResult<EvidenceRecord> certifyWithoutCredential(const CertifyRequest& request);

    ReferenceUnit& m_unit;
    Tpm& m_tpm;
    UnitFaults m_faults;
    Bytes m_foreignEkCertificate;
    std::optional<EvidenceRecord> m_evidence; ///< instead of the unit's own
};

} // namespace tcu
