#include "provisioning/provisioning_client.h"

#include <algorithm>
#include <optional>
#include <type_traits>
#include <utility>

#include <QCryptographicHash>
#include <QEventLoop>
#include <QMetaObject>
#include <QObject>
#include <QThread>

#include "can/qt_can_port.h"
#include "provisioning/isotp_link.h"
#include "provisioning/precise_timer.h"
#include "provisioning/records.h"
#include "uds/exchange.h"
#include "uds/nrc_name.h"

namespace tcu {

namespace {

constexpr std::uint32_t kMaxStandardId = 0x7FF;
constexpr std::uint8_t kProvisioningSession = 0x40;
constexpr std::uint8_t kExtendedSession = 0x03;
/// Delta P2 of ISO 14229-2: what the way to the unit and back may add to the times it announces.
constexpr std::chrono::milliseconds kNetworkAllowance{500};
/// A session from which the unit heard nothing for so long is entered anew, because its S3 is 5 s: TesterPresent was
/// switched off, or did not go out.
constexpr std::chrono::milliseconds kSessionIdleLimit{4000};
constexpr int kTransferAttempts = 3;

constexpr std::uint8_t kFourByteAddressAndSize = 0x44;
constexpr std::size_t kBlockHeader = 2;

Sha256 sha256(ByteView bytes)
{
    const QByteArray digest = QCryptographicHash::hash(
        QByteArray(reinterpret_cast<const char*>(bytes.data()), static_cast<qsizetype>(bytes.size())),
        QCryptographicHash::Sha256);
    Sha256 value{};
    std::copy(digest.begin(), digest.end(), value.begin());
    return value;
}

void appendNumber(Bytes& bytes, std::uint32_t value)
{
    for (const int shift : {24, 16, 8, 0})
        bytes.push_back(static_cast<std::uint8_t>(value >> shift));
}

tl::unexpected<LinkError> failure(LinkFault fault, std::string detail)
{
    return tl::unexpected(LinkError{fault, std::nullopt, std::move(detail)});
}

/// The unit's own words, without anything that could disturb a terminal or a log.
std::string printable(std::string_view text)
{
    std::string clean(text);
    std::replace_if(
        clean.begin(), clean.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, '?');
    return clean;
}

/// Whether reading the unit's state and going on from there may help.
bool isWorthResuming(const LinkError& error)
{
    switch (error.fault) {
    case LinkFault::SendTimeout:
    case LinkFault::FlowControlTimeout:
    case LinkFault::ReceiveTimeout:
    case LinkFault::WrongSequence:
    case LinkFault::ResponseTimeout:
        return true;
    case LinkFault::NegativeResponse:
        return error.nrc == nrc::kRequestSequenceError || error.nrc == nrc::kWrongBlockSequenceCounter ||
               error.nrc == nrc::kTransferDataSuspended || error.nrc == nrc::kRequestOutOfRange ||
               error.nrc == nrc::kServiceNotSupportedInActiveSession;
    case LinkFault::BusUnavailable:
    case LinkFault::Overflow:
    case LinkFault::InvalidFlowStatus:
    case LinkFault::MalformedResponse:
    case LinkFault::VerificationFailed:
        return false;
    }
    return false;
}

bool isWrongSession(const LinkError& error)
{
    return error.fault == LinkFault::NegativeResponse && (error.nrc == nrc::kServiceNotSupportedInActiveSession ||
                                                          error.nrc == nrc::kSubFunctionNotSupportedInActiveSession);
}

class Client final : public ProvisioningClient, public IsoTpLink::User
{
public:
    explicit Client(LinkSettings settings)
        : m_settings(std::move(settings)),
          m_timer([this] { perform(m_exchange.onTime(now())); }),
          m_idleTimer([this] { sendTesterPresent(); })
    {
    }

