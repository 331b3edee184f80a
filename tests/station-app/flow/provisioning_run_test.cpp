#include <QTest>

#include "flow/provisioning_run.h"
#include "station-app/flow/fake_world.h"
#include "station-app/flow/memory_journal.h"
#include "station-app/flow/power_cut.h"

using namespace station;
using namespace station::test;
using namespace std::chrono_literals;

namespace {

struct MemoryStation
{
    std::shared_ptr<JournalFile> file = std::make_shared<JournalFile>();

    JournalFactory opener() const
    {
        return [file = file]() -> gateway::Result<std::unique_ptr<Journal>> {
            return std::make_unique<MemoryJournal>(*file);
        };
    }
};

struct Line
{
    World world;
    MemoryStation station;
    RecordingObserver observer;
    VinRules vinRules;

    RunResult run(const gateway::Vin& vin = kVin, int slot = 1, JournalHook hook = {})
    {
        auto parts = world.parts(station.opener(), std::move(hook));
        parts.vinRules = vinRules;
        observer.seen.clear();
        return ProvisioningRun(std::move(parts)).provision(vin, slot, observer);
    }

    RunResult runCutAfter(StepId step, RecordPhase phase)
    {
        try {
            static_cast<void>(run(kVin, 1, [=](int, StepId at, RecordPhase when) {
                if (at == step && when == phase) throw PowerCut{};
            }));
        } catch (const PowerCut&) {
        }
        return run();
    }

    const JournalFile::Entry& job(std::size_t index = 0) const { return station.file->jobs.at(index); }
    bool isOpen(std::size_t index = 0) const { return !job(index).outcome; }
};

const StepRecord& at(const RunResult& result, StepId step)
{
    return result.steps.at(static_cast<std::size_t>(step));
}

std::string causeOf(const RunResult& result)
{
    return result.failure ? result.failure->cause : "";
}

gateway::Error gatewaySays(gateway::ErrorCode code, const char* type)
{
    return {code, type, "in words"};
}

} // namespace

Q_DECLARE_METATYPE(station::UnitError)
Q_DECLARE_METATYPE(gateway::Error)

class ProvisioningRunTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aVehicleIsProvisioned()
    {
        Line line;
        const auto result = line.run();
        QCOMPARE(result.outcome, Outcome::Provisioned);
        QVERIFY(!result.failure);
        QVERIFY(result.reported);
        QVERIFY(!result.resumed);
        QCOMPARE(result.serial->text(), std::string("40:01"));
        QCOMPARE(result.leafDer, line.world.unit.activeLeaf);
        QCOMPARE(result.unitVin, std::string("***********000017"));
        for (const auto& step : result.steps)
            QCOMPARE(step.state, StepState::Done);
        QCOMPARE(line.world.gateway.certificates.at("40:01"), GatewayWorld::Status::Provisioned);
        QCOMPARE(*line.job().outcome, Outcome::Provisioned);
        QVERIFY(line.station.file->claimed.empty());
    }

    void everyStepIsJournalledBeforeAndAfter()
    {
        Line line;
        std::vector<std::pair<StepId, RecordPhase>> hooked;
        int last = 0;
        static_cast<void>(line.run(kVin, 1, [&](int index, StepId step, RecordPhase phase) {
            QCOMPARE(index, ++last);
            hooked.emplace_back(step, phase);
        }));
        QCOMPARE(hooked.size(), 2 * kStepCount);
        for (std::size_t i = 0; i < kStepCount; ++i) {
            QCOMPARE(hooked[2 * i], std::make_pair(static_cast<StepId>(i), RecordPhase::Before));
            QCOMPARE(hooked[2 * i + 1], std::make_pair(static_cast<StepId>(i), RecordPhase::After));
            QCOMPARE(line.job().records[2 * i].step, static_cast<StepId>(i));
        }
    }

    void theObserverHearsEachStepRunAndEnd()
    {
        Line line;
        static_cast<void>(line.run());
        QCOMPARE(line.observer.seen.size(), 2 * kStepCount);
        for (std::size_t i = 0; i < kStepCount; ++i) {
            QCOMPARE(line.observer.seen[2 * i].state, StepState::Running);
            QCOMPARE(line.observer.seen[2 * i + 1].state, StepState::Done);
        }
    }

    // ---- before the first step ----

    void checkDigit_data()
    {
        QTest::addColumn<QByteArray>("vin");
        QTest::addColumn<int>("northAmerica");
        QTest::addColumn<int>("elsewhere");
        QTest::addColumn<bool>("refused");
        const auto off = int(CheckDigitRule::Off), advise = int(CheckDigitRule::Advise),
                   require = int(CheckDigitRule::Require);
        const QByteArray wrong = "5VXTC2E42SA000017", european = "WVWZZZ1KZ5W000042";
        QTest::newRow("North America, right") << QByteArray("5VXTC2E41SA000017") << require << advise << false;
        QTest::newRow("North America, wrong") << wrong << require << advise << true;
        QTest::newRow("North America, advised") << wrong << advise << advise << false;
        QTest::newRow("North America, off") << wrong << off << advise << false;
        QTest::newRow("Europe, no digit") << european << require << advise << false;
        QTest::newRow("Europe, demanded") << european << require << require << true;
    }
    void checkDigit()
    {
        QFETCH(const QByteArray, vin);
        QFETCH(const int, northAmerica);
        QFETCH(const int, elsewhere);
        QFETCH(const bool, refused);
        Line line;
        line.world.unit.vin = vin.toStdString();
        line.vinRules = {CheckDigitRule(northAmerica), CheckDigitRule(elsewhere)};
        const auto result = line.run(*gateway::Vin::parse(vin.toStdString()));
        QCOMPARE(result.outcome, refused ? Outcome::Refused : Outcome::Provisioned);
        QCOMPARE(causeOf(result), std::string(refused ? "vin-check-digit" : ""));
        QCOMPARE(line.world.unit.troubles.calls("open"), refused ? 0 : 1);
        QCOMPARE(line.station.file->jobs.size(), std::size_t(refused ? 0 : 1));
    }

    void anUnknownSlotIsAStationFailure()
    {
        Line line;
        const auto result = line.run(kVin, 3);
        QCOMPARE(result.outcome, Outcome::StationFailed);
        QCOMPARE(causeOf(result), std::string("unknown-slot"));
    }

    void aSlotInUseIsRefusedClearly()
    {
        Line line;
        line.station.file->claimed.insert(1);
        const auto result = line.run();
        QCOMPARE(result.outcome, Outcome::StationFailed);
        QCOMPARE(causeOf(result), std::string("slot-busy"));
        QCOMPARE(line.world.unit.troubles.calls("open"), 0);
    }

    void aJobInAnotherSlotIsNotTakenAwayFromARunningRun()
    {
        Line line;
        line.world.unit.troubles.add("requestCsr", kSilent, 3);
        QCOMPARE(line.run(kVin, 2).outcome, Outcome::StationFailed);
        line.station.file->claimed.insert(2);
        QCOMPARE(causeOf(line.run(kVin, 1)), std::string("slot-busy"));
        line.station.file->claimed.erase(2);
        const auto result = line.run(kVin, 1);
        QCOMPARE(result.outcome, Outcome::Provisioned);
        QVERIFY(result.resumed);
    }

    // ---- VIN ----

    void aWrongVehicleIsRefusedAtOnce()
    {
        Line line;
        line.world.unit.vin = "5VXTC2E49TA001000";
        const auto result = line.run();
        QCOMPARE(result.outcome, Outcome::Refused);
        QCOMPARE(causeOf(result), std::string("vin-mismatch"));
        QCOMPARE(result.failure->detail, std::string("scanned ***********000017, the unit holds ***********001000; "
                                                     "they differ at position 9, 10, 14, 16, 17"));
        QCOMPARE(result.unitVin, std::string("5VXTC2E49TA001000"));
        QCOMPARE(line.world.unit.keys, 0);
        QVERIFY(line.world.gateway.requests.empty());
        QCOMPARE(*line.job().outcome, Outcome::Refused);
    }

    void aVinThatIsNoneIsRefused_data()
    {
        QTest::addColumn<QByteArray>("vin");
        QTest::addColumn<QByteArray>("cause");
        QTest::newRow("blank") << QByteArray() << QByteArray("vin-blank");
        QTest::newRow("short") << QByteArray("5VXTC2E41SA00001") << QByteArray("vin-mismatch");
        QTest::newRow("garbage") << QByteArray("\x01\x02") << QByteArray("vin-mismatch");
    }
    void aVinThatIsNoneIsRefused()
    {
        QFETCH(const QByteArray, vin);
        QFETCH(const QByteArray, cause);
        Line line;
        line.world.unit.vin = vin.toStdString();
        const auto result = line.run();
        QCOMPARE(result.outcome, Outcome::Refused);
        QCOMPARE(causeOf(result), cause.toStdString());
        QVERIFY(line.world.gateway.requests.empty());
        QVERIFY(!line.isOpen());
    }

    void anEcuSerialMustBeThere_data()
    {
        QTest::addColumn<QByteArray>("serial");
        QTest::addColumn<bool>("good");
        QTest::newRow("none") << QByteArray() << false;
        QTest::newRow("one character") << QByteArray("A") << true;
        QTest::newRow("64") << QByteArray(64, 'A') << true;
        QTest::newRow("65") << QByteArray(65, 'A') << false;
        QTest::newRow("control character") << QByteArray("A\x07") << false;
        QTest::newRow("not ASCII") << QByteArray("\xC3\xA4") << false;
    }
    void anEcuSerialMustBeThere()
    {
        QFETCH(const QByteArray, serial);
        QFETCH(const bool, good);
        Line line;
        line.world.unit.ecuSerial = serial.toStdString();
        const auto result = line.run();
        QCOMPARE(result.outcome, good ? Outcome::Provisioned : Outcome::UnitFailed);
        QCOMPARE(causeOf(result), std::string(good ? "" : "ecu-serial-missing"));
    }

    // ---- trouble at the unit, by cause ----

    void unitTrouble_data()
    {
        QTest::addColumn<QByteArray>("call");
        QTest::addColumn<UnitError>("error");
        QTest::addColumn<int>("times");
        QTest::addColumn<int>("outcome");
        QTest::addColumn<int>("calls");
        QTest::addColumn<bool>("open");
        const int ok = int(Outcome::Provisioned), unit = int(Outcome::UnitFailed),
                  station = int(Outcome::StationFailed);
        for (const auto* call : {"readVin", "readEcuSerial", "requestCsr", "certifyKey", "readLeaf", "prove"}) {
            const QByteArray name(call);
            QTest::addRow("%s: busy once", call) << name << kBusy << 1 << ok << 2 << false;
            QTest::addRow("%s: voltage twice", call) << name << kLowVoltage << 2 << ok << 3 << false;
            QTest::addRow("%s: silent twice", call) << name << kSilent << 2 << ok << 3 << false;
            QTest::addRow("%s: silent", call) << name << kSilent << 9 << station << 3 << true;
            QTest::addRow("%s: busy", call) << name << kBusy << 9 << station << 3 << true;
            QTest::addRow("%s: bus gone", call) << name << kNoBus << 9 << station << 3 << true;
            QTest::addRow("%s: a definite no", call) << name << kNo << 9 << unit << 1 << false;
            QTest::addRow("%s: garbled", call) << name << kGarbled << 9 << unit << 1 << false;
        }
        // Read twice in a good run: what it has, and what it made of the challenge.
        QTest::newRow("readEvidence: busy twice") << QByteArray("readEvidence") << kBusy << 2 << ok << 4 << false;
        QTest::newRow("readEvidence: silent") << QByteArray("readEvidence") << kSilent << 9 << station << 3 << true;
        QTest::newRow("readEvidence: a definite no") << QByteArray("readEvidence") << kNo << 9 << unit << 1 << false;
        QTest::newRow("open: silent once") << QByteArray("open") << kSilent << 1 << ok << 2 << false;
        QTest::newRow("open: silent") << QByteArray("open") << kSilent << 9 << station << 3 << true;
        QTest::newRow("open: no bus") << QByteArray("open") << kNoBus << 9 << station << 3 << true;
        QTest::newRow("open: a definite no") << QByteArray("open") << kNo << 9 << unit << 1 << false;
    }
    void unitTrouble()
    {
        QFETCH(const QByteArray, call);
        QFETCH(const UnitError, error);
        QFETCH(const int, times);
        QFETCH(const int, outcome);
        QFETCH(const int, calls);
        QFETCH(const bool, open);
        Line line;
        line.world.unit.troubles.add(call.toStdString(), error, times);
        const auto result = line.run();
        QCOMPARE(int(result.outcome), outcome);
        QCOMPARE(line.world.unit.troubles.calls(call.toStdString()), calls);
        QCOMPARE(line.isOpen(), open);
        if (result.outcome == Outcome::Provisioned) return;
        QCOMPARE(causeOf(result), error.cause);
        QCOMPARE(at(result, result.failure->step).state, StepState::Failed);
        if (result.outcome == Outcome::UnitFailed) QCOMPARE(line.world.gateway.live(), 0);
    }

    void repetitionsAreShownAndJournalled()
    {
        Line line;
        line.world.unit.troubles.add("requestCsr", kBusy, 2);
        const auto result = line.run();
        QCOMPARE(at(result, StepId::RequestCsr).attempt, 3);
        QCOMPARE(at(result, StepId::RequestCsr).maxAttempts, 3);
        QCOMPARE(line.job().records.at(5).attempt, 3);
        QCOMPARE(line.job().records.at(5).step, StepId::RequestCsr);
        QVERIFY(line.world.slept > 0ms);
    }

    void silenceOpensTheSessionAgain()
    {
        Line line;
        line.world.unit.troubles.add("requestCsr", kSilent);
        QCOMPARE(line.run().outcome, Outcome::Provisioned);
        QCOMPARE(line.world.unit.troubles.calls("open"), 2);
    }

    void theTimeBudgetEndsTheRepetitions()
    {
        Line line;
        line.world.unit.troubles.add("requestCsr", kSilent, 9);
        auto parts = line.world.parts(line.station.opener());
        parts.budgets.unit = 100ms;
        const auto result = ProvisioningRun(std::move(parts)).provision(kVin, 1, line.observer);
        QCOMPARE(result.outcome, Outcome::StationFailed);
        QCOMPARE(line.world.unit.troubles.calls("requestCsr"), 1);
    }

    // ---- the gateway ----

    void gatewayTrouble_data()
    {
        using enum gateway::ErrorCode;
        QTest::addColumn<gateway::Error>("error");
        QTest::addColumn<int>("outcome");
        QTest::addColumn<QByteArray>("cause");
        QTest::addColumn<int>("status"); // 0: none
        QTest::addColumn<bool>("askedAgain");
        QTest::addColumn<bool>("open");
        const int unit = int(Outcome::UnitFailed), station = int(Outcome::StationFailed),
                  refused = int(Outcome::Refused);
        const auto row = [](const char* name, gateway::Error error, int outcome, const char* cause, int status,
                            bool again, bool open) {
            QTest::newRow(name) << error << outcome << QByteArray(cause) << status << again << open;
        };
        row("429", {RateLimited, "tcu-daily-limit", "once a day", 3600s}, refused, "rate-limited", 429, false, false);
        row("409 provisioned", gatewaySays(Conflict, "already-provisioned"), refused, "already-provisioned", 409, false,
            false);
        row("409 duplicate", gatewaySays(Conflict, "certificate-exists"), refused, "certificate-exists", 409, false,
            false);
        row("422", gatewaySays(PolicyViolation, "csr-key-not-p256"), unit, "csr-key-not-p256", 422, false, false);
        row("400 CSR", gatewaySays(InvalidRequest, "csr-unreadable"), unit, "csr-unreadable", 400, false, false);
        row("422 evidence", gatewaySays(PolicyViolation, "evidence-key-attributes"), unit, "evidence-key-attributes",
            422, false, false);
        row("400 evidence", gatewaySays(InvalidRequest, "evidence-malformed"), unit, "evidence-malformed", 400, false,
            false);
        row("400", gatewaySays(InvalidRequest, "body-not-json"), station, "body-not-json", 400, false, false);
        row("401", gatewaySays(Unauthorized, "no-client-certificate"), station, "station-not-authorised", 401, false,
            true);
        row("403", gatewaySays(Forbidden, "role"), station, "station-not-authorised", 403, false, true);
        row("404", gatewaySays(NotFound, "no-route"), station, "gateway-wrong-address", 404, false, true);
        row("503 HSM", gatewaySays(HsmUnavailable, "signer-away"), station, "gateway-unavailable", 503, true, true);
        row("503 store", gatewaySays(StoreUnavailable, "store-away"), station, "gateway-unavailable", 503, true, true);
        row("500", gatewaySays(Internal, "internal"), station, "gateway-error", 500, true, true);
        row("504", gatewaySays(OutcomeUnknown, "signing-in-doubt"), station, "gateway-no-answer", 504, true, true);
        row("unreachable", kUnreachable, station, "gateway-unreachable", 0, true, true);
        row("no answer", kNoAnswer, station, "gateway-no-answer", 0, true, true);
    }
    void gatewayTrouble() { theGatewayFails("issue", StepId::IssueCertificate); }
    void challengeTrouble_data() { gatewayTrouble_data(); }
    void challengeTrouble()
    {
        QFETCH(const gateway::Error, error);
        if (error.code != gateway::ErrorCode::NotFound) return theGatewayFails("challenge", StepId::CertifyKey);
        theGatewayKnowsNoChallenges(error);
        theGatewayKnowsNoChallenges(gatewaySays(gateway::ErrorCode::InvalidRequest, "method-not-allowed"));
    }

    // ---- evidence ----

    void theEvidenceIsForTheGatewaysChallenge()
    {
        Line line;
        QCOMPARE(line.run().outcome, Outcome::Provisioned);
        QCOMPARE(line.world.unit.troubles.calls("readEvidence"), 2);
        QCOMPARE(line.world.unit.troubles.calls("certifyKey"), 1);
        QCOMPARE(line.world.gateway.troubles.calls("challenge"), 1);
        QVERIFY(line.job().job.evidence.has_value());
        QCOMPARE(toText(line.job().job.evidence->ekCertificateDer), std::string("ek of ECU-0001"));
        QVERIFY(toText(line.job().job.evidence->certifyInfo).starts_with("csr of key 1"));
    }

    void aUnitWithoutEvidenceIsForTheGatewayToJudge()
    {
        for (const bool wanted : {true, false}) {
            Line line;
            line.world.unit.hasEvidence = false;
            line.world.gateway.wantsEvidence = wanted;
            const auto result = line.run();
            QCOMPARE(result.outcome, wanted ? Outcome::UnitFailed : Outcome::Provisioned);
            QCOMPARE(causeOf(result), std::string(wanted ? "evidence-missing" : ""));
            QCOMPARE(at(result, StepId::CertifyKey).state, StepState::Done);
            QCOMPARE(at(result, StepId::CertifyKey).detail, std::string("the unit has no TPM evidence"));
            QCOMPARE(line.world.gateway.troubles.calls("challenge"), 0);
            QCOMPARE(line.world.gateway.troubles.calls("issue"), 1);
            QVERIFY(!line.isOpen());
            QCOMPARE(line.world.gateway.live(), wanted ? 0 : 1);
        }
    }

    void failedEvidenceEscalatesAtOnce()
    {
        Line line;
        line.world.gateway.troubles.add("issue", gatewaySays(gateway::ErrorCode::PolicyViolation, "evidence-nonce"));
        const auto result = line.run();
        QCOMPARE(result.outcome, Outcome::UnitFailed);
        QCOMPARE(causeOf(result), std::string("evidence-nonce"));
        QCOMPARE(line.world.gateway.troubles.calls("issue"), 1);
        QCOMPARE(line.world.slept, 0ms);
        QVERIFY(!line.isOpen());
    }

    void aUnitThatCertifiesNothingIsAtFault()
    {
        Line line;
        line.world.unit.certifiesNothing = true;
        const auto result = line.run();
        QCOMPARE(result.outcome, Outcome::UnitFailed);
        QCOMPARE(causeOf(result), std::string("evidence-incomplete"));
        QCOMPARE(line.world.gateway.troubles.calls("issue"), 0);
    }

    void aLostAnswerToTheChallengeIsMadeUpFor()
    {
        Line line;
        line.world.unit.troubles.add("certifyKey", kSilent, 1, true);
        line.world.gateway.troubles.add("challenge", kNoAnswer, 2, true);
        const auto result = line.run();
        QCOMPARE(result.outcome, Outcome::Provisioned);
        QCOMPARE(at(result, StepId::CertifyKey).attempt, 3);
        QCOMPARE(line.world.unit.troubles.calls("certifyKey"), 2);
        QCOMPARE(line.world.unit.troubles.calls("open"), 2);
    }

    void aRequestThatMayHaveGoneOutKeepsItsEvidence()
    {
        Line line;
        line.world.gateway.troubles.add("issue", kUnreachable, 99);
        QCOMPARE(line.run().outcome, Outcome::StationFailed);
        line.world.gateway.troubles = {};
        // Whatever the unit says now: the gateway may know the other already.
        line.world.unit.hasEvidence = false;
        const auto result = line.run();
        QCOMPARE(result.outcome, Outcome::Provisioned);
        QVERIFY(result.resumed);
        QCOMPARE(at(result, StepId::CertifyKey).detail, std::string("done before the interruption"));
        QCOMPARE(line.world.unit.troubles.calls("certifyKey"), 1);
    }

