#pragma once

#include <chrono>
#include <cstdint>
#include <variant>
#include <vector>

#include "can/bytes.h"
#include "isotp/fault.h"

/// What a sender or a receiver wants done. It neither sends nor waits by itself.
namespace tcu::isotp {

/// Any steady time; the tests' own is as good as the machine's.
using TimePoint = std::chrono::steady_clock::time_point;

/// Put these bytes into a CAN frame and send it; report its end by onFrameSent().
struct SendFrame
{
    Bytes bytes;
};
/// Call onTime() then. Replaces an earlier one; void once the message has ended.
struct WaitUntil
{
    TimePoint time;
};
/// Sender: the whole message is on the wire.
struct Sent
{
};
/// Receiver: a message of several frames has begun.
struct Begun
{
    std::uint32_t length = 0;
    Bytes head; ///< the first frame's part of the message
};
/// Receiver: a message is whole.
struct Deliver
{
    Bytes message;
};
/// The message under way has ended without success; nothing of it is kept.
struct Failed
{
    IsoTpFault fault = IsoTpFault::TimeoutAs;
};

using Action = std::variant<SendFrame, WaitUntil, Sent, Begun, Deliver, Failed>;
using Actions = std::vector<Action>;

} // namespace tcu::isotp
