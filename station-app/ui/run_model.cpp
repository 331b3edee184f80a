#include "ui/run_model.h"

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

#include "ui/operator_text.h"

namespace station {
namespace {

constexpr int kTickMs = 100;

QString textOf(const gateway::Vin& vin)
{
    return QString::fromUtf8(vin.text().data(), static_cast<qsizetype>(vin.text().size()));
}

QVariantMap noticeOf(const QString& title, const QString& text, const QString& shown = {}, int position = -1)
{
    return {{QStringLiteral("title"), title},
            {QStringLiteral("text"), text},
            {QStringLiteral("shown"), shown},
            {QStringLiteral("position"), position}};
}

} // namespace

/// Carries progress from the thread of the run into the GUI thread.
class RunModel::Observer final : public RunObserver
{
public:
    explicit Observer(RunModel& model) : m_model(model) {}

    void onStep(const StepRecord& step) override
    {
        QMetaObject::invokeMethod(
            &m_model, [model = &m_model, step] { model->m_steps.update(step); }, Qt::QueuedConnection);
    }

private:
    RunModel& m_model;
};

RunModel::RunModel(Provisioner& provisioner, Settings settings, QObject* parent)
    : QObject(parent), m_provisioner(provisioner), m_settings(std::move(settings)), m_worker(new QObject)
{
    if (!m_settings.readLabel) m_settings.readLabel = gateway::Vin::fromLabel;
    if (!m_settings.wallClock) m_settings.wallClock = [] { return QDateTime::currentDateTime(); };
    m_tick.setInterval(kTickMs);
    connect(&m_tick, &QTimer::timeout, this, [this] {
        m_elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(m_settings.now() - m_startedAt);
        Q_EMIT elapsedChanged();
    });
    m_thread.setObjectName(QStringLiteral("provisioning"));
    m_worker->moveToThread(&m_thread);
    connect(&m_thread, &QThread::finished, m_worker, &QObject::deleteLater);
    m_thread.start();
}

RunModel::~RunModel()
{
    m_thread.quit();
    m_thread.wait();
}

void RunModel::scanned(const QString& text)
{
    m_typedOnce.reset();
    const auto vin = m_settings.readLabel(text.toStdString());
    if (!vin) {
        refuseScan(vin.error(), text);
        return;
    }
    take(*vin);
}

void RunModel::typed(const QString& text)
{
    if (m_settings.mayType && !m_settings.mayType()) {
        m_typedOnce.reset();
        setNotice([] { return noticeOf(tr("Typing does not count"), tr("Scan the label, or call a technician.")); });
        Q_EMIT scanRefused();
        return;
    }
    const auto vin = m_settings.readLabel(text.toStdString());
    if (!vin) {
        m_typedOnce.reset();
        refuseScan(vin.error(), text);
        return;
    }
    if (m_state == Running) {
        take(*vin);
    } else if (!m_typedOnce) {
        m_typedOnce = *vin;
        setNotice([vin = groupedVin(textOf(*vin))] {
            return noticeOf(tr("Typed once"), tr("Type the VIN a second time from the label."), vin);
        });
    } else if (*m_typedOnce != *vin) {
        const auto [one, other] = std::ranges::mismatch(m_typedOnce->text(), vin->text());
        const auto position = static_cast<int>(one - m_typedOnce->text().begin());
        m_typedOnce.reset();
        setNotice([shown = textOf(*vin), position] {
            return noticeOf(
                tr("Typed differently"),
                tr("Character %1 was another one the first time. Type the VIN again, twice.").arg(position + 1), shown,
                position);
        });
        Q_EMIT scanRefused();
    } else {
        m_typedOnce.reset();
        take(*vin);
    }
}

void RunModel::take(const gateway::Vin& vin)
{
    const auto now = m_settings.now();
    const bool isSame = m_vin && *m_vin == vin;
    if (m_state == Running) {
        // A trigger held until after the verdict must not start the same vehicle again.
        if (isSame) m_scannedAt = now;
        if (isSame)
            setNotice([] { return noticeOf(tr("Already running"), tr("This vehicle is in work.")); });
        else
            setNotice(
                [] { return noticeOf(tr("Scan refused"), tr("Another vehicle is in work. Wait, then scan again.")); });
        Q_EMIT scanRefused();
        return;
    }
    if (isSame && now - m_scannedAt < kDoubleScan) {
        m_scannedAt = now;
        setNotice([] { return noticeOf(tr("Double scan ignored"), tr("This vehicle was scanned a moment ago.")); });
        return;
    }
    if (appliedRule(m_settings.vinRules, vin) == CheckDigitRule::Confirm && m_toConfirm != vin) {
        m_toConfirm = vin;
        setNotice([vin = groupedVin(textOf(vin))] {
            return noticeOf(tr("Scan once more"), tr("The check digit does not fit: the second reading decides."), vin);
        });
        return;
    }
    m_toConfirm.reset();
    m_scannedAt = now;
    start(vin);
    Q_EMIT scanCounted();
}

void RunModel::retry()
{
    if (m_state == StationFault && m_vin) start(*m_vin);
}

void RunModel::callTechnician()
{
    if (m_state == Fail || m_state == Refused || m_state == StationFault) Q_EMIT technicianCalled();
}

void RunModel::setCaseStanding(const QString& standing)
{
    if (standing == m_caseStanding) return;
    m_caseStanding = standing;
    Q_EMIT caseStandingChanged();
}

void RunModel::dismiss()
{
    setNotice({});
    m_typedOnce.reset();
    m_toConfirm.reset();
    if (m_state == Running || m_state == Ready) return;
    keepLastResult();
    m_state = Ready;
    Q_EMIT stateChanged();
}

void RunModel::refuseScan(const gateway::Error& error, const QString& text)
{
    setNotice([error, text] {
        const ScanFaultText fault = scanFaultText(error, text);
        return noticeOf(tr("Not a VIN"), fault.rule, fault.shown, fault.position);
    });
    Q_EMIT scanRefused();
}

void RunModel::retranslate()
{
    m_steps.retranslate();
    Q_EMIT stateChanged();
    Q_EMIT noticeChanged();
    Q_EMIT elapsedChanged();
}

void RunModel::start(const gateway::Vin& vin)
{
    keepLastResult();
    m_vin = vin;
    m_result.reset();
    setCaseStanding({});
    m_steps.restart();
    m_startedAt = m_settings.now();
    m_elapsed = {};
    m_state = Running;
    m_tick.start();
    setNotice({});
    Q_EMIT elapsedChanged();
    Q_EMIT stateChanged();

    QMetaObject::invokeMethod(
        m_worker,
        [this, vin, slot = m_settings.slot] {
            Observer observer(*this);
            RunResult result{.vin = vin,
                             .transaction = gateway::TransactionId::fromBytes(
                                 std::array<std::uint8_t, gateway::TransactionId::kOctets>{})};
            try {
                result = m_provisioner.provision(vin, slot, observer);
            } catch (const std::exception&) {
                // The journal keeps the job; the operator must not look at "running" for ever.
                result.outcome = Outcome::StationFailed;
            }
            QMetaObject::invokeMethod(
                this, [this, result] { onFinished(result); }, Qt::QueuedConnection);
        },
        Qt::QueuedConnection);
}

void RunModel::onFinished(const RunResult& result)
{
    m_tick.stop();
    m_elapsed = result.elapsed.count() > 0
                    ? result.elapsed
                    : std::chrono::duration_cast<std::chrono::milliseconds>(m_settings.now() - m_startedAt);
    m_result = result;
    m_finishedAt = m_settings.wallClock();
    for (const StepRecord& step : result.steps)
        m_steps.update(step);
    m_steps.finish(result.outcome != Outcome::Provisioned);
    switch (result.outcome) {
    case Outcome::Provisioned:
        m_state = Pass;
        break;
    case Outcome::UnitFailed:
        m_state = Fail;
        break;
    case Outcome::StationFailed:
        m_state = StationFault;
        break;
    case Outcome::Refused:
        m_state = Refused;
        break;
    }
    setNotice({});
    Q_EMIT elapsedChanged();
    Q_EMIT stateChanged();
    Q_EMIT finished();
}

void RunModel::keepLastResult()
{
    if (m_result) m_lastResult = Kept{*m_result, m_finishedAt};
}

QVariantMap RunModel::lastResult() const
{
    if (!m_lastResult) return {};
    const RunResult& result = m_lastResult->result;
    const bool isGood = result.outcome == Outcome::Provisioned;
    return {{QStringLiteral("word"), isGood ? tr("PASS") : failureText(result).headline},
            {QStringLiteral("good"), isGood},
            {QStringLiteral("vin"), groupedVin(textOf(result.vin))},
            {QStringLiteral("serial"), result.serial ? QString::fromStdString(result.serial->text()) : QString()},
            {QStringLiteral("time"), m_lastResult->finishedAt.toString(QStringLiteral("HH:mm:ss"))}};
}

void RunModel::setNotice(std::function<QVariantMap()> notice)
{
    if (!notice && !m_notice) return;
    m_notice = std::move(notice);
    Q_EMIT noticeChanged();
}

QString RunModel::headline() const
{
    if (!m_result) return {};
    return m_result->outcome == Outcome::Provisioned ? tr("PASS") : failureText(*m_result).headline;
}

QString RunModel::happened() const
{
    return m_result ? failureText(*m_result).happened : QString();
}

QString RunModel::toDo() const
{
    return m_result ? failureText(*m_result).toDo : QString();
}

QString RunModel::code() const
{
    return m_result ? failureText(*m_result).code : QString();
}

QString RunModel::vin() const
{
    return m_vin ? groupedVin(textOf(*m_vin)) : QString();
}

QString RunModel::serial() const
{
    return m_result && m_result->serial ? QString::fromStdString(m_result->serial->text()) : QString();
}

bool RunModel::isReported() const
{
    return m_result && m_result->reported;
}

QVariantList RunModel::vinComparison() const
{
    if (m_state != Refused || !m_result) return {};
    const QString scanned = textOf(m_result->vin);
    const QString found = QString::fromStdString(m_result->unitVin);
    // A masked text has nothing to compare, one of another length no positions.
    if (found.size() != scanned.size() || found.contains(QLatin1Char('*')) || found == scanned) return {};
    QVariantList cells;
    for (qsizetype i = 0; i < scanned.size(); ++i)
        cells << QVariantMap{{QStringLiteral("scanned"), scanned.mid(i, 1)},
                             {QStringLiteral("found"), found.mid(i, 1)},
                             {QStringLiteral("differs"), scanned[i] != found[i]}};
    return cells;
}

} // namespace station