private:
    /// One that knows no challenges wants no evidence, and would say so.
    static void theGatewayKnowsNoChallenges(const gateway::Error& error)
    {
        Line line;
        line.world.gateway.wantsEvidence = false;
        line.world.gateway.troubles.add("challenge", error, 99);
        const auto result = line.run();
        QCOMPARE(result.outcome, Outcome::Provisioned);
        QCOMPARE(at(result, StepId::CertifyKey).detail, std::string("the gateway does not ask for TPM evidence"));
        QCOMPARE(line.world.unit.troubles.calls("certifyKey"), 0);
        QVERIFY(!line.job().job.evidence);
    }

    static void theGatewayFails(const char* call, StepId step)
    {
        QFETCH(const gateway::Error, error);
        QFETCH(const int, outcome);
        QFETCH(const QByteArray, cause);
        QFETCH(const int, status);
        QFETCH(const bool, askedAgain);
        QFETCH(const bool, open);
        Line line;
        line.world.gateway.troubles.add(call, error, 99);
        const auto result = line.run();
        QCOMPARE(int(result.outcome), outcome);
        QCOMPARE(causeOf(result), cause.toStdString());
        QCOMPARE(result.failure->step, step);
        QCOMPARE(result.failure->httpStatus.value_or(0), status);
        QCOMPARE(result.failure->retryAfter, error.retryAfter);
        QCOMPARE(line.world.gateway.troubles.calls(call) > 1, askedAgain);
        QVERIFY(line.world.slept <= 20s);
        if (askedAgain) QVERIFY(line.world.slept > 15s);
        QCOMPARE(line.isOpen(), open);
        QVERIFY(line.world.gateway.told.empty());
        QCOMPARE(line.world.unit.troubles.calls("install"), 0);
    }

