#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <QDateTime>
#include <QObject>
#include <QTimer>
#include <QVariantList>
#include <qqmlregistration.h>

#include "flow/audit_batch.h"
#include "ui/background_tasks.h"
#include "ui/history_model.h"

namespace station {

class PeriodModel;
class SessionModel;

/// What leaves the station: the report of a shift, and audit batches, to a folder or a stick.
class ExportModel : public QObject
{
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("made by the window")

    Q_PROPERTY(QVariantList targets READ targets NOTIFY changed) ///< maps of label, free, stick, chosen
    Q_PROPERTY(bool canWrite READ canWrite NOTIFY changed)       ///< a target is chosen and nothing is being written
    Q_PROPERTY(bool busy READ isBusy NOTIFY changed)
    Q_PROPERTY(double progress READ progress NOTIFY progressChanged) ///< 0 to 1
    /// What came of the last one: kind ("good", "warning", "bad"), text. Empty: none yet.
    Q_PROPERTY(QVariantMap result READ result NOTIFY changed)

public:
    struct Services
    {
        std::string station; ///< its name
        RecordServices records{};
        ExportServices output{};
    };

    /// @param period, session  outlive the model
    ExportModel(Services services, PeriodModel& period, SessionModel& session, QObject* parent = nullptr);

    [[nodiscard]] bool isAvailable() const { return static_cast<bool>(m_services.output.targets); }
    [[nodiscard]] QVariantList targets() const;
    [[nodiscard]] bool canWrite() const { return !m_isBusy && m_chosen < m_targets.size(); }
    [[nodiscard]] bool isBusy() const { return m_isBusy; }
    [[nodiscard]] double progress() const { return m_progress; }
    [[nodiscard]] QVariantMap result() const { return m_result ? m_result() : QVariantMap(); }

    /// Looks for sticks.
    Q_INVOKABLE void refresh();
    Q_INVOKABLE void choose(int index);
    Q_INVOKABLE void writeReport();
    Q_INVOKABLE void writeBatch();

Q_SIGNALS:
    void changed();
    void progressChanged();

private:
    void begin();
    void end(std::function<QVariantMap()> result);
    static QVariantMap told(const char* kind, const QString& text);
    static QVariantMap toldFault(const gateway::Error& error);
    static QVariantMap toldBatch(const BatchSummary& summary);

    Services m_services;
    PeriodModel& m_period;
    SessionModel& m_session;
    std::vector<ExportTarget> m_targets;
    std::size_t m_chosen = 0;
    bool m_isBusy = false;
    double m_progress = 0;
    std::function<QVariantMap()> m_result; ///< made anew in the language of the moment
    QTimer m_look;                         ///< sticks come and go
    BackgroundTasks m_tasks{QStringLiteral("export")};
};

} // namespace station
