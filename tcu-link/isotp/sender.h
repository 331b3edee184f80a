#pragma once

#include "isotp/action.h"
#include "isotp/addressing.h"
#include "isotp/codec.h"

namespace tcu::isotp {

struct SenderSettings
{
    FrameShape shape = {};
    std::chrono::milliseconds nAs{1000};
    std::chrono::milliseconds nBs{1000};
    unsigned maxWaits = 16; ///< FC.WAIT in a row that are accepted (the receiver's N_WFTmax is not known to us)
};

/// Sends one message at a time (ISO 15765-2): events in, actions out. Every frame has its N_As; N_Bs runs from the
/// first frame and from every block's last one; the separation time runs from the confirmed end of a frame.
class Sender final
{
public:
    explicit Sender(SenderSettings settings = {});

    [[nodiscard]] bool isBusy() const { return m_state != State::Idle; }

    /// @param message 1 byte to 2^32 - 1; must not be called while busy
    [[nodiscard]] Actions start(Bytes message, TimePoint now);
    /// The frame of the last SendFrame is on the wire.
    [[nodiscard]] Actions onFrameSent(TimePoint now);
    /// Ignored unless one is awaited, or the frame it answers has no confirmation yet.
    [[nodiscard]] Actions onFlowControl(const FlowControl& flowControl, TimePoint now);
    [[nodiscard]] Actions onTime(TimePoint now);
    /// Forgets the message under way.
    void abort() { finish(); }

private:
    enum class State {
        Idle,
        SendingSingle,
        SendingBeforeFlowControl,
        AwaitFlowControl,
        SendingConsecutive,
        Separation
    };

    Actions sendNext(TimePoint now);
    Actions fail(IsoTpFault fault);
    Actions waitFor(State state, TimePoint deadline);
    void finish();

    SenderSettings m_settings;
    State m_state = State::Idle;
    TimePoint m_deadline{};
    Bytes m_message;
    std::size_t m_sent = 0;
    std::uint8_t m_sequence = 0;
    unsigned m_leftInBlock = 0; ///< 0: no limit
    std::chrono::microseconds m_separation{0};
    unsigned m_waits = 0;
    std::optional<FlowControl> m_early; ///< came before the confirmation of the frame that it answers
};

} // namespace tcu::isotp
