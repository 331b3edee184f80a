#include <QFontMetricsF>
#include <QSignalSpy>

#include "window_states.h"

class OperatorWindowTest : public QObject
{
    Q_OBJECT

    static void type(Bench& bench, const QString& text)
    {
        for (const QChar character : text)
            QTest::keyClick(bench.window, character.toLatin1());
        QTest::keyClick(bench.window, Qt::Key_Return);
    }

    static void click(Bench& bench, const char* name)
    {
        const QQuickItem* item = bench.item(name);
        QVERIFY2(item != nullptr, name);
        QTest::mouseClick(bench.window, Qt::LeftButton, {},
                          item->mapRectToScene(item->boundingRect()).center().toPoint());
    }

    static std::vector<std::string> recordsOf(Bench& bench)
    {
        const std::lock_guard lock(bench.recordMutex);
        return bench.records;
    }

private Q_SLOTS:
    void theVerdictIsReadFromThreeMetres_data()
    {
        QTest::addColumn<QString>("state");
        for (const char* state : {"pass", "fail"})
            QTest::newRow(state) << QString::fromLatin1(state);
    }

    void theVerdictIsReadFromThreeMetres()
    {
        QFETCH(const QString, state);
        Bench bench;
        QTRY_VERIFY(bench.isReady());
        const auto found =
            std::find_if(states().begin(), states().end(), [&](const auto& entry) { return entry.first == state; });
        QVERIFY(found->second(bench));
        QTRY_VERIFY(bench.item("verdictWord") != nullptr);
        const QFontMetricsF metrics(bench.item("verdictWord")->property("font").value<QFont>());
        QVERIFY(metrics.capHeight() >= 17.5 * kPanel.width() / 218.0); // 20 arcmin at 3 m
    }

    void buttonsAreLargeEnoughForAGlove()
    {
        Bench bench;
        QTRY_VERIFY(bench.isReady());
        bench.finish(Outcome::StationFailed, StepId::OpenSession, "unit-no-answer");
        bench.run.scanned(kVin);
        QTRY_COMPARE(bench.run.state(), RunModel::StationFault);
        QTRY_VERIFY(bench.item("retryButton") != nullptr);
        const QQuickItem* retry = bench.item("retryButton");
        const QQuickItem* back = bench.item("backButton");
        const double millimetre = kPanel.width() / 218.0;
        QTRY_VERIFY(retry->width() > 0);
        for (const QQuickItem* button : {retry, back}) {
            QVERIFY(button->width() >= 20 * millimetre);
            QVERIFY(button->height() >= 20 * millimetre - 1);
        }
        const QRectF retryArea = retry->mapRectToScene(retry->boundingRect());
        const QRectF backArea = back->mapRectToScene(back->boundingRect());
        QVERIFY(retryArea.left() - backArea.right() >= 3 * millimetre - 1);
        QTest::mouseClick(bench.window, Qt::LeftButton, {}, retryArea.center().toPoint());
        QCOMPARE(bench.run.state(), RunModel::Running);
        bench.provisioner.letOneGo();
        QTRY_COMPARE(bench.run.state(), RunModel::StationFault);
        QTest::qWait(0);
        QTest::mouseClick(bench.window, Qt::LeftButton, {}, backArea.center().toPoint());
        QCOMPARE(bench.run.state(), RunModel::Ready);
    }

    void aKeyboardWedgeScanStartsTheRun_data()
    {
        QTest::addColumn<QString>("typed");
        QTest::addColumn<int>("terminator");
        QTest::newRow("upper case, Enter") << kVin << static_cast<int>(Qt::Key_Return);
        QTest::newRow("keypad Enter") << kVin << static_cast<int>(Qt::Key_Enter);
        QTest::newRow("Tab") << kVin << static_cast<int>(Qt::Key_Tab);
        QTest::newRow("lower case") << kVin.toLower() << static_cast<int>(Qt::Key_Return);
        QTest::newRow("data identifier") << QStringLiteral("I") + kVin << static_cast<int>(Qt::Key_Return);
    }

