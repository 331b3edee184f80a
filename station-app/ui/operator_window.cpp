#include "ui/operator_window.h"

#include <QFont>
#include <QGuiApplication>
#include <QQmlApplicationEngine>
#include <QQuickStyle>
#include <QQuickWindow>
#include <QtQml/qqmlextensionplugin.h>

#include "ui/run_model.h"
#include "ui/scan_input.h"
#include "ui/station_model.h"

Q_IMPORT_QML_PLUGIN(StationPlugin)

namespace station {

QQuickWindow* loadOperatorWindow(QQmlApplicationEngine& engine, RunModel& run, StationModel& station, ScanInput& input)
{
    QFont font = QGuiApplication::font();
    font.setFamilies({QStringLiteral("Noto Sans"), QStringLiteral("DejaVu Sans")});
    QGuiApplication::setFont(font);
    // The desktop's style would bring its own colours and sizes.
    QQuickStyle::setStyle(QStringLiteral("Basic"));
    engine.addImportPath(QStringLiteral("qrc:/qt/qml"));
    engine.setInitialProperties({{QStringLiteral("run"), QVariant::fromValue(&run)},
                                 {QStringLiteral("station"), QVariant::fromValue(&station)},
                                 {QStringLiteral("input"), QVariant::fromValue(&input)}});
    QObject::connect(&input, &ScanInput::scanned, &run, &RunModel::scanned);
    QObject::connect(&input, &ScanInput::typed, &run, &RunModel::typed);
    QObject::connect(&input, &ScanInput::primaryPressed, &run, &RunModel::retry);
    QObject::connect(&input, &ScanInput::backPressed, &run, &RunModel::dismiss);
    engine.load(QUrl(QStringLiteral("qrc:/qt/qml/Station/Main.qml")));
    return engine.rootObjects().isEmpty() ? nullptr : qobject_cast<QQuickWindow*>(engine.rootObjects().constFirst());
}

} // namespace station
