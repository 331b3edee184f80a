#include "ui/run_model.h"

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
    const auto vin = m_settings.readLabel(text.toStdString());
    if (!vin) {
        refuseScan(vin.error(), text);
        return;
    }
    const auto now = m_settings.now();
    const bool isSame = m_vin && *m_vin == *vin;
    if (m_state == Running) {
        // A trigger held until after the verdict must not start the same vehicle again.
        if (isSame) m_scannedAt = now;
        if (isSame)
            setNotice({{QStringLiteral("title"), tr("Already running")},
                       {QStringLiteral("text"), tr("This vehicle is in work.")}});
        else
            setNotice({{QStringLiteral("title"), tr("Scan refused")},
                       {QStringLiteral("text"), tr("Another vehicle is in work. Wait, then scan again.")}});
        return;
    }
    if (isSame && now - m_scannedAt < kDoubleScan) {
        m_scannedAt = now;
        setNotice({{QStringLiteral("title"), tr("Double scan ignored")},
                   {QStringLiteral("text"), tr("This vehicle was scanned a moment ago.")}});
        return;
    }
    m_scannedAt = now;
    start(*vin);
}

void RunModel::retry()
{
    if (m_state == StationFault && m_vin) start(*m_vin);
}

void RunModel::dismiss()
{
    setNotice({});
    if (m_state == Running || m_state == Ready) return;
    keepLastResult();
    m_state = Ready;
    Q_EMIT stateChanged();
}

void RunModel::refuseScan(const gateway::Error& error, const QString& text)
{
    const ScanFaultText fault = scanFaultText(error, text);
    setNotice({{QStringLiteral("title"), tr("Not a VIN")},
               {QStringLiteral("text"), fault.rule},
               {QStringLiteral("shown"), fault.shown},
               {QStringLiteral("position"), fault.position}});
}

void RunModel::start(const gateway::Vin& vin)
{
    keepLastResult();
    m_vin = vin;
    m_result.reset();
    m_headline.clear();
    m_happened.clear();
    m_toDo.clear();
    m_code.clear();
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
    const FailureText text = failureText(result);
    m_headline = result.outcome == Outcome::Provisioned ? tr("PASS") : text.headline;
    m_happened = text.happened;
    m_toDo = text.toDo;
    m_code = text.code;
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
}

void RunModel::keepLastResult()
{
    if (!m_result) return;
    m_lastResult = {{QStringLiteral("word"), m_headline},
                    {QStringLiteral("good"), m_result->outcome == Outcome::Provisioned},
                    {QStringLiteral("vin"), groupedVin(textOf(m_result->vin))},
                    {QStringLiteral("serial"), serial()},
                    {QStringLiteral("time"), m_finishedAt.toString(QStringLiteral("HH:mm:ss"))}};
}

void RunModel::setNotice(const QVariantMap& notice)
{
    if (m_notice == notice) return;
    m_notice = notice;
    Q_EMIT noticeChanged();
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
