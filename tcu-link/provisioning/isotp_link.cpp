#include "provisioning/isotp_link.h"

#include <algorithm>
#include <utility>

namespace tcu {

namespace {

constexpr std::chrono::milliseconds kRetryInterval{1};

isotp::TimePoint now()
{
    return std::chrono::steady_clock::now();
}

LinkFault linkFault(IsoTpFault fault)
{
    switch (fault) {
    case IsoTpFault::TimeoutAs:
    case IsoTpFault::TimeoutAr:
        return LinkFault::SendTimeout;
    case IsoTpFault::TimeoutBs:
    case IsoTpFault::WaitOverrun:
        return LinkFault::FlowControlTimeout;
    case IsoTpFault::TimeoutCr:
        return LinkFault::ReceiveTimeout;
    case IsoTpFault::WrongSn:
        return LinkFault::WrongSequence;
    case IsoTpFault::InvalidFs:
        return LinkFault::InvalidFlowStatus;
    case IsoTpFault::UnexpectedPdu:
        return LinkFault::MalformedResponse;
    case IsoTpFault::BufferOverflow:
        return LinkFault::Overflow;
    }
    return LinkFault::MalformedResponse;
}

LinkError linkError(IsoTpFault fault)
{
    return LinkError{linkFault(fault), std::nullopt, std::string(nameOf(fault))};
}

template <typename... Handlers>
struct Overloaded : Handlers...
{
    using Handlers::operator()...;
};
template <typename... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

} // namespace

IsoTpLink::IsoTpLink(CanPort& port, IsoTpLinkSettings settings, User& user)
    : m_port(port),
      m_settings(settings),
      m_user(user),
      m_sender(settings.sender),
      m_receiver(settings.receiver),
      m_timer([this] { post(TimePassed{}); })
{
    m_port.setListener(this);
}

IsoTpLink::~IsoTpLink()
{
    m_port.setListener(nullptr);
}

void IsoTpLink::send(Bytes message)
{
    m_messages.push_back(std::move(message));
    post(StartNext{});
}

void IsoTpLink::reset()
{
    m_sender.abort();
    m_receiver.abort();
    m_messages.clear();
    m_outgoing.clear();
    m_events.clear();
    ++epoch(Side::Sender);
    ++epoch(Side::Receiver);
    m_deadlines = {};
    m_retryAt.reset();
    m_timer.stop();
}

void IsoTpLink::onPortOpened()
{
    m_unconfirmed.clear();
    m_user.onLinkOpened();
}

void IsoTpLink::onPortLost(const std::string& why)
{
    reset();
    m_unconfirmed.clear();
    m_user.onLinkLost(why);
}

void IsoTpLink::onFrame(const CanFrame& frame)
{
    if (frame.id() != m_settings.receiveId || frame.idFormat() != CanFrame::IdFormat::Standard11 ||
        frame.format() != CanFrame::Format::Classic) {
        return;
    }
    post(frame);
}

void IsoTpLink::onFrameSent()
{
    if (m_unconfirmed.empty()) return;
    const Tag tag = m_unconfirmed.front();
    m_unconfirmed.pop_front();
    post(FrameSent{tag});
}

void IsoTpLink::post(Event event)
{
    m_events.push_back(std::move(event));
    if (m_isHandling) return;
    m_isHandling = true;
    while (!m_events.empty()) {
        const Event next = std::move(m_events.front());
        m_events.pop_front();
        handle(next);
    }
    m_isHandling = false;
    armTimer();
}

void IsoTpLink::handle(const Event& event)
{
    std::visit(Overloaded{
                   [this](const CanFrame& frame) { handleFrame(frame, now()); },
                   [this](const FrameSent& sent) {
                       if (sent.tag.epoch != epoch(sent.tag.side)) return;
                       perform(sent.tag.side, sent.tag.side == Side::Sender ? m_sender.onFrameSent(now())
                                                                            : m_receiver.onFrameSent(now()));
                   },
                   [this](const StartNext&) {
                       if (m_sender.isBusy() || m_messages.empty()) return;
                       Bytes message = std::move(m_messages.front());
                       m_messages.pop_front();
                       ++epoch(Side::Sender);
                       perform(Side::Sender, m_sender.start(std::move(message), now()));
                   },
                   [this](const TimePassed&) {
                       for (const Side side : {Side::Sender, Side::Receiver}) {
                           if (!deadline(side) || *deadline(side) > now()) continue;
                           deadline(side).reset();
                           perform(side, side == Side::Sender ? m_sender.onTime(now()) : m_receiver.onTime(now()));
                       }
                       offerFrames();
                   },
               },
               event);
}

void IsoTpLink::handleFrame(const CanFrame& frame, isotp::TimePoint at)
{
    const auto pdu = isotp::parse(frame.payload(), m_settings.receiver.shape);
    if (!pdu) return;
    std::visit(
        Overloaded{
            [this](const isotp::SingleFrame& single) { perform(Side::Receiver, m_receiver.onSingleFrame(single)); },
            [this, at](const isotp::FirstFrame& first) { perform(Side::Receiver, m_receiver.onFirstFrame(first, at)); },
            [this, at](const isotp::ConsecutiveFrame& consecutive) {
                perform(Side::Receiver, m_receiver.onConsecutiveFrame(consecutive, at));
            },
            [this, at](const isotp::FlowControl& control) {
                perform(Side::Sender, m_sender.onFlowControl(control, at));
            },
        },
        *pdu);
}

void IsoTpLink::perform(Side side, isotp::Actions actions)
{
    for (auto& action : actions) {
        std::visit(Overloaded{
                       [this, side](const isotp::SendFrame& send) {
                           const std::uint32_t id = m_settings.sendId;
                           if (const auto frame = CanFrame::make(id, send.bytes)) {
                               m_outgoing.push_back(Outgoing{Tag{side, epoch(side)}, *frame});
                               offerFrames();
                           }
                       },
                       [this, side](const isotp::WaitUntil& wait) { deadline(side) = wait.time; },
                       [this, side](const isotp::Sent&) {
                           ++epoch(side);
                           deadline(side).reset();
                           m_user.onMessageSent();
                           post(StartNext{});
                       },
                       [this, side](const isotp::Begun& begun) {
                           ++epoch(side);
                           m_user.onMessageBegun(begun.head);
                       },
                       [this, side](const isotp::Deliver& deliver) {
                           ++epoch(side);
                           deadline(side).reset();
                           m_user.onMessage(deliver.message);
                       },
                       [this, side](const isotp::Failed& failed) {
                           ++epoch(side);
                           deadline(side).reset();
                           if (side == Side::Sender) {
                               m_user.onSendFailed(linkError(failed.fault));
                               post(StartNext{});
                           } else {
                               m_user.onReceiveFailed(linkError(failed.fault));
                           }
                       },
                   },
                   action);
    }
}

void IsoTpLink::offerFrames()
{
    if (m_isOffering) return;
    m_isOffering = true;
    m_retryAt.reset();
    while (!m_outgoing.empty()) {
        const Outgoing next = m_outgoing.front();
        if (next.tag.epoch != epoch(next.tag.side)) {
            m_outgoing.pop_front();
            continue;
        }
        // The port may confirm from inside send().
        m_unconfirmed.push_back(next.tag);
        if (!m_port.send(next.frame)) {
            if (!m_unconfirmed.empty()) m_unconfirmed.pop_back();
            m_retryAt = now() + kRetryInterval;
            break;
        }
        if (!m_outgoing.empty()) m_outgoing.pop_front();
    }
    m_isOffering = false;
}

void IsoTpLink::armTimer()
{
    std::optional<isotp::TimePoint> next = m_retryAt;
    for (const auto& candidate : m_deadlines) {
        if (candidate && (!next || *candidate < *next)) next = candidate;
    }
    if (next) {
        m_timer.start(*next);
    } else {
        m_timer.stop();
    }
}

} // namespace tcu
