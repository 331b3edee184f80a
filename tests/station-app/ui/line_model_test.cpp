#include <algorithm>

#include "window_states.h"

/// Lamp, sounds and label of a line.
class LineModelTest : public QObject
{
    Q_OBJECT

    static std::vector<std::string> recordsOf(Bench& bench)
    {
        const std::lock_guard lock(bench.recordMutex);
        return bench.lineRecords;
    }

private Q_SLOTS:
    void lampAndSoundsFollowTheRun()
    {
        Bench bench;
        QTRY_VERIFY(bench.isReady());
        bench.run.scanned(QStringLiteral("no VIN"));
        bench.finish(Outcome::StationFailed, StepId::OpenSession, "unit-no-answer");
        bench.run.scanned(kVin);
        QTRY_COMPARE(bench.run.state(), RunModel::StationFault);
        bench.language.next(); // texts are made anew: no new state of the lamp
        bench.run.callTechnician();
        bench.run.dismiss();
        QTRY_COMPARE(recordsOf(bench).size(), std::size_t(8));
        auto records = recordsOf(bench);
        const std::vector<std::string> lamps{"lamp ready", "lamp running", "lamp station-fault", "lamp called",
                                             "lamp ready"};
        const std::vector<std::string> sounds{"sound ignored", "sound accepted", "sound fail"};
        const auto only = [&](const char* kind) {
            std::vector<std::string> found;
            for (const auto& record : records)
                if (record.starts_with(kind)) found.push_back(record);
            return found;
        };
        QCOMPARE(only("lamp"), lamps);
        QCOMPARE(only("sound"), sounds);
    }

    void aLabelIsConfirmedOrPrintedAgain()
    {
        Bench bench;
        QTRY_VERIFY(bench.isReady());
        bench.printerJammed = true;
        bench.finish(Outcome::Provisioned, StepId::OpenSession, "");
        bench.run.scanned(kVin);
        QTRY_COMPARE(bench.line.label(), station::LineModel::Failed);
        QTRY_VERIFY(bench.item("printButton") != nullptr);
        QCOMPARE(bench.run.state(), RunModel::Pass); // the vehicle has passed, whatever becomes of its label
        bench.printerJammed = false;
        QTest::keyClick(bench.window, Qt::Key_F7);
        QTRY_COMPARE(bench.line.label(), station::LineModel::Printed);
        QTRY_VERIFY(bench.item("printButton") == nullptr);
        const auto records = recordsOf(bench);
        QVERIFY(std::ranges::find(records, "label of " + kVin.toStdString()) != records.end());
        bench.finish(Outcome::UnitFailed, StepId::ReadVin, "unit-refused");
        bench.run.scanned(QStringLiteral("5VXTC2E49TA001000"));
        QTRY_COMPARE(bench.run.state(), RunModel::Fail);
        QCOMPARE(bench.line.label(), station::LineModel::None); // no label for it
    }
};

QTEST_MAIN(LineModelTest)
#include "line_model_test.moc"
