#include "ui/history_model.h"

#include <utility>

#include "ui/cause_text.h"
#include "ui/operator_text.h"
#include "ui/period_model.h"
#include "ui/step_list_model.h"

namespace station {
namespace {

QString textOf(std::string_view text)
{
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

/// "2026-11-24 09:30", "" for none.
QString minuteOf(const std::optional<gateway::Time>& time)
{
    return time ? minuteText(*time) : QString();
}

} // namespace

QString markOf(const std::optional<Outcome>& outcome)
{
    if (!outcome) return QStringLiteral("waiting");
    return *outcome == Outcome::Provisioned ? QStringLiteral("check") : QStringLiteral("cross");
}

HistoryModel::HistoryModel(RecordServices services, PeriodModel& period, QObject* parent)
    : QAbstractListModel(parent), m_services(std::move(services)), m_period(period)
{
}

void HistoryModel::setSearch(const QString& text)
{
    m_search = text.trimmed();
    deselect();
    refresh();
}

void HistoryModel::nextState()
{
    using State = RunFilter::State;
    m_state = m_state == State::Open ? State::All : static_cast<State>(static_cast<int>(m_state) + 1);
    refresh();
}

void HistoryModel::refresh()
{
    ++m_question;
    m_isBusy = true;
    ask(0);
    Q_EMIT changed();
}

void HistoryModel::ask(int offset)
{
    if (!isAvailable()) return;
    m_isFetching = true;
    RunFilter filter = m_period.filter();
    filter.text = m_search.toStdString();
    filter.state = m_state;
    filter.offset = offset;
    m_tasks.ask<RunPage>([this, filter] { return m_services.find(filter); },
                         [this, offset, question = m_question](const auto& page) {
                             if (question == m_question) take(offset, page);
                         });
}

void HistoryModel::take(int offset, const gateway::Result<RunPage>& page)
{
    m_isBusy = m_isFetching = false;
    m_hasFailed = !page;
    if (page && offset == 0) {
        beginResetModel();
        m_runs = page->runs;
        endResetModel();
    } else if (page && !page->runs.empty()) {
        beginInsertRows({}, count(), count() + static_cast<int>(page->runs.size()) - 1);
        m_runs.insert(m_runs.end(), page->runs.begin(), page->runs.end());
        endInsertRows();
    }
    if (page) m_total = page->total;
    Q_EMIT changed();
}

void HistoryModel::select(int row)
{
    if (row < 0 || row >= count() || !m_services.steps) return;
    m_selected = m_runs[static_cast<std::size_t>(row)];
    m_steps.clear();
    const auto job = m_selected->id;
    m_tasks.ask<std::vector<PastStep>>([this, job] { return m_services.steps(job); },
                                       [this, job](const auto& steps) {
                                           if (!m_selected || m_selected->id != job) return;
                                           m_hasFailed = !steps;
                                           if (steps) m_steps = *steps;
                                           Q_EMIT changed();
                                       });
    Q_EMIT changed();
}

void HistoryModel::deselect()
{
    m_selected.reset();
    m_steps.clear();
    Q_EMIT changed();
}

void HistoryModel::retranslate()
{
    if (count() > 0) Q_EMIT dataChanged(index(0), index(count() - 1));
    Q_EMIT changed();
}

QString HistoryModel::stateText() const
{
    switch (m_state) {
    case RunFilter::State::All:
        return tr("All results");
    case RunFilter::State::Provisioned:
        return tr("Passed");
    case RunFilter::State::Failed:
        return tr("Failed");
    case RunFilter::State::Open:
        return tr("Open");
    }
    return {};
}

QString HistoryModel::outcomeText(const PastRun& run)
{
    if (run.outcome == Outcome::Provisioned) return tr("Passed");
    if (run.cause.empty()) return tr("Open");
    const QString happened =
        causeText(run.outcome.value_or(Outcome::StationFailed), {run.lastStep, run.cause, run.detail, {}, {}}).happened;
    return run.outcome ? happened : tr("Open") + QStringLiteral(": ") + happened;
}

QVariantMap HistoryModel::detail() const
{
    if (!m_selected) return {};
    const PastRun& run = *m_selected;
    return {{QStringLiteral("vin"), groupedVin(textOf(run.vin.text()))},
            {QStringLiteral("outcome"), outcomeText(run)},
            {QStringLiteral("mark"), markOf(run.outcome)},
            {QStringLiteral("slot"), run.slot},
            {QStringLiteral("transaction"), textOf(run.transaction.text())},
            {QStringLiteral("serial"), run.serial ? textOf(run.serial->text()) : QString()},
            {QStringLiteral("unit"), textOf(run.ecuSerial)},
            {QStringLiteral("opened"), minuteText(run.openedAt)},
            {QStringLiteral("closed"), minuteOf(run.closedAt)},
            {QStringLiteral("worked"), durationText(run.worked)},
            {QStringLiteral("cause"), textOf(run.cause)},
            {QStringLiteral("said"), textOf(run.detail)},
            {QStringLiteral("waits"), run.reportWaits}};
}

QVariantList HistoryModel::steps() const
{
    QVariantList rows;
    for (const PastStep& step : m_steps) {
        // The record before a step says nothing when the one after it is there.
        if (step.phase == RecordPhase::Before && &step != &m_steps.back()) continue;
        const bool isFailed = !step.cause.empty();
        const bool isUnderWay = step.phase == RecordPhase::Before;
        rows << QVariantMap{{QStringLiteral("name"), stepName(step.step)},
                            {QStringLiteral("mark"), isFailed     ? QStringLiteral("cross")
                                                     : isUnderWay ? QStringLiteral("waiting")
                                                                  : QStringLiteral("check")},
                            {QStringLiteral("note"), isFailed           ? textOf(step.cause)
                                                     : isUnderWay       ? tr("begun")
                                                     : step.attempt > 1 ? tr("attempt %1").arg(step.attempt)
                                                                        : QString()},
                            {QStringLiteral("time"), isUnderWay ? QString() : durationText(step.elapsed)}};
    }
    return rows;
}

int HistoryModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : count();
}

QVariant HistoryModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const PastRun& run = m_runs[static_cast<std::size_t>(index.row())];
    switch (role) {
    case VinRole:
        return groupedVin(textOf(run.vin.text()));
    case MarkRole:
        return markOf(run.outcome);
    case OutcomeRole:
        return outcomeText(run);
    case OpenedRole:
        return minuteText(run.openedAt);
    case WorkedRole:
        return durationText(run.worked);
    default:
        return {};
    }
}

QHash<int, QByteArray> HistoryModel::roleNames() const
{
    return {
        {VinRole, "vin"}, {MarkRole, "mark"}, {OutcomeRole, "outcome"}, {OpenedRole, "opened"}, {WorkedRole, "worked"}};
}

bool HistoryModel::canFetchMore(const QModelIndex& parent) const
{
    return !parent.isValid() && !m_isFetching && count() < m_total;
}

void HistoryModel::fetchMore(const QModelIndex& parent)
{
    if (canFetchMore(parent)) ask(count());
}

} // namespace station
