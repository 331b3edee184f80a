#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "contract/bytes.h"
#include "contract/device_id.h"
#include "contract/messages.h"
#include "contract/transaction_id.h"
#include "contract/vin_hash.h"
#include "flow/run_record.h"

namespace station {

/// What a fault of the unit or of the way to it means for the run.
enum class UnitFault {
    BusUnavailable, ///< the station's own CAN device: nobody was asked
    NoAnswer,       ///< asked, and silent or cut off: cable, power, a lost frame; the unit may have acted
    Busy,           ///< asked, and told to come back
    Voltage,        ///< the unit's supply is out of range
    Refused,        ///< a definite no
    Wrong,          ///< an answer that breaks the dialogue, or proves the wrong thing
};

/// Cable, power and buses are not the unit's fault: the unit is not rejected for them.
[[nodiscard]] constexpr bool isUnitsOwn(UnitFault fault)
{
    return fault == UnitFault::Refused || fault == UnitFault::Wrong;
}

struct UnitError
{
    UnitFault fault = UnitFault::NoAnswer;
    std::string cause; ///< stable slug: "unit-no-answer", "unit-busy", "unit-refused", ...
    std::string detail;
};

template <typename T>
using UnitResult = tl::expected<T, UnitError>;

/// What the unit holds, as it says itself.
struct UnitSnapshot
{
    enum class State { Empty, KeyPending, ChainStaged, Active };

    State state = State::Empty;
    gateway::Bytes transaction; ///< 16 bytes, zero when it never had one
    std::string lastDetail;     ///< why it refused last
};

/// What a run needs of the unit in one slot. Calls block; made, used and destroyed in the thread of one run.
/// Implemented in adapters/ over UDS.
class VehicleUnit
{
public:
    virtual ~VehicleUnit() = default;

    /// Opens the way to the unit and its programming session; again after trouble, as often as needed.
    [[nodiscard]] virtual UnitResult<void> open() = 0;
    /// F190 as it is on the wire, without trailing padding; empty when the unit has none or a blank one.
    [[nodiscard]] virtual UnitResult<std::string> readVin() = 0;
    /// F18C without trailing padding; empty when the unit has none.
    [[nodiscard]] virtual UnitResult<std::string> readEcuSerial() = 0;
    [[nodiscard]] virtual UnitResult<UnitSnapshot> readState() = 0;
    /// A key pair inside the TPM and its PKCS#10 request, DER. The same transaction finds its key again.
    [[nodiscard]] virtual UnitResult<gateway::Bytes> requestCsr(const gateway::TransactionId& transaction,
                                                                const gateway::DeviceId& deviceId,
                                                                const gateway::VinHash& vinHash) = 0;
    /// What its TPM says: EK certificate and AK, and about the pending key once certifyKey() has been done for it.
    /// @return nothing from a unit that cannot give evidence
    [[nodiscard]] virtual UnitResult<std::optional<gateway::TpmEvidence>> readEvidence() = 0;
    /// The same challenge again is harmless.
    [[nodiscard]] virtual UnitResult<void> certifyKey(const gateway::TransactionId& transaction,
                                                      const gateway::EvidenceChallenge& challenge) = 0;
    /// @param chainDer  the leaf, then its issuers without the root. The chain that is active already is a success
    [[nodiscard]] virtual UnitResult<void> installCertificate(const gateway::TransactionId& transaction,
                                                              const std::vector<gateway::Bytes>& chainDer) = 0;
    [[nodiscard]] virtual UnitResult<gateway::Bytes> readActiveLeaf() = 0;
    /// @param challenge  32 bytes @return DER ECDSA-Sig-Value by the active key, to be checked by CertificateChecker
    [[nodiscard]] virtual UnitResult<gateway::Bytes> prove(const gateway::Bytes& challenge) = 0;
    /// What was said on the wire so far; empty when that is not followed.
    [[nodiscard]] virtual std::vector<TranscriptLine> transcript() const { return {}; }
};

/// @return the unit in that slot (1-based), nothing opened yet; null for an unknown slot
using UnitFactory = std::function<std::unique_ptr<VehicleUnit>(int slot)>;

} // namespace station
