#include "isotp/receiver.h"

#include <algorithm>
#include <utility>

namespace tcu::isotp {

Receiver::Receiver(ReceiverSettings settings) : m_settings(settings) {}

Actions Receiver::onSingleFrame(const SingleFrame& frame)
{
    Actions actions;
    if (m_state != State::Idle) actions = fail(IsoTpFault::UnexpectedPdu);
    actions.emplace_back(Deliver{Bytes(frame.payload.begin(), frame.payload.end())});
    return actions;
}

Actions Receiver::onFirstFrame(const FirstFrame& frame, TimePoint now)
{
    Actions actions;
    if (m_state != State::Idle) actions = fail(IsoTpFault::UnexpectedPdu);
    if (frame.length > m_settings.maxMessageBytes) {
        // Nothing awaits this flow control's confirmation: the message has ended already.
        actions.emplace_back(SendFrame{
            flowControl(FlowStatus::Overflow, m_settings.blockSize, m_settings.separation, m_settings.shape)});
        actions.emplace_back(Failed{IsoTpFault::BufferOverflow});
        return actions;
    }
    m_length = frame.length;
    m_message.assign(frame.payload.begin(), frame.payload.end());
    m_nextSequence = 1;
    actions.emplace_back(Begun{frame.length, m_message});
    auto answer = sendFlowControl(now);
    actions.insert(actions.end(), std::make_move_iterator(answer.begin()), std::make_move_iterator(answer.end()));
    return actions;
}

Actions Receiver::onConsecutiveFrame(const ConsecutiveFrame& frame, TimePoint now)
{
    if (m_state == State::Idle) return {};
    const std::size_t needed = std::min(m_settings.shape.consecutiveFrameCapacity(), m_length - m_message.size());
    if (frame.payload.size() < needed) return {};
    if (frame.sequence != m_nextSequence) return fail(IsoTpFault::WrongSn);
    m_message.insert(m_message.end(), frame.payload.begin(),
                     frame.payload.begin() + static_cast<std::ptrdiff_t>(needed));
    m_nextSequence = static_cast<std::uint8_t>((m_nextSequence + 1) & 0x0F);
    if (m_message.size() == m_length) {
        Actions actions{Deliver{std::move(m_message)}};
        finish();
        return actions;
    }
    if (m_leftInBlock == 1) return sendFlowControl(now);
    if (m_leftInBlock > 0) --m_leftInBlock;
    m_state = State::AwaitConsecutive;
    m_deadline = now + m_settings.nCr;
    return {WaitUntil{m_deadline}};
}

Actions Receiver::onFrameSent(TimePoint now)
{
    if (m_state != State::SendingFlowControl) return {};
    m_state = State::AwaitConsecutive;
    m_deadline = now + m_settings.nCr;
    return {WaitUntil{m_deadline}};
}

Actions Receiver::onTime(TimePoint now)
{
    if (m_state == State::Idle) return {};
    if (now < m_deadline) return {WaitUntil{m_deadline}};
    return fail(m_state == State::SendingFlowControl ? IsoTpFault::TimeoutAr : IsoTpFault::TimeoutCr);
}

Actions Receiver::sendFlowControl(TimePoint now)
{
    m_leftInBlock = m_settings.blockSize;
    m_state = State::SendingFlowControl;
    m_deadline = now + m_settings.nAr;
    return {SendFrame{
                flowControl(FlowStatus::ContinueToSend, m_settings.blockSize, m_settings.separation, m_settings.shape)},
            WaitUntil{m_deadline}};
}

Actions Receiver::fail(IsoTpFault fault)
{
    finish();
    return {Failed{fault}};
}

void Receiver::finish()
{
    m_state = State::Idle;
    m_message = Bytes{};
    m_length = 0;
}

} // namespace tcu::isotp
