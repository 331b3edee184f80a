#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include <QGuiApplication>
#include <QQmlApplicationEngine>
#include <QQuickItem>
#include <QQuickWindow>
#include <QTest>

#include "bench_services.h"
#include "scripted_provisioner.h"
#include "ui/case_model.h"
#include "ui/export_model.h"
#include "ui/history_model.h"
#include "ui/language_model.h"
#include "ui/line_model.h"
#include "ui/operator_window.h"
#include "ui/page_model.h"
#include "ui/period_model.h"
#include "ui/run_model.h"
#include "ui/scan_input.h"
#include "ui/self_test_model.h"
#include "ui/session_model.h"
#include "ui/station_model.h"
#include "ui/statistics_model.h"

using namespace std::chrono_literals;
using station::Outcome;
using station::RunModel;
using station::StepId;
using station::StepState;

inline const QString kVin = QStringLiteral("5VXTC2E41SA000017");
inline const QSize kPanel(1280, 800);
inline const QSize kDesk(3840, 2160);

/// The window with its models over a scripted provisioner; clocks stand still.
class Bench : public BenchServices
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
          period({6h, 14h, 22h}, wallClock),
          history(recordServices(), period),
          statistics(recordServices(), period),
          output({m_settings.stationName, recordServices(), exportServices()}, period, session),
          line(lineOutputs(), run),
          selfTest(selfTestService(), wallClock),
          pages(run, session, cases, history, selfTest),
          window(station::loadOperatorWindow(engine, {run, station, input, language, session, cases, pages, period,
                                                      history, statistics, output, selfTest, line}))
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
        pause();
        const std::lock_guard lock(m_statusMutex);
        return m_status;
    }

    std::mutex m_statusMutex;
    station::StationStatus m_status = usual();
    station::WindowSettings m_settings;

public:
    station::LanguageModel language;
    station::SessionModel session;
    ScriptedProvisioner provisioner;
    std::chrono::steady_clock::time_point now{};
    station::StationModel station;
    RunModel run;
    qint64 keyClock = 0;
    qint64 msPerKey = 12; ///< a scanner; a person needs 100 and more
    station::CaseModel cases;
    station::PeriodModel period;
    station::HistoryModel history;
    station::StatisticsModel statistics;
    station::ExportModel output;
    station::LineModel line;
    station::SelfTestModel selfTest;
    station::PageModel pages;
    station::ScanInput input{[this] { return keyClock += msPerKey; }};
    QQmlApplicationEngine engine; // goes before the models that its screens show
    QQuickWindow* window;
};
