#pragma once

#include <string>

#include "can/can_frame.h"

namespace tcu {

/// One CAN device as the transport layer needs it: frames in, frames out, and word of what became of them.
/// Lives in one thread; the listener is called in that thread, also from inside send().
class CanPort
{
public:
    class Listener
    {
    public:
        virtual ~Listener() = default;
        virtual void onPortOpened() = 0;
        /// The device could not be opened, or went away. Frames that were not confirmed are lost.
        virtual void onPortLost(const std::string& why) = 0;
        virtual void onFrame(const CanFrame& frame) = 0;
        /// The oldest frame that was taken and not yet confirmed is on the wire.
        virtual void onFrameSent() = 0;
    };

    virtual ~CanPort() = default;

    /// @param listener outlives the port or is replaced by nullptr
    virtual void setListener(Listener* listener) = 0;
    [[nodiscard]] virtual bool isOpen() const = 0;
    /// @return whether the frame was taken; false: the send queue is full or the port is not open, nothing was sent
    [[nodiscard]] virtual bool send(const CanFrame& frame) = 0;
};

} // namespace tcu
