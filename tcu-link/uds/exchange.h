#pragma once

#include <chrono>
#include <optional>
#include <variant>
#include <vector>

#include "can/bytes.h"
#include "uds/link_error.h"
#include "uds/service.h"

namespace tcu {

/// How long a client waits, and how often. Names in brackets are those of ODX's communication parameters.
struct ExchangeSettings
{
    std::chrono::milliseconds p2{1000};             ///< [CP_P2Max] from the request's end to the answer's first frame
    std::chrono::milliseconds p2Star{5000};         ///< [CP_P2Star] the same after each 0x78
    bool acceptPending = true;                      ///< [CP_RC78Handling] false: 0x78 is an error as any other
    std::chrono::milliseconds pendingLimit{25000};  ///< [CP_RC78CompletionTimeout] all 0x78 of one request together
    bool repeatBusy = true;                         ///< [CP_RC21Handling] false: 0x21 is an error as any other
    std::chrono::milliseconds busyRepeatDelay{200}; ///< [CP_RC21RequestTime]
    unsigned busyRepeats = 25;                      ///< how often a request is repeated after 0x21
};

/// One request and its final answer (ISO 14229-2, client side): events in, actions out. Answers to other requests,
/// among them late ones to a request that timed out, are passed over and move no deadline.
class UdsExchange final
{
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    /// Hand the request to the transport layer; report its end by onSent() or onSendFailed().
    struct Send
    {
        Bytes request;
    };
    /// Call onTime() then. Replaces an earlier one; void after Finish.
    struct WaitUntil
    {
        TimePoint time;
    };
    /// The positive answer with its service id (empty: none was asked for, and none came), or why there is none.
    struct Finish
    {
        LinkResult<Bytes> answer;
    };
    using Action = std::variant<Send, WaitUntil, Finish>;
    using Actions = std::vector<Action>;

    explicit UdsExchange(ExchangeSettings settings = {});

    [[nodiscard]] bool isIdle() const { return m_state == State::Idle; }

    /// @param request service id, then its parameters; not empty. Must not be called while another is under way
    [[nodiscard]] Actions start(Bytes request);
    [[nodiscard]] Actions onSent(TimePoint now);
    [[nodiscard]] Actions onSendFailed(LinkError error);
    /// A message of several frames begins. Ours stops P2, N_Cr of the transport layer governs then; others change
    /// nothing.
    /// @param head what the first frame carries of it
    [[nodiscard]] Actions onMessageBegun(ByteView head);
    [[nodiscard]] Actions onMessage(ByteView message, TimePoint now);
    /// The message that had begun will not come.
    [[nodiscard]] Actions onReceiveFailed(LinkError error);
    [[nodiscard]] Actions onTime(TimePoint now);

private:
    enum class State { Idle, Sending, AwaitAnswer, Receiving, AwaitRepeat };

    Actions waitFor(State state, TimePoint deadline);
    Actions onNegative(std::uint8_t code, TimePoint now);
    Actions finish(LinkResult<Bytes> answer);
    [[nodiscard]] LinkError error(LinkFault fault, const std::string& what) const;
    [[nodiscard]] bool expectsSilence() const;

    ExchangeSettings m_settings;
    State m_state = State::Idle;
    Bytes m_request;
    TimePoint m_deadline{};
    TimePoint m_limit{}; ///< no answer is awaited past it, whatever the unit says
    bool m_pending = false;
    unsigned m_repeats = 0;
};

} // namespace tcu