private Q_SLOTS:
    void aPassingGatewayTroubleIsSatOut()
    {
        Line line;
        line.world.gateway.troubles.add("issue", kUnreachable, 2);
        line.world.gateway.troubles.add("issue", kNoAnswer, 1, true);
        line.world.gateway.troubles.add("issue", gatewaySays(gateway::ErrorCode::HsmUnavailable, "signer-away"), 2);
        const auto result = line.run();
        QCOMPARE(result.outcome, Outcome::Provisioned);
        QCOMPARE(at(result, StepId::IssueCertificate).attempt, 6);
        QCOMPARE(line.world.gateway.requests.size(), std::size_t(1));
        QCOMPARE(line.world.gateway.live(), 1);
    }

    void anOpenJobGoesOnWithItsTransactionWhenTheGatewayIsBack()
    {
        Line line;
        line.world.gateway.troubles.add("issue", kNoAnswer, 99, true);
        const auto first = line.run();
        QCOMPARE(first.outcome, Outcome::StationFailed);
        QCOMPARE(line.world.gateway.live(), 1);
        line.world.gateway.troubles = {};
        const auto second = line.run();
        QCOMPARE(second.outcome, Outcome::Provisioned);
        QVERIFY(second.resumed);
        QCOMPARE(second.transaction, first.transaction);
        QCOMPARE(line.world.gateway.live(), 1);
        QCOMPARE(line.world.unit.keys, 1);
    }

    void aClosedJobIsNotTakenUp()
    {
        Line line;
        line.world.gateway.troubles.add("issue", gatewaySays(gateway::ErrorCode::PolicyViolation, "csr-signature"));
        const auto first = line.run();
        QCOMPARE(first.outcome, Outcome::UnitFailed);
        const auto second = line.run();
        QCOMPARE(second.outcome, Outcome::Provisioned);
        QVERIFY(!second.resumed);
        QVERIFY(second.transaction != first.transaction);
    }

    void aSecondProvisioningIsRefused()
    {
        Line line;
        QCOMPARE(line.run().outcome, Outcome::Provisioned);
        const auto result = line.run();
        QCOMPARE(result.outcome, Outcome::Refused);
        QCOMPARE(causeOf(result), std::string("rate-limited"));
        QCOMPARE(*result.failure->httpStatus, 429);
        QVERIFY(!result.serial);
        QCOMPARE(line.world.gateway.live(), 1);
    }

    void aCertificateForSomebodyElseIsNotInstalled()
    {
        Line line;
        line.world.gateway.wrongSubject = true;
        const auto result = line.run();
        QCOMPARE(result.outcome, Outcome::StationFailed);
        QCOMPARE(causeOf(result), std::string("certificate-subject"));
        QCOMPARE(line.world.unit.troubles.calls("install"), 0);
        QCOMPARE(line.world.gateway.live(), 0);
        QVERIFY(!line.isOpen());
    }

    // ---- installing ----

    void aLostInstallAnswerIsFoundByReadingBack()
    {
        Line line;
        line.world.unit.troubles.add("install", kSilent, 1, true);
        const auto result = line.run();
        QCOMPARE(result.outcome, Outcome::Provisioned);
        QCOMPARE(line.world.unit.troubles.calls("install"), 1);
        QCOMPARE(line.world.unit.troubles.calls("readState"), 1);
        QCOMPARE(at(result, StepId::InstallCertificate).attempt, 2);
    }

    void aFailedInstallationIsTriedOnceMore()
    {
        Line line;
        line.world.unit.troubles.add("install", kNo, 1);
        QCOMPARE(line.run().outcome, Outcome::Provisioned);
        QCOMPARE(line.world.unit.troubles.calls("install"), 2);
        QCOMPARE(line.world.gateway.requests.size(), std::size_t(1));
    }

    void aUnitThatCannotInstallIsRejectedAndItsCertificateRevoked()
    {
        Line line;
        line.world.unit.troubles.add("install", kNo, 2);
        line.world.unit.snapshot.lastDetail = "";
        const auto result = line.run();
        QCOMPARE(result.outcome, Outcome::UnitFailed);
        QCOMPARE(causeOf(result), std::string("unit-refused"));
        QVERIFY(result.reported);
        QCOMPARE(line.world.gateway.told, std::vector<std::string>{"rejected 40:01"});
        QCOMPARE(line.world.gateway.live(), 0);
        QVERIFY(!line.isOpen());
    }

    void aRejectionWaitsForTheGateway()
    {
        Line line;
        line.world.unit.troubles.add("install", kNo, 2);
        line.world.gateway.troubles.add("rejected", kUnreachable);
        const auto failed = line.run();
        QCOMPARE(failed.outcome, Outcome::UnitFailed);
        QVERIFY(!failed.reported);
        QCOMPARE(line.world.gateway.live(), 1);
        QCOMPARE(line.run().outcome, Outcome::Provisioned);
        QCOMPARE(line.world.gateway.told, (std::vector<std::string>{"rejected 40:01", "provisioned 40:02"}));
    }

    void aSilentUnitIsNotRejected()
    {
        Line line;
        line.world.unit.troubles.add("install", kSilent, 2);
        const auto result = line.run();
        QCOMPARE(result.outcome, Outcome::StationFailed);
        QCOMPARE(causeOf(result), std::string("unit-no-answer"));
        QVERIFY(line.isOpen());
        QVERIFY(line.world.gateway.told.empty());
        const auto second = line.run();
        QCOMPARE(second.outcome, Outcome::Provisioned);
        QCOMPARE(*second.serial, *result.serial);
    }

    // ---- verifying ----

    void anotherCertificateReadBackRejectsTheUnit()
    {
        Line line;
        line.world.unit.corruptsLeaf = true;
        const auto result = line.run();
        QCOMPARE(result.outcome, Outcome::UnitFailed);
        QCOMPARE(causeOf(result), std::string("certificate-differs"));
        QCOMPARE(line.world.gateway.live(), 0);
    }

    void aProofByAnotherKeyRejectsTheUnit()
    {
        Line line;
        line.world.unit.signsWithOther = true;
        const auto result = line.run();
        QCOMPARE(result.outcome, Outcome::UnitFailed);
        QCOMPARE(causeOf(result), std::string("challenge-failed"));
        QCOMPARE(line.world.gateway.live(), 0);
    }

    // ---- reporting ----

    void withoutTheGatewayTheReportWaitsAndTheVehicleIsProvisioned()
    {
        Line line;
        line.world.gateway.troubles.add("provisioned", kUnreachable);
        const auto result = line.run();
        QCOMPARE(result.outcome, Outcome::Provisioned);
        QVERIFY(!result.reported);
        QVERIFY(at(result, StepId::ReportProvisioned).detail.find("gateway-unreachable") != std::string::npos);
        QVERIFY(!line.isOpen());
        QVERIFY(line.world.gateway.told.empty());

        line.world.unit = UnitWorld{};
        line.world.unit.vin = "5VXTC2E49TA001000";
        static_cast<void>(line.run(*gateway::Vin::parse("5VXTC2E49TA001000")));
        QCOMPARE(line.world.gateway.told.front(), std::string("provisioned 40:01"));
    }

    void aReportTheGatewayRefusesIsNotGreen()
    {
        Line line;
        line.world.gateway.troubles.add("provisioned",
                                        gatewaySays(gateway::ErrorCode::Conflict, "certificate-revoked"));
        const auto result = line.run();
        QCOMPARE(result.outcome, Outcome::StationFailed);
        QCOMPARE(causeOf(result), std::string("certificate-revoked"));
        QVERIFY(!line.isOpen());
    }

    // ---- after an interruption ----

    void aWrongVehicleDoesNotEndAJobWhoseCertificateExists()
    {
        Line line;
        line.world.unit.troubles.add("install", kSilent, 2);
        QCOMPARE(line.run().outcome, Outcome::StationFailed);
        line.world.unit.vin = "5VXTC2E49TA001000";
        QCOMPARE(line.run().outcome, Outcome::Refused);
        QVERIFY(line.isOpen());
        line.world.unit.vin = "5VXTC2E41SA000017";
        QCOMPARE(line.run().outcome, Outcome::Provisioned);
        QCOMPARE(line.world.gateway.certificates.size(), std::size_t(1));
    }

    void aReplacedUnitGetsItsOwnCertificateAndTheOldOneIsRevoked_data()
    {
        QTest::addColumn<int>("step");
        QTest::addColumn<int>("certificates");
        QTest::newRow("before issuing") << int(StepId::RequestCsr) << 1;
        QTest::newRow("issuing in doubt") << int(StepId::IssueCertificate) << 1;
        QTest::newRow("installed") << int(StepId::InstallCertificate) << 2;
    }
    void aReplacedUnitGetsItsOwnCertificateAndTheOldOneIsRevoked()
    {
        QFETCH(const int, step);
        QFETCH(const int, certificates);
        Line line;
        try {
            static_cast<void>(line.run(kVin, 1, [=](int, StepId at, RecordPhase phase) {
                if (at == StepId(step) && phase == RecordPhase::Before) throw PowerCut{};
            }));
        } catch (const PowerCut&) {
        }
        const auto old = line.job().job.transaction;
        line.world.unit = UnitWorld{};
        line.world.unit.ecuSerial = "ECU-0002";
        const auto result = line.run();
        QCOMPARE(result.outcome, Outcome::Provisioned);
        QVERIFY(result.transaction != old);
        QVERIFY(!result.resumed);
        QCOMPARE(*line.job(0).outcome, Outcome::UnitFailed);
        QCOMPARE(line.world.gateway.live(), 1);
        QCOMPARE(line.world.gateway.certificates.size(), std::size_t(certificates));
        QCOMPARE(line.world.gateway.requests.at(result.transaction.text()).ecuSerial, std::string("ECU-0002"));
    }

    void aLostIssueAnswerAndAReplacedUnitLeaveOneLiveCertificate()
    {
        Line line;
        line.world.gateway.troubles.add("issue", kNoAnswer, 99, true);
        QCOMPARE(line.run().outcome, Outcome::StationFailed);
        line.world.gateway.troubles = {};
        line.world.unit = UnitWorld{};
        line.world.unit.ecuSerial = "ECU-0002";
        QCOMPARE(line.run().outcome, Outcome::Provisioned);
        QCOMPARE(line.world.gateway.told, (std::vector<std::string>{"rejected 40:01", "provisioned 40:02"}));
        QCOMPARE(line.world.gateway.live(), 1);
    }

    void aUnitRejectedWhileTheGatewayIsAwayKeepsItsJobUntilTheCertificateIsKnown()
    {
        Line line;
        line.world.gateway.troubles.add("issue", kNoAnswer, 99, true);
        QCOMPARE(line.run().outcome, Outcome::StationFailed);
        line.world.gateway.troubles.add("find", kUnreachable);
        line.world.unit.troubles.add("open", kNo);
        QCOMPARE(line.run().outcome, Outcome::UnitFailed);
        QVERIFY(line.isOpen());
        line.world.gateway.troubles = {};
        line.world.unit.troubles.add("open", kNo);
        QCOMPARE(line.run().outcome, Outcome::UnitFailed);
        QVERIFY(!line.isOpen());
        QCOMPARE(line.world.gateway.live(), 0);
    }

    void aResumedRunSkipsWhatIsDone()
    {
        Line line;
        const auto result = line.runCutAfter(StepId::InstallCertificate, RecordPhase::After);
        QCOMPARE(result.outcome, Outcome::Provisioned);
        QVERIFY(result.resumed);
        QCOMPARE(line.world.unit.troubles.calls("install"), 1);
        QCOMPARE(line.world.gateway.troubles.calls("issue"), 1);
        QCOMPARE(line.world.unit.troubles.calls("prove"), 1);
        QCOMPARE(at(result, StepId::IssueCertificate).detail, std::string("done before the interruption"));
    }

    void powerCuts_data()
    {
        QTest::addColumn<int>("fault");
        QTest::addColumn<int>("expected");
        QTest::newRow("good unit") << 0 << int(Outcome::Provisioned);
        QTest::newRow("lost answers everywhere") << 1 << int(Outcome::Provisioned);
        QTest::newRow("unit that proves another key") << 2 << int(Outcome::UnitFailed);
        QTest::newRow("unit that reads back something else") << 3 << int(Outcome::UnitFailed);
    }
    void powerCuts()
    {
        QFETCH(const int, fault);
        QFETCH(const int, expected);
        cutThePowerAtEveryRecord<MemoryStation>([] { return MemoryStation{}; },
                                                [&](World& world) {
                                                    if (fault == 1) {
                                                        world.unit.troubles.add("requestCsr", kSilent, 1, true);
                                                        world.unit.troubles.add("install", kSilent, 1, true);
                                                        world.gateway.troubles.add("issue", kNoAnswer, 1, true);
                                                    }
                                                    world.unit.signsWithOther = fault == 2;
                                                    world.unit.corruptsLeaf = fault == 3;
                                                },
                                                Outcome(expected));
    }

    // ---- a journal that cannot write ----

    void withoutAJournalNothingIsDone()
    {
        for (int writes = 0;; ++writes) {
            Line line;
            line.station.file->failsAfterWrites = writes;
            const auto result = line.run();
            if (result.outcome == Outcome::Provisioned) {
                QCOMPARE(writes, 18); // 16 records, the delivered report, the closing
                return;
            }
            QCOMPARE(result.outcome, Outcome::StationFailed);
            QCOMPARE(causeOf(result), std::string("journal-full"));
            // A step whose "before" is not on disk has not begun.
            QCOMPARE(line.world.unit.troubles.calls("open"), writes > 0 ? 1 : 0);
            QCOMPARE(line.world.unit.keys, writes > 4 ? 1 : 0);
            QCOMPARE(line.world.gateway.troubles.calls("issue"), writes > 8 ? 1 : 0);
            QCOMPARE(line.world.unit.troubles.calls("install"), writes > 10 ? 1 : 0);
            line.station.file->failsAfterWrites = -1;
            QCOMPARE(line.run().outcome, Outcome::Provisioned);
            QCOMPARE(line.world.gateway.live(), 1);
        }
    }

    void aRunWithoutRandomNumbersDoesNotBegin()
    {
        Line line;
        auto parts = line.world.parts(line.station.opener());
        parts.fillRandom = [](std::span<std::uint8_t>) { return false; };
        const auto result = ProvisioningRun(std::move(parts)).provision(kVin, 1, line.observer);
        QCOMPARE(result.outcome, Outcome::StationFailed);
        QVERIFY(result.failure.has_value());
        QVERIFY(line.station.file->jobs.empty());
    }
};

QTEST_GUILESS_MAIN(ProvisioningRunTest)
#include "provisioning_run_test.moc"
