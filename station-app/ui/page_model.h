#pragma once

#include <QObject>
#include <QString>
#include <qqmlregistration.h>

namespace station {

class CaseModel;
class HistoryModel;
class RunModel;
class SelfTestModel;
class SessionModel;

/// Which screen is in front: the operator's work, or one that a role may open beside it. A run under way and a lock
/// bring the work back.
class PageModel : public QObject
{
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("made by the window")

    Q_PROPERTY(QString page READ page NOTIFY changed) ///< "work", "queue", "records", "selftest"
    Q_PROPERTY(bool mayOpenQueue READ mayOpenQueue NOTIFY changed)
    Q_PROPERTY(bool mayOpenSelfTest READ mayOpenSelfTest NOTIFY changed)
    Q_PROPERTY(bool mayOpenRecords READ mayOpenRecords NOTIFY changed)
    Q_PROPERTY(
        QString tab READ tab WRITE setTab NOTIFY changed) ///< of the records: "history", "cycle", "yield", "export"

public:
    PageModel(RunModel& run, SessionModel& session, CaseModel& cases, HistoryModel& history, SelfTestModel& selfTest,
              QObject* parent = nullptr);

    [[nodiscard]] QString page() const { return m_page; }
    [[nodiscard]] bool mayOpenQueue() const;
    [[nodiscard]] bool mayOpenRecords() const;
    [[nodiscard]] bool mayOpenSelfTest() const;
    [[nodiscard]] QString tab() const { return m_tab; }
    void setTab(const QString& tab);

    Q_INVOKABLE void toggleQueue();
    Q_INVOKABLE void toggleRecords();
    Q_INVOKABLE void toggleSelfTest();
    /// One step back. @return false in the work itself: there is nothing to go back from
    Q_INVOKABLE bool back();

Q_SIGNALS:
    void changed();
    void opened(); ///< another page is in front

private:
    void show(const QString& page);

    RunModel& m_run;
    SessionModel& m_session;
    CaseModel& m_cases;
    HistoryModel& m_history;
    SelfTestModel& m_selfTest;
    QString m_page = QStringLiteral("work");
    QString m_tab = QStringLiteral("history");
};

} // namespace station
