#include "ui/session_model.h"

#include <cmath>
#include <exception>
#include <utility>

namespace station {

SessionModel::SessionModel(LoginSettings settings, QObject* parent)
    : QObject(parent), m_settings(std::move(settings)), m_worker(new QObject)
{
    m_thread.setObjectName(QStringLiteral("login"));
    m_worker->moveToThread(&m_thread);
    connect(&m_thread, &QThread::finished, m_worker, &QObject::deleteLater);
    m_thread.start();
    m_idle.setSingleShot(true);
    m_idle.setInterval(std::chrono::duration_cast<std::chrono::milliseconds>(m_settings.lockAfter));
    connect(&m_idle, &QTimer::timeout, this, &SessionModel::lock);
    readNames();
}

SessionModel::~SessionModel()
{
    m_thread.quit();
    m_thread.wait();
}

bool SessionModel::mayAct(Role role) const
{
    return !m_settings.required || (m_person && m_person->role >= role);
}

QString SessionModel::roleText() const
{
    if (!m_person) return {};
    switch (m_person->role) {
    case Role::Operator:
        return tr("Operator");
    case Role::Technician:
        return tr("Technician");
    case Role::Supervisor:
        return tr("Supervisor");
    }
    return {};
}

QString SessionModel::fault() const
{
    if (m_pinWithoutName) return tr("Choose your name first, then type your PIN.");
    if (!m_fault) return {};
    if (m_fault->type == "badge-unknown") return tr("This badge is not known at this station.");
    if (m_fault->type == "pin-wrong") return tr("Wrong PIN.");
    if (m_fault->type == "pin-blocked") {
        const auto wait = m_fault->retryAfter.value_or(std::chrono::seconds(60));
        return tr("Too many wrong PINs. Possible again in %n minute(s).", nullptr,
                  static_cast<int>(std::ceil(static_cast<double>(wait.count()) / 60.0)));
    }
    return tr("The station cannot read who may use it. Call a technician.");
}

void SessionModel::select(const QString& name)
{
    m_selected = name;
    m_pinWithoutName = false;
    m_fault.reset();
    noteActivity();
    Q_EMIT changed();
}

void SessionModel::lock()
{
    if (!m_person || m_isRunning) return;
    record(*m_person, "lock");
    m_person.reset();
    m_selected.clear();
    m_fault.reset();
    m_idle.stop();
    readNames(); // somebody may have been added meanwhile
    Q_EMIT changed();
}

bool SessionModel::takeScan(const QString& text)
{
    if (!m_settings.required) return false;
    const std::string badge = text.trimmed().toStdString();
    const bool isBadge = !m_settings.badgePrefix.empty() && badge.starts_with(m_settings.badgePrefix);
    if (!isLocked() && !isBadge) return false;
    lookUp([this, badge] { return m_settings.byBadge(badge); });
    return true;
}

bool SessionModel::takeTyping(const QString& text)
{
    if (!isLocked()) return false;
    m_pinWithoutName = m_selected.isEmpty();
    if (m_pinWithoutName) {
        Q_EMIT changed();
        return true;
    }
    lookUp([this, name = m_selected.toStdString(), pin = text.toStdString()] { return m_settings.byPin(name, pin); });
    return true;
}

void SessionModel::lookUp(std::function<gateway::Result<Person>()> question)
{
    if (m_isBusy) return;
    m_isBusy = true;
    m_pinWithoutName = false;
    Q_EMIT changed();
    QMetaObject::invokeMethod(
        m_worker,
        [this, question = std::move(question)] {
            gateway::Result<Person> found = gateway::fail(gateway::ErrorCode::Internal, "login-failed", "");
            try {
                found = question();
            } catch (const std::exception&) {
                // Nobody is let in by a fault.
            }
            QMetaObject::invokeMethod(
                this, [this, found] { take(found); }, Qt::QueuedConnection);
        },
        Qt::QueuedConnection);
}

void SessionModel::take(const gateway::Result<Person>& found)
{
    m_isBusy = false;
    if (found) {
        record(*found, m_person && m_person->name != found->name ? "hand-over" : "login");
        m_person = *found;
        m_fault.reset();
        m_selected.clear();
        noteActivity();
    } else {
        m_fault = found.error();
    }
    Q_EMIT changed();
}

void SessionModel::readNames()
{
    if (!m_settings.required) return;
    QMetaObject::invokeMethod(
        m_worker,
        [this] {
            QStringList names;
            if (const auto people = m_settings.list())
                for (const Person& person : *people)
                    if (person.hasPin) names << QString::fromStdString(person.name);
            QMetaObject::invokeMethod(
                this,
                [this, names] {
                    m_names = names;
                    Q_EMIT changed();
                },
                Qt::QueuedConnection);
        },
        Qt::QueuedConnection);
}

void SessionModel::record(const Person& person, const char* what)
{
    if (!m_settings.record) return;
    QMetaObject::invokeMethod(
        m_worker, [this, person, what] { m_settings.record(person, what); }, Qt::QueuedConnection);
}

void SessionModel::noteActivity()
{
    if (m_person && !m_isRunning) m_idle.start();
}

void SessionModel::setRunning(bool running)
{
    m_isRunning = running;
    if (running)
        m_idle.stop();
    else
        noteActivity();
}

} // namespace station