    LinkResult<void> openSession() override
    {
        // Always a fresh device: a bus process or an adapter that came back does not serve the old one, and answers to
        // requests of an earlier session stay behind with it.
        if (auto opened = openDevice(); !opened) return opened;
        return enterSession();
    }

    LinkResult<Bytes> readIdentification(std::uint16_t did) override { return readData(did); }

    LinkResult<ProvisioningState> readState() override
    {
        const auto record = readData(did::kProvisioningState);
        if (!record) return tl::unexpected(record.error());
        auto state = parseState(*record);
        if (!state) {
            return failure(LinkFault::MalformedResponse,
                           "DID F1A0: not a provisioning state (" + std::to_string(record->size()) + " bytes)");
        }
        state->lastDetail = printable(state->lastDetail);
        return *std::move(state);
    }

    LinkResult<Bytes> generateKeyAndCsr(const KeyRequest& request) override
    {
        const auto status = runRoutine(rid::kGenerateKeyAndCsr, encodeKeyRequest(request));
        if (!status) return tl::unexpected(explained(status.error()));
        return readData(did::kPendingCsr);
    }

    LinkResult<TpmEvidence> readEvidence() override
    {
        const auto record = readData(did::kTpmEvidence);
        if (!record) return tl::unexpected(explained(record.error()));
        auto evidence = parseEvidence(*record);
        if (!evidence) {
            return failure(LinkFault::MalformedResponse, "DID F1A4: expected six fields with their lengths (" +
                                                             std::to_string(record->size()) + " bytes)");
        }
        return *std::move(evidence);
    }

    LinkResult<void> certifyPendingKey(const CertifyRequest& request) override
    {
        const auto status = runRoutine(rid::kCertifyPendingKey, encodeCertifyRequest(request));
        if (!status) return tl::unexpected(explained(status.error()));
        return {};
    }

    LinkResult<Sha256> installCertificate(const Transaction& transaction, const std::vector<Bytes>& chainDer) override
    {
        Bytes chain;
        for (const auto& certificate : chainDer)
            chain.insert(chain.end(), certificate.begin(), certificate.end());
        const auto leafHash = chainDer.empty() ? Sha256{} : sha256(chainDer.front());

        bool usedStagedPart = false;
        if (auto staged = stageChain(transaction, chain, usedStagedPart); !staged) {
            return tl::unexpected(staged.error());
        }
        auto installed = activate(transaction, chain);
        if (!installed && usedStagedPart && hasDroppedStaging(installed.error(), transaction)) {
            // The part from an earlier attempt was not the beginning of this chain; the unit has dropped it.
            if (auto staged = stageChain(transaction, chain, usedStagedPart); !staged) {
                return tl::unexpected(staged.error());
            }
            installed = activate(transaction, chain);
        }
        if (!installed) return tl::unexpected(explained(installed.error()));
        if (*installed != leafHash) {
            return failure(LinkFault::VerificationFailed, "31 01 0211: the unit installed another leaf than was sent");
        }
        return installed;
    }

    LinkResult<Bytes> readActiveLeaf() override { return readData(did::kActiveLeaf); }

    LinkResult<Bytes> verifyCertificate(const Sha256& challenge) override
    {
        auto signature = runRoutine(rid::kVerifyCertificate, Bytes(challenge.begin(), challenge.end()));
        if (signature && signature->empty()) return failure(LinkFault::MalformedResponse, "31 01 0212: no signature");
        return signature;
    }

    LinkResult<void> discardPendingKey(const Transaction& transaction) override
    {
        const auto status = runRoutine(rid::kDiscardPendingKey, Bytes(transaction.begin(), transaction.end()));
        if (!status) return tl::unexpected(status.error());
        return {};
    }

private:
    static UdsExchange::TimePoint now() { return std::chrono::steady_clock::now(); }

    // --- device -----------------------------------------------------------------------------------------------------

