#include "ui/self_test_model.h"

#include <utility>

namespace station {
namespace {

QString plain(const std::string& text)
{
    return QString::fromStdString(text);
}

} // namespace

SelfTestModel::SelfTestModel(SelfTest test, std::function<QDateTime()> now, QObject* parent)
    : QObject(parent), m_test(std::move(test)), m_now(std::move(now))
{
    if (!m_now) m_now = [] { return QDateTime::currentDateTime(); };
}

void SelfTestModel::start()
{
    if (!isAvailable() || m_isBusy) return;
    m_isBusy = true;
    m_tasks.ask<std::vector<SelfCheck>>(
        [this]() -> gateway::Result<std::vector<SelfCheck>> { return m_test(); },
        [this](const auto& checks) {
            m_isBusy = false;
            m_ranAt = m_now().toString(QStringLiteral("HH:mm:ss"));
            m_checks = checks.value_or(std::vector<SelfCheck>{{"journal", SelfCheck::State::Bad, "unexpected"}});
            Q_EMIT changed();
        });
    Q_EMIT changed();
}

void SelfTestModel::scanned(const QString& text, bool byScanner)
{
    m_scan = Scan{text, byScanner};
    Q_EMIT changed();
}

QString SelfTestModel::nameOf(const SelfCheck& check)
{
    if (check.what == "bus") return tr("Vehicle bus of slot %1").arg(plain(check.value));
    if (check.what == "gateway") return tr("Certificate service");
    if (check.what == "clock") return tr("Clock");
    if (check.what == "disk") return tr("Disk");
    return tr("Journal");
}

QString SelfTestModel::textOf(const SelfCheck& check)
{
    using State = SelfCheck::State;
    if (check.what == "bus") {
        if (check.state == State::Good) return tr("ready");
        return check.state == State::Bad ? tr("not there or switched off") : tr("only a vehicle can tell");
    }
    if (check.what == "clock")
        return check.state == State::Good ? tr("kept right by the network") : tr("not kept right by the network");
    if (check.what == "gateway" && check.state == State::Warning) return tr("a backup is in use");
    if (check.what == "disk" && !check.value.ends_with("MB"))
        return tr("cannot be written") + QStringLiteral(": ") + plain(check.value);
    if (check.what == "disk") return tr("%1 free").arg(plain(check.value));
    return check.state == State::Good ? tr("ready") : plain(check.value);
}

QVariantList SelfTestModel::checks() const
{
    QVariantList rows;
    for (const SelfCheck& check : m_checks) {
        const char* mark = check.state == SelfCheck::State::Good  ? "check"
                           : check.state == SelfCheck::State::Bad ? "cross"
                                                                  : "warning";
        rows << QVariantMap{{QStringLiteral("name"), nameOf(check)},
                            {QStringLiteral("text"), textOf(check)},
                            {QStringLiteral("mark"), QString::fromLatin1(mark)}};
    }
    return rows;
}

QVariantMap SelfTestModel::scanner() const
{
    const auto told = [&](const char* mark, const QString& text) {
        return QVariantMap{{QStringLiteral("mark"), QString::fromLatin1(mark)},
                           {QStringLiteral("text"), text},
                           {QStringLiteral("shown"), m_scan ? m_scan->text.left(32) : QString()}};
    };
    if (!m_scan) return told("waiting", tr("Scan the code of the technician guide."));
    switch (KeyboardCheck::judge(m_scan->text)) {
    case KeyboardCheck::Fault::None:
        if (m_scan->byScanner) return told("check", tr("Everything arrives as it is printed."));
        return told("warning",
                    tr("Everything arrives, but slowly as if typed: switch off the scanner's pauses between keys."));
    case KeyboardCheck::Fault::SwappedYZ:
        return told(
            "cross",
            tr("Y and Z are swapped: the station expects a German keyboard, the scanner types an English one."));
    case KeyboardCheck::Fault::FrenchDigits:
        return told("cross", tr("Digits arrive as other characters: the station expects a French keyboard."));
    case KeyboardCheck::Fault::CapsLock:
        return told("cross", tr("Letters arrive in lower case: switch Caps Lock off."));
    case KeyboardCheck::Fault::Punctuation:
        return told("cross", tr("Letters and digits are right, other characters are not: set the same keyboard layout "
                                "in scanner and station."));
    case KeyboardCheck::Fault::Other:
        return told("cross", tr("This is not the code of the technician guide, or characters got lost."));
    }
    return {};
}

} // namespace station
