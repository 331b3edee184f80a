#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>

#include <QCryptographicHash>

#include "provisioning/unit.h"

namespace tcu {

/// What the unit has on its disk: outlives a server, as a disk outlives a power cut.
struct UnitDisk
{
    std::map<std::uint16_t, Bytes> identification;
    UnitState state = UnitState::Empty;
    KeyRequest request;
    Bytes csr;
    Bytes staged;
    std::uint32_t announced = 0;
    Bytes leaf;
    std::vector<Sha256> hashes;
    TpmEvidence evidence;
    CertifyRequest certified; ///< the last one that was obeyed
    std::uint8_t lastNrc = 0;
    std::string lastDetail;
    std::vector<std::uint32_t> stagingOffsets; ///< what every accepted or refused 0x34 was told
    std::size_t stagedBytes = 0;               ///< over all transfers
    int keys = 0;
};

inline Sha256 sha256Of(const Bytes& bytes)
{
    const auto digest = QCryptographicHash::hash(
        QByteArray(reinterpret_cast<const char*>(bytes.data()), static_cast<qsizetype>(bytes.size())),
        QCryptographicHash::Sha256);
    Sha256 value{};
    std::copy(digest.begin(), digest.end(), value.begin());
    return value;
}

/// A unit in memory that keeps the dialogue's rules and knows no cryptography: a certificate is any bytes, the first
/// leafSize of a chain are the leaf.
class FakeUnit final : public Unit
{
public:
    static constexpr std::size_t kLeafBytes = 1100;

    explicit FakeUnit(UnitDisk& disk) : m_disk(disk) {}

    /// Called at the beginning of a call by that name, on the server's worker thread.
    std::function<void(const std::string& call)> onCall;

    std::optional<Bytes> identification(std::uint16_t did) override
    {
        call("identification");
        const auto found = m_disk.identification.find(did);
        if (found == m_disk.identification.end()) return std::nullopt;
        return found->second;
    }
    ProvisioningState state() override
    {
        call("state");
        ProvisioningState state;
        state.state = m_disk.state;
        state.transaction = m_disk.request.transaction;
        state.stagedLength = static_cast<std::uint32_t>(m_disk.staged.size());
        state.lastNrc = m_disk.lastNrc;
        state.lastDetail = m_disk.lastDetail;
        return state;
    }
    UnitResult<Bytes> pendingCsr() override
    {
        call("pendingCsr");
        if (m_disk.csr.empty()) return refuse(0x22, "no pending key");
        return m_disk.csr;
    }
    UnitResult<Bytes> activeLeaf() override
    {
        if (m_disk.leaf.empty()) return refuse(0x22, "no certificate");
        return m_disk.leaf;
    }
    UnitResult<std::vector<Sha256>> chainHashes() override { return m_disk.hashes; }
    UnitResult<void> generateKeyAndCsr(const KeyRequest& request) override
    {
        call("generateKeyAndCsr");
        if (m_disk.state != UnitState::Empty && m_disk.request.transaction == request.transaction) return {};
        ++m_disk.keys;
        m_disk.request = request;
        m_disk.csr = Bytes(310, static_cast<std::uint8_t>(m_disk.keys));
        m_disk.staged.clear();
        m_disk.state = UnitState::KeyPending;
        return {};
    }
    UnitResult<TpmEvidence> evidence() override
    {
        call("evidence");
        return m_disk.evidence;
    }
    UnitResult<void> certifyPendingKey(const CertifyRequest& request) override
    {
        call("certifyPendingKey");
        if (m_disk.state == UnitState::Empty || m_disk.state == UnitState::Active) return refuse(0x22, "no key");
        if (request.transaction != m_disk.request.transaction) return refuse(0x31, "another transaction");
        m_disk.certified = request;
        m_disk.evidence.keyPublic = {1};
        m_disk.evidence.certifyInfo = Bytes(request.nonce.begin(), request.nonce.end());
        m_disk.evidence.signature = {2};
        m_disk.evidence.credentialProof = {3};
        return {};
    }
    UnitResult<std::uint32_t> beginStaging(std::uint32_t totalLength) override
    {
        call("beginStaging");
        if (m_disk.state == UnitState::Empty || m_disk.state == UnitState::Active) return refuse(0x22, "no key");
        if (totalLength != m_disk.announced) m_disk.staged.clear();
        m_disk.announced = totalLength;
        m_disk.stagingOffsets.push_back(static_cast<std::uint32_t>(m_disk.staged.size()));
        return m_disk.stagingOffsets.back();
    }
    UnitResult<void> stage(ByteView block) override
    {
        call("stage");
        m_disk.staged.insert(m_disk.staged.end(), block.begin(), block.end());
        m_disk.stagedBytes += block.size();
        return {};
    }
    UnitResult<void> endStaging() override
    {
        call("endStaging");
        m_disk.state = UnitState::ChainStaged;
        return {};
    }
    UnitResult<Sha256> installCertificate(const Transaction& transaction, const Sha256& chainSha256) override
    {
        call("installCertificate");
        if (transaction != m_disk.request.transaction) return refuse(0x31, "another transaction");
        if (m_disk.state == UnitState::Active) return sha256Of(m_disk.leaf);
        if (m_disk.state != UnitState::ChainStaged) return refuse(0x24, "no chain");
        if (chainSha256 != sha256Of(m_disk.staged)) {
            m_disk.staged.clear();
            m_disk.state = UnitState::KeyPending;
            return refuse(0x72, "the chain's hash differs");
        }
        m_disk.leaf.assign(m_disk.staged.begin(), m_disk.staged.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                                              kLeafBytes, m_disk.staged.size())));
        m_disk.state = UnitState::Active;
        return sha256Of(m_disk.leaf);
    }
    UnitResult<Bytes> verifyCertificate(const Sha256& challenge) override
    {
        call("verifyCertificate");
        if (m_disk.state != UnitState::Active) return refuse(0x22, "no certificate");
        return Bytes(challenge.rbegin(), challenge.rend());
    }
    UnitResult<void> discardPendingKey(const Transaction& transaction) override
    {
        if (transaction != m_disk.request.transaction) return refuse(0x31, "another transaction");
        m_disk.state = UnitState::Empty;
        m_disk.csr.clear();
        m_disk.staged.clear();
        return {};
    }

private:
    void call(const std::string& name) const
    {
        if (onCall) onCall(name);
    }
    tl::unexpected<UnitRefusal> refuse(std::uint8_t nrc, const std::string& detail)
    {
        m_disk.lastNrc = nrc;
        m_disk.lastDetail = detail;
        return tl::unexpected(UnitRefusal{nrc, detail});
    }

    UnitDisk& m_disk;
};

} // namespace tcu