    LinkResult<void> openDevice()
    {
        m_link.reset();
        m_port.reset();
        m_isLost = false;
        m_session.reset();
        m_idleTimer.stop();
        m_testerPresentsUnderWay = 0;
        const auto name = CanDeviceName::parse(m_settings.bus);
        if (!name) return failure(LinkFault::BusUnavailable, m_settings.bus + ": " + name.error());
        if (m_settings.requestId > kMaxStandardId || m_settings.responseId > kMaxStandardId) {
            return failure(LinkFault::BusUnavailable, "CAN ids have 11 bits");
        }
        m_exchange = UdsExchange(exchangeSettings(m_settings.p2, m_settings.p2Star));
        m_port.emplace(*name, QtCanPort::Reopen::Never);
        IsoTpLinkSettings link;
        link.sendId = m_settings.requestId;
        link.receiveId = m_settings.responseId;
        m_link.emplace(*m_port, link, *this);
        m_port->open();
        while (!m_port->isOpen() && !m_isLost)
            m_loop.exec();
        if (m_isLost) return failure(LinkFault::BusUnavailable, m_settings.bus + ": " + m_whyLost);
        return {};
    }

    [[nodiscard]] ExchangeSettings exchangeSettings(std::chrono::milliseconds p2,
                                                    std::chrono::milliseconds p2Star) const
    {
        ExchangeSettings exchange;
        exchange.p2 = p2;
        exchange.p2Star = p2Star;
        exchange.pendingLimit = m_settings.pendingLimit;
        return exchange;
    }

    // --- requests ---------------------------------------------------------------------------------------------------

    /// One request to its final answer.
    LinkResult<Bytes> exchange(Bytes request)
    {
        if (!m_port) return failure(LinkFault::BusUnavailable, "no session was opened");
        // What came since the last call is seen first: the end of the bus, or answers that nobody waits for any more.
        m_loop.processEvents();
        if (m_isLost) return failure(LinkFault::BusUnavailable, m_whyLost);
        m_answer.reset();
        m_idleTimer.stop();
        if (m_settings.trace) m_settings.trace(true, request);
        perform(m_exchange.start(std::move(request)));
        while (!m_answer)
            m_loop.exec();
        m_lastContact = now();
        if (m_session) waitForIdleness();
        return *std::exchange(m_answer, std::nullopt);
    }

    void waitForIdleness()
    {
        if (m_settings.testerPresent > std::chrono::milliseconds(0) && !m_isLost)
            m_idleTimer.start(now() + m_settings.testerPresent);
    }

    /// Fires between two calls only: exchange() stops the timer.
    void sendTesterPresent()
    {
        if (m_isLost || !m_session) return;
        ++m_testerPresentsUnderWay;
        m_link->send(Bytes{sid::kTesterPresent, kSuppressPositiveResponse});
        waitForIdleness();
    }

    LinkResult<void> enterSession()
    {
        auto answer = exchange(Bytes{sid::kDiagnosticSessionControl, kProvisioningSession});
        if (!answer && answer.error().nrc == nrc::kSubFunctionNotSupported) {
            answer = exchange(Bytes{sid::kDiagnosticSessionControl, kExtendedSession});
        }
        if (!answer) return tl::unexpected(answer.error());
        constexpr std::size_t kAnswerBytes = 6;
        if (answer->size() != kAnswerBytes) {
            return failure(LinkFault::MalformedResponse, "10: expected 6 bytes, got " + std::to_string(answer->size()));
        }
        const Bytes& a = *answer;
        const std::chrono::milliseconds p2((a[2] << 8) | a[3]);
        const std::chrono::milliseconds p2Star(10 * ((a[4] << 8) | a[5]));
        m_exchange = UdsExchange(exchangeSettings(p2 + kNetworkAllowance, p2Star + kNetworkAllowance));
        m_session = a[1];
        waitForIdleness();
        return {};
    }

