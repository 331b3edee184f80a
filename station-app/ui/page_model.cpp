#include "ui/page_model.h"

#include "ui/case_model.h"
#include "ui/run_model.h"
#include "ui/session_model.h"

namespace station {

PageModel::PageModel(RunModel& run, SessionModel& session, CaseModel& cases, QObject* parent)
    : QObject(parent), m_run(run), m_session(session), m_cases(cases)
{
    connect(&m_run, &RunModel::stateChanged, this, [this] {
        if (m_run.state() == RunModel::Running) show(QStringLiteral("work"));
        Q_EMIT changed();
    });
    connect(&m_session, &SessionModel::changed, this, [this] {
        if (!m_session.isTechnician()) show(QStringLiteral("work"));
        Q_EMIT changed();
    });
}

bool PageModel::mayOpenQueue() const
{
    return m_cases.isAvailable() && m_session.isTechnician() && m_run.state() != RunModel::Running;
}

void PageModel::toggleQueue()
{
    if (m_page == QStringLiteral("queue"))
        show(QStringLiteral("work"));
    else if (mayOpenQueue())
        show(QStringLiteral("queue"));
}

bool PageModel::back()
{
    if (m_page == QStringLiteral("work")) return false;
    if (!m_cases.detail().isEmpty())
        m_cases.deselect();
    else
        show(QStringLiteral("work"));
    return true;
}

void PageModel::show(const QString& page)
{
    if (page == m_page) return;
    m_page = page;
    m_cases.deselect();
    Q_EMIT changed();
}

} // namespace station
