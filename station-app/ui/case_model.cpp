#include "ui/case_model.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "ui/cause_text.h"
#include "ui/operator_text.h"
#include "ui/step_list_model.h"

namespace station {
namespace {

constexpr int kRefreshMs = 5000;

QString textOf(std::string_view text)
{
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

RunResult resultOf(const Case& entry)
{
    RunResult result{.outcome = entry.outcome, .vin = entry.vin, .transaction = entry.transaction};
    result.failure = entry.failure;
    return result;
}

} // namespace

CaseModel::CaseModel(CaseServices services, std::function<QDateTime()> now, QObject* parent)
    : QAbstractListModel(parent), m_services(std::move(services)), m_now(std::move(now)), m_worker(new QObject)
{
    if (!m_now) m_now = [] { return QDateTime::currentDateTime(); };
    m_thread.setObjectName(QStringLiteral("cases"));
    m_worker->moveToThread(&m_thread);
    connect(&m_thread, &QThread::finished, m_worker, &QObject::deleteLater);
    m_thread.start();
    m_tick.setInterval(kRefreshMs);
    connect(&m_tick, &QTimer::timeout, this, &CaseModel::refresh);
    if (!isAvailable()) return;
    m_tick.start();
    refresh();
}

CaseModel::~CaseModel()
{
    m_thread.quit();
    m_thread.wait();
}

void CaseModel::refresh()
{
    act({});
}

void CaseModel::onFinished(const RunResult& result)
{
    if (!isAvailable()) return;
    if (result.outcome == Outcome::Provisioned)
        act([this, vin = result.vin] { return m_services.closePassed(vin); });
    else if (result.outcome != Outcome::StationFailed)
        call(result);
}

void CaseModel::call(const RunResult& result)
{
    if (isAvailable()) act([this, result] { return m_services.open(result); });
}

void CaseModel::take(const QString& person)
{
    if (m_selected)
        act([this, id = *m_selected, person = person.toStdString()] { return m_services.take(id, person); });
}

void CaseModel::close(const QString& person, const QString& resolution)
{
    const auto how = resolutionOf(resolution.toStdString());
    if (!m_selected || !how) return;
    act([this, id = *m_selected, person = person.toStdString(), how = *how] {
        return m_services.close(id, person, how);
    });
}

void CaseModel::act(std::function<gateway::Result<void>()> action)
{
    if (!isAvailable()) return;
    QMetaObject::invokeMethod(
        m_worker,
        [this, action = std::move(action)] {
            const auto failed = gateway::fail(gateway::ErrorCode::Internal, "case-failed", "");
            std::optional<gateway::Result<void>> done;
            gateway::Result<std::vector<Case>> cases = failed;
            if (action) done = failed;
            try {
                if (action) done = action();
                cases = m_services.listOpen();
            } catch (const std::exception&) {
                // Told as "case-failed".
            }
            QMetaObject::invokeMethod(
                this, [this, done, cases] { show(done, cases); }, Qt::QueuedConnection);
        },
        Qt::QueuedConnection);
}

void CaseModel::show(const std::optional<gateway::Result<void>>& done, const gateway::Result<std::vector<Case>>& cases)
{
    // What an action met stays until the next action, however often the queue is looked at meanwhile.
    if (done) m_fault.reset();
    if (done && !*done) m_fault = done->error();
    if (!cases) m_fault = cases.error();
    if (cases) {
        beginResetModel();
        m_cases = *cases;
        endResetModel();
    }
    if (selected() == nullptr) m_selected.reset();
    Q_EMIT changed();
}

void CaseModel::select(int row)
{
    if (row < 0 || row >= count()) return;
    m_selected = m_cases[static_cast<std::size_t>(row)].id;
    m_fault.reset();
    Q_EMIT changed();
}

void CaseModel::deselect()
{
    m_selected.reset();
    m_fault.reset();
    Q_EMIT changed();
}

void CaseModel::retranslate()
{
    if (count() > 0) Q_EMIT dataChanged(index(0), index(count() - 1));
    Q_EMIT changed();
}

int CaseModel::untaken() const
{
    return static_cast<int>(std::ranges::count_if(m_cases, [](const Case& entry) { return entry.takenBy.empty(); }));
}

QString CaseModel::fault() const
{
    if (!m_fault) return {};
    if (m_fault->type == "case-taken") return tr("Somebody else has taken this case.");
    if (m_fault->type == "case-closed") return tr("This case was closed meanwhile.");
    return tr("The queue cannot be read or written.");
}

const Case* CaseModel::selected() const
{
    const auto found = std::ranges::find_if(m_cases, [&](const Case& entry) { return m_selected == entry.id; });
    return found == m_cases.end() ? nullptr : &*found;
}

QString CaseModel::waitingSince(const Case& entry) const
{
    const auto seconds = std::max<qint64>(0, m_now().toSecsSinceEpoch() - entry.openedAt.time_since_epoch().count());
    if (seconds < 3600) return tr("%n min", nullptr, static_cast<int>(seconds / 60));
    return tr("%1 h %2 min").arg(seconds / 3600).arg(seconds / 60 % 60, 2, 10, QLatin1Char('0'));
}

QString CaseModel::standingOf(const gateway::Vin& vin) const
{
    const auto found = std::ranges::find(m_cases, vin, &Case::vin);
    if (found == m_cases.end()) return fault();
    if (!found->takenBy.empty()) return tr("%1 has taken it").arg(textOf(found->takenBy));
    return tr("Technician called, waiting %1").arg(waitingSince(*found));
}

QVariantMap CaseModel::detail() const
{
    const Case* entry = selected();
    if (entry == nullptr) return {};
    const RunResult result = resultOf(*entry);
    const FailureText text = failureText(result);
    return {{QStringLiteral("vin"), groupedVin(textOf(entry->vin.text()))},
            {QStringLiteral("headline"), text.headline},
            {QStringLiteral("happened"), text.happened},
            {QStringLiteral("step"), stepName(entry->failure.step)},
            {QStringLiteral("code"), text.code},
            {QStringLiteral("detail"), textOf(entry->failure.detail)},
            {QStringLiteral("waiting"), waitingSince(*entry)},
            {QStringLiteral("takenBy"), textOf(entry->takenBy)},
            {QStringLiteral("remedies"), causeText(entry->outcome, entry->failure).remedies}};
}

QVariantList CaseModel::transcript() const
{
    const Case* entry = selected();
    if (entry == nullptr) return {};
    QVariantList lines;
    for (const auto& line : entry->transcript)
        lines << QVariantMap{
            {QStringLiteral("time"), QString::number(static_cast<double>(line.at.count()) / 1000.0, 'f', 3)},
            {QStringLiteral("request"), line.isRequest},
            {QStringLiteral("bytes"), textOf(line.bytes)},
            {QStringLiteral("meaning"), textOf(line.meaning)},
            // 0x78 is "please wait", no refusal.
            {QStringLiteral("isBad"), line.bytes.starts_with("7F") && !line.bytes.ends_with("78")}};
    return lines;
}

QVariantList CaseModel::resolutions() const
{
    const auto entry = [](Resolution resolution, const QString& text) {
        return QVariantMap{{QStringLiteral("code"), textOf(name(resolution))}, {QStringLiteral("text"), text}};
    };
    return {entry(Resolution::UnitReplaced, tr("Unit replaced")),
            entry(Resolution::CablingRepaired, tr("Cabling repaired")),
            entry(Resolution::VehicleCorrected, tr("Vehicle or label corrected")),
            entry(Resolution::StationRepaired, tr("Station repaired")),
            entry(Resolution::SentOn, tr("Sent to rework"))};
}

int CaseModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : count();
}

QVariant CaseModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const Case& entry = m_cases[static_cast<std::size_t>(index.row())];
    switch (role) {
    case VinRole:
        return groupedVin(textOf(entry.vin.text()));
    case HappenedRole:
        return failureText(resultOf(entry)).happened;
    case SlotRole:
        return entry.slot;
    case WaitingRole:
        return waitingSince(entry);
    case TakenByRole:
        return textOf(entry.takenBy);
    default:
        return {};
    }
}

QHash<int, QByteArray> CaseModel::roleNames() const
{
    return {{VinRole, "vin"},
            {HappenedRole, "happened"},
            {SlotRole, "slot"},
            {WaitingRole, "waiting"},
            {TakenByRole, "takenBy"}};
}

} // namespace station
