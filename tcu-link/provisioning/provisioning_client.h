#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "can/bytes.h"
#include "provisioning/dialogue.h"
#include "uds/link_error.h"

namespace tcu {

/// Where the unit is and how to speak to it. Defaults are those of docs/tcu-link.md.
struct LinkSettings
{
    /// "socketcan:can0" or "virtualcan:tcp://127.0.0.1:35468/can0": Qt's plugin name, a colon, its device name.
    std::string bus = "socketcan:can0";
    std::uint32_t requestId = 0x7E0;
    std::uint32_t responseId = 0x7E8;
    std::chrono::milliseconds p2{1000}; ///< until the session answer announces the unit's own
    std::chrono::milliseconds p2Star{5000};
    std::chrono::milliseconds pendingLimit{25000}; ///< all 0x78 of one request together
    /// [CP_TesterPresentTime] 3E 80 goes out so long after the last word while a session is open and idle; 0: never.
    std::chrono::milliseconds testerPresent{2000};
    /// Called with each whole message, in the thread of the call: requests, and what came, foreign answers too. Empty:
    /// none.
    std::function<void(bool isRequest, ByteView message)> trace{};
    std::uint32_t blockSizeBytes =
        1024; ///< payload of one TransferData block, also bounded by the unit's answer to 0x34
};

/// The station's side of the provisioning dialogue over UDS, ISO-TP and one CAN device. Every call blocks its thread
/// until the answer or an error is there; one call at a time. The session is kept alive between the calls.
class ProvisioningClient
{
public:
    virtual ~ProvisioningClient() = default;

    /// Opens the device and the programming session (10 40, else 10 03).
    [[nodiscard]] virtual LinkResult<void> openSession() = 0;
    [[nodiscard]] virtual LinkResult<Bytes> readIdentification(std::uint16_t did) = 0;
    [[nodiscard]] virtual LinkResult<ProvisioningState> readState() = 0;
    /// RID 0210, then DID F1A1. @return the PKCS#10 request, DER
    [[nodiscard]] virtual LinkResult<Bytes> generateKeyAndCsr(const KeyRequest& request) = 0;
    /// DID F1A4. @return nothing in its fields from a unit whose TPM has no EK certificate
    [[nodiscard]] virtual LinkResult<TpmEvidence> readEvidence() = 0;
    /// RID 0214; what comes of it is read by readEvidence().
    [[nodiscard]] virtual LinkResult<void> certifyPendingKey(const CertifyRequest& request) = 0;
    /// 34/36/37 from where the unit left off, then RID 0211. @param chainDer leaf first, without the root
    /// @return SHA-256 of the leaf the unit installed
    [[nodiscard]] virtual LinkResult<Sha256> installCertificate(const Transaction& transaction,
                                                                const std::vector<Bytes>& chainDer) = 0;
    [[nodiscard]] virtual LinkResult<Bytes> readActiveLeaf() = 0;
    /// RID 0212. The caller checks the signature against the leaf (see kVerifyContext). @return DER ECDSA-Sig-Value
    [[nodiscard]] virtual LinkResult<Bytes> verifyCertificate(const Sha256& challenge) = 0;
    [[nodiscard]] virtual LinkResult<void> discardPendingKey(const Transaction& transaction) = 0;
};

/// @return a client that opens its device at openSession()
[[nodiscard]] std::unique_ptr<ProvisioningClient> makeProvisioningClient(LinkSettings settings);

} // namespace tcu
