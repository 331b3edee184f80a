#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <variant>

#include "can/can_port.h"
#include "isotp/receiver.h"
#include "isotp/sender.h"
#include "provisioning/precise_timer.h"
#include "uds/link_error.h"

namespace tcu {

struct IsoTpLinkSettings
{
    std::uint32_t sendId = 0;    ///< 11 bit
    std::uint32_t receiveId = 0; ///< 11 bit
    isotp::SenderSettings sender = {};
    isotp::ReceiverSettings receiver = {};
};

/// The shell around the ISO-TP sender and receiver: gives them frames and time, does what they want done. Lives in the
/// thread of its port. A frame that the port does not take is offered again every millisecond until N_As ends it, so
/// that none is lost or overtaken.
class IsoTpLink final : public CanPort::Listener
{
public:
    /// Hears what became of messages; may call send() and reset() from inside, must not destroy the link.
    class User
    {
    public:
        virtual ~User() = default;
        virtual void onLinkOpened() = 0;
        /// Everything under way is forgotten.
        virtual void onLinkLost(const std::string& why) = 0;
        virtual void onMessageSent() = 0;
        virtual void onSendFailed(const LinkError& error) = 0;
        virtual void onMessageBegun(ByteView head) = 0;
        virtual void onMessage(ByteView message) = 0;
        virtual void onReceiveFailed(const LinkError& error) = 0;
    };

    /// @param port outlives the link, which becomes its listener
    IsoTpLink(CanPort& port, IsoTpLinkSettings settings, User& user);
    ~IsoTpLink() override;
    IsoTpLink(const IsoTpLink&) = delete;
    IsoTpLink& operator=(const IsoTpLink&) = delete;

    /// Messages go out one after another; each ends with onMessageSent() or onSendFailed().
    void send(Bytes message);
    /// Forgets everything under way, without a word to the user.
    void reset();

    void onPortOpened() override;
    void onPortLost(const std::string& why) override;
    void onFrame(const CanFrame& frame) override;
    void onFrameSent() override;

private:
    enum class Side : std::uint8_t { Sender = 0, Receiver = 1 };
    /// Which message of which side a frame belongs to, so that a late confirmation never counts for the next message.
    struct Tag
    {
        Side side = Side::Sender;
        std::uint64_t epoch = 0;
    };
    struct Outgoing
    {
        Tag tag;
        CanFrame frame;
    };
    struct FrameSent
    {
        Tag tag;
    };
    struct StartNext
    {
    };
    struct TimePassed
    {
    };
    using Event = std::variant<CanFrame, FrameSent, StartNext, TimePassed>;

    void post(Event event);
    void handle(const Event& event);
    void handleFrame(const CanFrame& frame, isotp::TimePoint now);
    void perform(Side side, isotp::Actions actions);
    void offerFrames();
    void armTimer();
    [[nodiscard]] std::uint64_t& epoch(Side side) { return m_epochs[static_cast<std::size_t>(side)]; }
    [[nodiscard]] std::optional<isotp::TimePoint>& deadline(Side side)
    {
        return m_deadlines[static_cast<std::size_t>(side)];
    }

    CanPort& m_port;
    IsoTpLinkSettings m_settings;
    User& m_user;
    isotp::Sender m_sender;
    isotp::Receiver m_receiver;
    PreciseTimer m_timer;
    std::deque<Bytes> m_messages; ///< not yet begun
    std::deque<Outgoing> m_outgoing;
    std::deque<Tag> m_unconfirmed; ///< taken by the port, oldest first
    std::deque<Event> m_events;    ///< the port calls back from inside send()
    bool m_isHandling = false;
    bool m_isOffering = false;
    std::array<std::uint64_t, 2> m_epochs{};
    std::array<std::optional<isotp::TimePoint>, 2> m_deadlines{};
    std::optional<isotp::TimePoint> m_retryAt;
};

} // namespace tcu
