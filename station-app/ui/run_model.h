#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string_view>

#include <QDateTime>
#include <QObject>
#include <QString>
#include <QThread>
#include <QTimer>
#include <QVariantList>
#include <QVariantMap>
#include <qqmlregistration.h>

#include "contract/error.h"
#include "contract/vin.h"
#include "flow/run_record.h"
#include "flow/vin_rules.h"
#include "ui/step_list_model.h"

namespace station {

/// What the operator's screens show and do. Lives in the GUI thread; the vehicle is provisioned in a thread of its own,
/// and what that one says arrives as queued calls.
///
/// | state        | entered by                                     | left by                                        |
/// |--------------|------------------------------------------------|------------------------------------------------|
/// | Ready        | start, dismiss()                               | a VIN, scanned or typed twice                  |
/// | Running      | a VIN, retry()                                 | the end of the run only: nothing is cancelled  |
/// | Pass         | Outcome::Provisioned                           | the next VIN, dismiss()                        |
/// | Fail         | Outcome::UnitFailed                            | the next VIN, dismiss()                        |
/// | Refused      | Outcome::Refused                               | the next VIN, dismiss()                        |
/// | StationFault | Outcome::StationFailed                         | the next VIN, dismiss(), retry(): the same VIN |
///
/// All texts are made when they are asked for, in the language of that moment: retranslate() has them asked for again.
class RunModel : public QObject
{
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("made by the window")

    Q_PROPERTY(State state READ state NOTIFY stateChanged)
    Q_PROPERTY(QAbstractItemModel* steps READ steps CONSTANT)
    Q_PROPERTY(QString vin READ vin NOTIFY stateChanged)           ///< grouped 3-6-8, of the current or last run
    Q_PROPERTY(bool resumed READ isResumed NOTIFY stateChanged)    ///< took up a job that an interruption had left
    Q_PROPERTY(QString serial READ serial NOTIFY stateChanged)     ///< of the certificate, "" without one
    Q_PROPERTY(bool reported READ isReported NOTIFY stateChanged)  ///< the gateway has the result
    Q_PROPERTY(int elapsedMs READ elapsedMs NOTIFY elapsedChanged) ///< of the run, about ten times a second
    Q_PROPERTY(QString elapsedText READ elapsedText NOTIFY elapsedChanged)
    Q_PROPERTY(QString headline READ headline NOTIFY stateChanged)
    Q_PROPERTY(QString happened READ happened NOTIFY stateChanged)
    Q_PROPERTY(QString toDo READ toDo NOTIFY stateChanged)
    Q_PROPERTY(QString caseStanding READ caseStanding NOTIFY caseStandingChanged) ///< of the technicians' queue
    Q_PROPERTY(QString code READ code NOTIFY stateChanged)
    /// Positions of scanned and found VIN when both are known and differ: maps of scanned, found, differs.
    Q_PROPERTY(QVariantList vinComparison READ vinComparison NOTIFY stateChanged)
    /// The result before the one on screen, or the last one in state Ready: word, good, vin, serial, time. Empty: none.
    Q_PROPERTY(QVariantMap lastResult READ lastResult NOTIFY stateChanged)
    /// What became of a scan that did not start a run: title, text, shown, position. Empty: nothing to tell.
    Q_PROPERTY(QVariantMap notice READ notice NOTIFY noticeChanged)

public:
    enum State { Ready, Running, Pass, Fail, Refused, StationFault };
    Q_ENUM(State)

    /// The same VIN again within this time is the scanner's trigger held too long.
    static constexpr std::chrono::milliseconds kDoubleScan{3000};

    struct Settings
    {
        int slot = 1;
        std::function<gateway::Result<gateway::Vin>(std::string_view)> readLabel; ///< Vin::fromLabel() when empty
        VinRules vinRules{};
        std::function<bool()> mayType{}; ///< whether a person may type a VIN; everybody when empty
        std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;
        std::function<QDateTime()> wallClock; ///< the system's when empty
    };

    /// @param provisioner  outlives the model
    RunModel(Provisioner& provisioner, Settings settings, QObject* parent = nullptr);

    /// Waits for the end of a run that is still under way.
    ~RunModel() override;

    /// One whole scan, without its terminator.
    Q_INVOKABLE void scanned(const QString& text);

    /// A text that was typed, not scanned: a VIN counts when it came twice, equal. The check digit does not see every
    /// slip: A and J and 1 have the same value.
    Q_INVOKABLE void typed(const QString& text);

    /// The language has changed.
    void retranslate();

    /// The same vehicle again; only in StationFault, where nothing is wrong with the unit.
    Q_INVOKABLE void retry();

    /// The vehicle on screen waits for a technician; only after a run that did not pass.
    Q_INVOKABLE void callTechnician();
    /// What the queue says of the vehicle on screen, "" without a case.
    void setCaseStanding(const QString& standing);

    /// Back to Ready; a run under way stays.
    Q_INVOKABLE void dismiss();

    [[nodiscard]] State state() const { return m_state; }
    [[nodiscard]] QAbstractItemModel* steps() { return &m_steps; }
    [[nodiscard]] QString vin() const;
    [[nodiscard]] QString serial() const;
    [[nodiscard]] bool isReported() const;
    [[nodiscard]] bool isResumed() const { return m_result && m_result->resumed; }
    /// Of the last run; nothing before the first one has ended.
    [[nodiscard]] const std::optional<RunResult>& result() const { return m_result; }
    [[nodiscard]] int elapsedMs() const { return static_cast<int>(m_elapsed.count()); }
    [[nodiscard]] QString elapsedText() const { return durationText(m_elapsed); }
    [[nodiscard]] QString headline() const;
    [[nodiscard]] QString happened() const;
    [[nodiscard]] QString toDo() const;
    [[nodiscard]] QString code() const;
    [[nodiscard]] QString caseStanding() const { return m_caseStanding; }
    [[nodiscard]] QVariantList vinComparison() const;
    [[nodiscard]] QVariantMap lastResult() const;
    [[nodiscard]] QVariantMap notice() const { return m_notice ? m_notice() : QVariantMap(); }

Q_SIGNALS:
    void stateChanged();
    void elapsedChanged();
    void noticeChanged();
    void finished();         ///< result() is of a run that has just ended
    void technicianCalled(); ///< for result()
    void caseStandingChanged();
    void scanCounted(); ///< a scan started a run
    void scanRefused(); ///< one did not

private:
    class Observer;

    void start(const gateway::Vin& vin);
    void onFinished(const RunResult& result);
    void setNotice(std::function<QVariantMap()> notice);
    void take(const gateway::Vin& vin);
    void keepLastResult();
    void refuseScan(const gateway::Error& error, const QString& text);

    Provisioner& m_provisioner;
    Settings m_settings;
    StepListModel m_steps;
    State m_state = Ready;
    std::optional<gateway::Vin> m_vin;
    std::optional<RunResult> m_result;
    std::chrono::milliseconds m_elapsed{0};
    std::chrono::steady_clock::time_point m_startedAt;
    std::chrono::steady_clock::time_point m_scannedAt;
    QDateTime m_finishedAt;
    struct Kept
    {
        RunResult result;
        QDateTime finishedAt;
    };
    std::optional<Kept> m_lastResult;
    QString m_caseStanding;
    std::function<QVariantMap()> m_notice; ///< empty: nothing to tell
    std::optional<gateway::Vin> m_typedOnce;
    std::optional<gateway::Vin> m_toConfirm;
    QTimer m_tick;
    QThread m_thread;
    QObject* m_worker; ///< lives in m_thread, deleted with it: where the runs are posted to
};

} // namespace station