    /// A request that belongs into the session: enters it again when it has or may have ended.
    LinkResult<Bytes> request(const Bytes& message)
    {
        if (m_session && now() - m_lastContact > kSessionIdleLimit) {
            if (auto entered = enterSession(); !entered) return tl::unexpected(entered.error());
        }
        auto answer = exchange(message);
        if (!answer && isWrongSession(answer.error())) {
            if (auto entered = enterSession(); !entered) return tl::unexpected(entered.error());
            answer = exchange(message);
        }
        return answer;
    }

    LinkResult<Bytes> readData(std::uint16_t did)
    {
        constexpr std::size_t kHeader = 3;
        auto answer = request(
            Bytes{sid::kReadDataByIdentifier, static_cast<std::uint8_t>(did >> 8), static_cast<std::uint8_t>(did)});
        if (!answer) return answer;
        if (answer->size() <= kHeader) return failure(LinkFault::MalformedResponse, "22: an answer without data");
        answer->erase(answer->begin(), answer->begin() + kHeader);
        return answer;
    }

    /// @return what follows the status 0x00
    LinkResult<Bytes> runRoutine(std::uint16_t rid, const Bytes& option)
    {
        constexpr std::size_t kHeader = 4;
        Bytes message{sid::kRoutineControl, kStartRoutine, static_cast<std::uint8_t>(rid >> 8),
                      static_cast<std::uint8_t>(rid)};
        message.insert(message.end(), option.begin(), option.end());
        auto answer = request(message);
        if (!answer) return answer;
        if (answer->size() <= kHeader) {
            return failure(LinkFault::MalformedResponse, describeRequest(message) + ": an answer without a status");
        }
        const std::uint8_t status = (*answer)[kHeader];
        if (status != kStatusDone) {
            return failure(LinkFault::MalformedResponse,
                           describeRequest(message) + ": unknown status " + std::to_string(status));
        }
        answer->erase(answer->begin(), answer->begin() + kHeader + 1);
        return answer;
    }

    // --- the chain --------------------------------------------------------------------------------------------------

    /// Brings the chain into the unit, from where an earlier attempt left off.
    /// @param usedStagedPart whether part of what the unit now has came from an earlier call
    LinkResult<void> stageChain(const Transaction& transaction, const Bytes& chain, bool& usedStagedPart)
    {
        usedStagedPart = false;
        for (int attempt = 1;; ++attempt) {
            const auto state = readState();
            if (!state) return tl::unexpected(state.error());
            // Whether the transaction is the unit's, or is done already, is the unit's to say, in answer to 0211.
            if (state->transaction != transaction || state->state == UnitState::Active) return {};
            const auto total = static_cast<std::uint32_t>(chain.size());
            const std::uint32_t offset = state->stagedLength <= total ? state->stagedLength : 0;
            if (attempt == 1) usedStagedPart = offset > 0;
            if (state->state == UnitState::ChainStaged && offset == total && total > 0) return {};
            const auto sent = transfer(chain, offset);
            if (sent) return {};
            if (attempt == kTransferAttempts || !isWorthResuming(sent.error())) return sent;
        }
    }

    LinkResult<void> transfer(const Bytes& chain, std::uint32_t offset)
    {
        const auto total = static_cast<std::uint32_t>(chain.size());
        Bytes begin{sid::kRequestDownload, 0x00, kFourByteAddressAndSize};
        appendNumber(begin, offset);
        appendNumber(begin, total - offset);
        const auto granted = request(begin);
        if (!granted) return tl::unexpected(granted.error());
        const auto blockBytes = grantedBlock(*granted);
        if (!blockBytes) return tl::unexpected(blockBytes.error());

        std::uint8_t counter = 1;
        for (std::size_t at = offset; at < chain.size(); ++counter) {
            const std::size_t count = std::min(*blockBytes, chain.size() - at);
            Bytes block{sid::kTransferData, counter};
            block.insert(block.end(), chain.begin() + static_cast<std::ptrdiff_t>(at),
                         chain.begin() + static_cast<std::ptrdiff_t>(at + count));
            // Not by request(): a session that ended has taken the transfer with it.
            if (const auto answer = exchange(std::move(block)); !answer) return tl::unexpected(answer.error());
            at += count;
        }
        if (const auto end = exchange(Bytes{sid::kRequestTransferExit}); !end) return tl::unexpected(end.error());
        return {};
    }

