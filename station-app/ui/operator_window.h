#pragma once

class QQmlApplicationEngine;
class QQuickWindow;

namespace station {

class RunModel;
class ScanInput;
class StationModel;

/// Loads the operator's window, hidden. The models outlive the engine.
/// @return the window, owned by the engine; nullptr when the QML could not be loaded, what is said on Qt's message log
[[nodiscard]] QQuickWindow* loadOperatorWindow(QQmlApplicationEngine& engine, RunModel& run, StationModel& station,
                                               ScanInput& input);

} // namespace station
