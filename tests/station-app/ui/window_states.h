#pragma once

#include <map>
#include <string_view>

#include "window_bench.h"

/// A unit has failed and waits for a technician.
inline bool waitingCase(Bench& bench)
{
    bench.finish(Outcome::UnitFailed, StepId::RequestCsr, "unit-refused", [](station::RunResult& result) {
        result.failure->detail = "RoutineControl: negative response requestOutOfRange (0x31)";
        result.transcript = {
            {8ms, true, "10 40", "DiagnosticSessionControl session 0x40"},
            {19ms, false, "50 40 00 32 01 F4", "positive: DiagnosticSessionControl session 0x40"},
            {22ms, true, "22 F1 90", "ReadDataByIdentifier VIN"},
            {41ms, false, "62 F1 90 35 56 58 54 43 32 45 34 31 53 41 30 30 30 30 31 37",
             "positive: ReadDataByIdentifier VIN"},
            {60ms, true, "31 01 02 10 A5 A5 A5 A5 A5 A5 A5 A5 … (116 bytes)", "RoutineControl generate key and CSR"},
            {95ms, false, "7F 31 78", "negative to RoutineControl: requestCorrectlyReceivedResponsePending (0x78)"},
            {1840ms, false, "7F 31 31", "negative to RoutineControl: requestOutOfRange (0x31)"}};
    });
    bench.run.scanned(kVin);
    if (!QTest::qWaitFor([&] { return bench.cases.count() == 1; })) return false;
    bench.run.dismiss();
    return true;
}

inline bool openQueue(Bench& bench)
{
    bench.pages.toggleQueue();
    return bench.pages.page() == QStringLiteral("queue");
}

inline bool openRecords(Bench& bench, const char* tab)
{
    bench.pages.toggleRecords();
    bench.pages.setTab(QString::fromLatin1(tab));
    static const std::map<std::string_view, const char*> kPartOf{
        {"history", "hits"}, {"cycle", "cycleSummary"}, {"yield", "scannedText"}, {"export", "reportButton"}};
    const bool isThere = QTest::qWaitFor([&] {
        return bench.history.total() > 0 && bench.statistics.scanned() > 0 && bench.output.targets().size() == 2 &&
               bench.item(kPartOf.at(tab)) != nullptr; // pages are made in the background
    });
    for (int pass = 0; pass < 2; ++pass) { // and laid out with the next frames
        QTest::qWait(40);
        (void)bench.window->grabWindow();
    }
    return isThere;
}

