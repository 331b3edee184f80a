#include "ui/scan_input.h"

#include <QKeyEvent>

namespace station {
namespace {

constexpr int kForgetAfterMs = 5000;
constexpr int kScanEndingMs = 300;

} // namespace

ScanInput::ScanInput(QObject* parent) : QObject(parent)
{
    m_forget.setSingleShot(true);
    m_forget.setInterval(kForgetAfterMs);
    connect(&m_forget, &QTimer::timeout, this, [this] { setPending({}); });
    m_scanEnding.setSingleShot(true);
    m_scanEnding.setInterval(kScanEndingMs);
}

bool ScanInput::eventFilter(QObject* watched, QEvent* event)
{
    // A key reaches the window first and the focused item after it; counting both would double each character.
    if (event->type() != QEvent::KeyPress || !watched->isWindowType()) return QObject::eventFilter(watched, event);
    return onKey(*static_cast<QKeyEvent*>(event));
}

bool ScanInput::onKey(const QKeyEvent& key)
{
    switch (key.key()) {
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Tab:
        if (!m_pending.isEmpty()) {
            const QString scan = m_pending;
            setPending({});
            m_scanEnding.start();
            Q_EMIT scanned(scan);
        } else if (key.key() != Qt::Key_Tab && !m_scanEnding.isActive() && !key.isAutoRepeat()) {
            Q_EMIT primaryPressed();
        }
        return true;
    case Qt::Key_Escape:
        if (m_pending.isEmpty())
            Q_EMIT backPressed();
        else
            setPending({});
        return true;
    case Qt::Key_Backspace:
        setPending(m_pending.chopped(m_pending.isEmpty() ? 0 : 1));
        return true;
    default:
        break;
    }
    if (key.text().isEmpty()) return false;
    if (key.modifiers() & (Qt::AltModifier | Qt::MetaModifier)) return false;
    if (m_pending.size() < kLongestScan) setPending(m_pending + key.text());
    return true;
}

void ScanInput::setPending(const QString& text)
{
    if (text.isEmpty())
        m_forget.stop();
    else
        m_forget.start();
    if (text == m_pending) return;
    m_pending = text;
    Q_EMIT pendingChanged();
}

} // namespace station
