#pragma once

#include "isotp/action.h"
#include "isotp/addressing.h"
#include "isotp/codec.h"

namespace tcu::isotp {

struct ReceiverSettings
{
    FrameShape shape = {};
    std::chrono::milliseconds nAr{1000};
    std::chrono::milliseconds nCr{1000};
    std::uint8_t blockSize = 0; ///< what we ask for: frames per block, 0: all at once
    std::chrono::microseconds separation{0};
    std::size_t maxMessageBytes = 64 * 1024; ///< a longer one gets FC.OVFLW, and nothing is allocated for it
};

/// Receives one message at a time (ISO 15765-2): events in, actions out. N_Cr runs from every flow control and from
/// every consecutive frame.
class Receiver final
{
public:
    explicit Receiver(ReceiverSettings settings = {});

    /// A new single or first frame ends an unfinished message (Failed, UnexpectedPdu) and begins its own.
    [[nodiscard]] Actions onSingleFrame(const SingleFrame& frame);
    [[nodiscard]] Actions onFirstFrame(const FirstFrame& frame, TimePoint now);
    /// Ignored unless one is awaited, or when it is shorter than the message needs it to be.
    [[nodiscard]] Actions onConsecutiveFrame(const ConsecutiveFrame& frame, TimePoint now);
    /// The flow control of the last SendFrame is on the wire.
    [[nodiscard]] Actions onFrameSent(TimePoint now);
    [[nodiscard]] Actions onTime(TimePoint now);
    /// Forgets the message under way.
    void abort() { finish(); }

private:
    enum class State { Idle, SendingFlowControl, AwaitConsecutive };

    Actions sendFlowControl(TimePoint now);
    Actions fail(IsoTpFault fault);
    void finish();

    ReceiverSettings m_settings;
    State m_state = State::Idle;
    TimePoint m_deadline{};
    Bytes m_message;
    std::size_t m_length = 0;
    std::uint8_t m_nextSequence = 1;
    unsigned m_leftInBlock = 0;
};

} // namespace tcu::isotp