    void aKeyboardWedgeScanStartsTheRun()
    {
        QFETCH(const QString, typed);
        QFETCH(const int, terminator);
        Bench bench;
        QTRY_VERIFY(bench.isReady());
        for (const QChar character : typed)
            QTest::keyClick(bench.window, character.toLatin1());
        QCOMPARE(bench.input.pending(), typed);
        QCOMPARE(bench.run.state(), RunModel::Ready);
        QTest::keyClick(bench.window, static_cast<Qt::Key>(terminator));
        QCOMPARE(bench.run.state(), RunModel::Running);
        QCOMPARE(bench.run.vin(), QStringLiteral("5VX TC2E41 SA000017"));
        QCOMPARE(bench.input.pending(), QString());
    }

    void typingIsToldFromScanning_data()
    {
        QTest::addColumn<qint64>("msPerKey");
        QTest::addColumn<qint64>("oneGap"); // before the last character
        QTest::addColumn<bool>("isScan");
        QTest::newRow("fast scanner") << qint64{2} << qint64{2} << true;
        QTest::newRow("slow scanner") << qint64{35} << qint64{35} << true;
        QTest::newRow("a hiccup of the host") << qint64{10} << qint64{120} << true;
        QTest::newRow("slower than a scanner") << qint64{36} << qint64{36} << false;
        QTest::newRow("fast typist") << qint64{80} << qint64{80} << false;
        QTest::newRow("scan finished by hand") << qint64{10} << qint64{121} << false;
    }

    void typingIsToldFromScanning()
    {
        QFETCH(const qint64, msPerKey);
        QFETCH(const qint64, oneGap);
        QFETCH(const bool, isScan);
        Bench bench;
        QTRY_VERIFY(bench.isReady());
        bench.msPerKey = msPerKey;
        for (const QChar character : kVin.chopped(1))
            QTest::keyClick(bench.window, character.toLatin1());
        bench.msPerKey = oneGap;
        QTest::keyClick(bench.window, kVin.back().toLatin1());
        QTest::keyClick(bench.window, Qt::Key_Return);
        QCOMPARE(bench.run.state() == RunModel::Running, isScan);
        QCOMPARE(bench.run.notice()[QStringLiteral("title")].toString() == QStringLiteral("Typed once"), !isScan);
    }

    void aScannerWithoutTerminatorCountsAfterSilence()
    {
        Bench bench;
        QTRY_VERIFY(bench.isReady());
        for (const QChar character : kVin)
            QTest::keyClick(bench.window, character.toLatin1());
        QTRY_COMPARE(bench.run.state(), RunModel::Running);
    }

    void silenceAfterSlowKeysCountsForNothing()
    {
        Bench bench;
        QTRY_VERIFY(bench.isReady());
        bench.msPerKey = 200;
        for (const QChar character : kVin)
            QTest::keyClick(bench.window, character.toLatin1());
        QTest::qWait(2 * station::ScanInput::kSilenceMs);
        QCOMPARE(bench.run.state(), RunModel::Ready);
        QCOMPARE(bench.input.pending(), kVin);
    }

    void backspaceAndEscapeCorrectTyping()
    {
        Bench bench;
        QTRY_VERIFY(bench.isReady());
        QTest::keyClick(bench.window, 'A');
        QTest::keyClick(bench.window, 'B');
        QTest::keyClick(bench.window, Qt::Key_Backspace);
        QCOMPARE(bench.input.pending(), QStringLiteral("A"));
        QTest::keyClick(bench.window, Qt::Key_Escape);
        QCOMPARE(bench.input.pending(), QString());
        QTest::keyClick(bench.window, Qt::Key_Return);
        QVERIFY(bench.run.notice().isEmpty());
    }

    void endlessTypingStaysBounded()
    {
        Bench bench;
        QTRY_VERIFY(bench.isReady());
        for (qsizetype i = 0; i < station::ScanInput::kLongestScan + 50; ++i)
            QTest::keyClick(bench.window, 'A');
        QCOMPARE(bench.input.pending().size(), station::ScanInput::kLongestScan);
        QTest::keyClick(bench.window, Qt::Key_Return);
        QCOMPARE(bench.run.notice()[QStringLiteral("title")].toString(), QStringLiteral("Not a VIN"));
    }