/// Brings the window into a state as an operator would.
inline const QList<std::pair<QString, std::function<bool(Bench&)>>>& states()
{
    const auto waitFor = [](Bench& bench, RunModel::State state) {
        return QTest::qWaitFor([&] { return bench.run.state() == state; });
    };
    static const QList<std::pair<QString, std::function<bool(Bench&)>>> all{
        {QStringLiteral("ready"), [](Bench&) { return true; }},
        {QStringLiteral("login"),
         [=](Bench& bench) { return QTest::qWaitFor([&] { return !bench.session.names().isEmpty(); }); }},
        {QStringLiteral("login-pin"),
         [=](Bench& bench) {
             bench.session.select(QStringLiteral("Ada Gruber"));
             bench.session.takeTyping(QStringLiteral("000000"));
             bench.input.enter(QStringLiteral("4829"));
             return QTest::qWaitFor(
                 [&] { return !bench.session.fault().isEmpty() && !bench.session.names().isEmpty(); });
         }},
        {QStringLiteral("logged-in"),
         [=](Bench& bench) {
             bench.session.takeScan(QStringLiteral("BADGE-0001"));
             return QTest::qWaitFor([&] { return !bench.session.isLocked(); });
         }},
        {QStringLiteral("queue"), [=](Bench& bench) { return waitingCase(bench) && openQueue(bench); }},
        {QStringLiteral("queue-empty"), [=](Bench& bench) { return openQueue(bench); }},
        {QStringLiteral("case"),
         [=](Bench& bench) {
             if (!waitingCase(bench) || !openQueue(bench)) return false;
             bench.cases.select(0);
             return true;
         }},
        {QStringLiteral("records-runs"), [=](Bench& bench) { return openRecords(bench, "history"); }},
        {QStringLiteral("records-none"),
         [=](Bench& bench) {
             if (!openRecords(bench, "history")) return false;
             bench.history.setSearch(QStringLiteral("TCU-1999-0001"));
             return QTest::qWaitFor([&] { return bench.history.total() == 0; });
         }},
        {QStringLiteral("records-run"),
         [=](Bench& bench) {
             if (!openRecords(bench, "history")) return false;
             bench.history.select(3);
             return QTest::qWaitFor([&] { return !bench.history.steps().isEmpty(); });
         }},
        {QStringLiteral("records-cycle"), [=](Bench& bench) { return openRecords(bench, "cycle"); }},
        {QStringLiteral("records-yield"), [=](Bench& bench) { return openRecords(bench, "yield"); }},
        {QStringLiteral("records-export"),
         [=](Bench& bench) {
             if (!openRecords(bench, "export")) return false;
             bench.output.writeBatch();
             return QTest::qWaitFor([&] { return !bench.output.result().isEmpty(); });
         }},
        {QStringLiteral("self-test"),
         [=](Bench& bench) {
             bench.pages.toggleSelfTest();
             bench.selfTest.scanned(QStringLiteral("ZY]0123456789-"), true);
             return QTest::qWaitFor([&] { return !bench.selfTest.checks().isEmpty(); });
         }},
        {QStringLiteral("bad-scan"),
         [=](Bench& bench) {
             bench.finish(Outcome::Provisioned, StepId::OpenSession, "");
             bench.run.scanned(QStringLiteral("5VXTC2E49TA001000"));
             if (!waitFor(bench, RunModel::Pass)) return false;
             bench.run.dismiss();
             bench.run.scanned(QStringLiteral("5VXTC2E41SAO00017"));
             return bench.run.state() == RunModel::Ready;
         }},
        {QStringLiteral("typed-once"),
         [=](Bench& bench) {
             bench.run.typed(kVin);
             return bench.run.state() == RunModel::Ready;
         }},
        {QStringLiteral("interrupted"),
         [=](Bench& bench) {
             bench.setStatus([](station::StationStatus& status) {
                 status.interrupted = {{kVin.toStdString(), 1}, {"5VXTC2E49TA001000", 1}};
             });
             return QTest::qWaitFor([&] { return !bench.station.interrupted().isEmpty(); });
         }},
        {QStringLiteral("gateway-away"),
         [=](Bench& bench) {
             bench.setStatus([](station::StationStatus& status) {
                 status.gateway = station::StationStatus::Link::Down;
                 status.reportsWaiting = 3;
             });
             return QTest::qWaitFor([&] { return !bench.station.band().isEmpty(); });
         }},
        {QStringLiteral("running"),
         [=](Bench& bench) {
             bench.provisioner.setProgress({{StepId::OpenSession, StepState::Done, 1, 1, 420ms, {}},
                                            {StepId::ReadVin, StepState::Done, 1, 1, 90ms, {}},
                                            {StepId::RequestCsr, StepState::Running, 2, 3, 3100ms, {}}});
             bench.run.scanned(kVin);
             bench.now += 14s;
             return QTest::qWaitFor([&] { return bench.run.elapsedMs() == 14'000; });
         }},
        {QStringLiteral("second-scan"),
         [=](Bench& bench) {
             bench.provisioner.setProgress({{StepId::OpenSession, StepState::Done, 1, 1, 420ms, {}},
                                            {StepId::ReadVin, StepState::Done, 1, 1, 90ms, {}},
                                            {StepId::RequestCsr, StepState::Done, 1, 3, 900ms, {}},
                                            {StepId::CertifyKey, StepState::Done, 1, 3, 120ms, {}},
                                            {StepId::IssueCertificate, StepState::Running, 1, 3, 62'000ms, {}}});
             bench.run.scanned(kVin);
             bench.now += 67s;
             bench.run.scanned(QStringLiteral("5VXTC2E49TA001000"));
             return QTest::qWaitFor([&] { return bench.run.elapsedMs() == 67'000; });
         }},
        {QStringLiteral("pass"),
         [=](Bench& bench) {
             bench.finish(Outcome::Provisioned, StepId::OpenSession, "");
             bench.run.scanned(kVin);
             return waitFor(bench, RunModel::Pass) &&
                    QTest::qWaitFor([&] { return bench.line.label() == station::LineModel::Printed; });
         }},
        {QStringLiteral("label-failed"),
         [=](Bench& bench) {
             bench.printerJammed = true;
             bench.finish(Outcome::Provisioned, StepId::OpenSession, "");
             bench.run.scanned(kVin);
             return QTest::qWaitFor([&] { return bench.line.label() == station::LineModel::Failed; });
         }},
        {QStringLiteral("pass-on-backup"),
         [=](Bench& bench) {
             bench.setStatus([](station::StationStatus& status) {
                 status.backupAuthority = true;
                 status.reportsWaiting = 1;
             });
             bench.finish(Outcome::Provisioned, StepId::OpenSession, "", [](station::RunResult& result) {
                 result.resumed = true;
                 result.reported = false;
             });
             bench.run.scanned(kVin);
             return waitFor(bench, RunModel::Pass) && QTest::qWaitFor([&] { return bench.station.moreBands() == 1; });
         }},
        {QStringLiteral("quarantined"),
         [=](Bench& bench) {
             bench.finish(Outcome::Refused, StepId::IssueCertificate, "ek-quarantined",
                          [](station::RunResult& result) { result.failure->httpStatus = 409; });
             bench.run.scanned(kVin);
             return waitFor(bench, RunModel::Refused);
         }},
        {QStringLiteral("evidence-failed"),
         [=](Bench& bench) {
             bench.finish(Outcome::UnitFailed, StepId::IssueCertificate, "evidence-ek-untrusted");
             bench.run.scanned(kVin);
             return waitFor(bench, RunModel::Fail);
         }},
        {QStringLiteral("fail"),
         [=](Bench& bench) {
             bench.finish(Outcome::UnitFailed, StepId::VerifyCertificate, "certificate-differs");
             bench.run.scanned(kVin);
             return waitFor(bench, RunModel::Fail);
         }},
        {QStringLiteral("wrong-vehicle"),
         [=](Bench& bench) {
             bench.finish(Outcome::Refused, StepId::ReadVin, "vin-mismatch",
                          [](station::RunResult& result) { result.unitVin = "5VXTC2E45SA000071"; });
             bench.run.scanned(kVin);
             return waitFor(bench, RunModel::Refused);
         }},
        {QStringLiteral("rate-limited"),
         [=](Bench& bench) {
             bench.finish(Outcome::Refused, StepId::IssueCertificate, "rate-limited", [](station::RunResult& result) {
                 result.failure->httpStatus = 429;
                 result.failure->retryAfter = 18h + 5min;
             });
             bench.run.scanned(kVin);
             return waitFor(bench, RunModel::Refused);
         }},
        {QStringLiteral("station-fault"),
         [=](Bench& bench) {
             bench.finish(Outcome::StationFailed, StepId::IssueCertificate, "gateway-unreachable");
             bench.run.scanned(kVin);
             return waitFor(bench, RunModel::StationFault);
         }},
    };
    return all;
}
