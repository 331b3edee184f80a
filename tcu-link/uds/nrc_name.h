#pragma once

#include <cstdint>
#include <string>

namespace tcu {

/// Negative response codes that our own server sends, or that our client treats in a way of their own.
namespace nrc {
inline constexpr std::uint8_t kGeneralReject = 0x10;
inline constexpr std::uint8_t kServiceNotSupported = 0x11;
inline constexpr std::uint8_t kSubFunctionNotSupported = 0x12;
inline constexpr std::uint8_t kIncorrectMessageLengthOrInvalidFormat = 0x13;
inline constexpr std::uint8_t kBusyRepeatRequest = 0x21;
inline constexpr std::uint8_t kConditionsNotCorrect = 0x22;
inline constexpr std::uint8_t kRequestSequenceError = 0x24;
inline constexpr std::uint8_t kRequestOutOfRange = 0x31;
inline constexpr std::uint8_t kUploadDownloadNotAccepted = 0x70;
inline constexpr std::uint8_t kTransferDataSuspended = 0x71;
inline constexpr std::uint8_t kGeneralProgrammingFailure = 0x72;
inline constexpr std::uint8_t kWrongBlockSequenceCounter = 0x73;
inline constexpr std::uint8_t kResponsePending = 0x78;
inline constexpr std::uint8_t kSubFunctionNotSupportedInActiveSession = 0x7E;
inline constexpr std::uint8_t kServiceNotSupportedInActiveSession = 0x7F;
} // namespace nrc

/// @return ISO 14229-1 Table A.1's name, followed by the code: "requestOutOfRange (0x31)"; codes without a name are
///         "vehicleManufacturerSpecific" (0xF0-0xFE) or "reserved"
[[nodiscard]] std::string nrcName(std::uint8_t code);

} // namespace tcu
