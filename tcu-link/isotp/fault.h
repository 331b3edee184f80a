#pragma once

#include <string_view>

namespace tcu {

/// Why a message did not get through, by ISO 15765-2's N_Result.
enum class IsoTpFault {
    TimeoutAs,      ///< N_TIMEOUT_A of a frame we send as the sender
    TimeoutAr,      ///< N_TIMEOUT_A of a flow control we send as the receiver
    TimeoutBs,      ///< N_TIMEOUT_Bs: no flow control
    TimeoutCr,      ///< N_TIMEOUT_Cr: no consecutive frame
    WrongSn,        ///< N_WRONG_SN
    InvalidFs,      ///< N_INVALID_FS
    UnexpectedPdu,  ///< N_UNEXP_PDU: a new message began before this one was whole
    WaitOverrun,    ///< N_WFT_OVRN: more FC.WAIT in a row than we accept
    BufferOverflow, ///< N_BUFFER_OVFLW: the peer cannot take a message of that length, or we cannot
};

/// The standard's name, for errors and logs.
[[nodiscard]] std::string_view nameOf(IsoTpFault fault);

} // namespace tcu
