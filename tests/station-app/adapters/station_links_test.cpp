#include <deque>
#include <map>

#include <QTest>

#include <openssl/sha.h>

#include "adapters/gateway_certificate_issuer.h"
#include "adapters/tpm_evidence.h"
#include "adapters/uds_vehicle_unit.h"

using namespace station;

namespace {

/// A unit as the link shows it, with one answer for everything.
struct LinkWorld
{
    std::map<std::uint16_t, tcu::LinkResult<tcu::Bytes>> dids;
    std::optional<tcu::LinkError> openError;
    tcu::ProvisioningState state;
    tcu::Sha256 installed{};
    tcu::TpmEvidence evidence;
    std::optional<tcu::LinkError> evidenceError;
    tcu::CertifyRequest certified;
    int clients = 0;
    int alive = 0;
};

class FakeClient final : public tcu::ProvisioningClient
{
public:
    explicit FakeClient(LinkWorld& world) : m_world(world)
    {
        ++m_world.clients;
        ++m_world.alive;
    }
    ~FakeClient() override { --m_world.alive; }
    FakeClient(const FakeClient&) = delete;
    FakeClient& operator=(const FakeClient&) = delete;

    tcu::LinkResult<void> openSession() override
    {
        if (m_world.openError) return tl::unexpected(*m_world.openError);
        return {};
    }
    tcu::LinkResult<tcu::Bytes> readIdentification(std::uint16_t did) override { return m_world.dids.at(did); }
    tcu::LinkResult<tcu::ProvisioningState> readState() override { return m_world.state; }
    tcu::LinkResult<tcu::Bytes> generateKeyAndCsr(const tcu::KeyRequest& request) override
    {
        const auto text = request.deviceId + request.vinHash;
        return tcu::Bytes(text.begin(), text.end());
    }
    tcu::LinkResult<tcu::TpmEvidence> readEvidence() override
    {
        if (m_world.evidenceError) return tl::unexpected(*m_world.evidenceError);
        return m_world.evidence;
    }
    tcu::LinkResult<void> certifyPendingKey(const tcu::CertifyRequest& request) override
    {
        m_world.certified = request;
        return {};
    }
    tcu::LinkResult<tcu::Sha256> installCertificate(const tcu::Transaction&, const std::vector<tcu::Bytes>&) override
    {
        return m_world.installed;
    }
    tcu::LinkResult<tcu::Bytes> readActiveLeaf() override { return tcu::Bytes{1, 2, 3}; }
    tcu::LinkResult<tcu::Bytes> verifyCertificate(const tcu::Sha256& challenge) override
    {
        return tcu::Bytes(challenge.begin(), challenge.end());
    }
    tcu::LinkResult<void> discardPendingKey(const tcu::Transaction&) override { return {}; }

private:
    LinkWorld& m_world;
};

UdsVehicleUnit unitIn(LinkWorld& world)
{
    return UdsVehicleUnit([&world] { return std::make_unique<FakeClient>(world); });
}

tcu::Bytes wire(const QByteArray& text)
{
    return {text.begin(), text.end()};
}

const auto kTransaction = *gateway::TransactionId::parse("000102030405060708090a0b0c0d0e0f");

/// Gateways by URL: what each answers next, and in which order they were asked.
struct Gateways
{
    std::map<std::string, std::deque<gateway::Error>> troubles;
    std::vector<std::string> asked;
};

class FakeGateway final : public gateway::GatewayClient
{
public:
    FakeGateway(Gateways& gateways, std::string url) : m_gateways(gateways), m_url(std::move(url)) {}

