#include "uds/exchange.h"

#include <algorithm>
#include <utility>

#include "uds/nrc_name.h"

namespace tcu {

UdsExchange::UdsExchange(ExchangeSettings settings) : m_settings(settings) {}

UdsExchange::Actions UdsExchange::start(Bytes request)
{
    m_request = std::move(request);
    m_pending = false;
    m_repeats = 0;
    m_state = State::Sending;
    return {Send{m_request}};
}

UdsExchange::Actions UdsExchange::onSent(TimePoint now)
{
    if (m_state != State::Sending) return {};
    m_limit = now + m_settings.pendingLimit;
    return waitFor(State::AwaitAnswer, now + m_settings.p2);
}

UdsExchange::Actions UdsExchange::onSendFailed(LinkError error)
{
    if (m_state != State::Sending) return {};
    error.detail = describeRequest(m_request) + ": " + error.detail;
    return finish(tl::unexpected(std::move(error)));
}

UdsExchange::Actions UdsExchange::onMessageBegun(ByteView head)
{
    if (m_state != State::AwaitAnswer || !mayAnswer(m_request, head)) return {};
    // A unit that sends a frame every N_Cr must not hold us for hours.
    return waitFor(State::Receiving, m_limit);
}

UdsExchange::Actions UdsExchange::onReceiveFailed(LinkError error)
{
    if (m_state != State::Receiving) return {};
    error.detail = "answer to " + describeRequest(m_request) + ": " + error.detail;
    return finish(tl::unexpected(std::move(error)));
}

UdsExchange::Actions UdsExchange::onMessage(ByteView message, TimePoint now)
{
    if (m_state != State::AwaitAnswer && m_state != State::Receiving) return {};
    switch (matchAnswer(m_request, message)) {
    case Match::Foreign:
        return {};
    case Match::Malformed:
        return finish(tl::unexpected(
            error(LinkFault::MalformedResponse, "the answer has " + std::to_string(message.size()) + " bytes")));
    case Match::Positive:
        return finish(Bytes(message.begin(), message.end()));
    case Match::Negative:
        return onNegative(message[2], now);
    }
    return {};
}

UdsExchange::Actions UdsExchange::onNegative(std::uint8_t code, TimePoint now)
{
    if (code == nrc::kResponsePending && m_settings.acceptPending) {
        m_pending = true;
        return waitFor(State::AwaitAnswer, std::min(now + m_settings.p2Star, m_limit));
    }
    if (code == nrc::kBusyRepeatRequest && m_settings.repeatBusy && m_repeats < m_settings.busyRepeats) {
        ++m_repeats;
        return waitFor(State::AwaitRepeat, now + m_settings.busyRepeatDelay);
    }
    LinkError refused = error(LinkFault::NegativeResponse, nrcName(code));
    refused.nrc = code;
    return finish(tl::unexpected(std::move(refused)));
}

UdsExchange::Actions UdsExchange::onTime(TimePoint now)
{
    if (m_state == State::Idle || m_state == State::Sending) return {};
    if (now < m_deadline) return {WaitUntil{m_deadline}};
    if (m_state == State::AwaitRepeat) {
        m_pending = false;
        m_state = State::Sending;
        return {Send{m_request}};
    }
    if (m_state == State::AwaitAnswer && expectsSilence()) return finish(Bytes{});
    const char* const what = m_state == State::Receiving ? "the answer did not end in time"
                             : !m_pending                ? "no answer within P2"
                             : now >= m_limit            ? "responsePending for longer than the limit"
                                                         : "no answer within P2* after responsePending";
    return finish(tl::unexpected(error(LinkFault::ResponseTimeout, what)));
}

bool UdsExchange::expectsSilence() const
{
    return !m_pending && m_request.size() > 1 && hasSubFunction(m_request[0]) &&
           (m_request[1] & kSuppressPositiveResponse) != 0;
}

UdsExchange::Actions UdsExchange::waitFor(State state, TimePoint deadline)
{
    m_state = state;
    m_deadline = deadline;
    return {WaitUntil{deadline}};
}

UdsExchange::Actions UdsExchange::finish(LinkResult<Bytes> answer)
{
    m_state = State::Idle;
    return {Finish{std::move(answer)}};
}

LinkError UdsExchange::error(LinkFault fault, const std::string& what) const
{
    return LinkError{fault, std::nullopt, describeRequest(m_request) + ": " + what};
}

} // namespace tcu
