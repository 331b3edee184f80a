#include "isotp/fault.h"

namespace tcu {

std::string_view nameOf(IsoTpFault fault)
{
    switch (fault) {
    case IsoTpFault::TimeoutAs:
        return "N_TIMEOUT_A (N_As)";
    case IsoTpFault::TimeoutAr:
        return "N_TIMEOUT_A (N_Ar)";
    case IsoTpFault::TimeoutBs:
        return "N_TIMEOUT_Bs";
    case IsoTpFault::TimeoutCr:
        return "N_TIMEOUT_Cr";
    case IsoTpFault::WrongSn:
        return "N_WRONG_SN";
    case IsoTpFault::InvalidFs:
        return "N_INVALID_FS";
    case IsoTpFault::UnexpectedPdu:
        return "N_UNEXP_PDU";
    case IsoTpFault::WaitOverrun:
        return "N_WFT_OVRN";
    case IsoTpFault::BufferOverflow:
        return "N_BUFFER_OVFLW";
    }
    return "N_ERROR";
}

} // namespace tcu