    gateway::Result<gateway::EvidenceChallenge> challenge(const gateway::ChallengeRequest&) override
    {
        return tl::unexpected(next());
    }
    gateway::Result<gateway::IssuedCertificate> issue(const gateway::IssueRequest&) override
    {
        return tl::unexpected(next());
    }
    gateway::Result<gateway::RequestStatus> findRequest(const gateway::TransactionId&) override
    {
        return tl::unexpected(next());
    }
    gateway::Result<void> reportProvisioned(const gateway::ProvisionedReport&) override { return answer(); }
    gateway::Result<gateway::Revocation> reportRejected(const gateway::RejectedReport&) override
    {
        return tl::unexpected(next());
    }
    gateway::Result<gateway::IssuedCertificate> renew(const gateway::RenewRequest&) override
    {
        return tl::unexpected(next());
    }
    gateway::Result<void> reportRenewFailure(const gateway::RenewFailureReport&) override { return answer(); }
    gateway::Result<std::string> exportAudit(const gateway::AuditExportQuery&, const std::string&) override
    {
        return tl::unexpected(next());
    }
    gateway::Result<gateway::GatewayHealth> checkHealth() override
    {
        if (const auto answered = answer(); !answered) return tl::unexpected(answered.error());
        return gateway::GatewayHealth{"ok", {}};
    }

private:
    gateway::Error next()
    {
        const auto answered = answer();
        return answered ? gateway::Error{} : answered.error();
    }
    gateway::Result<void> answer()
    {
        m_gateways.asked.push_back(m_url);
        auto& troubles = m_gateways.troubles[m_url];
        if (troubles.empty()) return {};
        const auto trouble = troubles.front();
        troubles.pop_front();
        return tl::unexpected(trouble);
    }

    Gateways& m_gateways;
    std::string m_url;
};

GatewayCertificateIssuer issuerFor(Gateways& gateways)
{
    return {{"a", "b"},
            [&gateways](const std::string& url) -> gateway::Result<std::unique_ptr<gateway::GatewayClient>> {
                return std::make_unique<FakeGateway>(gateways, url);
            }};
}

} // namespace

Q_DECLARE_METATYPE(gateway::Error)

class StationLinksTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void linkFaults_data()
    {
        QTest::addColumn<int>("fault");
        QTest::addColumn<int>("nrc");
        QTest::addColumn<int>("expected");
        QTest::addColumn<QByteArray>("cause");
        const auto row = [](const char* title, tcu::LinkFault fault, int nrc, UnitFault expected, const char* cause) {
            QTest::newRow(title) << int(fault) << nrc << int(expected) << QByteArray(cause);
        };
        using enum tcu::LinkFault;
        row("bus", BusUnavailable, 0, UnitFault::BusUnavailable, "bus-unavailable");
        row("N_As", SendTimeout, 0, UnitFault::NoAnswer, "unit-no-answer");
        row("N_Bs", FlowControlTimeout, 0, UnitFault::NoAnswer, "unit-no-answer");
        row("N_Cr", ReceiveTimeout, 0, UnitFault::NoAnswer, "unit-no-answer");
        row("sequence", WrongSequence, 0, UnitFault::NoAnswer, "unit-no-answer");
        row("P2", ResponseTimeout, 0, UnitFault::NoAnswer, "unit-no-answer");
        row("overflow", Overflow, 0, UnitFault::Refused, "unit-message-too-long");
        row("malformed", MalformedResponse, 0, UnitFault::Wrong, "unit-malformed");
        row("verification", VerificationFailed, 0, UnitFault::Wrong, "unit-verification-failed");
        row("busy", NegativeResponse, 0x21, UnitFault::Busy, "unit-busy");
        row("delay", NegativeResponse, 0x37, UnitFault::Busy, "unit-busy");
        row("voltage high", NegativeResponse, 0x92, UnitFault::Voltage, "unit-voltage");
        row("voltage low", NegativeResponse, 0x93, UnitFault::Voltage, "unit-voltage");
        row("session", NegativeResponse, 0x7F, UnitFault::NoAnswer, "unit-session-lost");
        row("conditions", NegativeResponse, 0x22, UnitFault::Refused, "unit-refused");
        row("challenge", NegativeResponse, 0x59, UnitFault::Refused, "evidence-credential");
        row("general reject", NegativeResponse, 0x10, UnitFault::Refused, "unit-refused");
    }
    void linkFaults()
    {
        QFETCH(const int, fault);
        QFETCH(const int, nrc);
        QFETCH(const int, expected);
        QFETCH(const QByteArray, cause);
        const auto error = unitErrorOf({tcu::LinkFault(fault), std::uint8_t(nrc), "words"});
        QCOMPARE(int(error.fault), expected);
        QCOMPARE(error.cause, cause.toStdString());
        QCOMPARE(error.detail, std::string("words"));
    }

    void identificationText_data()
    {
        QTest::addColumn<QByteArray>("onTheWire");
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("plain") << QByteArray("5VXTC2E41SA000017") << QByteArray("5VXTC2E41SA000017");
        QTest::newRow("zeros behind") << QByteArray("ABC\0\0", 5) << QByteArray("ABC");
        QTest::newRow("blank: zeros") << QByteArray(17, '\0') << QByteArray();
        QTest::newRow("blank: FF") << QByteArray(17, '\xFF') << QByteArray();
        QTest::newRow("blank: spaces") << QByteArray(17, ' ') << QByteArray();
        QTest::newRow("empty") << QByteArray() << QByteArray();
        QTest::newRow("zero inside") << QByteArray("A\0B", 3) << QByteArray("A\0B", 3);
    }
    void identificationText()
    {
        QFETCH(const QByteArray, onTheWire);
        QFETCH(const QByteArray, text);
        LinkWorld world;
        world.dids.emplace(tcu::did::kVin, wire(onTheWire));
        world.dids.emplace(tcu::did::kEcuSerialNumber, wire(onTheWire));
        auto unit = unitIn(world);
        QVERIFY(unit.open().has_value());
        QCOMPARE(*unit.readVin(), text.toStdString());
        QCOMPARE(*unit.readEcuSerial(), text.toStdString());
    }

    void aUnitWithoutTheIdentifierHasNone()
    {
        LinkWorld world;
        const auto negative = [](std::uint8_t nrc) {
            return tcu::LinkResult<tcu::Bytes>(
                tl::unexpected(tcu::LinkError{tcu::LinkFault::NegativeResponse, nrc, "no"}));
        };
        world.dids.emplace(tcu::did::kVin, negative(0x31));
        world.dids.emplace(tcu::did::kEcuSerialNumber, negative(0x33));
        auto unit = unitIn(world);
        QVERIFY(unit.open().has_value());
        QCOMPARE(*unit.readVin(), std::string());
        QCOMPARE(unit.readEcuSerial().error().cause, std::string("unit-refused"));
    }

    void eachOpenMakesAClientAfterTheOldOneIsGone()
    {
        LinkWorld world;
        auto unit = unitIn(world);
        QCOMPARE(unit.readVin().error().fault, UnitFault::BusUnavailable);
        QVERIFY(unit.open().has_value());
        QVERIFY(unit.open().has_value());
        QCOMPARE(world.clients, 2);
        QCOMPARE(world.alive, 1);
        world.openError = tcu::LinkError{tcu::LinkFault::BusUnavailable, {}, "gone"};
        QCOMPARE(unit.open().error().cause, std::string("bus-unavailable"));
    }

    void evidenceAndItsChallengeGoThrough()
    {
        LinkWorld world;
        auto unit = unitIn(world);
        QCOMPARE(unit.readEvidence().error().fault, UnitFault::BusUnavailable);
        QVERIFY(unit.open().has_value());
        QVERIFY(!unit.readEvidence().value().has_value()); // no EK certificate
        world.evidence = {{1}, {2}, {3}, {4}, {5}, {6}};
        const auto evidence = unit.readEvidence().value();
        QVERIFY(evidence.has_value());
        QCOMPARE(evidence->ekCertificateDer, gateway::Bytes{1});
        QCOMPARE(evidence->akPublic, gateway::Bytes{2});
        QCOMPARE(evidence->keyPublic, gateway::Bytes{3});
        QCOMPARE(evidence->certifyInfo, gateway::Bytes{4});
        QCOMPARE(evidence->signature, gateway::Bytes{5});
        QCOMPARE(evidence->credentialProof, gateway::Bytes{6});
        QVERIFY(toWire(*evidence) == world.evidence);
        // A unit of before the routine does not know the DID.
        world.evidenceError = tcu::LinkError{tcu::LinkFault::NegativeResponse, std::uint8_t(0x31), "no"};
        QVERIFY(!unit.readEvidence().value().has_value());
        world.evidenceError->nrc = std::uint8_t(0x72);
        QCOMPARE(unit.readEvidence().error().cause, std::string("unit-refused"));

        gateway::EvidenceChallenge challenge{{}, {8, 8}, {9, 9, 9}};
        challenge.nonce.fill(7);
        QVERIFY(unit.certifyKey(kTransaction, challenge).has_value());
        QVERIFY(std::ranges::equal(world.certified.transaction, kTransaction.bytes()));
        QCOMPARE(world.certified.nonce, challenge.nonce);
        QCOMPARE(world.certified.credentialBlob, challenge.credentialBlob);
        QCOMPARE(world.certified.encryptedSecret, challenge.encryptedSecret);
    }

    void anotherLeafThanGivenIsWrong()
    {
        LinkWorld world;
        auto unit = unitIn(world);
        QVERIFY(unit.open().has_value());
        const std::vector<gateway::Bytes> chain{{1, 2, 3}, {4}};
        QCOMPARE(unit.installCertificate(kTransaction, chain).error().fault, UnitFault::Wrong);
        SHA256(chain[0].data(), chain[0].size(), world.installed.data());
        QVERIFY(unit.installCertificate(kTransaction, chain).has_value());
    }

    void stateAndChallengeGoThrough()
    {
        LinkWorld world;
        world.state.state = tcu::UnitState::Active;
        world.state.transaction[15] = 0x0F;
        world.state.lastDetail = "chain too old";
        auto unit = unitIn(world);
        QVERIFY(unit.open().has_value());
        const auto state = unit.readState();
        QCOMPARE(state->state, UnitSnapshot::State::Active);
        QCOMPARE(int(state->transaction.back()), 0x0F);
        QCOMPARE(state->lastDetail, std::string("chain too old"));
        const gateway::Bytes challenge(32, 0xA5);
        QCOMPARE(*unit.prove(challenge), challenge);
    }

    // ---- gateways ----

    void theNextGatewayIsAsked_data()
    {
        QTest::addColumn<gateway::Error>("trouble");
        QTest::addColumn<int>("askedAtOnce");
        QTest::addColumn<QByteArray>("askedThen");
        using enum gateway::ErrorCode;
        QTest::newRow("unreachable") << gateway::Error{StoreUnavailable, "gateway-unreachable", ""} << 2
                                     << QByteArray("b");
        QTest::newRow("no answer") << gateway::Error{OutcomeUnknown, "gateway-no-answer", ""} << 1 << QByteArray("b");
        QTest::newRow("503") << gateway::Error{HsmUnavailable, "signer-away", ""} << 1 << QByteArray("b");
        QTest::newRow("a definite no") << gateway::Error{Conflict, "already-provisioned", ""} << 1 << QByteArray("a");
    }
    void theNextGatewayIsAsked()
    {
        QFETCH(const gateway::Error, trouble);
        QFETCH(const int, askedAtOnce);
        QFETCH(const QByteArray, askedThen);
        Gateways gateways;
        gateways.troubles["a"] = {trouble};
        auto issuer = issuerFor(gateways);
        const auto answer = issuer.checkHealth();
        QCOMPARE(answer.has_value(), askedAtOnce == 2);
        QCOMPARE(gateways.asked.size(), std::size_t(askedAtOnce));
        QVERIFY(issuer.checkHealth().has_value());
        QCOMPARE(gateways.asked.back(), askedThen.toStdString());
    }

    void whenNoneCanBeReachedThatIsTold()
    {
        Gateways gateways;
        const gateway::Error away{gateway::ErrorCode::StoreUnavailable, "gateway-unreachable", "refused"};
        gateways.troubles["a"] = {away};
        gateways.troubles["b"] = {away};
        auto issuer = issuerFor(gateways);
        QCOMPARE(issuer.checkHealth().error().type, std::string("gateway-unreachable"));
        QCOMPARE(gateways.asked, (std::vector<std::string>{"a", "b"}));
    }

    void aClientThatCannotBeMadeSaysNothingAboutTheRequest()
    {
        GatewayCertificateIssuer issuer(
            {"a"}, [](const std::string&) -> gateway::Result<std::unique_ptr<gateway::GatewayClient>> {
                return gateway::fail(gateway::ErrorCode::InvalidRequest, "client-key", "the key file is gone");
            });
        const auto answer = issuer.checkHealth();
        QCOMPARE(answer.error().code, gateway::ErrorCode::StoreUnavailable);
        QVERIFY(answer.error().detail.find("the key file is gone") != std::string::npos);
    }

    void theTranscriptSaysWhatWasMeant_data()
    {
        QTest::addColumn<QByteArray>("message");
        QTest::addColumn<QByteArray>("meaning");
        const auto row = [](const char* name, const char* hex, const char* meaning) {
            QTest::newRow(name) << QByteArray::fromHex(hex) << QByteArray(meaning);
        };
        row("read", "22F190", "ReadDataByIdentifier VIN");
        row("answer", "62F18C544355", "positive: ReadDataByIdentifier ECU serial number");
        row("other identifier", "22ABCD", "ReadDataByIdentifier 0xABCD");
        row("session", "1040", "DiagnosticSessionControl session 0x40");
        row("routine", "31010210", "RoutineControl generate key and CSR");
        row("block", "3601AABB", "TransferData block 1");
        row("pending", "7F3178", "negative to RoutineControl: requestCorrectlyReceivedResponsePending (0x78)");
        row("unknown service", "2701", "0x27");
        row("identifier cut off", "22F1", "ReadDataByIdentifier");
        row("negative cut off", "7F31", "negative, cut off");
        row("empty", "", "empty");
    }

    void theTranscriptSaysWhatWasMeant()
    {
        QFETCH(const QByteArray, message);
        QFETCH(const QByteArray, meaning);
        const std::vector<std::uint8_t> bytes(message.begin(), message.end());
        QCOMPARE(QByteArray::fromStdString(decodeUds(bytes)), meaning);
    }

    void theTranscriptKeepsTheNewestMessages()
    {
        UdsTranscript transcript;
        const std::vector<std::uint8_t> block(1026, 0x36);
        for (std::size_t i = 0; i < UdsTranscript::kMostLines + 5; ++i)
            transcript.add(true, block, std::chrono::milliseconds(i));
        const auto lines = transcript.lines();
        QCOMPARE(lines.size(), UdsTranscript::kMostLines);
        QCOMPARE(lines.front().at.count(), 5);
        QVERIFY(lines.front().bytes.ends_with("(1026 bytes)"));
    }

    void theStandingTellsWhoSigns_data()
    {
        using Parts = std::vector<std::pair<std::string, std::string>>;
        QTest::addColumn<Parts>("parts");
        QTest::addColumn<bool>("isBackup");
        const Parts usual{{"database", "ok"}, {"signer", "ok"}, {"issuer", "ok"}, {"evidence_bundle", "expiring"}};
        const auto row = [&](const char* name, Parts authorities, bool isBackup) {
            Parts parts = usual;
            parts.insert(parts.end(), authorities.begin(), authorities.end());
            QTest::newRow(name) << parts << isBackup;
        };
        row("one authority", {{"issuing-ca", "in use"}}, false);
        row("primary", {{"issuing-ca", "in use"}, {"issuing-ca-backup", "standby"}}, false);
        row("backup", {{"issuing-ca", "signer-down"}, {"issuing-ca-backup", "in use"}}, true);
        row("giving back", {{"issuing-ca", "standby"}, {"issuing-ca-backup", "in use"}}, true);
        row("none", {{"issuing-ca", "signer-down"}, {"issuing-ca-backup", "signer-down"}}, false);
        row("no authorities told", {}, false);
    }

    void theStandingTellsWhoSigns()
    {
        using Parts = std::vector<std::pair<std::string, std::string>>;
        QFETCH(const Parts, parts);
        QFETCH(const bool, isBackup);
        QCOMPARE(signsWithBackup({"degraded", parts}), isBackup);
    }
};

QTEST_GUILESS_MAIN(StationLinksTest)
#include "station_links_test.moc"
