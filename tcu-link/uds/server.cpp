#include "uds/server.h"

#include <algorithm>
#include <utility>

#include "uds/nrc_name.h"
#include "uds/service.h"

namespace tcu {

namespace {

constexpr std::uint8_t kPlainData = 0x00;          ///< dataFormatIdentifier: neither compressed nor encrypted
constexpr std::uint8_t kTwoByteBlockLength = 0x20; ///< lengthFormatIdentifier of the answer to 0x34
constexpr std::size_t kBlockHeader = 2;            ///< service id and counter

UdsServer::Actions refuse(std::uint8_t service, std::uint8_t code)
{
    return {UdsServer::Respond{Bytes{sid::kNegativeResponse, service, code}}};
}

std::uint8_t positive(std::uint8_t service)
{
    return static_cast<std::uint8_t>(service + sid::kPositiveOffset);
}

std::uint16_t word(ByteView bytes)
{
    return static_cast<std::uint16_t>((bytes[0] << 8) | bytes[1]);
}

void appendWord(Bytes& bytes, std::int64_t value)
{
    const auto clamped = static_cast<std::uint16_t>(std::clamp<std::int64_t>(value, 0, 0xFFFF));
    bytes.push_back(static_cast<std::uint8_t>(clamped >> 8));
    bytes.push_back(static_cast<std::uint8_t>(clamped));
}

std::uint64_t number(ByteView bytes)
{
    std::uint64_t value = 0;
    for (const std::uint8_t byte : bytes)
        value = (value << 8) | byte;
    return value;
}

} // namespace

UdsServer::UdsServer(UdsServerSettings settings) : m_settings(std::move(settings)), m_session(kDefaultSession) {}

bool UdsServer::isDefaultSession() const
{
    return m_session == kDefaultSession;
}

UdsServer::Actions UdsServer::onRequest(ByteView request, TimePoint now)
{
    if (request.empty()) return {};
    if (m_pending) {
        const bool isKeepAlive =
            request.size() == 2 && request[0] == sid::kTesterPresent && request[1] == kSuppressPositiveResponse;
        if (isKeepAlive) return {};
        m_pending->isAbandoned = true;
        return refuse(request[0], nrc::kBusyRepeatRequest);
    }
    m_s3Deadline.reset();
    Actions actions = dispatch(request, now);
    // Without an answer the request ends here, with one it ends with the answer.
    if (actions.empty()) return onResponseEnded(now);
    return withTimer(std::move(actions));
}

UdsServer::Actions UdsServer::dispatch(ByteView request, TimePoint now)
{
    const std::uint8_t service = request[0];
    switch (service) {
    case sid::kDiagnosticSessionControl:
        return sessionControl(request);
    case sid::kTesterPresent:
        return testerPresent(request);
    case sid::kReadDataByIdentifier:
        return readData(request, now);
    case sid::kRoutineControl:
    case sid::kRequestDownload:
    case sid::kTransferData:
    case sid::kRequestTransferExit:
        break;
    default:
        return refuse(service, nrc::kServiceNotSupported);
    }
    if (isDefaultSession()) return refuse(service, nrc::kServiceNotSupportedInActiveSession);
    switch (service) {
    case sid::kRoutineControl:
        return routineControl(request, now);
    case sid::kRequestDownload:
        return requestDownload(request, now);
    case sid::kTransferData:
        return transferData(request, now);
    default:
        return transferExit(request, now);
    }
}

UdsServer::Actions UdsServer::sessionControl(ByteView request)
{
    const std::uint8_t service = request[0];
    if (request.size() != 2) return refuse(service, nrc::kIncorrectMessageLengthOrInvalidFormat);
    const auto session = static_cast<std::uint8_t>(request[1] & ~kSuppressPositiveResponse);
    const auto& known = m_settings.sessions;
    if (session != kDefaultSession && std::find(known.begin(), known.end(), session) == known.end()) {
        return refuse(service, nrc::kSubFunctionNotSupported);
    }
    enterSession(session);
    if (request[1] & kSuppressPositiveResponse) return {};
    Bytes answer{positive(service), session};
    appendWord(answer, m_settings.p2Server.count());
    appendWord(answer, m_settings.p2StarServer.count() / 10);
    return {Respond{std::move(answer)}};
}

void UdsServer::enterSession(std::uint8_t session)
{
    m_session = session;
    m_transfer.reset();
}

UdsServer::Actions UdsServer::testerPresent(ByteView request)
{
    if (request.size() != 2) return refuse(request[0], nrc::kIncorrectMessageLengthOrInvalidFormat);
    if ((request[1] & ~kSuppressPositiveResponse) != 0) return refuse(request[0], nrc::kSubFunctionNotSupported);
    if (request[1] & kSuppressPositiveResponse) return {};
    return {Respond{Bytes{positive(request[0]), 0}}};
}

UdsServer::Actions UdsServer::readData(ByteView request, TimePoint now)
{
    if (request.size() != 3) return refuse(request[0], nrc::kIncorrectMessageLengthOrInvalidFormat);
    return run(job::ReadData{word(request.subspan(1))}, Bytes{positive(request[0]), request[1], request[2]}, request[0],
               false, now);
}

UdsServer::Actions UdsServer::routineControl(ByteView request, TimePoint now)
{
    if (request.size() < 4) return refuse(request[0], nrc::kIncorrectMessageLengthOrInvalidFormat);
    if ((request[1] & ~kSuppressPositiveResponse) != kStartRoutine) {
        return refuse(request[0], nrc::kSubFunctionNotSupported);
    }
    const auto option = request.subspan(4);
    return run(job::StartRoutine{word(request.subspan(2)), Bytes(option.begin(), option.end())},
               Bytes{positive(request[0]), kStartRoutine, request[2], request[3]}, request[0],
               (request[1] & kSuppressPositiveResponse) != 0, now);
}

UdsServer::Actions UdsServer::requestDownload(ByteView request, TimePoint now)
{
    if (request.size() < 3) return refuse(request[0], nrc::kIncorrectMessageLengthOrInvalidFormat);
    if (request[1] != kPlainData) return refuse(request[0], nrc::kRequestOutOfRange);
    const std::size_t sizeBytes = request[2] >> 4;
    const std::size_t addressBytes = request[2] & 0x0F;
    if (sizeBytes < 1 || sizeBytes > 4 || addressBytes < 1 || addressBytes > 4) {
        return refuse(request[0], nrc::kRequestOutOfRange);
    }
    if (request.size() != 3 + addressBytes + sizeBytes) {
        return refuse(request[0], nrc::kIncorrectMessageLengthOrInvalidFormat);
    }
    const std::uint64_t offset = number(request.subspan(3, addressBytes));
    const std::uint64_t total = offset + number(request.subspan(3 + addressBytes));
    if (total == 0 || total > m_settings.maxTransferBytes) {
        return refuse(request[0], nrc::kUploadDownloadNotAccepted);
    }
    m_transfer = Transfer{};
    m_transfer->total = static_cast<std::uint32_t>(total);
    m_transfer->inFlight = static_cast<std::uint32_t>(offset);
    Bytes echo{positive(request[0]), kTwoByteBlockLength};
    appendWord(echo, m_settings.maxBlockLength);
    return run(job::BeginTransfer{static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(total)},
               std::move(echo), request[0], false, now);
}

UdsServer::Actions UdsServer::transferData(ByteView request, TimePoint now)
{
    if (!m_transfer) return refuse(request[0], nrc::kRequestSequenceError);
    if (request.size() <= kBlockHeader || request.size() > m_settings.maxBlockLength) {
        return refuse(request[0], nrc::kIncorrectMessageLengthOrInvalidFormat);
    }
    const std::uint8_t counter = request[1];
    Bytes echo{positive(request[0]), counter};
    if (counter != m_transfer->nextCounter) {
        const bool isRepeated =
            m_transfer->hasStored && counter == static_cast<std::uint8_t>(m_transfer->nextCounter - 1);
        if (!isRepeated) return refuse(request[0], nrc::kWrongBlockSequenceCounter);
        return {Respond{std::move(echo)}};
    }
    const auto data = request.subspan(kBlockHeader);
    if (m_transfer->received == m_transfer->total) return refuse(request[0], nrc::kRequestSequenceError);
    if (data.size() > m_transfer->total - m_transfer->received) {
        m_transfer.reset();
        return refuse(request[0], nrc::kTransferDataSuspended);
    }
    m_transfer->inFlight = static_cast<std::uint32_t>(data.size());
    return run(job::StoreBlock{Bytes(data.begin(), data.end())}, std::move(echo), request[0], false, now);
}

UdsServer::Actions UdsServer::transferExit(ByteView request, TimePoint now)
{
    if (!m_transfer || m_transfer->received != m_transfer->total) {
        return refuse(request[0], nrc::kRequestSequenceError);
    }
    if (request.size() != 1) return refuse(request[0], nrc::kIncorrectMessageLengthOrInvalidFormat);
    return run(job::EndTransfer{}, Bytes{positive(request[0])}, request[0], false, now);
}

UdsServer::Actions UdsServer::run(Job job, Bytes echo, std::uint8_t service, bool isSilent, TimePoint now)
{
    Pending pending;
    pending.echo = std::move(echo);
    pending.service = service;
    pending.isSilent = isSilent;
    // Half of the promise leaves the other half to the transport layer and the machine.
    pending.announceAt = now + m_settings.p2Server / 2;
    m_pending = std::move(pending);
    return {Run{std::move(job)}};
}

UdsServer::Actions UdsServer::onJobDone(JobResult result, TimePoint now)
{
    if (!m_pending) return {};
    Pending pending = std::move(*m_pending);
    m_pending.reset();
    settleTransfer(pending.service, result);
    if (pending.isAbandoned) return onResponseEnded(now);
    if (!result) return refuse(pending.service, result.error());
    if (pending.isSilent && !pending.hasAnnounced) return onResponseEnded(now);
    Bytes answer = std::move(pending.echo);
    answer.insert(answer.end(), result->begin(), result->end());
    return {Respond{std::move(answer)}};
}

void UdsServer::settleTransfer(std::uint8_t service, const JobResult& result)
{
    if (!m_transfer) return;
    switch (service) {
    case sid::kRequestDownload:
        if (!result) {
            m_transfer.reset();
        } else {
            m_transfer->received = m_transfer->inFlight;
        }
        return;
    case sid::kTransferData:
        if (result) {
            m_transfer->received += m_transfer->inFlight;
            m_transfer->hasStored = true;
            ++m_transfer->nextCounter;
        } else if (result.error() != nrc::kBusyRepeatRequest) {
            m_transfer.reset();
        }
        return;
    case sid::kRequestTransferExit:
        if (result || result.error() != nrc::kBusyRepeatRequest) m_transfer.reset();
        return;
    default:
        return;
    }
}

UdsServer::Actions UdsServer::onRequestFailed(TimePoint now)
{
    return onResponseEnded(now);
}

UdsServer::Actions UdsServer::onResponseEnded(TimePoint now)
{
    if (!m_pending && !isDefaultSession()) m_s3Deadline = now + m_settings.s3;
    return withTimer({});
}

UdsServer::Actions UdsServer::onTime(TimePoint now)
{
    Actions actions;
    if (m_pending && !m_pending->isAbandoned && now >= m_pending->announceAt) {
        m_pending->hasAnnounced = true;
        m_pending->announceAt = now + m_settings.p2StarServer / 2;
        actions = refuse(m_pending->service, nrc::kResponsePending);
    }
    if (m_s3Deadline && now >= *m_s3Deadline) {
        m_s3Deadline.reset();
        enterSession(kDefaultSession);
    }
    return withTimer(std::move(actions));
}

UdsServer::Actions UdsServer::withTimer(Actions actions)
{
    if (m_pending && !m_pending->isAbandoned) {
        actions.emplace_back(WaitUntil{m_pending->announceAt});
    } else if (m_s3Deadline) {
        actions.emplace_back(WaitUntil{*m_s3Deadline});
    }
    return actions;
}

} // namespace tcu
