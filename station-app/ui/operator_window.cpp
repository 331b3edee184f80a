#include "ui/operator_window.h"

#include <QFont>
#include <QGuiApplication>
#include <QQmlApplicationEngine>
#include <QQuickStyle>
#include <QQuickWindow>
#include <QtQml/qqmlextensionplugin.h>

#include "ui/case_model.h"
#include "ui/export_model.h"
#include "ui/history_model.h"
#include "ui/language_model.h"
#include "ui/line_model.h"
#include "ui/page_model.h"
#include "ui/period_model.h"
#include "ui/run_model.h"
#include "ui/scan_input.h"
#include "ui/self_test_model.h"
#include "ui/session_model.h"
#include "ui/station_model.h"
#include "ui/statistics_model.h"

Q_IMPORT_QML_PLUGIN(StationPlugin)

namespace station {

namespace {

constexpr int kQueueKey = 3;    // F3
constexpr int kCallKey = 4;     // F4
constexpr int kRecordsKey = 5;  // F5
constexpr int kSelfTestKey = 6; // F6
constexpr int kPrintKey = 7;    // F7
constexpr int kLanguageKey = 8; // F8
constexpr int kLockKey = 12;    // F12

void connectInput(const WindowModels& models)
{
    auto& [run, station, input, language, session, cases, pages, period, history, statistics, output, selfTest, line] =
        models;
    // Whoever is not logged in scans badges; only then is it the turn of what is in front.
    const auto takenByPage = [&history, &pages, &selfTest](const QString& text, bool byScanner) {
        if (pages.page() == QStringLiteral("records")) {
            pages.setTab(QStringLiteral("history"));
            history.setSearch(text);
            return true;
        }
        if (pages.page() != QStringLiteral("selftest")) return false;
        selfTest.scanned(text, byScanner);
        return true;
    };
    QObject::connect(&input, &ScanInput::scanned, &run, [&run, &session, takenByPage](const QString& text) {
        if (!session.takeScan(text) && !takenByPage(text, true)) run.scanned(text);
    });
    QObject::connect(&input, &ScanInput::typed, &run, [&run, &session, takenByPage](const QString& text) {
        if (!session.takeTyping(text) && !takenByPage(text, false)) run.typed(text);
    });
    QObject::connect(&input, &ScanInput::primaryPressed, &run, [&run, &session, &pages] {
        if (!session.isLocked() && pages.page() == QStringLiteral("work")) run.retry();
    });
    QObject::connect(&input, &ScanInput::backPressed, &run, [&run, &session, &pages] {
        if (session.isLocked())
            session.select({});
        else if (!pages.back())
            run.dismiss();
    });
    QObject::connect(&input, &ScanInput::functionPressed, &session,
                     [&run, &language, &session, &pages, &line](int key) {
                         if (key == kQueueKey) pages.toggleQueue();
                         if (key == kCallKey) run.callTechnician();
                         if (key == kRecordsKey) pages.toggleRecords();
                         if (key == kPrintKey) line.printLabel();
                         if (key == kSelfTestKey) pages.toggleSelfTest();
                         if (key == kLanguageKey) language.next();
                         if (key == kLockKey) session.lock();
                     });
    QObject::connect(&input, &ScanInput::activity, &session, &SessionModel::noteActivity);
}

/// Runs and charts are read when somebody looks at them.
void connectRecords(const WindowModels& models)
{
    const auto look = [&history = models.history, &statistics = models.statistics] {
        history.refresh();
        statistics.refresh();
    };
    QObject::connect(&models.period, &PeriodModel::changed, &models.history, look);
    QObject::connect(&models.pages, &PageModel::opened, &models.history, look);
}

void connectModels(QQmlApplicationEngine& engine, const WindowModels& models)
{
    connectInput(models);
    connectRecords(models);
    QObject::connect(
        &models.run, &RunModel::stateChanged, &models.session,
        [&run = models.run, &session = models.session] { session.setRunning(run.state() == RunModel::Running); });
    QObject::connect(&models.run, &RunModel::finished, &models.cases,
                     [&run = models.run, &cases = models.cases] { cases.onFinished(*run.result()); });
    QObject::connect(&models.run, &RunModel::technicianCalled, &models.cases,
                     [&run = models.run, &cases = models.cases] { cases.call(*run.result()); });
    QObject::connect(&models.cases, &CaseModel::changed, &models.run, [&run = models.run, &cases = models.cases] {
        run.setCaseStanding(run.result() ? cases.standingOf(run.result()->vin) : QString());
    });
    QObject::connect(&models.run, &RunModel::finished, &models.station, &StationModel::refresh);
    // Texts first, then what QML binds to them.
    QObject::connect(&models.language, &LanguageModel::changed, &models.run, &RunModel::retranslate);
    QObject::connect(&models.language, &LanguageModel::changed, &models.station, &StationModel::retranslate);
    QObject::connect(&models.language, &LanguageModel::changed, &models.session, &SessionModel::retranslate);
    QObject::connect(&models.language, &LanguageModel::changed, &models.cases, &CaseModel::retranslate);
    QObject::connect(&models.language, &LanguageModel::changed, &models.period, &PeriodModel::changed);
    QObject::connect(&models.language, &LanguageModel::changed, &models.history, &HistoryModel::retranslate);
    QObject::connect(&models.language, &LanguageModel::changed, &models.statistics, &StatisticsModel::changed);
    QObject::connect(&models.language, &LanguageModel::changed, &models.output, &ExportModel::changed);
    QObject::connect(&models.language, &LanguageModel::changed, &models.selfTest, &SelfTestModel::changed);
    QObject::connect(&models.language, &LanguageModel::changed, &engine, &QQmlApplicationEngine::retranslate);
}

} // namespace

QQuickWindow* loadOperatorWindow(QQmlApplicationEngine& engine, const WindowModels& models)
{
    QFont font = QGuiApplication::font();
    font.setFamilies({QStringLiteral("Noto Sans"), QStringLiteral("Noto Sans CJK SC"), QStringLiteral("DejaVu Sans")});
    QGuiApplication::setFont(font);
    // The desktop's style would bring its own colours and sizes.
    QQuickStyle::setStyle(QStringLiteral("Basic"));
    engine.addImportPath(QStringLiteral("qrc:/qt/qml"));
    engine.setInitialProperties({{QStringLiteral("run"), QVariant::fromValue(&models.run)},
                                 {QStringLiteral("station"), QVariant::fromValue(&models.station)},
                                 {QStringLiteral("input"), QVariant::fromValue(&models.input)},
                                 {QStringLiteral("language"), QVariant::fromValue(&models.language)},
                                 {QStringLiteral("session"), QVariant::fromValue(&models.session)},
                                 {QStringLiteral("cases"), QVariant::fromValue(&models.cases)},
                                 {QStringLiteral("pages"), QVariant::fromValue(&models.pages)},
                                 {QStringLiteral("period"), QVariant::fromValue(&models.period)},
                                 {QStringLiteral("history"), QVariant::fromValue(&models.history)},
                                 {QStringLiteral("statistics"), QVariant::fromValue(&models.statistics)},
                                 {QStringLiteral("output"), QVariant::fromValue(&models.output)},
                                 {QStringLiteral("selfTest"), QVariant::fromValue(&models.selfTest)},
                                 {QStringLiteral("line"), QVariant::fromValue(&models.line)}});
    connectModels(engine, models);
    engine.load(QUrl(QStringLiteral("qrc:/qt/qml/Station/Main.qml")));
    return engine.rootObjects().isEmpty() ? nullptr : qobject_cast<QQuickWindow*>(engine.rootObjects().constFirst());
}

} // namespace station
