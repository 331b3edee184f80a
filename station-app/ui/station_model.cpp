#include "ui/station_model.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "ui/operator_text.h"

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

void StationModel::refresh()
{
    if (!hasStatus()) return;
    m_askAgain = m_isAsking;
    if (!m_isAsking) askStatus();
}

void StationModel::askStatus()
{
    m_isAsking = true;
    m_again.stop();
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
                this, [this, status] { take(status); }, Qt::QueuedConnection);
        },
        Qt::QueuedConnection);
}

void StationModel::take(const StationStatus& status)
{
    const bool wasAway = m_status.gateway == StationStatus::Link::Down;
    const bool wasBackup = m_status.backupGateway || m_status.backupAuthority;
    m_status = status;
    m_isAsking = false;
    if (status.gateway == StationStatus::Link::Down && !wasAway) m_gatewayAwaySince = m_wallClock();
    if ((status.backupGateway || status.backupAuthority) && !wasBackup) m_backupSince = m_wallClock();
    Q_EMIT statusChanged();
    if (m_askAgain) {
        m_askAgain = false;
        askStatus();
    } else {
        m_again.start();
    }
}

QVariantList StationModel::bands() const
{
    QVariantList bands;
    const auto add = [&](const char* kind, const QString& text) {
        bands << QVariantMap{{QStringLiteral("kind"), QString::fromLatin1(kind)}, {QStringLiteral("text"), text}};
    };
    const auto clock = [](const QDateTime& time) { return time.toString(QStringLiteral("HH:mm")); };
    if (m_status.journalBroken) add("warning", tr("The station cannot read its journal: no vehicle can be done."));
    if (m_status.gateway == StationStatus::Link::Down)
        add("warning", tr("Certificate service away since %1: no new certificates, results are kept.")
                           .arg(clock(m_gatewayAwaySince)));
    if (m_status.reportsWaiting > 0 && m_status.gateway != StationStatus::Link::Down)
        add("info", tr("%n result(s) kept here, being sent.", nullptr, m_status.reportsWaiting));
    if (m_status.backupAuthority)
        add("info", tr("Backup certificate authority in use since %1: work goes on.").arg(clock(m_backupSince)));
    else if (m_status.backupGateway)
        add("info", tr("Backup certificate service in use since %1: work goes on.").arg(clock(m_backupSince)));
    return bands;
}

QVariantMap StationModel::band() const
{
    const QVariantList all = bands();
    return all.isEmpty() ? QVariantMap() : all.constFirst().toMap();
}

int StationModel::moreBands() const
{
    return std::max(0, static_cast<int>(bands().size()) - 1);
}

QVariantMap StationModel::interrupted() const
{
    if (m_status.interrupted.empty()) return {};
    const auto& first = m_status.interrupted.front();
    const int more = static_cast<int>(m_status.interrupted.size()) - 1;
    QString text = tr("Slot %1 was interrupted. Scan this vehicle: the work goes on where it stopped.").arg(first.slot);
    if (more > 0) text += QLatin1Char(' ') + tr("%n more vehicle(s) wait like this.", nullptr, more);
    return {{QStringLiteral("title"), tr("Unfinished")},
            {QStringLiteral("text"), text},
            {QStringLiteral("shown"), groupedVin(QString::fromStdString(first.vin))},
            {QStringLiteral("position"), -1}};
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
