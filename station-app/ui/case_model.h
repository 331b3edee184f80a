#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <QAbstractListModel>
#include <QDateTime>
#include <QStringList>
#include <QThread>
#include <QTimer>
#include <QVariantList>
#include <QVariantMap>
#include <qqmlregistration.h>

#include "flow/cases.h"

namespace station {

/// How the window reaches the queue; the calls run in a thread of their own and may block.
struct CaseServices
{
    std::function<gateway::Result<void>(const RunResult& result)> open{};
    std::function<gateway::Result<void>(const gateway::Vin& vin)> closePassed{};
    std::function<gateway::Result<std::vector<Case>>()> listOpen{};
    std::function<gateway::Result<void>(std::int64_t id, const std::string& person)> take{};
    std::function<gateway::Result<void>(std::int64_t id, const std::string& person, Resolution resolution)> close{};
};

/// The vehicles that wait for a technician, oldest first, and the one that is looked at.
class CaseModel : public QAbstractListModel
{
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("made by the window")

    Q_PROPERTY(bool available READ isAvailable CONSTANT)
    Q_PROPERTY(int count READ count NOTIFY changed)
    Q_PROPERTY(int untaken READ untaken NOTIFY changed)
    Q_PROPERTY(QString fault READ fault NOTIFY changed) ///< why the last action did not work; "" it did
    /// The case that is looked at; empty: none. vin, headline, happened, step, code, detail, waiting, takenBy,
    /// remedies.
    Q_PROPERTY(QVariantMap detail READ detail NOTIFY changed)
    /// Of that case: maps of time, request, bytes, meaning, isBad.
    Q_PROPERTY(QVariantList transcript READ transcript NOTIFY changed)
    Q_PROPERTY(QVariantList resolutions READ resolutions NOTIFY changed) ///< maps of code, text

public:
    enum Role { VinRole = Qt::UserRole + 1, HappenedRole, SlotRole, WaitingRole, TakenByRole };

    /// @param now  the system's time when empty
    explicit CaseModel(CaseServices services, std::function<QDateTime()> now = {}, QObject* parent = nullptr);
    /// Waits for an action that is under way.
    ~CaseModel() override;

    [[nodiscard]] bool isAvailable() const { return static_cast<bool>(m_services.listOpen); }
    [[nodiscard]] int count() const { return static_cast<int>(m_cases.size()); }
    [[nodiscard]] int untaken() const;
    [[nodiscard]] QString fault() const;
    [[nodiscard]] QVariantMap detail() const;
    [[nodiscard]] QVariantList transcript() const;
    [[nodiscard]] QVariantList resolutions() const;

    /// A run has ended: a unit that failed or a refusal becomes a case, a vehicle that passed ends its own.
    void onFinished(const RunResult& result);
    /// What the operator is told of a vehicle's case, "" without one: "Technician called, waiting 42 min", "Ada has
    /// taken it"; after a call that did not get through, why.
    [[nodiscard]] QString standingOf(const gateway::Vin& vin) const;

    Q_INVOKABLE void refresh();
    Q_INVOKABLE void select(int row);
    Q_INVOKABLE void deselect();
    /// @param person  who acts; "" where nobody has to log in
    Q_INVOKABLE void take(const QString& person);
    Q_INVOKABLE void close(const QString& person, const QString& resolution);
    /// The operator calls for a vehicle whose run ended with a fault of the station.
    void call(const RunResult& result);
    void retranslate();

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QHash<int, QByteArray> roleNames() const override;

Q_SIGNALS:
    void changed();

private:
    /// @param action  empty: only looks
    void act(std::function<gateway::Result<void>()> action);
    void show(const std::optional<gateway::Result<void>>& done, const gateway::Result<std::vector<Case>>& cases);
    [[nodiscard]] const Case* selected() const;
    [[nodiscard]] QString waitingSince(const Case& entry) const;

    CaseServices m_services;
    std::function<QDateTime()> m_now;
    std::vector<Case> m_cases;
    std::optional<std::int64_t> m_selected;
    std::optional<gateway::Error> m_fault;
    QTimer m_tick;
    QThread m_thread;
    QObject* m_worker; ///< lives in m_thread, deleted with it
};

} // namespace station
