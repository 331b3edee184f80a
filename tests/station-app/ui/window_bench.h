#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>

#include <QGuiApplication>
#include <QQmlApplicationEngine>
#include <QQuickItem>
#include <QQuickWindow>
#include <QTest>

#include "scripted_provisioner.h"
#include "ui/case_model.h"
#include "ui/language_model.h"
#include "ui/operator_window.h"
#include "ui/page_model.h"
#include "ui/run_model.h"
#include "ui/scan_input.h"
#include "ui/session_model.h"
#include "ui/station_model.h"

using namespace std::chrono_literals;
using station::Outcome;
using station::RunModel;
using station::StepId;
using station::StepState;

inline const QString kVin = QStringLiteral("5VXTC2E41SA000017");
inline const QSize kPanel(1280, 800);
inline const QSize kDesk(3840, 2160);

/// The window with its models over a scripted provisioner; clocks stand still.
class Bench
{
public:
    explicit Bench(const QSize& size = kPanel, const std::string& theme = "light",
                   const QString& languageCode = QStringLiteral("en"), bool needsLogin = false)
        : m_settings{.stationName = "Line 1 / Station 07",
                     .technician = "Technician line 1, phone 4711",
                     .theme = theme,
                     .simulation = true,
                     .readLabel = {},
                     .readStatus = [this] { return status(); }},
          language(languageCode),
          session(loginSettings(needsLogin)),
          station(m_settings, 0, wallClock),
          run(provisioner, {.readLabel = {}, .now = [this] { return now; }, .wallClock = wallClock}),
          cases(caseServices(), wallClock),
          pages(run, session, cases),
          window(station::loadOperatorWindow(engine, {run, station, input, language, session, cases, pages}))
    {
        if (window == nullptr) qFatal("the window could not be loaded");
        window->resize(size);
        window->show();
        window->requestActivate();
        qGuiApp->installEventFilter(&input);
    }

    ~Bench()
    {
        qGuiApp->removeEventFilter(&input);
        provisioner.letGo();
    }

    [[nodiscard]] bool isReady() const
    {
        return QTest::qWaitForWindowActive(window) && station.gateway() == QStringLiteral("up");
    }

    void finish(Outcome outcome, StepId step, const char* cause,
                const std::function<void(station::RunResult&)>& more = {})
    {
        provisioner.setEdit([=](station::RunResult& result) {
            result.outcome = outcome;
            result.elapsed = 21'400ms;
            if (outcome == Outcome::Provisioned) {
                result.serial =
                    gateway::CertificateSerial::parse("4A:9C:01:FE:33:08:71:B2:5D:E0:16:8F:C4:27:AA:90").value();
                result.reported = true;
            } else {
                result.failure = station::RunFailure{step, cause, "", {}, {}};
            }
            if (more) more(result);
        });
        provisioner.letOneGo();
    }

    /// What the station finds out about itself from now on.
    void setStatus(const std::function<void(station::StationStatus&)>& edit)
    {
        {
            const std::lock_guard lock(m_statusMutex);
            edit(m_status);
        }
        station.refresh();
    }

    /// By its object name, also one that a repeater made; nullptr when it is not shown.
    [[nodiscard]] QQuickItem* item(const char* name) const
    {
        return found(window->contentItem(), QString::fromUtf8(name));
    }

private:
    static QDateTime wallClock() { return {QDate(2026, 11, 24), QTime(9, 30, 15)}; }

    /// Ada's badge is BADGE-0001 and her PIN 482913; Li has the badge BADGE-0002.
    station::LoginSettings loginSettings(bool needsLogin)
    {
        static const station::Person ada{1, "Ada Gruber", station::Role::Technician, true, true};
        static const station::Person li{2, "李伟", station::Role::Operator, true, false};
        station::LoginSettings login;
        login.required = needsLogin;
        login.badgePrefix = "BADGE-";
        login.list = [] { return std::vector<station::Person>{ada, li}; };
        login.byBadge = [](std::string_view badge) -> gateway::Result<station::Person> {
            if (badge == "BADGE-0001") return ada;
            if (badge == "BADGE-0002") return li;
            return gateway::fail(gateway::ErrorCode::Unauthorized, "badge-unknown", "");
        };
        login.byPin = [](const std::string& name, std::string_view pin) -> gateway::Result<station::Person> {
            if (name == ada.name && pin == "482913") return ada;
            if (pin == "000000") return gateway::fail(gateway::ErrorCode::RateLimited, "pin-blocked", "", 90s);
            return gateway::fail(gateway::ErrorCode::Unauthorized, "pin-wrong", "");
        };
        login.record = [this](const station::Person& person, std::string_view what) {
            const std::lock_guard lock(recordMutex);
            records.push_back(std::string(what) + " " + person.name);
        };
        return login;
    }

