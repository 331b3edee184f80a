#include "ui/station_model.h"

#include <exception>
#include <utility>

namespace station {
namespace {

constexpr int kAskStatusEveryMs = 5000;
constexpr int kClockMs = 250;

} // namespace

StationModel::StationModel(const WindowSettings& settings, double widthMm, std::function<QDateTime()> wallClock,
                           QObject* parent)
    : QObject(parent), m_settings(settings), m_widthMm(widthMm), m_wallClock(std::move(wallClock))
{
    if (!m_wallClock) m_wallClock = [] { return QDateTime::currentDateTime(); };
    connect(&m_clock, &QTimer::timeout, this, &StationModel::onClock);
    m_clock.start(kClockMs);
    onClock();

    if (!hasStatus()) return;
    m_worker = new QObject;
    m_thread.setObjectName(QStringLiteral("status"));
    m_worker->moveToThread(&m_thread);
    connect(&m_thread, &QThread::finished, m_worker, &QObject::deleteLater);
    m_thread.start();
    // The next question waits for the answer: a slow gateway must not pile them up.
    m_again.setSingleShot(true);
    m_again.setInterval(kAskStatusEveryMs);
    connect(&m_again, &QTimer::timeout, this, &StationModel::askStatus);
    askStatus();
}

StationModel::~StationModel()
{
    m_thread.quit();
    m_thread.wait();
}

void StationModel::askStatus()
{
    QMetaObject::invokeMethod(
        m_worker,
        [this] {
            StationStatus status;
            try {
                status = m_settings.readStatus();
            } catch (const std::exception&) {
                status = {}; // unknown is what we then know
            }
            QMetaObject::invokeMethod(
                this,
                [this, status] {
                    m_status = status;
                    Q_EMIT statusChanged();
                    m_again.start();
                },
                Qt::QueuedConnection);
        },
        Qt::QueuedConnection);
}

void StationModel::onClock()
{
    const QString text = m_wallClock().toString(QStringLiteral("yyyy-MM-dd HH:mm:ss"));
    if (text == m_clockText) return;
    m_clockText = text;
    Q_EMIT clockChanged();
}

QString StationModel::linkText(StationStatus::Link link)
{
    switch (link) {
    case StationStatus::Link::Unknown:
        return QStringLiteral("unknown");
    case StationStatus::Link::Up:
        return QStringLiteral("up");
    case StationStatus::Link::Down:
        return QStringLiteral("down");
    }
    return {};
}

} // namespace station
