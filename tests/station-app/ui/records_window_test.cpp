#include <QFile>
#include <QProcess>
#include <QSignalSpy>
#include <QTemporaryDir>

#include "ui/shift_report.h"
#include "window_states.h"

/// The supervisor's screens as a person uses them.
class RecordsWindowTest : public QObject
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
        QTRY_VERIFY2(bench.item(name) != nullptr, name);
        const QQuickItem* item = bench.item(name);
        QTest::mouseClick(bench.window, Qt::LeftButton, {},
                          item->mapRectToScene(item->boundingRect()).center().toPoint());
    }

    static std::vector<std::string> recordsOf(Bench& bench)
    {
        const std::lock_guard lock(bench.recordMutex);
        return bench.records;
    }

private Q_SLOTS:
    void aScanOnTheRecordsIsASearch()
    {
        Bench bench;
        QTRY_VERIFY(bench.isReady());
        QTest::keyClick(bench.window, Qt::Key_F5);
        QTRY_COMPARE(bench.history.total(), 212);
        QTRY_VERIFY(bench.item("run0") != nullptr);
        QTRY_VERIFY(bench.item("runList")->height() > 40 * kPanel.width() / 218.0); // several rows are in view
        type(bench, QStringLiteral("TCU-2026-08990"));
        QTRY_COMPARE(bench.history.total(), 1);
        QCOMPARE(bench.run.state(), RunModel::Ready); // no vehicle was begun
        QCOMPARE(bench.item("searchText")->property("text").toString(), QStringLiteral("TCU-2026-08990"));
        click(bench, "run0");
        QTRY_COMPARE(bench.history.steps().size(), 3); // what went before a step that is over says nothing
        QCOMPARE(bench.history.detail()[QStringLiteral("unit")].toString(), QStringLiteral("TCU-2026-08990"));
        QTest::keyClick(bench.window, Qt::Key_Escape);
        QVERIFY(bench.history.detail().isEmpty());
        click(bench, "clearSearch");
        QTRY_COMPARE(bench.history.total(), 212);
        QTest::keyClick(bench.window, Qt::Key_Escape);
        QCOMPARE(bench.pages.page(), QStringLiteral("work"));
        bench.finish(Outcome::Provisioned, StepId::OpenSession, "");
        type(bench, kVin);
        QTRY_COMPARE(bench.run.state(), RunModel::Pass); // the scanner is the operator's again
    }

    void runsAreFilteredAndReadPageByPage()
    {
        Bench bench;
        QTRY_VERIFY(bench.isReady());
        QVERIFY(openRecords(bench, "history"));
        const int pages = bench.history.count(); // the list may have asked for its second page
        QVERIFY2(pages == 50 || pages == 100, std::to_string(pages).c_str());
        bench.history.fetchMore({});
        QTRY_COMPARE(bench.history.count(), pages + 50);
        QStringList totals;
        for (int i = 0; i < 3; ++i) {
            const int before = bench.history.total();
            click(bench, "stateButton");
            QTRY_VERIFY(bench.history.total() != before);
            totals << QString::number(bench.history.total());
        }
        QCOMPARE(totals, (QStringList{QStringLiteral("207"), QStringLiteral("4"), QStringLiteral("1")}));
        QTRY_COMPARE(bench.item("hits")->property("text").toString(), QStringLiteral("1 run"));
    }

    void theNumbersAddUpInEveryPeriod()
    {
        Bench bench;
        QTRY_VERIFY(bench.isReady());
        QVERIFY(openRecords(bench, "yield"));
        QStringList ranges;
        for (int period = 0; period <= station::PeriodModel::All; ++period) {
            const auto& all = bench.statistics;
            QCOMPARE(all.scanned(), all.passed() + all.failedCount() + all.open());
            int inBars = 0;
            for (const QVariant& bar : all.buckets())
                inBars += bar.toMap()[QStringLiteral("passed")].toInt() +
                          bar.toMap()[QStringLiteral("failed")].toInt() + bar.toMap()[QStringLiteral("open")].toInt();
            QCOMPARE(inBars, all.scanned());
            ranges << bench.period.range();
            QSignalSpy changes(&bench.statistics, &station::StatisticsModel::changed);
            click(bench, "periodButton");
            QTRY_VERIFY(changes.size() >= 2 && !bench.statistics.isBusy());
        }
        QCOMPARE(ranges[0], QStringLiteral("2026-11-24 06:00 – 2026-11-24 09:30"));
        QCOMPARE(ranges[1], QStringLiteral("2026-11-23 22:00 – 2026-11-24 06:00"));
        ranges.removeDuplicates();
        QCOMPARE(ranges.size(), 5);
    }

    void aTechnicianLetsTheStationTestItself()
    {
        Bench bench(kPanel, "light", QStringLiteral("en"), true);
        QTRY_VERIFY(bench.isReady());
        type(bench, QStringLiteral("BADGE-0002")); // an operator may not
        QTRY_VERIFY(!bench.session.isLocked());
        QTest::keyClick(bench.window, Qt::Key_F6);
        QCOMPARE(bench.pages.page(), QStringLiteral("work"));
        type(bench, QStringLiteral("BADGE-0001"));
        QTRY_VERIFY(bench.session.isTechnician());
        QTest::keyClick(bench.window, Qt::Key_F6);
        QTRY_COMPARE(bench.selfTest.checks().size(), 6);
        QCOMPARE(bench.selfTest.scanner()[QStringLiteral("mark")].toString(), QStringLiteral("waiting"));
        type(bench, QStringLiteral("ZY]0123456789-"));
        QTRY_VERIFY(
            bench.item("scannerFinding")->property("text").toString().contains(QStringLiteral("Y and Z are swapped")));
        type(bench, station::KeyboardCheck::code());
        QTRY_COMPARE(bench.selfTest.scanner()[QStringLiteral("mark")].toString(), QStringLiteral("check"));
        bench.msPerKey = 200;
        type(bench, station::KeyboardCheck::code());
        QTRY_COMPARE(bench.selfTest.scanner()[QStringLiteral("mark")].toString(),
                     QStringLiteral("warning")); // as if typed
        QCOMPARE(bench.run.state(), RunModel::Ready);
        QTest::keyClick(bench.window, Qt::Key_Escape);
        QCOMPARE(bench.pages.page(), QStringLiteral("work"));
    }

    void onlyASupervisorSeesTheRecords()
    {
        Bench bench(kPanel, "light", QStringLiteral("en"), true);
        QTRY_VERIFY(bench.isReady());
        type(bench, QStringLiteral("BADGE-0001")); // a technician
        QTRY_VERIFY(!bench.session.isLocked());
        QTest::keyClick(bench.window, Qt::Key_F5);
        QCOMPARE(bench.pages.page(), QStringLiteral("work"));
        QVERIFY(bench.item("recordsButton") == nullptr);
        type(bench, QStringLiteral("BADGE-0003")); // a supervisor
        QTRY_VERIFY(bench.session.isSupervisor());
        QTest::keyClick(bench.window, Qt::Key_F5);
        QTRY_VERIFY(bench.item("run0") != nullptr);
        type(bench, QStringLiteral("BADGE-0002")); // an operator takes the station over: the records close
        QTRY_COMPARE(bench.pages.page(), QStringLiteral("work"));
    }

    void theShiftReportIsAPdfWithTheNumbers()
    {
        Bench bench;
        QTRY_VERIFY(bench.isReady());
        QVERIFY(openRecords(bench, "export"));
        click(bench, "target1");
        QTRY_VERIFY(bench.output.canWrite());
        click(bench, "reportButton");
        QTRY_VERIFY(!bench.output.result().isEmpty());
        QCOMPARE(bench.output.result()[QStringLiteral("kind")].toString(), QStringLiteral("good"));
        QCOMPARE(recordsOf(bench).back(), std::string("/export/shift-report-Line-1---Station-07-20261124-093015.pdf"));
        const QTemporaryDir folder;
        QFile file(folder.filePath(QStringLiteral("report.pdf")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        {
            const std::lock_guard lock(bench.recordMutex);
            file.write(bench.written.data(), static_cast<qint64>(bench.written.size()));
        }
        file.close();
        QProcess reader;
        reader.start(QStringLiteral("pdftotext"), {QStringLiteral("-layout"), file.fileName(), QStringLiteral("-")});
        QVERIFY(reader.waitForFinished());
        const QString text = QString::fromUtf8(reader.readAllStandardOutput());
        QVERIFY2(text.contains(QStringLiteral("212 scanned = 207 passed + 4 failed + 1 open")), qPrintable(text));
        QVERIFY(text.contains(QStringLiteral("Line 1 / Station 07")));
        QVERIFY(text.contains(QStringLiteral("unit-refused")));
        QVERIFY(!text.contains(kVin)); // masked
    }

    void whatStoppedAnExportIsTold_data()
    {
        QTest::addColumn<QByteArray>("fault");
        QTest::addColumn<QString>("told");
        const auto row = [](const char* fault, const char* told) {
            QTest::newRow(fault) << QByteArray(fault) << QString::fromUtf8(told);
        };
        row("target-gone", "is gone");
        row("target-full", "No room left");
        row("target-read-only", "cannot be written");
        row("batch-differs", "Take another stick");
        row("journal-corrupt", "journal cannot be read");
        row("unexpected", "failed: unexpected");
    }

    void whatStoppedAnExportIsTold()
    {
        QFETCH(const QByteArray, fault);
        QFETCH(const QString, told);
        Bench bench;
        QTRY_VERIFY(bench.isReady());
        QVERIFY(openRecords(bench, "export"));
        bench.onWrite = [&]() -> gateway::Result<void> {
            if (fault == "unexpected") throw std::runtime_error("a bug");
            return gateway::fail(gateway::ErrorCode::StoreUnavailable, fault.toStdString(), "");
        };
        for (const char* button : {"reportButton", "batchButton"}) {
            click(bench, button);
            QTRY_COMPARE(bench.output.result()[QStringLiteral("kind")].toString(), QStringLiteral("bad"));
            const QString text = bench.output.result()[QStringLiteral("text")].toString();
            QVERIFY2(text.contains(told), qPrintable(text));
        }
        bench.onWrite = {};
        click(bench, "batchButton"); // the next one counts again
        QTRY_COMPARE(bench.output.result()[QStringLiteral("kind")].toString(), QStringLiteral("good"));
    }
};

QTEST_MAIN(RecordsWindowTest)
#include "records_window_test.moc"
