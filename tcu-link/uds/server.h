#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include <tl/expected.hpp>

#include "can/bytes.h"

namespace tcu {

struct UdsServerSettings
{
    std::vector<std::uint8_t> sessions{0x02, 0x03, 0x40}; ///< besides the default session 0x01
    std::chrono::milliseconds p2Server{50};
    std::chrono::milliseconds p2StarServer{5000};
    std::chrono::milliseconds s3{5000};
    std::uint16_t maxBlockLength = 4095;        ///< of one TransferData request, service id and counter included
    std::uint32_t maxTransferBytes = 64 * 1024; ///< all blocks together
};

/// What the server cannot answer by itself. One at a time; each ends with UdsServer::onJobDone().
namespace job {
struct ReadData
{
    std::uint16_t did = 0;
};
struct StartRoutine
{
    std::uint16_t rid = 0;
    Bytes option;
};
/// 0x34: the memory address is where to go on, address and size together are the whole.
struct BeginTransfer
{
    std::uint32_t offset = 0;
    std::uint32_t totalLength = 0;
};
struct StoreBlock
{
    Bytes data;
};
struct EndTransfer
{
};
} // namespace job
using Job = std::variant<job::ReadData, job::StartRoutine, job::BeginTransfer, job::StoreBlock, job::EndTransfer>;

/// What the positive answer carries after the echo (DID or routine; empty for the others), or a negative response code.
using JobResult = tl::expected<Bytes, std::uint8_t>;

/// The unit's side of ISO 14229-1/-2 for one tester: sessions and S3 (10, 3E), dispatch of 22 and 31 01, the block
/// rules of 34/36/37, 0x78 while a job takes long. Events in, actions out. While a job is pending every other request
/// is answered busyRepeatRequest (0x21), and the pending one has lost its answer: its tester has given it up.
class UdsServer final
{
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    /// Send this message; report its end, also a failed one, by onResponseEnded().
    struct Respond
    {
        Bytes message;
    };
    struct Run
    {
        Job job;
    };
    /// Call onTime() then. Replaces an earlier one; a call that is not needed any more does no harm.
    struct WaitUntil
    {
        TimePoint time;
    };
    using Action = std::variant<Respond, Run, WaitUntil>;
    using Actions = std::vector<Action>;

    explicit UdsServer(UdsServerSettings settings = {});

    /// The first frame of a longer request is here: S3 stands still until it is whole or has failed.
    void onRequestBegun() { m_s3Deadline.reset(); }
    [[nodiscard]] Actions onRequestFailed(TimePoint now);
    [[nodiscard]] Actions onRequest(ByteView request, TimePoint now);
    [[nodiscard]] Actions onJobDone(JobResult result, TimePoint now);
    [[nodiscard]] Actions onResponseEnded(TimePoint now);
    [[nodiscard]] Actions onTime(TimePoint now);

    [[nodiscard]] std::uint8_t session() const { return m_session; }

private:
    struct Pending
    {
        Bytes echo; ///< positive service id and what it repeats
        std::uint8_t service = 0;
        bool isSilent = false; ///< suppressPosRspMsgIndicationBit
        bool isAbandoned = false;
        bool hasAnnounced = false; ///< a 0x78 went out, so the final answer must too
        TimePoint announceAt{};
    };
    struct Transfer
    {
        std::uint32_t total = 0;
        std::uint32_t received = 0;
        std::uint32_t inFlight = 0; ///< bytes of the block that is being stored, or the offset being asked for
        std::uint8_t nextCounter = 1;
        bool hasStored = false;
    };

    Actions dispatch(ByteView request, TimePoint now);
    Actions sessionControl(ByteView request);
    Actions testerPresent(ByteView request);
    Actions readData(ByteView request, TimePoint now);
    Actions routineControl(ByteView request, TimePoint now);
    Actions requestDownload(ByteView request, TimePoint now);
    Actions transferData(ByteView request, TimePoint now);
    Actions transferExit(ByteView request, TimePoint now);
    Actions run(Job job, Bytes echo, std::uint8_t service, bool isSilent, TimePoint now);
    Actions withTimer(Actions actions);
    void settleTransfer(std::uint8_t service, const JobResult& result);
    void enterSession(std::uint8_t session);
    [[nodiscard]] bool isDefaultSession() const;

    UdsServerSettings m_settings;
    std::uint8_t m_session;
    std::optional<TimePoint> m_s3Deadline; ///< nothing in the default session, and while something is under way
    std::optional<Pending> m_pending;
    std::optional<Transfer> m_transfer;
};

} // namespace tcu
