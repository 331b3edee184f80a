#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <QObject>
#include <QString>
#include <QStringList>
#include <QThread>
#include <QTimer>
#include <qqmlregistration.h>

#include "contract/error.h"
#include "flow/people.h"

namespace station {

/// How the window knows people; the calls run in a thread of their own and may block.
struct LoginSettings
{
    bool required = false;
    std::chrono::seconds lockAfter{600};
    std::string badgePrefix{};
    std::function<gateway::Result<std::vector<Person>>()> list{};
    std::function<gateway::Result<Person>(std::string_view badge)> byBadge{};
    std::function<gateway::Result<Person>(const std::string& name, std::string_view pin)> byPin{};
    std::function<void(const Person& person, std::string_view what)> record{};
};

/// Who stands at the station. Locked: nobody, and every scan is a badge. Without a login every role is everybody's.
class SessionModel : public QObject
{
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("made by the window")

    Q_PROPERTY(bool required READ isRequired CONSTANT)
    Q_PROPERTY(bool locked READ isLocked NOTIFY changed)
    Q_PROPERTY(bool busy READ isBusy NOTIFY changed) ///< a badge or PIN is being looked up
    Q_PROPERTY(QString person READ person NOTIFY changed)
    Q_PROPERTY(QString roleText READ roleText NOTIFY changed)
    Q_PROPERTY(bool technician READ isTechnician NOTIFY changed) ///< may do a technician's work
    Q_PROPERTY(bool supervisor READ isSupervisor NOTIFY changed)
    Q_PROPERTY(QString fault READ fault NOTIFY changed)                    ///< why the last try did not count
    Q_PROPERTY(QStringList names READ names NOTIFY changed)                ///< of those who have a PIN
    Q_PROPERTY(QString selected READ selected WRITE select NOTIFY changed) ///< whose PIN is awaited

public:
    explicit SessionModel(LoginSettings settings, QObject* parent = nullptr);
    /// Waits for a look-up that is under way.
    ~SessionModel() override;

    [[nodiscard]] bool isRequired() const { return m_settings.required; }
    [[nodiscard]] bool isLocked() const { return m_settings.required && !m_person; }
    [[nodiscard]] bool isBusy() const { return m_isBusy; }
    [[nodiscard]] QString person() const { return m_person ? QString::fromStdString(m_person->name) : QString(); }
    [[nodiscard]] QString roleText() const;
    [[nodiscard]] bool isTechnician() const { return mayAct(Role::Technician); }
    [[nodiscard]] bool isSupervisor() const { return mayAct(Role::Supervisor); }
    [[nodiscard]] QString fault() const;
    [[nodiscard]] QStringList names() const { return m_names; }
    [[nodiscard]] QString selected() const { return m_selected; }

    Q_INVOKABLE void select(const QString& name);
    /// Somebody goes. Ignored without a login.
    Q_INVOKABLE void lock();

    /// @return whether the scan was a badge, or had to be one
    bool takeScan(const QString& text);
    /// @return whether the text was a PIN, or had to be one
    bool takeTyping(const QString& text);
    /// A key, a touch or a run: the station is not left alone.
    void noteActivity();
    /// While a vehicle is in work nobody is locked out.
    void setRunning(bool running);
    void retranslate() { Q_EMIT changed(); }

Q_SIGNALS:
    void changed();

private:
    [[nodiscard]] bool mayAct(Role role) const;
    void lookUp(std::function<gateway::Result<Person>()> question);
    void take(const gateway::Result<Person>& found);
    void readNames();
    void record(const Person& person, const char* what);

    LoginSettings m_settings;
    std::optional<Person> m_person;
    std::optional<gateway::Error> m_fault;
    bool m_pinWithoutName = false;
    bool m_isBusy = false;
    bool m_isRunning = false;
    QStringList m_names;
    QString m_selected;
    QTimer m_idle;
    QThread m_thread;
    QObject* m_worker; ///< lives in m_thread, deleted with it
};

} // namespace station
