#include "ui/scan_input.h"

#include <algorithm>
#include <limits>

#include <QKeyEvent>

namespace station {
namespace {

constexpr int kForgetAfterMs = 30'000; // a person types a VIN in less
constexpr int kScanEndingMs = 300;
constexpr qsizetype kVinLength = 17;

} // namespace

ScanInput::ScanInput(Clock clock, QObject* parent) : QObject(parent), m_clock(std::move(clock))
{
    m_forget.setSingleShot(true);
    m_forget.setInterval(kForgetAfterMs);
    connect(&m_forget, &QTimer::timeout, this, [this] { setPending({}); });
    m_silence.setSingleShot(true);
    m_silence.setInterval(kSilenceMs);
    connect(&m_silence, &QTimer::timeout, this, [this] {
        if (m_pending.size() >= kVinLength && hasScanRhythm()) finish();
    });
    m_scanEnding.setSingleShot(true);
    m_scanEnding.setInterval(kScanEndingMs);
}

void ScanInput::setFormOpen(bool open)
{
    if (open == m_formOpen) return;
    m_formOpen = open;
    setPending({});
    Q_EMIT formOpenChanged();
}

bool ScanInput::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::MouseButtonPress || event->type() == QEvent::TouchBegin ||
        event->type() == QEvent::KeyPress)
        Q_EMIT activity();
    // A key reaches the window first and the focused item after it; counting both would double each character.
    if (event->type() != QEvent::KeyPress || !watched->isWindowType()) return QObject::eventFilter(watched, event);
    return onKey(*static_cast<QKeyEvent*>(event));
}

bool ScanInput::onKey(const QKeyEvent& key)
{
    if (key.key() >= Qt::Key_F1 && key.key() <= Qt::Key_F12) {
        if (!key.isAutoRepeat()) Q_EMIT functionPressed(key.key() - Qt::Key_F1 + 1);
        return true;
    }
    if (m_formOpen) {
        if (key.key() != Qt::Key_Escape) return false;
        Q_EMIT backPressed();
        return true;
    }
    switch (key.key()) {
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Tab:
        if (!m_pending.isEmpty()) {
            finish();
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
        erase();
        return true;
    default:
        break;
    }
    if (key.text().isEmpty()) return false;
    if (key.modifiers() & (Qt::AltModifier | Qt::MetaModifier)) return false;
    if (m_pending.size() >= kLongestScan) return true;
    // The event's own time: a busy GUI thread must not make a scan look slow.
    const qint64 now = m_clock ? m_clock() : static_cast<qint64>(key.timestamp());
    if (!m_pending.isEmpty())
        m_gaps.push_back(static_cast<int>(std::clamp<qint64>(now - m_lastKeyAt, 0, std::numeric_limits<int>::max())));
    m_lastKeyAt = now;
    setPending(m_pending + key.text());
    m_silence.start();
    return true;
}

void ScanInput::enter(const QString& text)
{
    if (m_pending.size() < kLongestScan) setPending(m_pending + text);
    m_wasCorrected = true; // no rhythm to judge
}

void ScanInput::erase()
{
    m_wasCorrected = true;
    setPending(m_pending.chopped(m_pending.isEmpty() ? 0 : 1));
}

void ScanInput::submit()
{
    if (!m_pending.isEmpty()) finish();
}

bool ScanInput::hasScanRhythm() const
{
    if (m_wasCorrected || m_pending.size() < kShortestScan || m_gaps.empty()) return false;
    std::vector<int> gaps = m_gaps;
    const auto middle = gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() / 2);
    std::nth_element(gaps.begin(), middle, gaps.end());
    return *middle <= kScanMedianMs && *std::max_element(gaps.begin(), gaps.end()) <= kScanGapMs;
}

void ScanInput::finish()
{
    const QString text = m_pending;
    const bool isScan = hasScanRhythm();
    m_lastGaps = m_gaps;
    setPending({});
    m_scanEnding.start();
    if (isScan)
        Q_EMIT scanned(text);
    else
        Q_EMIT typed(text);
}

void ScanInput::setPending(const QString& text)
{
    if (text.isEmpty()) {
        m_forget.stop();
        m_silence.stop();
        m_gaps.clear();
        m_wasCorrected = false;
    } else {
        m_forget.start();
    }
    if (text == m_pending) return;
    m_pending = text;
    Q_EMIT pendingChanged();
}

} // namespace station
