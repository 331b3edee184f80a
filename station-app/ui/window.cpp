#include "ui/window.h"

#include <cmath>

#include <QGuiApplication>
#include <QQmlApplicationEngine>
#include <QQuickWindow>
#include <QScreen>

#include "ui/export_model.h"
#include "ui/language_model.h"
#include "ui/line_model.h"
#include "ui/operator_window.h"
#include "ui/page_model.h"
#include "ui/period_model.h"
#include "ui/run_model.h"
#include "ui/scan_input.h"
#include "ui/self_test_model.h"
#include "ui/station_model.h"
#include "ui/statistics_model.h"

namespace station {
namespace {

constexpr double kMillimetresPerInch = 25.4;
constexpr double kDefaultDiagonalInches = 10.1;
constexpr double kSmallestBelievableInches = 5;
constexpr double kLargestBelievableInches = 100;
constexpr int kExitCannotLoad = 2;

/// Width of the screen in millimetres, from the configured diagonal or from what the screen says about itself.
double screenWidthMm(const QScreen& screen, double configuredInches)
{
    const QSizeF reported = screen.physicalSize();
    double inches = configuredInches;
    if (inches <= 0) inches = std::hypot(reported.width(), reported.height()) / kMillimetresPerInch;
    if (inches < kSmallestBelievableInches || inches > kLargestBelievableInches) inches = kDefaultDiagonalInches;
    const QSizeF pixels = screen.size();
    return inches * kMillimetresPerInch * pixels.width() / std::hypot(pixels.width(), pixels.height());
}

} // namespace

int runWindow(QGuiApplication& application, Provisioner& provisioner, const WindowSettings& settings)
{
    const double widthMm =
        settings.fullScreen ? screenWidthMm(*QGuiApplication::primaryScreen(), settings.screenDiagonalInches) : 0;
    StationModel station(settings, widthMm);
    SessionModel session(settings.login);
    RunModel run(
        provisioner,
        {.slot = settings.slot, .readLabel = settings.readLabel, .vinRules = settings.vinRules, .wallClock = {}});
    CaseModel cases(settings.cases);
    PeriodModel period(settings.shifts);
    HistoryModel history(settings.records, period);
    StatisticsModel statistics(settings.records, period);
    ExportModel output({settings.stationName, settings.records, settings.output}, period, session);
    LineModel line(settings.line, run);
    SelfTestModel selfTest(settings.selfTest);
    PageModel pages(run, session, cases, history, selfTest);
    ScanInput input;
    LanguageModel language(QString::fromStdString(settings.language));

    QQmlApplicationEngine engine;
    QQuickWindow* window = loadOperatorWindow(engine, {run, station, input, language, session, cases, pages, period,
                                                       history, statistics, output, selfTest, line});
    if (window == nullptr) return kExitCannotLoad;
    application.installEventFilter(&input);
    if (settings.fullScreen)
        window->showFullScreen();
    else
        window->show();
    window->requestActivate();
    const int exitCode = QGuiApplication::exec();
    application.removeEventFilter(&input);
    return exitCode;
}

} // namespace station