    void enterTriesAgainButASecondTerminatorDoesNot()
    {
        Bench bench;
        QTRY_VERIFY(bench.isReady());
        bench.finish(Outcome::StationFailed, StepId::OpenSession, "unit-no-answer");
        for (const QChar character : kVin)
            QTest::keyClick(bench.window, character.toLatin1());
        QTest::keyClick(bench.window, Qt::Key_Return);
        QTest::keyClick(bench.window, Qt::Key_Return); // CR and LF of one scan
        QTRY_COMPARE(bench.run.state(), RunModel::StationFault);
        QCOMPARE(bench.provisioner.vins().size(), std::size_t{1});
        QVERIFY(QTest::qWaitFor([&] {
            QTest::keyClick(bench.window, Qt::Key_Return);
            return bench.run.state() == RunModel::Running;
        }));
        bench.provisioner.letOneGo();
        QTRY_COMPARE(bench.run.state(), RunModel::StationFault);
        QCOMPARE(bench.provisioner.vins().size(), std::size_t{2});
        QTest::keyClick(bench.window, Qt::Key_Escape);
        QCOMPARE(bench.run.state(), RunModel::Ready);
    }

    void theWindowStaysWhileAVehicleIsInWork()
    {
        Bench bench;
        QTRY_VERIFY(bench.isReady());
        bench.run.scanned(kVin);
        QVERIFY(!bench.window->close());
        QVERIFY(bench.window->isVisible());
        bench.provisioner.letOneGo();
        QTRY_COMPARE(bench.run.state(), RunModel::Pass);
        QVERIFY(bench.window->close());
    }

    void withoutABadgeNothingStarts()
    {
        Bench bench(kPanel, "light", QStringLiteral("en"), true);
        QTRY_VERIFY(bench.isReady());
        QVERIFY(bench.session.isLocked());
        type(bench, kVin); // a label is no badge
        QTRY_COMPARE(bench.session.fault(), QStringLiteral("This badge is not known at this station."));
        QCOMPARE(bench.run.state(), RunModel::Ready);
        QVERIFY(bench.run.notice().isEmpty());
        type(bench, QStringLiteral("BADGE-0002"));
        QTRY_VERIFY(!bench.session.isLocked());
        QTRY_COMPARE(bench.item("personText")->property("text").toString(), QStringLiteral("李伟 · Operator"));
        QVERIFY(!bench.session.isTechnician());
        type(bench, kVin);
        QTRY_COMPARE(bench.run.state(), RunModel::Running);
    }

    void aPinOfTheScreenOrTheKeyboardLogsIn()
    {
        Bench bench(kPanel, "light", QStringLiteral("en"), true);
        QTRY_VERIFY(bench.isReady());
        bench.msPerKey = 150;
        type(bench, QStringLiteral("482913"));
        QCOMPARE(bench.session.fault(), QStringLiteral("Choose your name first, then type your PIN."));
        QTRY_VERIFY(!bench.session.names().isEmpty());
        QCOMPARE(bench.session.names(), QStringList{QStringLiteral("Ada Gruber")}); // Li has no PIN
        bench.session.select(QStringLiteral("Ada Gruber"));
        type(bench, QStringLiteral("482914"));
        QTRY_COMPARE(bench.session.fault(), QStringLiteral("Wrong PIN."));
        for (const char* key : {"pin4", "pin8", "pin2", "pin9", "pin1", "pin1", "pin⌫", "pin3"})
            click(bench, key);
        QCOMPARE(bench.item("pinDots")->property("text").toString(), QStringLiteral("••••••"));
        click(bench, "pinOK");
        QTRY_VERIFY(!bench.session.isLocked());
        QVERIFY(bench.session.isTechnician());
        QVERIFY(!bench.session.isSupervisor());
    }

    void lockingWaitsForTheVehicleAndHandingOverIsRecorded()
    {
        Bench bench(kPanel, "light", QStringLiteral("en"), true);
        QTRY_VERIFY(bench.isReady());
        type(bench, QStringLiteral("BADGE-0001"));
        QTRY_VERIFY(!bench.session.isLocked());
        type(bench, kVin);
        QTRY_COMPARE(bench.run.state(), RunModel::Running);
        QTest::keyClick(bench.window, Qt::Key_F12);
        QVERIFY(!bench.session.isLocked());
        bench.provisioner.letOneGo();
        QTRY_COMPARE(bench.run.state(), RunModel::Pass);
        type(bench, QStringLiteral("BADGE-0002")); // the next shift, without a lock between
        QTRY_COMPARE(bench.session.person(), QStringLiteral("李伟"));
        QTest::keyClick(bench.window, Qt::Key_F12);
        QVERIFY(bench.session.isLocked());
        QTRY_VERIFY(recordsOf(bench).size() == 3);
        QCOMPARE(recordsOf(bench), (std::vector<std::string>{"login Ada Gruber", "hand-over 李伟", "lock 李伟"}));
    }

