#include "ui/step_list_model.h"

#include <QCoreApplication>
#include <QLocale>

namespace station {

QString stepName(StepId step)
{
    switch (step) {
    case StepId::OpenSession:
        return QCoreApplication::translate("Step", "Connect to the unit");
    case StepId::ReadVin:
        return QCoreApplication::translate("Step", "Compare the VIN");
    case StepId::RequestCsr:
        return QCoreApplication::translate("Step", "Create the key");
    case StepId::CertifyKey:
        return QCoreApplication::translate("Step", "Prove the key");
    case StepId::IssueCertificate:
        return QCoreApplication::translate("Step", "Sign the certificate");
    case StepId::InstallCertificate:
        return QCoreApplication::translate("Step", "Install the certificate");
    case StepId::VerifyCertificate:
        return QCoreApplication::translate("Step", "Check what was installed");
    case StepId::ReportProvisioned:
        return QCoreApplication::translate("Step", "Report the result");
    }
    return {};
}

QString durationText(std::chrono::milliseconds duration)
{
    const auto total = duration.count();
    if (total < 60'000)
        return QCoreApplication::translate("Duration", "%1 s")
            .arg(QLocale().toString(static_cast<double>(total) / 1000.0, 'f', 1));
    const auto seconds = total / 1000;
    return QCoreApplication::translate("Duration", "%1 min %2 s")
        .arg(seconds / 60)
        .arg(seconds % 60, 2, 10, QLatin1Char('0'));
}

StepListModel::StepListModel(QObject* parent) : QAbstractListModel(parent)
{
    restart();
}

void StepListModel::restart()
{
    beginResetModel();
    m_isOver = false;
    m_steps.clear();
    for (std::size_t i = 0; i < kStepCount; ++i) {
        StepRecord record;
        record.step = static_cast<StepId>(i);
        m_steps.push_back(record);
    }
    endResetModel();
}

void StepListModel::update(const StepRecord& record)
{
    const auto row = static_cast<std::size_t>(record.step);
    if (row >= m_steps.size()) return;
    m_steps[row] = record;
    const QModelIndex changed = index(static_cast<int>(row));
    Q_EMIT dataChanged(changed, changed);
}

void StepListModel::finish(bool failed)
{
    m_isOver = true;
    for (StepRecord& step : m_steps)
        if (failed && step.state == StepState::Running) step.state = StepState::Failed;
    Q_EMIT dataChanged(index(0), index(rowCount() - 1));
}

int StepListModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_steps.size());
}

QVariant StepListModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const StepRecord& step = m_steps[static_cast<std::size_t>(index.row())];
    const bool wasSkipped = m_isOver && step.state == StepState::Waiting;
    switch (role) {
    case NameRole:
        return stepName(step.step);
    case StateRole:
        switch (step.state) {
        case StepState::Waiting:
            return wasSkipped ? QStringLiteral("skipped") : QStringLiteral("waiting");
        case StepState::Running:
            return QStringLiteral("running");
        case StepState::Done:
            return QStringLiteral("done");
        case StepState::Failed:
            return QStringLiteral("failed");
        }
        return {};
    case StateTextRole:
        switch (step.state) {
        case StepState::Waiting:
            return wasSkipped ? tr("skipped") : tr("waiting");
        case StepState::Running:
            return step.attempt > 1 ? tr("retry %1 of %2").arg(step.attempt).arg(step.maxAttempts) : tr("running");
        case StepState::Done:
            return tr("done");
        case StepState::Failed:
            return tr("failed");
        }
        return {};
    case TimeTextRole:
        return step.state == StepState::Waiting || step.elapsed.count() == 0 ? QString() : durationText(step.elapsed);
    default:
        return {};
    }
}

QHash<int, QByteArray> StepListModel::roleNames() const
{
    return {{NameRole, "name"}, {StateRole, "state"}, {StateTextRole, "stateText"}, {TimeTextRole, "timeText"}};
}

} // namespace station
