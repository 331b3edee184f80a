#pragma once

#include <QObject>
#include <QString>
#include <qqmlregistration.h>

namespace station {

class CaseModel;
class RunModel;
class SessionModel;

/// Which screen is in front: the operator's work, or one that a role may open beside it. A run under way and a lock
/// bring the work back.
class PageModel : public QObject
{
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("made by the window")

    Q_PROPERTY(QString page READ page NOTIFY changed) ///< "work", "queue"
    Q_PROPERTY(bool mayOpenQueue READ mayOpenQueue NOTIFY changed)

public:
    PageModel(RunModel& run, SessionModel& session, CaseModel& cases, QObject* parent = nullptr);

    [[nodiscard]] QString page() const { return m_page; }
    [[nodiscard]] bool mayOpenQueue() const;

    Q_INVOKABLE void toggleQueue();
    /// One step back. @return false in the work itself: there is nothing to go back from
    Q_INVOKABLE bool back();

Q_SIGNALS:
    void changed();

private:
    void show(const QString& page);

    RunModel& m_run;
    SessionModel& m_session;
    CaseModel& m_cases;
    QString m_page = QStringLiteral("work");
};

} // namespace station