    void theStationLocksItselfWhenItIsLeftAlone()
    {
        station::LoginSettings login;
        login.required = true;
        login.lockAfter = 0s;
        login.list = [] { return std::vector<station::Person>(); };
        login.byBadge = [](std::string_view) -> gateway::Result<station::Person> {
            return station::Person{1, "Ada", station::Role::Operator, true, false};
        };
        station::SessionModel session(login);
        QSignalSpy changes(&session, &station::SessionModel::changed);
        session.setRunning(true);
        session.takeScan(QStringLiteral("BADGE-0001"));
        QTRY_VERIFY(!session.isLocked());
        QTest::qWait(20);
        QVERIFY(!session.isLocked()); // a vehicle is in work
        session.setRunning(false);
        QTRY_VERIFY(session.isLocked());
    }

    void aFaultOfTheJournalLetsNobodyIn()
    {
        station::LoginSettings login;
        login.required = true;
        login.list = [] { return std::vector<station::Person>(); };
        login.byBadge = [](std::string_view) -> gateway::Result<station::Person> { throw std::runtime_error("disk"); };
        station::SessionModel session(login);
        QVERIFY(session.takeScan(QStringLiteral("BADGE-0001")));
        QTRY_VERIFY(session.fault().contains(QStringLiteral("cannot read who may use it")));
        QVERIFY(session.isLocked());
    }

    void aFailedUnitWaitsForATechnicianWhoEndsTheCase()
    {
        Bench bench(kPanel, "light", QStringLiteral("en"), true);
        QTRY_VERIFY(bench.isReady());
        type(bench, QStringLiteral("BADGE-0002"));
        QTRY_VERIFY(!bench.session.isLocked());
        QVERIFY(waitingCase(bench));
        QCOMPARE(bench.cases.untaken(), 1);
        QTest::keyClick(bench.window, Qt::Key_F3); // an operator does not see the queue
        QCOMPARE(bench.pages.page(), QStringLiteral("work"));
        type(bench, QStringLiteral("BADGE-0001"));
        QTRY_VERIFY(bench.session.isTechnician());
        QTest::keyClick(bench.window, Qt::Key_F3);
        QTRY_VERIFY(bench.item("case0") != nullptr);
        click(bench, "case0");
        QCOMPARE(bench.cases.detail()[QStringLiteral("remedies")].toStringList().size(), 3);
        QCOMPARE(bench.cases.transcript().size(), 7);
        QVERIFY(!bench.cases.transcript()[5].toMap()[QStringLiteral("isBad")].toBool()); // response pending
        QVERIFY(bench.cases.transcript()[6].toMap()[QStringLiteral("isBad")].toBool());
        click(bench, "takeButton");
        QTRY_COMPARE(bench.cases.untaken(), 0);
        QCOMPARE(bench.cases.standingOf(gateway::Vin::parse(kVin.toStdString()).value()),
                 QStringLiteral("Ada Gruber has taken it"));
        click(bench, "closeCaseButton");
        click(bench, "resolution-unit-replaced");
        QTRY_COMPARE(bench.cases.count(), 0);
        QCOMPARE(recordsOf(bench).back(), std::string("closed by Ada Gruber: unit-replaced"));
        QTest::keyClick(bench.window, Qt::Key_Escape);
        QCOMPARE(bench.pages.page(), QStringLiteral("work"));
    }

    void aFaultOfTheStationIsACaseWhenSomebodyCalls()
    {
        Bench bench;
        QTRY_VERIFY(bench.isReady());
        bench.finish(Outcome::StationFailed, StepId::IssueCertificate, "gateway-unreachable");
        bench.run.scanned(kVin);
        QTRY_COMPARE(bench.run.state(), RunModel::StationFault);
        QCOMPARE(bench.cases.count(), 0);
        QTest::keyClick(bench.window, Qt::Key_F4);
        QTRY_COMPARE(bench.run.caseStanding(), QStringLiteral("Technician called, waiting 42 min"));
        QTRY_VERIFY(bench.item("callButton") == nullptr); // called is called
        bench.finish(Outcome::Provisioned, StepId::OpenSession, "");
        bench.run.retry();
        QTRY_COMPARE(bench.run.state(), RunModel::Pass);
        QTRY_COMPARE(bench.cases.count(), 0); // the vehicle needs nobody any more
    }

