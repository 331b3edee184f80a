#include <QSignalSpy>
#include <QTest>

#include "scripted_provisioner.h"
#include "ui/cause_text.h"
#include "ui/operator_text.h"
#include "ui/run_model.h"

using namespace std::chrono_literals;
using station::Outcome;
using station::RunModel;
using station::StepId;
using station::StepState;

namespace {

const QString kVin = QStringLiteral("5VXTC2E41SA000017");
const QString kOtherVin = QStringLiteral("5VXTC2E49TA001000");

} // namespace

Q_DECLARE_METATYPE(station::Outcome)
Q_DECLARE_METATYPE(station::RunModel::State)

/// A model with its script and a clock that the test turns.
struct Bench
{
    ScriptedProvisioner provisioner;
    std::chrono::steady_clock::time_point now{};
    bool mayType = true;
    RunModel model{provisioner,
                   {.slot = 3,
                    .readLabel = {},
                    .vinRules = {.makers = {{"WVC", station::CheckDigitRule::Confirm}}},
                    .mayType = [this] { return mayType; },
                    .now = [this] { return now; },
                    .wallClock = [] { return QDateTime(QDate(2026, 11, 24), QTime(9, 30)); }}};

    ~Bench() { provisioner.letGo(); }

    [[nodiscard]] QString stepText(int row, int role) { return model.steps()->index(row, 0).data(role).toString(); }
};

class RunModelTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void beginsReady()
    {
        Bench bench;
        QCOMPARE(bench.model.state(), RunModel::Ready);
        QCOMPARE(bench.model.vin(), QString());
        QVERIFY(bench.model.lastResult().isEmpty());
        QCOMPARE(bench.model.steps()->rowCount(), static_cast<int>(station::kStepCount));
    }

    void aScanStartsTheRunInAnotherThread()
    {
        Bench bench;
        bench.model.scanned(kVin);
        QCOMPARE(bench.model.state(), RunModel::Running); // at once: the GUI thread does not wait for the run
        QTRY_COMPARE(bench.provisioner.vins(), std::vector<std::string>{kVin.toStdString()});
        QCOMPARE(bench.provisioner.slot(), 3);
        QCOMPARE(bench.model.vin(), QStringLiteral("5VX TC2E41 SA000017"));
    }

    void stepsAppearWithStateAttemptAndTime()
    {
        Bench bench;
        bench.provisioner.setProgress({
            {StepId::OpenSession, StepState::Done, 1, 1, 420ms, {}},
            {StepId::ReadVin, StepState::Done, 1, 1, 80ms, {}},
            {StepId::RequestCsr, StepState::Running, 2, 3, 1500ms, "busy"},
        });
        bench.model.scanned(kVin);
        QTRY_COMPARE(bench.stepText(2, station::StepListModel::StateTextRole), QStringLiteral("retry 2 of 3"));
        QCOMPARE(bench.stepText(0, station::StepListModel::StateRole), QStringLiteral("done"));
        QCOMPARE(bench.stepText(0, station::StepListModel::TimeTextRole), QStringLiteral("0.4 s"));
        QCOMPARE(bench.stepText(2, station::StepListModel::TimeTextRole), QStringLiteral("1.5 s"));
        QCOMPARE(bench.stepText(3, station::StepListModel::StateRole), QStringLiteral("waiting"));
        QCOMPARE(bench.stepText(3, station::StepListModel::TimeTextRole), QString());
    }

    void eachOutcomeHasItsStateAndAnswers_data()
    {
        QTest::addColumn<Outcome>("outcome");
        QTest::addColumn<int>("step");
        QTest::addColumn<QByteArray>("cause");
        QTest::addColumn<RunModel::State>("state");
        QTest::addColumn<QString>("headline");
        QTest::addColumn<QString>("happened"); // must occur in the text
        const auto row = [](const char* name, Outcome outcome, StepId step, const char* cause, RunModel::State state,
                            const char* headline, const char* happened) {
            QTest::newRow(name) << outcome << static_cast<int>(step) << QByteArray(cause) << state
                                << QString::fromLatin1(headline) << QString::fromLatin1(happened);
        };
        row("pass", Outcome::Provisioned, StepId::OpenSession, "", RunModel::Pass, "PASS", "");
        row("no key", Outcome::UnitFailed, StepId::RequestCsr, "unit-refused", RunModel::Fail, "FAIL",
            "create a valid key");
        row("key not proved", Outcome::UnitFailed, StepId::CertifyKey, "evidence-credential", RunModel::Fail, "FAIL",
            "not the one that the unit names");
        row("evidence refused", Outcome::UnitFailed, StepId::IssueCertificate, "evidence-key-exportable",
            RunModel::Fail, "FAIL", "copied out of its security chip");
        row("no evidence", Outcome::UnitFailed, StepId::IssueCertificate, "evidence-missing", RunModel::Fail, "FAIL",
            "no certificate of its maker");
        row("no challenge", Outcome::StationFailed, StepId::CertifyKey, "gateway-unreachable", RunModel::StationFault,
            "STATION FAULT", "certificate service");
        row("lost at the evidence", Outcome::StationFailed, StepId::CertifyKey, "unit-no-answer",
            RunModel::StationFault, "STATION FAULT", "does not answer");
        row("csr refused", Outcome::UnitFailed, StepId::IssueCertificate, "csr-subject", RunModel::Fail, "FAIL",
            "another name");
        row("not stored", Outcome::UnitFailed, StepId::InstallCertificate, "unit-refused", RunModel::Fail, "FAIL",
            "store");
        row("read back", Outcome::UnitFailed, StepId::VerifyCertificate, "certificate-differs", RunModel::Fail, "FAIL",
            "does not hold");
        row("silent unit", Outcome::StationFailed, StepId::OpenSession, "unit-no-answer", RunModel::StationFault,
            "STATION FAULT", "does not answer");
        row("gateway", Outcome::StationFailed, StepId::IssueCertificate, "gateway-unreachable", RunModel::StationFault,
            "STATION FAULT", "certificate service");
        row("journal", Outcome::StationFailed, StepId::OpenSession, "journal-full", RunModel::StationFault,
            "STATION FAULT", "disk of this station is full");
        row("slot busy", Outcome::StationFailed, StepId::OpenSession, "slot-busy", RunModel::StationFault,
            "STATION FAULT", "Another program");
        row("wrong vehicle", Outcome::Refused, StepId::ReadVin, "vin-mismatch", RunModel::Refused, "WRONG VEHICLE",
            "do not belong together");
        row("no VIN in the vehicle", Outcome::Refused, StepId::ReadVin, "vin-blank", RunModel::Refused, "REFUSED",
            "no VIN");
        row("rate", Outcome::Refused, StepId::IssueCertificate, "rate-limited", RunModel::Refused, "REFUSED",
            "One per day");
        row("has one", Outcome::Refused, StepId::IssueCertificate, "already-provisioned", RunModel::Refused, "REFUSED",
            "already has");
        row("new cause", Outcome::Refused, StepId::IssueCertificate, "some-new-cause", RunModel::Refused, "REFUSED",
            "rules");
    }

    void eachOutcomeHasItsStateAndAnswers()
    {
        QFETCH(const Outcome, outcome);
        QFETCH(const int, step);
        QFETCH(const QByteArray, cause);
        QFETCH(const RunModel::State, state);
        QFETCH(const QString, headline);
        QFETCH(const QString, happened);
        Bench bench;
        bench.provisioner.setEdit([&](station::RunResult& result) {
            result.outcome = outcome;
            result.elapsed = 12'300ms;
            if (outcome == Outcome::Provisioned)
                result.serial = gateway::CertificateSerial::parse("4A:01:FE").value();
            else
                result.failure = station::RunFailure{static_cast<StepId>(step), cause.toStdString(), "detail", {}, {}};
        });
        bench.provisioner.letOneGo();
        bench.model.scanned(kVin);
        QTRY_COMPARE(bench.model.state(), state);
        QCOMPARE(bench.model.headline(), headline);
        QVERIFY2(bench.model.happened().contains(happened), qPrintable(bench.model.happened()));
        QCOMPARE(bench.model.elapsedText(), QStringLiteral("12.3 s"));
        QCOMPARE(bench.model.toDo().isEmpty(), outcome == Outcome::Provisioned);
        if (outcome == Outcome::Provisioned) {
            QCOMPARE(bench.model.serial(), QStringLiteral("4A:01:FE"));
        } else {
            QVERIFY(bench.model.code().contains(QString::fromUtf8(cause)));
            QVERIFY(bench.model.code().contains(QStringLiteral("a5a5a5a5")));
            QVERIFY(bench.model.serial().isEmpty());
        }
    }

    void everyCauseHasItsOwnWords_data()
    {
        QTest::addColumn<QByteArray>("cause");
        // Those of docs/station.md, and those that the gateway's issuing, evidence and vault answer with.
        for (const char* cause : {"unit-no-answer",
                                  "unit-busy",
                                  "unit-voltage",
                                  "unit-session-lost",
                                  "unit-refused",
                                  "unit-malformed",
                                  "unit-replaced",
                                  "unit-message-too-long",
                                  "ecu-serial-missing",
                                  "bus-unavailable",
                                  "slot-busy",
                                  "vin-mismatch",
                                  "vin-blank",
                                  "vin-check-digit",
                                  "vin-maker",
                                  "evidence-missing",
                                  "evidence-incomplete",
                                  "evidence-malformed",
                                  "evidence-ek-untrusted",
                                  "evidence-ek-expired",
                                  "evidence-ek-revoked",
                                  "evidence-ak-unsuitable",
                                  "evidence-signature",
                                  "evidence-replay",
                                  "evidence-credential",
                                  "evidence-key-mismatch",
                                  "evidence-key-soft",
                                  "evidence-key-exportable",
                                  "evidence-key-unsuitable",
                                  "csr-malformed",
                                  "csr-signature",
                                  "csr-subject",
                                  "csr-extension",
                                  "csr-key-not-p256",
                                  "csr-key-weak",
                                  "csr-key-revoked",
                                  "key-quarantined",
                                  "ek-quarantined",
                                  "duplicate-key",
                                  "already-provisioned",
                                  "idempotency-conflict",
                                  "intent-outdated",
                                  "vault-mapping",
                                  "rate-limit-issuer",
                                  "rate-limit-tcu",
                                  "certificate-subject",
                                  "certificate-key",
                                  "certificate-serial",
                                  "certificate-chain",
                                  "certificate-is-ca",
                                  "certificate-differs",
                                  "challenge-failed",
                                  "gateway-unreachable",
                                  "gateway-no-answer",
                                  "gateway-unavailable",
                                  "gateway-error",
                                  "gateway-wrong-address",
                                  "station-not-authorised",
                                  "vault-unavailable",
                                  "evidence-bundle-expired",
                                  "journal-full",
                                  "journal-locked",
                                  "journal-corrupt",
                                  "journal-io",
                                  "journal-newer",
                                  "journal-cannot-open",
                                  "random-unavailable"})
            QTest::newRow(cause) << QByteArray(cause);
    }

    void everyCauseHasItsOwnWords()
    {
        QFETCH(const QByteArray, cause);
        QVERIFY(station::isKnownCause(cause.toStdString()));
        const station::RunFailure failure{StepId::IssueCertificate, cause.toStdString(), "", {}, {}};
        const auto text = station::causeText(Outcome::Refused, failure);
        QVERIFY(!text.happened.isEmpty());
        QVERIFY(!text.toDo.isEmpty());
        QVERIFY(!text.remedies.isEmpty());
    }

    void whatTheGatewayNamedIsTold_data()
    {
        QTest::addColumn<QByteArray>("cause");
        QTest::addColumn<QByteArray>("detail");
        QTest::addColumn<QString>("happened");
        QTest::newRow("vault") << QByteArray("gateway-unavailable") << QByteArray("vault-unavailable: no database")
                               << QStringLiteral("write down which vehicle");
        QTest::newRow("bundle") << QByteArray("gateway-unavailable") << QByteArray("evidence-bundle-expired: since May")
                                << QStringLiteral("list of makers has expired");
        QTest::newRow("hour") << QByteArray("rate-limited") << QByteArray("rate-limit-issuer: 1000")
                              << QStringLiteral("limit for this hour");
        QTest::newRow("nothing named") << QByteArray("gateway-unavailable") << QByteArray("the signer is busy")
                                       << QStringLiteral("cannot sign");
        QTest::newRow("unknown name") << QByteArray("gateway-error") << QByteArray("brand-new: yes")
                                      << QStringLiteral("fault of its own");
    }

    void whatTheGatewayNamedIsTold()
    {
        QFETCH(const QByteArray, cause);
        QFETCH(const QByteArray, detail);
        QFETCH(const QString, happened);
        const station::RunFailure failure{StepId::IssueCertificate, cause.toStdString(), detail.toStdString(), {}, {}};
        QVERIFY2(station::causeText(Outcome::StationFailed, failure).happened.contains(happened),
                 qPrintable(station::causeText(Outcome::StationFailed, failure).happened));
    }

    void aRateLimitSaysWhenItIsPossibleAgain()
    {
        Bench bench;
        bench.provisioner.setEdit([](station::RunResult& result) {
            result.outcome = Outcome::Refused;
            result.failure = station::RunFailure{StepId::IssueCertificate, "rate-limited", "", 429, 18h + 5min};
        });
        bench.provisioner.letOneGo();
        bench.model.scanned(kVin);
        QTRY_COMPARE(bench.model.state(), RunModel::Refused);
        QVERIFY2(bench.model.happened().contains(QStringLiteral("18 h 05 min")), qPrintable(bench.model.happened()));
        QVERIFY(bench.model.code().contains(QStringLiteral("HTTP 429")));
    }

    void afterAFailureTheStepsShowWhereItStopped()
    {
        Bench bench;
        bench.provisioner.setProgress({{StepId::OpenSession, StepState::Done, 1, 1, 100ms, {}},
                                       {StepId::ReadVin, StepState::Running, 1, 1, 0ms, {}}});
        bench.provisioner.setEdit([](station::RunResult& result) { result.outcome = Outcome::UnitFailed; });
        bench.provisioner.letOneGo();
        bench.model.scanned(kVin);
        QTRY_COMPARE(bench.model.state(), RunModel::Fail);
        QCOMPARE(bench.stepText(0, station::StepListModel::StateRole), QStringLiteral("done"));
        QCOMPARE(bench.stepText(1, station::StepListModel::StateRole), QStringLiteral("failed"));
        QCOMPARE(bench.stepText(2, station::StepListModel::StateRole), QStringLiteral("skipped"));
    }

    void anExceptionOfTheFlowIsAStationFault()
    {
        Bench bench;
        bench.provisioner.setThrows(true);
        bench.provisioner.letOneGo();
        bench.model.scanned(kVin);
        QTRY_COMPARE(bench.model.state(), RunModel::StationFault);
        QVERIFY(bench.model.happened().contains(QStringLiteral("out of order")));
    }

    void wrongVehicleMarksThePositionsThatDiffer_data()
    {
        QTest::addColumn<QByteArray>("found");
        QTest::addColumn<QList<int>>("differing");
        QTest::newRow("two positions") << QByteArray("5VXTC2E42SA000018") << QList<int>{8, 16};
        QTest::newRow("not read") << QByteArray() << QList<int>{};
        QTest::newRow("other length") << QByteArray("5VXTC2E4") << QList<int>{};
        QTest::newRow("masked") << QByteArray("***********000018") << QList<int>{};
    }

    void wrongVehicleMarksThePositionsThatDiffer()
    {
        QFETCH(const QByteArray, found);
        QFETCH(const QList<int>, differing);
        Bench bench;
        bench.provisioner.setEdit([&](station::RunResult& result) {
            result.outcome = Outcome::Refused;
            result.failure = station::RunFailure{StepId::ReadVin, "vin-mismatch", "", {}, {}};
            result.unitVin = found.toStdString();
        });
        bench.provisioner.letOneGo();
        bench.model.scanned(kVin);
        QTRY_COMPARE(bench.model.state(), RunModel::Refused);
        QList<int> marked;
        const QVariantList cells = bench.model.vinComparison();
        for (int i = 0; i < cells.size(); ++i)
            if (cells[i].toMap()[QStringLiteral("differs")].toBool()) marked << i;
        QCOMPARE(marked, differing);
        QCOMPARE(cells.size(), differing.isEmpty() ? 0 : 17);
    }

    void aScanDuringARunIsRefusedInWords()
    {
        Bench bench;
        bench.model.scanned(kVin);
        bench.now += 10s;
        bench.model.scanned(kOtherVin);
        QCOMPARE(bench.model.notice()[QStringLiteral("title")].toString(), QStringLiteral("Scan refused"));
        bench.model.scanned(kVin);
        QCOMPARE(bench.model.notice()[QStringLiteral("title")].toString(), QStringLiteral("Already running"));
        bench.model.scanned(QStringLiteral("nonsense"));
        QCOMPARE(bench.model.notice()[QStringLiteral("title")].toString(), QStringLiteral("Not a VIN"));
        QCOMPARE(bench.model.state(), RunModel::Running);
        bench.provisioner.letOneGo();
        QTRY_COMPARE(bench.model.state(), RunModel::Pass);
        QCOMPARE(bench.provisioner.vins(), std::vector<std::string>{kVin.toStdString()});
        QVERIFY2(bench.model.notice().isEmpty(), "the message goes with its cause");
    }

    void theSameVinWithinThreeSecondsIsIgnored()
    {
        Bench bench;
        bench.provisioner.letGo();
        bench.model.scanned(kVin);
        QTRY_COMPARE(bench.model.state(), RunModel::Pass);
        bench.now += 2900ms;
        bench.model.scanned(kVin);
        QCOMPARE(bench.model.state(), RunModel::Pass);
        QCOMPARE(bench.model.notice()[QStringLiteral("title")].toString(), QStringLiteral("Double scan ignored"));
        bench.now += 2900ms; // the trigger is still held
        bench.model.scanned(kVin);
        QCOMPARE(bench.model.state(), RunModel::Pass);
        bench.now += 3100ms;
        bench.model.scanned(kVin);
        QCOMPARE(bench.model.state(), RunModel::Running);
    }

    void aTriggerHeldUntilAfterTheVerdictDoesNotStartAgain()
    {
        Bench bench;
        bench.model.scanned(kVin);
        bench.now += 10s;
        bench.model.scanned(kVin); // already running
        bench.provisioner.letOneGo();
        QTRY_COMPARE(bench.model.state(), RunModel::Pass);
        bench.now += 1s;
        bench.model.scanned(kVin);
        QCOMPARE(bench.model.state(), RunModel::Pass);
        QCOMPARE(bench.provisioner.vins().size(), std::size_t{1});
    }

    void anotherVinMayFollowAtOnce()
    {
        Bench bench;
        bench.provisioner.letGo();
        bench.model.scanned(kVin);
        QTRY_COMPARE(bench.model.state(), RunModel::Pass);
        bench.model.scanned(kOtherVin);
        QTRY_COMPARE(bench.model.state(), RunModel::Pass);
        QCOMPARE(bench.model.vin(), QStringLiteral("5VX TC2E49 TA001000"));
        QCOMPARE(bench.model.lastResult()[QStringLiteral("vin")].toString(), QStringLiteral("5VX TC2E41 SA000017"));
    }

    void invalidScansNameRuleAndPosition_data()
    {
        QTest::addColumn<QString>("scan");
        QTest::addColumn<QString>("rule");
        QTest::addColumn<QString>("shown");
        QTest::addColumn<int>("position");
        const auto row = [](const char* name, const char* scan, const char* rule, const char* shown, int position) {
            QTest::newRow(name) << QString::fromUtf8(scan) << QString::fromUtf8(rule) << QString::fromUtf8(shown)
                                << position;
        };
        row("16", "5VXTC2E41SA00001", "17 characters, this has 16", "5VXTC2E41SA00001", -1);
        row("18", "5VXTC2E41SA0000171", "17 characters, this has 18", "5VXTC2E41SA0000171", -1);
        row("O", "5VXTC2E41SAO00017", "Character 12 is “O”", "5VXTC2E41SAO00017", 11);
        row("I at the end", "5VXTC2E41SA00001I", "Character 17 is “I”", "5VXTC2E41SA00001I", 16);
        row("Q in front", "QVXTC2E41SA000017", "Character 1 is “Q”", "QVXTC2E41SA000017", 0);
        row("behind the data identifier", "I5VXTC2E41SA0O0017", "Character 13 is “O”", "I5VXTC2E41SA0O0017", 13);
        row("blank inside", "5VXTC2E41 A000017", "Character 10 is “␣”", "5VXTC2E41␣A000017", 9);
        row("group separator",
            "5VXTC2E41\x1D"
            "A000017",
            "Character 10 is “␝”", "5VXTC2E41␝A000017", 9);
        row("carriage return inside", "5VXTC2E41\rA000017", "Character 10 is “␍”", "5VXTC2E41␍A000017", 9);
        row("one character", "5", "17 characters, this has 1", "5", -1);
    }

    void invalidScansNameRuleAndPosition()
    {
        QFETCH(const QString, scan);
        QFETCH(const QString, rule);
        QFETCH(const QString, shown);
        QFETCH(const int, position);
        Bench bench;
        bench.model.scanned(scan);
        QCOMPARE(bench.model.state(), RunModel::Ready);
        const QVariantMap notice = bench.model.notice();
        QCOMPARE(notice[QStringLiteral("title")].toString(), QStringLiteral("Not a VIN"));
        QVERIFY2(notice[QStringLiteral("text")].toString().contains(rule),
                 qPrintable(notice[QStringLiteral("text")].toString()));
        QCOMPARE(notice[QStringLiteral("shown")].toString(), shown);
        QCOMPARE(notice[QStringLiteral("position")].toInt(), position);
        QVERIFY(bench.provisioner.vins().empty());
    }

    void aVeryLongScanIsShownShortened()
    {
        Bench bench;
        bench.model.scanned(QString(5000, QLatin1Char('A')));
        QCOMPARE(bench.model.notice()[QStringLiteral("shown")].toString().size(), 49);
    }

    void aBadScanLeavesTheVerdictOnScreen()
    {
        Bench bench;
        bench.provisioner.setEdit([](station::RunResult& result) { result.outcome = Outcome::UnitFailed; });
        bench.provisioner.letGo();
        bench.model.scanned(kVin);
        QTRY_COMPARE(bench.model.state(), RunModel::Fail);
        bench.model.scanned(QStringLiteral("P1234"));
        QCOMPARE(bench.model.state(), RunModel::Fail);
        QCOMPARE(bench.model.notice()[QStringLiteral("title")].toString(), QStringLiteral("Not a VIN"));
    }

    void tryAgainRepeatsTheVehicleAfterAStationFaultOnly()
    {
        Bench bench;
        bench.model.retry();
        QCOMPARE(bench.model.state(), RunModel::Ready);
        bench.provisioner.setEdit([](station::RunResult& result) { result.outcome = Outcome::StationFailed; });
        bench.provisioner.letOneGo();
        bench.model.scanned(kVin);
        QTRY_COMPARE(bench.model.state(), RunModel::StationFault);
        bench.provisioner.setEdit({});
        bench.provisioner.letOneGo();
        bench.model.retry();
        QCOMPARE(bench.model.state(), RunModel::Running);
        QTRY_COMPARE(bench.model.state(), RunModel::Pass);
        bench.model.retry();
        QCOMPARE(bench.model.state(), RunModel::Pass);
        QCOMPARE(bench.provisioner.vins().size(), std::size_t{2});
    }

    void closingKeepsTheLastResultAndNeverStopsARun()
    {
        Bench bench;
        bench.model.scanned(kVin);
        bench.model.dismiss();
        QCOMPARE(bench.model.state(), RunModel::Running);
        bench.provisioner.letOneGo();
        QTRY_COMPARE(bench.model.state(), RunModel::Pass);
        bench.model.dismiss();
        QCOMPARE(bench.model.state(), RunModel::Ready);
        const QVariantMap last = bench.model.lastResult();
        QCOMPARE(last[QStringLiteral("word")].toString(), QStringLiteral("PASS"));
        QCOMPARE(last[QStringLiteral("good")].toBool(), true);
        QCOMPARE(last[QStringLiteral("time")].toString(), QStringLiteral("09:30:00"));
    }

    void aTypedVinCountsTheSecondTime()
    {
        Bench bench;
        bench.model.typed(kVin.toLower());
        QCOMPARE(bench.model.state(), RunModel::Ready);
        QCOMPARE(bench.model.notice()[QStringLiteral("title")].toString(), QStringLiteral("Typed once"));
        bench.model.typed(kVin);
        QCOMPARE(bench.model.state(), RunModel::Running);
        QVERIFY(bench.model.notice().isEmpty());
    }

    void aTypedVinThatDiffersStartsNothing()
    {
        Bench bench;
        bench.model.typed(kVin);
        QString slipped = kVin; // position 11: A and J have the same value, the check digit does not see it
        slipped[10] = QLatin1Char('J');
        bench.model.typed(slipped);
        QCOMPARE(bench.model.state(), RunModel::Ready);
        QCOMPARE(bench.model.notice()[QStringLiteral("title")].toString(), QStringLiteral("Typed differently"));
        QCOMPARE(bench.model.notice()[QStringLiteral("position")].toInt(), 10);
        bench.model.typed(kVin); // the first of two again
        QCOMPARE(bench.model.state(), RunModel::Ready);
        bench.model.typed(kVin);
        QCOMPARE(bench.model.state(), RunModel::Running);
    }

    void whatIsBetweenMakesTypingBeginAnew_data()
    {
        QTest::addColumn<int>("between");
        QTest::newRow("a bad scan") << 0;
        QTest::newRow("bad typing") << 1;
        QTest::newRow("close") << 2;
    }

    void whatIsBetweenMakesTypingBeginAnew()
    {
        QFETCH(const int, between);
        Bench bench;
        bench.model.typed(kVin);
        if (between == 0) bench.model.scanned(QStringLiteral("P1234"));
        if (between == 1) bench.model.typed(QStringLiteral("5VX"));
        if (between == 2) bench.model.dismiss();
        bench.model.typed(kVin);
        QCOMPARE(bench.model.state(), RunModel::Ready);
        QCOMPARE(bench.model.notice()[QStringLiteral("title")].toString(), QStringLiteral("Typed once"));
    }

    void whoMayNotTypeIsTold()
    {
        Bench bench;
        bench.mayType = false;
        bench.model.typed(kVin);
        bench.model.typed(kVin);
        QCOMPARE(bench.model.state(), RunModel::Ready);
        QCOMPARE(bench.model.notice()[QStringLiteral("title")].toString(), QStringLiteral("Typing does not count"));
        bench.model.scanned(kVin);
        QCOMPARE(bench.model.state(), RunModel::Running);
    }

    void aDoubtfulCheckDigitIsReadTwice()
    {
        Bench bench;
        const QString doubtful = QStringLiteral("WVCZZZTC1SE000042");
        bench.model.scanned(doubtful);
        QCOMPARE(bench.model.state(), RunModel::Ready);
        QCOMPARE(bench.model.notice()[QStringLiteral("title")].toString(), QStringLiteral("Scan once more"));
        bench.model.scanned(QStringLiteral("WVCZZZTC2SE000042")); // read differently: still only once
        QCOMPARE(bench.model.state(), RunModel::Ready);
        bench.model.scanned(doubtful);
        QCOMPARE(bench.model.state(), RunModel::Ready);
        bench.model.scanned(doubtful);
        QCOMPARE(bench.model.state(), RunModel::Running);
    }

    void aRightCheckDigitIsReadOnce()
    {
        Bench bench;
        bench.model.scanned(QStringLiteral("WVCZZZTC0SE000042"));
        QCOMPARE(bench.model.state(), RunModel::Running);
    }

    void theElapsedTimeRuns()
    {
        Bench bench;
        QSignalSpy ticks(&bench.model, &RunModel::elapsedChanged);
        bench.model.scanned(kVin);
        bench.now += 61s;
        ticks.clear();
        QTRY_VERIFY(!ticks.isEmpty());
        QCOMPARE(bench.model.elapsedMs(), 61'000);
        QCOMPARE(bench.model.elapsedText(), QStringLiteral("1 min 01 s"));
    }
};

QTEST_GUILESS_MAIN(RunModelTest)
#include "run_model_test.moc"
