#include "ui/operator_window.h"

#include <QFont>
#include <QGuiApplication>
#include <QQmlApplicationEngine>
#include <QQuickStyle>
#include <QQuickWindow>
#include <QtQml/qqmlextensionplugin.h>

#include "ui/language_model.h"
#include "ui/run_model.h"
#include "ui/scan_input.h"
#include "ui/station_model.h"

Q_IMPORT_QML_PLUGIN(StationPlugin)

namespace station {

namespace {

constexpr int kLanguageKey = 8; // F8

void connectModels(QQmlApplicationEngine& engine, const WindowModels& models)
{
    QObject::connect(&models.input, &ScanInput::scanned, &models.run, &RunModel::scanned);
    QObject::connect(&models.input, &ScanInput::typed, &models.run, &RunModel::typed);
    QObject::connect(&models.input, &ScanInput::primaryPressed, &models.run, &RunModel::retry);
    QObject::connect(&models.input, &ScanInput::backPressed, &models.run, &RunModel::dismiss);
    QObject::connect(&models.input, &ScanInput::functionPressed, &models.language,
                     [&language = models.language](int key) {
                         if (key == kLanguageKey) language.next();
                     });
    QObject::connect(&models.run, &RunModel::finished, &models.station, &StationModel::refresh);
    // Texts first, then what QML binds to them.
    QObject::connect(&models.language, &LanguageModel::changed, &models.run, &RunModel::retranslate);
    QObject::connect(&models.language, &LanguageModel::changed, &models.station, &StationModel::retranslate);
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
                                 {QStringLiteral("language"), QVariant::fromValue(&models.language)}});
    connectModels(engine, models);
    engine.load(QUrl(QStringLiteral("qrc:/qt/qml/Station/Main.qml")));
    return engine.rootObjects().isEmpty() ? nullptr : qobject_cast<QQuickWindow*>(engine.rootObjects().constFirst());
}

} // namespace station
