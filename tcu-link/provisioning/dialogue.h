#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "can/bytes.h"

/// The provisioning dialogue's vocabulary: identifiers, states and records that client and unit share.
/// Source: docs/tcu-link.md. The ids are defaults in the OEM ranges of ISO 14229-1 Annex C.
namespace tcu {

namespace did {
inline constexpr std::uint16_t kVin = 0xF190;
inline constexpr std::uint16_t kEcuSerialNumber = 0xF18C;
inline constexpr std::uint16_t kEcuHardwareNumber = 0xF191;
inline constexpr std::uint16_t kSparePartNumber = 0xF187;
inline constexpr std::uint16_t kSystemSupplierSoftwareNumber = 0xF188;
inline constexpr std::uint16_t kSoftwareVersionNumber = 0xF195;
inline constexpr std::uint16_t kProvisioningState = 0xF1A0;
inline constexpr std::uint16_t kPendingCsr = 0xF1A1;
inline constexpr std::uint16_t kActiveLeaf = 0xF1A2;
inline constexpr std::uint16_t kChainHashes = 0xF1A3;
inline constexpr std::uint16_t kTpmEvidence = 0xF1A4;
} // namespace did

namespace rid {
inline constexpr std::uint16_t kGenerateKeyAndCsr = 0x0210;
inline constexpr std::uint16_t kInstallCertificate = 0x0211;
inline constexpr std::uint16_t kVerifyCertificate = 0x0212;
inline constexpr std::uint16_t kDiscardPendingKey = 0x0213;
inline constexpr std::uint16_t kCertifyPendingKey = 0x0214;
} // namespace rid

using Transaction = std::array<std::uint8_t, 16>;
using Sha256 = std::array<std::uint8_t, 32>;

/// What the unit holds. An old Active certificate stays in use while a new key is pending.
enum class UnitState : std::uint8_t { Empty = 0, KeyPending = 1, ChainStaged = 2, Active = 3 };

/// DID F1A0, in this order on the wire: state (1), transaction (16), SHA-256 of the pending key's SubjectPublicKeyInfo
/// (32), staged length (4, big-endian), last NRC (1), length of the detail (1), detail (UTF-8, at most 120 bytes).
struct ProvisioningState
{
    UnitState state = UnitState::Empty;
    Transaction transaction{};
    Sha256 pendingKeySha256{};
    std::uint32_t stagedLength = 0;
    std::uint8_t lastNrc = 0;
    std::string lastDetail;
};

/// The subject that the unit puts into its CSR: both parts come from the station, the rest of the name is fixed.
/// On the wire (RID 0210): transaction (16), algorithm (1; 0x01 = ECDSA P-256), device_id (32 ASCII), vin_hash (64
/// ASCII).
struct KeyRequest
{
    Transaction transaction{};
    std::string deviceId;
    std::string vinHash;
};

/// RID 0211 option: transaction (16), SHA-256 of the staged chain (32). Status: 0x00 installed, then SHA-256 of the
/// leaf (32). The staged chain on the wire (0x34/0x36/0x37) is the leaf and its issuers without the root: DER
/// certificates one after another. RID 0212 option: challenge (32). Status: 0x00, then the DER ECDSA-Sig-Value over
/// SHA-256("tcu-link/0212/1" ‖ challenge ‖ SHA-256 of the leaf) by the active key.
inline constexpr char kVerifyContext[] = "tcu-link/0212/1";

/// What the unit's TPM says about the pending key, DID F1A4. TPM structures as they are marshalled (TPM 2.0 Library,
/// Part 2). On the wire: the six fields in this order, each with its length (2, big-endian) in front. The first two are
/// there from the start, the others once RID 0214 has been done for the pending key; all are empty in a unit whose TPM
/// has no EK certificate.
struct TpmEvidence
{
    Bytes ekCertificate;   ///< DER
    Bytes akPublic;        ///< TPM2B_PUBLIC
    Bytes keyPublic;       ///< TPM2B_PUBLIC of the pending key
    Bytes certifyInfo;     ///< TPMS_ATTEST by TPM2_Certify; its extraData is SHA-256(transaction ‖ nonce)
    Bytes signature;       ///< TPMT_SIGNATURE over certifyInfo by the AK
    Bytes credentialProof; ///< HMAC-SHA-256(key = activated credential, transaction ‖ SHA-256(certifyInfo))
    bool operator==(const TpmEvidence&) const = default;

    [[nodiscard]] bool certifiesKey() const { return !certifyInfo.empty(); }
};

/// RID 0214 option: transaction (16), nonce (32), credential blob (TPM2B_ID_OBJECT) and encrypted secret
/// (TPM2B_ENCRYPTED_SECRET), each of these two with its length (2, big-endian) in front. Status: 0x00.
struct CertifyRequest
{
    Transaction transaction{};
    std::array<std::uint8_t, 32> nonce{};
    Bytes credentialBlob;
    Bytes encryptedSecret;
};

} // namespace tcu