    /// A queue in memory with the rules of the real one.
    station::CaseServices caseServices()
    {
        station::CaseServices services;
        services.open = [this](const station::RunResult& result) -> gateway::Result<void> {
            const std::lock_guard lock(recordMutex);
            if (queueBroken) return gateway::fail(gateway::ErrorCode::StoreUnavailable, "journal-full", "");
            station::Case entry{.id = ++m_caseId, .vin = result.vin, .transaction = result.transaction};
            entry.outcome = result.outcome;
            entry.failure = result.failure.value_or(station::RunFailure{StepId::OpenSession, "unknown", "", {}, {}});
            entry.openedAt = gateway::Time(std::chrono::seconds(wallClock().toSecsSinceEpoch() - 42 * 60));
            entry.transcript = result.transcript;
            m_cases.push_back(std::move(entry));
            return {};
        };
        services.closePassed = [this](const gateway::Vin& vin) -> gateway::Result<void> {
            const std::lock_guard lock(recordMutex);
            std::erase_if(m_cases, [&](const station::Case& entry) { return entry.vin == vin; });
            return {};
        };
        services.listOpen = [this]() -> gateway::Result<std::vector<station::Case>> {
            const std::lock_guard lock(recordMutex);
            return m_cases;
        };
        services.take = [this](std::int64_t id, const std::string& person) -> gateway::Result<void> {
            const std::lock_guard lock(recordMutex);
            for (auto& entry : m_cases)
                if (entry.id == id) entry.takenBy = person;
            return {};
        };
        services.close = [this](std::int64_t id, const std::string& person,
                                station::Resolution resolution) -> gateway::Result<void> {
            const std::lock_guard lock(recordMutex);
            std::erase_if(m_cases, [&](const station::Case& entry) { return entry.id == id; });
            records.push_back("closed by " + person + ": " + std::string(station::name(resolution)));
            return {};
        };
        return services;
    }

    std::vector<station::Case> m_cases;
    std::int64_t m_caseId = 0;

    static QQuickItem* found(QQuickItem* item, const QString& name)
    {
        if (item->objectName() == name && item->isVisible()) return item;
        for (QQuickItem* child : item->childItems())
            if (QQuickItem* inside = found(child, name)) return inside;
        return nullptr;
    }

    static station::StationStatus usual()
    {
        station::StationStatus status;
        status.gateway = station::StationStatus::Link::Up;
        status.unit = station::StationStatus::Link::Up;
        status.shift = {212, 207, 4, 1, 198};
        return status;
    }

    station::StationStatus status()
    {
        const std::lock_guard lock(m_statusMutex);
        return m_status;
    }

    std::mutex m_statusMutex;
    station::StationStatus m_status = usual();
    station::WindowSettings m_settings;

public:
    station::LanguageModel language;
    station::SessionModel session;
    std::mutex recordMutex;
    std::atomic<bool> queueBroken = false;
    std::vector<std::string> records; ///< of sessions
    ScriptedProvisioner provisioner;
    std::chrono::steady_clock::time_point now{};
    station::StationModel station;
    RunModel run;
    qint64 keyClock = 0;
    qint64 msPerKey = 12; ///< a scanner; a person needs 100 and more
    station::CaseModel cases;
    station::PageModel pages;
    station::ScanInput input{[this] { return keyClock += msPerKey; }};
    QQmlApplicationEngine engine; // goes before the models that its screens show
    QQuickWindow* window;
};

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
             return waitFor(bench, RunModel::Pass);
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