    /// @return payload bytes of one block: our own wish within what the answer to 0x34 allows
    [[nodiscard]] LinkResult<std::size_t> grantedBlock(const Bytes& answer) const
    {
        const std::size_t lengthBytes = answer.size() > 1 ? answer[1] >> 4 : 0;
        if (lengthBytes < 1 || lengthBytes > 4 || answer.size() != 2 + lengthBytes) {
            return failure(LinkFault::MalformedResponse, "34: no maxNumberOfBlockLength");
        }
        std::size_t longest = 0;
        for (std::size_t i = 0; i < lengthBytes; ++i)
            longest = (longest << 8) | answer[2 + i];
        if (longest <= kBlockHeader) {
            return failure(LinkFault::MalformedResponse,
                           "34: maxNumberOfBlockLength " + std::to_string(longest) + " leaves no room for data");
        }
        return std::min<std::size_t>(std::max<std::uint32_t>(m_settings.blockSizeBytes, 1), longest - kBlockHeader);
    }

    LinkResult<Sha256> activate(const Transaction& transaction, const Bytes& chain)
    {
        Bytes option(transaction.begin(), transaction.end());
        const auto hash = sha256(chain);
        option.insert(option.end(), hash.begin(), hash.end());
        const auto status = runRoutine(rid::kInstallCertificate, option);
        if (!status) return tl::unexpected(status.error());
        const auto leaf = parseArray<32>(*status);
        if (!leaf) return failure(LinkFault::MalformedResponse, "31 01 0211: expected the leaf's 32-byte hash");
        return *leaf;
    }

    bool hasDroppedStaging(const LinkError& error, const Transaction& transaction)
    {
        if (error.fault != LinkFault::NegativeResponse) return false;
        const auto state = readState();
        return state && state->transaction == transaction && state->state == UnitState::KeyPending &&
               state->stagedLength == 0;
    }

    /// Adds what the unit says about its refusal.
    LinkError explained(LinkError error)
    {
        if (error.fault != LinkFault::NegativeResponse) return error;
        const auto state = readState();
        if (state && state->lastNrc == error.nrc && !state->lastDetail.empty()) {
            error.detail += "; the unit: " + state->lastDetail;
        }
        return error;
    }

    // --- events -----------------------------------------------------------------------------------------------------

    void perform(UdsExchange::Actions actions)
    {
        for (auto& action : actions) {
            if (auto* const send = std::get_if<UdsExchange::Send>(&action)) {
                m_link->send(std::move(send->request));
            } else if (const auto* const wait = std::get_if<UdsExchange::WaitUntil>(&action)) {
                m_timer.start(wait->time);
            } else if (auto* const finish = std::get_if<UdsExchange::Finish>(&action)) {
                m_timer.stop();
                m_answer = std::move(finish->answer);
                m_loop.quit();
            }
        }
    }

    void onLinkOpened() override { m_loop.quit(); }
    void onLinkLost(const std::string& why) override
    {
        m_isLost = true;
        m_whyLost = why;
        m_timer.stop();
        m_idleTimer.stop();
        m_testerPresentsUnderWay = 0;
        m_exchange = UdsExchange();
        m_answer = failure(LinkFault::BusUnavailable, why);
        m_loop.quit();
    }
    // Messages end in the order in which they were given to the link.
    void onMessageSent() override
    {
        if (m_testerPresentsUnderWay == 0) return perform(m_exchange.onSent(now()));
        --m_testerPresentsUnderWay;
        m_lastContact = now();
    }
    void onSendFailed(const LinkError& error) override
    {
        if (m_testerPresentsUnderWay == 0) return perform(m_exchange.onSendFailed(error));
        --m_testerPresentsUnderWay;
    }
    void onMessageBegun(ByteView head) override { perform(m_exchange.onMessageBegun(head)); }
    void onMessage(ByteView message) override
    {
        if (m_settings.trace) m_settings.trace(false, message);
        perform(m_exchange.onMessage(message, now()));
    }
    void onReceiveFailed(const LinkError& error) override { perform(m_exchange.onReceiveFailed(error)); }

