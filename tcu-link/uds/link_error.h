#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <tl/expected.hpp>

namespace tcu {

/// Why a request to the unit has no positive answer. Peer answers (NegativeResponse) and faults of our own are apart.
enum class LinkFault {
    BusUnavailable,     ///< the CAN device could not be opened, or went away
    SendTimeout,        ///< N_As: a frame could not be sent
    FlowControlTimeout, ///< N_Bs: the unit did not grant the next block
    ReceiveTimeout,     ///< N_Cr: a consecutive frame is missing
    WrongSequence,      ///< N_WRONG_SN
    Overflow,           ///< the unit or we cannot take a message of that length
    InvalidFlowStatus,  ///< N_INVALID_FS
    ResponseTimeout,    ///< no answer within P2, or within P2* after responseCorrectlyReceived-ResponsePending (0x78)
    NegativeResponse,   ///< nrc is set
    MalformedResponse,  ///< an answer to our request whose content breaks the standard or the dialogue
    VerificationFailed, ///< the unit answered, and what it proved is wrong (signature, certificate read back)
};

struct LinkError
{
    LinkFault fault = LinkFault::ResponseTimeout;
    /// Negative response code of ISO 14229-1 Table A.1.
    std::optional<std::uint8_t> nrc = std::nullopt;
    /// For the technician: the service or step, what was expected and what came. Never a key or a whole VIN.
    std::string detail = {};
};

template <typename T>
using LinkResult = tl::expected<T, LinkError>;

} // namespace tcu
