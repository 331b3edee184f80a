#pragma once

#include <algorithm>
#include <cmath>

#include <QFontMetricsF>
#include <QHash>
#include <QImage>
#include <QQuickItem>
#include <QQuickWindow>
#include <QStringList>

/// What is wrong with the texts and boxes of a window that is shown: measured, not guessed from its layout.
namespace legibility {

inline double luminance(const QColor& color)
{
    const auto linear = [](double channel) {
        return channel <= 0.03928 ? channel / 12.92 : std::pow((channel + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF());
}

/// WCAG 2.2: 1 to 21.
inline double contrast(const QColor& a, const QColor& b)
{
    const double high = std::max(luminance(a), luminance(b));
    const double low = std::min(luminance(a), luminance(b));
    return (high + 0.05) / (low + 0.05);
}

/// A few thousand pixels tell the ground of a text as well as all of them.
inline QColor mostFrequent(const QImage& image, const QRect& area)
{
    constexpr double mostLooked = 4000;
    const double pixels = static_cast<double>(area.width()) * area.height();
    const int stride = std::max(1, static_cast<int>(std::sqrt(pixels / mostLooked)));
    QHash<QRgb, int> count;
    for (int y = area.top(); y <= area.bottom(); y += stride)
        for (int x = area.left(); x <= area.right(); x += stride)
            ++count[image.pixel(x, y)];
    QRgb best = 0;
    for (auto it = count.cbegin(); it != count.cend(); ++it)
        if (it.value() > count.value(best)) best = it.key();
    return QColor::fromRgb(best);
}

struct Shown
{
    QList<QQuickItem*> texts;
    QList<QQuickItem*> boxes; ///< rectangles, without those that draw a mark or a pattern
};

/// @param viewport  of the list that the item is in: what is scrolled out of it, or half out, is not judged
inline void collect(QQuickItem* item, Shown& shown, QRectF viewport = {})
{
    if (!item->isVisible() || item->opacity() == 0) return;
    const QByteArray type = item->metaObject()->className();
    if (type.startsWith("Mark_") || type.startsWith("Hatch_") || type.startsWith("ScrollBar")) return;
    const QRectF area = item->mapRectToScene(QRectF(0, 0, item->width(), item->height()));
    const bool isWhole = viewport.isNull() || viewport.adjusted(-1, -1, 1, 1).contains(area);
    if (isWhole && item->inherits("QQuickText") && !item->property("text").toString().isEmpty()) shown.texts << item;
    if (isWhole && item->inherits("QQuickRectangle")) shown.boxes << item;
    if (item->inherits("QQuickFlickable")) viewport = area;
    for (QQuickItem* child : item->childItems())
        collect(child, shown, viewport);
}

/// The first ancestor that the item sticks out of, nullptr when it lies in all of them: how a layout that has more
/// contents than room shows itself.
inline QQuickItem* overflowed(const QQuickItem* item, const QRectF& area)
{
    for (QQuickItem* outer = item->parentItem(); outer != nullptr; outer = outer->parentItem()) {
        const QRectF room = outer->mapRectToScene(QRectF(0, 0, outer->width(), outer->height()));
        if (!room.adjusted(-2, -2, 2, 2).contains(area)) return outer;
    }
    return nullptr;
}

/// Every text whole, inside what holds it, apart from the others, large enough for 700 mm and in contrast to what is
/// behind it; every box inside what holds it.
/// @param millimetre  pixels of a design millimetre
/// @return one line for each fault
inline QStringList faults(QQuickWindow* window, const QImage& picture, double millimetre)
{
    QStringList faults;
    Shown shown;
    collect(window->contentItem(), shown);
    if (shown.texts.size() < 4 || shown.boxes.size() < 2) faults << QStringLiteral("hardly anything is shown");
    for (QQuickItem* box : shown.boxes)
        if (overflowed(box, box->mapRectToScene(QRectF(0, 0, box->width(), box->height()))) != nullptr)
            faults << QStringLiteral("a box sticks out: ") + QString::fromLatin1(box->metaObject()->className());
    QList<std::pair<QRectF, QString>> painted;
    for (QQuickItem* text : shown.texts) {
        const QString words = text->property("text").toString();
        const auto fault = [&](const QString& what) { faults << what + QStringLiteral(": ") + words; };
        const double width = text->property("contentWidth").toDouble();
        const double height = text->property("contentHeight").toDouble();
        if (text->property("truncated").toBool()) fault(QStringLiteral("truncated"));
        if (width > text->width() + 1) fault(QStringLiteral("too wide"));
        if (height > text->height() + 1) fault(QStringLiteral("too high"));
        const int horizontal = text->property("effectiveHorizontalAlignment").toInt();
        const int vertical = text->property("verticalAlignment").toInt();
        const double left = (horizontal & Qt::AlignRight) != 0     ? text->width() - width
                            : (horizontal & Qt::AlignHCenter) != 0 ? (text->width() - width) / 2
                                                                   : 0;
        const double top = (vertical & Qt::AlignVCenter) != 0 ? (text->height() - height) / 2 : 0;
        const QRectF area = text->mapRectToScene(QRectF(left, top, width, height));
        if (!QRectF(QPointF(0, 0), window->size()).adjusted(-1, -1, 1, 1).contains(area))
            fault(QStringLiteral("outside the window"));
        if (overflowed(text, area) != nullptr) fault(QStringLiteral("sticks out"));
        for (const auto& [other, otherWords] : painted)
            if (other.adjusted(2, 2, -2, -2).intersects(area)) fault(QStringLiteral("overlaps “%1”").arg(otherWords));
        painted << std::pair{area, words};

        // 16 arcmin at 700 mm, ISO 9241-303. A fitted text may come out as small as its minimum.
        QFont font = text->property("font").value<QFont>();
        if (text->property("fontSizeMode").toInt() != 0)
            font.setPixelSize(std::min(font.pixelSize(), text->property("minimumPixelSize").toInt()));
        if (QFontMetricsF(font).capHeight() < 3.25 * millimetre) fault(QStringLiteral("too small"));
        const QColor ground = mostFrequent(picture, area.toRect().intersected(picture.rect()));
        const double reached = contrast(text->property("color").value<QColor>(), ground);
        if (reached < 4.5) fault(QStringLiteral("contrast %1 on %2").arg(reached).arg(ground.name()));
    }
    return faults;
}

} // namespace legibility
