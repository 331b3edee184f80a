#include "isotp/sender.h"

#include <algorithm>
#include <utility>

namespace tcu::isotp {

Sender::Sender(SenderSettings settings) : m_settings(settings) {}

Actions Sender::start(Bytes message, TimePoint now)
{
    m_message = std::move(message);
    m_sequence = 0;
    m_waits = 0;
    m_early.reset();
    m_deadline = now + m_settings.nAs;
    const auto& shape = m_settings.shape;
    if (m_message.size() <= shape.singleFrameCapacity()) {
        m_state = State::SendingSingle;
        m_sent = m_message.size();
        return {SendFrame{singleFrame(m_message, shape)}, WaitUntil{m_deadline}};
    }
    m_state = State::SendingBeforeFlowControl;
    m_sent = firstFrameCapacity(m_message.size(), shape);
    return {SendFrame{firstFrame(m_message, shape)}, WaitUntil{m_deadline}};
}

Actions Sender::onFrameSent(TimePoint now)
{
    switch (m_state) {
    case State::SendingSingle:
        finish();
        return {Sent{}};
    case State::SendingBeforeFlowControl: {
        Actions actions = waitFor(State::AwaitFlowControl, now + m_settings.nBs);
        if (const auto early = std::exchange(m_early, std::nullopt)) return onFlowControl(*early, now);
        return actions;
    }
    case State::SendingConsecutive:
        if (m_sent == m_message.size()) {
            finish();
            return {Sent{}};
        }
        if (m_separation.count() == 0) return sendNext(now);
        return waitFor(State::Separation, now + m_separation);
    case State::Idle:
    case State::AwaitFlowControl:
    case State::Separation:
        return {};
    }
    return {};
}

Actions Sender::onFlowControl(const FlowControl& flowControl, TimePoint now)
{
    if (m_state == State::SendingBeforeFlowControl) {
        m_early = flowControl;
        return {};
    }
    if (m_state != State::AwaitFlowControl) return {};
    switch (flowControl.status) {
    case static_cast<std::uint8_t>(FlowStatus::ContinueToSend):
        m_waits = 0;
        m_leftInBlock = flowControl.blockSize;
        m_separation = flowControl.separation;
        return sendNext(now);
    case static_cast<std::uint8_t>(FlowStatus::Wait):
        if (++m_waits > m_settings.maxWaits) return fail(IsoTpFault::WaitOverrun);
        return waitFor(State::AwaitFlowControl, now + m_settings.nBs);
    case static_cast<std::uint8_t>(FlowStatus::Overflow):
        return fail(IsoTpFault::BufferOverflow);
    default:
        return fail(IsoTpFault::InvalidFs);
    }
}

Actions Sender::onTime(TimePoint now)
{
    if (m_state == State::Idle) return {};
    if (now < m_deadline) return {WaitUntil{m_deadline}};
    switch (m_state) {
    case State::Idle:
        return {};
    case State::SendingSingle:
    case State::SendingBeforeFlowControl:
    case State::SendingConsecutive:
        return fail(IsoTpFault::TimeoutAs);
    case State::AwaitFlowControl:
        return fail(IsoTpFault::TimeoutBs);
    case State::Separation:
        return sendNext(now);
    }
    return {};
}

Actions Sender::sendNext(TimePoint now)
{
    const auto& shape = m_settings.shape;
    const std::size_t count = std::min(shape.consecutiveFrameCapacity(), m_message.size() - m_sent);
    m_sequence = static_cast<std::uint8_t>((m_sequence + 1) & 0x0F);
    Bytes frame = consecutiveFrame(m_sequence, ByteView(m_message).subspan(m_sent, count), shape);
    m_sent += count;
    const bool endsBlock = m_leftInBlock == 1 && m_sent < m_message.size();
    if (m_leftInBlock > 0) --m_leftInBlock;
    m_state = endsBlock ? State::SendingBeforeFlowControl : State::SendingConsecutive;
    m_deadline = now + m_settings.nAs;
    return {SendFrame{std::move(frame)}, WaitUntil{m_deadline}};
}

Actions Sender::waitFor(State state, TimePoint deadline)
{
    m_state = state;
    m_deadline = deadline;
    return {WaitUntil{deadline}};
}

Actions Sender::fail(IsoTpFault fault)
{
    finish();
    return {Failed{fault}};
}

void Sender::finish()
{
    m_state = State::Idle;
    m_message.clear();
    m_early.reset();
}

} // namespace tcu::isotp
