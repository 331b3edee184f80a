#pragma once

class QQmlApplicationEngine;
class QQuickWindow;

namespace station {

class CaseModel;
class ExportModel;
class HistoryModel;
class LanguageModel;
class LineModel;
class PageModel;
class PeriodModel;
class RunModel;
class ScanInput;
class SelfTestModel;
class SessionModel;
class StationModel;
class StatisticsModel;

/// What the window shows; all outlive the engine.
struct WindowModels
{
    RunModel& run;
    StationModel& station;
    ScanInput& input;
    LanguageModel& language;
    SessionModel& session;
    CaseModel& cases;
    PageModel& pages;
    PeriodModel& period;
    HistoryModel& history;
    StatisticsModel& statistics;
    ExportModel& output;
    SelfTestModel& selfTest;
    LineModel& line;
};

/// Loads the operator's window, hidden, and connects the models.
/// @return the window, owned by the engine; nullptr when the QML could not be loaded, what is said on Qt's message log
[[nodiscard]] QQuickWindow* loadOperatorWindow(QQmlApplicationEngine& engine, const WindowModels& models);

} // namespace station
