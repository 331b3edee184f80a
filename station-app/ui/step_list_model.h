#pragma once

#include <QAbstractListModel>

#include "flow/run_record.h"

namespace station {

/// The steps of the run on screen, one row each, always all of them and in their order.
class StepListModel final : public QAbstractListModel
{
    Q_OBJECT

public:
    enum Role {
        NameRole = Qt::UserRole + 1, ///< translated
        StateRole,                   ///< "waiting", "running", "done", "failed", "skipped": for icon and colour
        StateTextRole,               ///< translated, e.g. "retry 2 of 3"
        TimeTextRole,                ///< e.g. "1.4 s", empty while waiting
    };

    explicit StepListModel(QObject* parent = nullptr);

    /// All steps wait.
    void restart();

    void update(const StepRecord& record);

    /// The run is over: steps that never ran are shown as skipped, one that was running as failed.
    void finish(bool failed);

    /// The language has changed.
    void retranslate() { Q_EMIT dataChanged(index(0), index(rowCount() - 1)); }

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QHash<int, QByteArray> roleNames() const override;

private:
    std::vector<StepRecord> m_steps;
    bool m_isOver = false;
};

/// The step in the words of the operator.
[[nodiscard]] QString stepName(StepId step);

/// E.g. "1.4 s", or "1 min 05 s" from a minute on.
[[nodiscard]] QString durationText(std::chrono::milliseconds duration);

} // namespace station