    LinkSettings m_settings;
    QEventLoop m_loop;
    UdsExchange m_exchange;
    PreciseTimer m_timer;
    std::optional<QtCanPort> m_port;
    std::optional<IsoTpLink> m_link;
    std::optional<LinkResult<Bytes>> m_answer;
    std::optional<std::uint8_t> m_session;
    UdsExchange::TimePoint m_lastContact{};
    PreciseTimer m_idleTimer;
    unsigned m_testerPresentsUnderWay = 0;
    bool m_isLost = false;
    std::string m_whyLost;
};

/// The client in a thread of its own, whose event loop goes on while the caller does other work. A CAN device is used
/// in the thread that made it.
class ClientThread final : public ProvisioningClient
{
public:
    explicit ClientThread(LinkSettings settings)
    {
        m_context.moveToThread(&m_thread);
        m_thread.start();
        inside([&] { m_client = std::make_unique<Client>(std::move(settings)); });
    }
    ~ClientThread() override
    {
        inside([this] { m_client.reset(); });
        m_thread.quit();
        m_thread.wait();
    }
    ClientThread(const ClientThread&) = delete;
    ClientThread& operator=(const ClientThread&) = delete;

    LinkResult<void> openSession() override
    {
        return ask([](Client& client) { return client.openSession(); });
    }
    LinkResult<Bytes> readIdentification(std::uint16_t did) override
    {
        return ask([&](Client& client) { return client.readIdentification(did); });
    }
    LinkResult<ProvisioningState> readState() override
    {
        return ask([](Client& client) { return client.readState(); });
    }
    LinkResult<Bytes> generateKeyAndCsr(const KeyRequest& request) override
    {
        return ask([&](Client& client) { return client.generateKeyAndCsr(request); });
    }
    LinkResult<TpmEvidence> readEvidence() override
    {
        return ask([](Client& client) { return client.readEvidence(); });
    }
    LinkResult<void> certifyPendingKey(const CertifyRequest& request) override
    {
        return ask([&](Client& client) { return client.certifyPendingKey(request); });
    }
    LinkResult<Sha256> installCertificate(const Transaction& transaction, const std::vector<Bytes>& chainDer) override
    {
        return ask([&](Client& client) { return client.installCertificate(transaction, chainDer); });
    }
    LinkResult<Bytes> readActiveLeaf() override
    {
        return ask([](Client& client) { return client.readActiveLeaf(); });
    }
    LinkResult<Bytes> verifyCertificate(const Sha256& challenge) override
    {
        return ask([&](Client& client) { return client.verifyCertificate(challenge); });
    }
    LinkResult<void> discardPendingKey(const Transaction& transaction) override
    {
        return ask([&](Client& client) { return client.discardPendingKey(transaction); });
    }

private:
    template <typename Work>
    void inside(Work work)
    {
        QMetaObject::invokeMethod(&m_context, std::move(work), Qt::BlockingQueuedConnection);
    }
    template <typename Call>
    std::invoke_result_t<Call, Client&> ask(Call call)
    {
        std::optional<std::invoke_result_t<Call, Client&>> answer;
        inside([&] { answer = call(*m_client); });
        return std::move(*answer);
    }

    QThread m_thread;
    QObject m_context;
    std::unique_ptr<Client> m_client;
};

} // namespace

std::unique_ptr<ProvisioningClient> makeProvisioningClient(LinkSettings settings)
{
    return std::make_unique<ClientThread>(std::move(settings));
}

} // namespace tcu