    void aCallThatDoesNotGetThroughIsTold()
    {
        Bench bench;
        QTRY_VERIFY(bench.isReady());
        bench.finish(Outcome::StationFailed, StepId::OpenSession, "bus-unavailable");
        bench.run.scanned(kVin);
        QTRY_COMPARE(bench.run.state(), RunModel::StationFault);
        bench.queueBroken = true;
        QTest::keyClick(bench.window, Qt::Key_F4);
        QTRY_COMPARE(bench.run.caseStanding(), QStringLiteral("The queue cannot be read or written."));
        bench.cases.refresh();
        QTest::qWait(20);
        QVERIFY(!bench.run.caseStanding().isEmpty()); // looking at the queue does not hide it
    }

    void theBandTellsWhatIsNotAsUsual()
    {
        Bench bench;
        QTRY_VERIFY(bench.isReady());
        QVERIFY(bench.station.band().isEmpty());
        QCOMPARE(bench.station.scanned(), bench.station.passed() + bench.station.failed() + bench.station.open());
        bench.setStatus([](station::StationStatus& status) {
            status.gateway = station::StationStatus::Link::Down;
            status.reportsWaiting = 3;
        });
        QTRY_COMPARE(bench.station.gateway(), QStringLiteral("down"));
        QCOMPARE(bench.station.reportsWaiting(), 3);
        QCOMPARE(bench.station.band()[QStringLiteral("kind")].toString(), QStringLiteral("warning"));
        QVERIFY(bench.station.band()[QStringLiteral("text")].toString().contains(QStringLiteral("away since 09:30")));
        bench.setStatus([](station::StationStatus& status) {
            status.gateway = station::StationStatus::Link::Up;
            status.backupGateway = true;
        });
        QTRY_COMPARE(bench.station.moreBands(), 1); // the results are sent, by the backup
        QCOMPARE(bench.station.band()[QStringLiteral("kind")].toString(), QStringLiteral("info"));
        bench.setStatus([](station::StationStatus& status) {
            status.reportsWaiting = 0;
            status.backupGateway = false;
        });
        QTRY_VERIFY(bench.station.band().isEmpty()); // what is repaired takes its band away
    }

    void theLanguageChangesOnAnyScreenAtOnce()
    {
        Bench bench;
        QTRY_VERIFY(bench.isReady());
        bench.finish(Outcome::UnitFailed, StepId::VerifyCertificate, "certificate-differs");
        bench.run.scanned(kVin);
        QTRY_COMPARE(bench.run.state(), RunModel::Fail);
        QStringList headlines, toDos, shown;
        for (qsizetype i = 0; i < station::LanguageModel::codes().size(); ++i) {
            headlines << bench.run.headline();
            toDos << bench.run.toDo();
            shown << bench.item("verdictWord")->property("text").toString();
            QTest::keyClick(bench.window, Qt::Key_F8);
        }
        QCOMPARE(headlines, (QStringList{QStringLiteral("FAIL"), QStringLiteral("FEHLER"), QStringLiteral("FALLO"),
                                         QStringLiteral("不合格")}));
        QCOMPARE(shown, headlines);
        toDos.removeDuplicates();
        QCOMPARE(toDos.size(), headlines.size());
        QCOMPARE(bench.language.code(), QStringLiteral("en")); // round
    }

    void anUnknownLanguageIsEnglish()
    {
        station::LanguageModel language(QStringLiteral("fr"));
        QCOMPARE(language.code(), QStringLiteral("en"));
        language.select(QStringLiteral("xx"));
        QCOMPARE(language.code(), QStringLiteral("en"));
    }

    void aStatusThatFailsIsUnknown()
    {
        const station::WindowSettings settings{
            .stationName = "S", .technician = {}, .readLabel = {}, .readStatus = []() -> station::StationStatus {
                throw std::runtime_error("no gateway");
            }};
        station::StationModel model(settings, 0);
        QTest::qWait(0);
        QCOMPARE(model.gateway(), QStringLiteral("unknown"));
    }
};

QTEST_MAIN(OperatorWindowTest)
#include "operator_window_test.moc"
