#pragma once

#include <optional>

#include <QObject>
#include <QVariantList>
#include <QVariantMap>
#include <qqmlregistration.h>

#include "flow/run_statistics.h"
#include "ui/background_tasks.h"
#include "ui/history_model.h"

namespace station {

class PeriodModel;

/// Counts, yield and cycle times of a period, as the charts draw them.
class StatisticsModel : public QObject
{
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("made by the window")

    Q_PROPERTY(bool busy READ isBusy NOTIFY changed)
    Q_PROPERTY(bool failed READ hasFailed NOTIFY changed) ///< the journal could not be read
    Q_PROPERTY(int scanned READ scanned NOTIFY changed)
    Q_PROPERTY(int passed READ passed NOTIFY changed)
    Q_PROPERTY(int failedCount READ failedCount NOTIFY changed)
    Q_PROPERTY(int open READ open NOTIFY changed)
    Q_PROPERTY(QString firstPassText READ firstPassText NOTIFY changed) ///< "96.2 %" of those that ended; "–" for none
    Q_PROPERTY(QString medianText READ medianText NOTIFY changed)
    Q_PROPERTY(QString p90Text READ p90Text NOTIFY changed)
    Q_PROPERTY(QVariantList cycleSeconds READ cycleSeconds NOTIFY changed) ///< of those that passed, oldest first
    Q_PROPERTY(QVariantList buckets READ buckets NOTIFY changed)           ///< maps of label, passed, failed, open
    Q_PROPERTY(int bucketHours READ bucketHours NOTIFY changed)
    Q_PROPERTY(QVariantList steps READ steps NOTIFY changed)   ///< maps of name, count, median, p90
    Q_PROPERTY(QVariantList causes READ causes NOTIFY changed) ///< maps of text, count; at most five

public:
    /// @param period  outlives the model
    StatisticsModel(RecordServices services, PeriodModel& period, QObject* parent = nullptr);

    [[nodiscard]] bool isBusy() const { return m_isBusy; }
    [[nodiscard]] bool hasFailed() const { return m_hasFailed; }
    [[nodiscard]] int scanned() const { return m_statistics.counts.scanned; }
    [[nodiscard]] int passed() const { return m_statistics.counts.passed; }
    [[nodiscard]] int failedCount() const { return m_statistics.counts.failed; }
    [[nodiscard]] int open() const { return m_statistics.counts.open; }
    [[nodiscard]] QString firstPassText() const;
    [[nodiscard]] QString medianText() const;
    [[nodiscard]] QString p90Text() const;
    [[nodiscard]] QVariantList cycleSeconds() const;
    [[nodiscard]] QVariantList buckets() const;
    [[nodiscard]] int bucketHours() const;
    [[nodiscard]] QVariantList steps() const;
    [[nodiscard]] QVariantList causes() const;
    [[nodiscard]] const RunStatistics& statistics() const { return m_statistics; }

    Q_INVOKABLE void refresh();

Q_SIGNALS:
    void changed();

private:
    RecordServices m_services;
    PeriodModel& m_period;
    RunStatistics m_statistics;
    int m_question = 0; ///< answers to an earlier one are old
    bool m_isBusy = false;
    bool m_hasFailed = false;
    BackgroundTasks m_tasks{QStringLiteral("statistics")};
};

/// Share of those that ended which passed without a step repeated, "96.2 %"; "–" when none has ended.
[[nodiscard]] QString firstPassYield(const RunCounts& counts);
/// What a cause means, in one sentence.
[[nodiscard]] QString causeSentence(const std::string& cause);

} // namespace station
