#pragma once

#include <functional>
#include <optional>
#include <vector>

#include <QAbstractListModel>
#include <QVariantList>
#include <QVariantMap>
#include <qqmlregistration.h>

#include "flow/run_history.h"
#include "flow/run_statistics.h"
#include "ui/background_tasks.h"

namespace station {

class PeriodModel;

/// How the window reaches the journal's past; the calls run in threads of their own and may block.
struct RecordServices
{
    std::function<gateway::Result<RunPage>(const RunFilter& filter)> find{};
    std::function<gateway::Result<std::vector<PastStep>>(std::int64_t job)> steps{};
    std::function<gateway::Result<RunStatistics>(const RunFilter& filter)> statistics{};
};

/// The jobs of a period, newest first, searched and read page by page, and the one that is looked at.
class HistoryModel : public QAbstractListModel
{
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("made by the window")

    Q_PROPERTY(int count READ count NOTIFY changed)       ///< rows read so far
    Q_PROPERTY(int total READ total NOTIFY changed)       ///< hits
    Q_PROPERTY(bool busy READ isBusy NOTIFY changed)      ///< the first page is on its way
    Q_PROPERTY(bool failed READ hasFailed NOTIFY changed) ///< the journal could not be read
    Q_PROPERTY(QString search READ search WRITE setSearch NOTIFY changed)
    Q_PROPERTY(QString stateText READ stateText NOTIFY changed) ///< which outcomes are shown
    /// The job that is looked at; empty: none. vin, outcome, mark, slot, transaction, serial, unit, opened, closed,
    /// worked, happened, code, waits.
    Q_PROPERTY(QVariantMap detail READ detail NOTIFY changed)
    Q_PROPERTY(QVariantList steps READ steps NOTIFY changed) ///< of that job: maps of name, state, mark, attempt, time

public:
    enum Role { VinRole = Qt::UserRole + 1, MarkRole, OutcomeRole, OpenedRole, WorkedRole };

    /// @param period  outlives the model
    HistoryModel(RecordServices services, PeriodModel& period, QObject* parent = nullptr);

    [[nodiscard]] bool isAvailable() const { return static_cast<bool>(m_services.find); }
    [[nodiscard]] int count() const { return static_cast<int>(m_runs.size()); }
    [[nodiscard]] int total() const { return m_total; }
    [[nodiscard]] bool isBusy() const { return m_isBusy; }
    [[nodiscard]] bool hasFailed() const { return m_hasFailed; }
    [[nodiscard]] QString search() const { return m_search; }
    /// A VIN, a serial or a part of one, as typed or scanned.
    void setSearch(const QString& text);
    [[nodiscard]] QString stateText() const;
    [[nodiscard]] QVariantMap detail() const;
    [[nodiscard]] QVariantList steps() const;

    Q_INVOKABLE void refresh();
    Q_INVOKABLE void nextState();
    Q_INVOKABLE void select(int row);
    Q_INVOKABLE void deselect();
    void retranslate();

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QHash<int, QByteArray> roleNames() const override;
    [[nodiscard]] bool canFetchMore(const QModelIndex& parent) const override;
    void fetchMore(const QModelIndex& parent) override;

Q_SIGNALS:
    void changed();

private:
    void ask(int offset);
    void take(int offset, const gateway::Result<RunPage>& page);
    [[nodiscard]] static QString outcomeText(const PastRun& run);

    RecordServices m_services;
    PeriodModel& m_period;
    RunFilter::State m_state = RunFilter::State::All;
    QString m_search;
    std::vector<PastRun> m_runs;
    int m_total = 0;
    int m_question = 0; ///< answers to an earlier one are old
    bool m_isBusy = false;
    bool m_isFetching = false;
    bool m_hasFailed = false;
    std::optional<PastRun> m_selected;
    std::vector<PastStep> m_steps;
    BackgroundTasks m_tasks{QStringLiteral("history")};
};

/// "check", "cross" or "waiting": the shape beside the word.
[[nodiscard]] QString markOf(const std::optional<Outcome>& outcome);

} // namespace station
