#pragma once

#include <cstdint>
#include <string>

#include "can/bytes.h"

/// Service identifiers and message shapes of ISO 14229-1, as far as the provisioning dialogue needs them.
namespace tcu {

namespace sid {
inline constexpr std::uint8_t kDiagnosticSessionControl = 0x10;
inline constexpr std::uint8_t kReadDataByIdentifier = 0x22;
inline constexpr std::uint8_t kRoutineControl = 0x31;
inline constexpr std::uint8_t kRequestDownload = 0x34;
inline constexpr std::uint8_t kTransferData = 0x36;
inline constexpr std::uint8_t kRequestTransferExit = 0x37;
inline constexpr std::uint8_t kTesterPresent = 0x3E;
inline constexpr std::uint8_t kNegativeResponse = 0x7F;
inline constexpr std::uint8_t kPositiveOffset = 0x40;
} // namespace sid

inline constexpr std::uint8_t kSuppressPositiveResponse = 0x80; ///< bit of a sub-function
inline constexpr std::uint8_t kStartRoutine = 0x01;
inline constexpr std::uint8_t kDefaultSession = 0x01;

/// @return whether the service's first parameter is a sub-function (with the suppress bit)
[[nodiscard]] bool hasSubFunction(std::uint8_t service);
/// @return how many bytes after its service id a positive answer repeats from the request: sub-function, DID, RID or
///         block counter. A sub-function is repeated without its suppress bit.
[[nodiscard]] std::size_t echoedBytes(std::uint8_t service);

/// Whether a message answers a request.
enum class Match {
    Foreign,   ///< another service, or another echo: a late answer, or none of ours
    Malformed, ///< claims to answer it, and breaks the standard
    Positive,
    Negative, ///< byte 2 is the code
};
[[nodiscard]] Match matchAnswer(ByteView request, ByteView message);
/// @param head the beginning of a longer message
/// @return whether, as far as the head goes, it may be the positive answer to the request
[[nodiscard]] bool mayAnswer(ByteView request, ByteView head);

/// For the technician: "31 01 0210" of a request, without its data.
[[nodiscard]] std::string describeRequest(ByteView request);

} // namespace tcu
