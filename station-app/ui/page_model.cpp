#include "ui/page_model.h"

#include "ui/case_model.h"
#include "ui/history_model.h"
#include "ui/run_model.h"
#include "ui/self_test_model.h"
#include "ui/session_model.h"

namespace station {

PageModel::PageModel(RunModel& run, SessionModel& session, CaseModel& cases, HistoryModel& history,
                     SelfTestModel& selfTest, QObject* parent)
    : QObject(parent), m_run(run), m_session(session), m_cases(cases), m_history(history), m_selfTest(selfTest)
{
    connect(&m_run, &RunModel::stateChanged, this, [this] {
        if (m_run.state() == RunModel::Running) show(QStringLiteral("work"));
        Q_EMIT changed();
    });
    connect(&m_session, &SessionModel::changed, this, [this] {
        const bool mayStay = m_page == QStringLiteral("records") ? m_session.isSupervisor() : m_session.isTechnician();
        if (!mayStay) show(QStringLiteral("work"));
        Q_EMIT changed();
    });
}

bool PageModel::mayOpenQueue() const
{
    return m_cases.isAvailable() && m_session.isTechnician() && m_run.state() != RunModel::Running;
}

bool PageModel::mayOpenRecords() const
{
    return m_history.isAvailable() && m_session.isSupervisor() && m_run.state() != RunModel::Running;
}

void PageModel::setTab(const QString& tab)
{
    if (tab == m_tab) return;
    m_tab = tab;
    m_history.deselect();
    Q_EMIT changed();
}

void PageModel::toggleRecords()
{
    if (m_page == QStringLiteral("records"))
        show(QStringLiteral("work"));
    else if (mayOpenRecords())
        show(QStringLiteral("records"));
}

bool PageModel::mayOpenSelfTest() const
{
    return m_selfTest.isAvailable() && m_session.isTechnician() && m_run.state() != RunModel::Running;
}

void PageModel::toggleSelfTest()
{
    if (m_page == QStringLiteral("selftest")) {
        show(QStringLiteral("work"));
    } else if (mayOpenSelfTest()) {
        show(QStringLiteral("selftest"));
        m_selfTest.start();
    }
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
    else if (!m_history.detail().isEmpty())
        m_history.deselect();
    else
        show(QStringLiteral("work"));
    return true;
}

void PageModel::show(const QString& page)
{
    if (page == m_page) return;
    m_page = page;
    m_cases.deselect();
    m_history.deselect();
    Q_EMIT changed();
    Q_EMIT opened();
}

} // namespace station
