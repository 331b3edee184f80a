#include "uds/nrc_name.h"

#include <string_view>

namespace tcu {

namespace {

std::string_view nameOf(std::uint8_t code)
{
    switch (code) {
    case 0x00:
        return "positiveResponse";
    case 0x10:
        return "generalReject";
    case 0x11:
        return "serviceNotSupported";
    case 0x12:
        return "subFunctionNotSupported";
    case 0x13:
        return "incorrectMessageLengthOrInvalidFormat";
    case 0x14:
        return "responseTooLong";
    case 0x21:
        return "busyRepeatRequest";
    case 0x22:
        return "conditionsNotCorrect";
    case 0x24:
        return "requestSequenceError";
    case 0x25:
        return "noResponseFromSubnetComponent";
    case 0x26:
        return "failurePreventsExecutionOfRequestedAction";
    case 0x31:
        return "requestOutOfRange";
    case 0x33:
        return "securityAccessDenied";
    case 0x34:
        return "authenticationRequired";
    case 0x35:
        return "invalidKey";
    case 0x36:
        return "exceedNumberOfAttempts";
    case 0x37:
        return "requiredTimeDelayNotExpired";
    case 0x38:
        return "secureDataTransmissionRequired";
    case 0x39:
        return "secureDataTransmissionNotAllowed";
    case 0x3A:
        return "secureDataVerificationFailed";
    case 0x50:
        return "certificateVerificationFailedInvalidTimePeriod";
    case 0x51:
        return "certificateVerificationFailedInvalidSignature";
    case 0x52:
        return "certificateVerificationFailedInvalidChainOfTrust";
    case 0x53:
        return "certificateVerificationFailedInvalidType";
    case 0x54:
        return "certificateVerificationFailedInvalidFormat";
    case 0x55:
        return "certificateVerificationFailedInvalidContent";
    case 0x56:
        return "certificateVerificationFailedInvalidScope";
    case 0x57:
        return "certificateVerificationFailedInvalidCertificate";
    case 0x58:
        return "ownershipVerificationFailed";
    case 0x59:
        return "challengeCalculationFailed";
    case 0x5A:
        return "settingAccessRightsFailed";
    case 0x5B:
        return "sessionKeyCreationDerivationFailed";
    case 0x5C:
        return "configurationDataUsageFailed";
    case 0x5D:
        return "deAuthenticationFailed";
    case 0x70:
        return "uploadDownloadNotAccepted";
    case 0x71:
        return "transferDataSuspended";
    case 0x72:
        return "generalProgrammingFailure";
    case 0x73:
        return "wrongBlockSequenceCounter";
    case 0x78:
        return "requestCorrectlyReceivedResponsePending";
    case 0x7E:
        return "subFunctionNotSupportedInActiveSession";
    case 0x7F:
        return "serviceNotSupportedInActiveSession";
    case 0x81:
        return "rpmTooHigh";
    case 0x82:
        return "rpmTooLow";
    case 0x83:
        return "engineIsRunning";
    case 0x84:
        return "engineIsNotRunning";
    case 0x85:
        return "engineRunTimeTooLow";
    case 0x86:
        return "temperatureTooHigh";
    case 0x87:
        return "temperatureTooLow";
    case 0x88:
        return "vehicleSpeedTooHigh";
    case 0x89:
        return "vehicleSpeedTooLow";
    case 0x8A:
        return "throttlePedalTooHigh";
    case 0x8B:
        return "throttlePedalTooLow";
    case 0x8C:
        return "transmissionRangeNotInNeutral";
    case 0x8D:
        return "transmissionRangeNotInGear";
    case 0x8F:
        return "brakeSwitchNotClosed";
    case 0x90:
        return "shifterLeverNotInPark";
    case 0x91:
        return "torqueConverterClutchLocked";
    case 0x92:
        return "voltageTooHigh";
    case 0x93:
        return "voltageTooLow";
    case 0x94:
        return "resourceTemporarilyNotAvailable";
    default:
        return code >= 0xF0 && code <= 0xFE ? "vehicleManufacturerSpecific" : "reserved";
    }
}

} // namespace

std::string nrcName(std::uint8_t code)
{
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string text(nameOf(code));
    text += " (0x";
    text += kDigits[code >> 4];
    text += kDigits[code & 0x0F];
    text += ')';
    return text;
}

} // namespace tcu
