#include "preparation.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <QPainter>
#include <QTransform>

namespace scan {
namespace {

/// Above this an upscaled copy costs more time than a pass has, and its modules are large enough already.
constexpr qint64 kLargestUpscaledPixels = 3'000'000;

template <typename Function>
QImage mapped(const QImage& image, Function function)
{
    std::array<uchar, 256> table{};
    for (std::size_t level = 0; level < table.size(); ++level)
        table[level] = function(static_cast<int>(level));
    QImage result(image.size(), QImage::Format_Grayscale8);
    for (int y = 0; y < image.height(); ++y) {
        const uchar* from = image.constScanLine(y);
        std::transform(from, from + image.width(), result.scanLine(y), [&](uchar level) { return table[level]; });
    }
    return result;
}

QImage inverted(const QImage& image)
{
    return mapped(image, [](int level) { return static_cast<uchar>(255 - level); });
}

QImage darkened(const QImage& image)
{
    return mapped(image, [](int level) { return static_cast<uchar>(std::lround(255.0 * std::pow(level / 255.0, 3))); });
}

QImage upscaled(const QImage& image)
{
    if (qint64{image.width()} * image.height() > kLargestUpscaledPixels) return image;
    return image.scaled(image.size() * 2, Qt::IgnoreAspectRatio, Qt::SmoothTransformation)
        .convertToFormat(QImage::Format_Grayscale8);
}

/// Spreads what lies between the darkest and the brightest hundredth of the pixels.
QImage stretched(const QImage& image)
{
    std::array<qint64, 256> count{};
    for (int y = 0; y < image.height(); ++y) {
        const uchar* line = image.constScanLine(y);
        for (int x = 0; x < image.width(); ++x)
            ++count[line[x]];
    }
    const qint64 hundredth = qint64{image.width()} * image.height() / 100;
    int darkest = 0;
    for (qint64 below = count[0]; below <= hundredth && darkest < 254;)
        below += count[static_cast<std::size_t>(++darkest)];
    int brightest = 255;
    for (qint64 above = count[255]; above <= hundredth && brightest > darkest + 1;)
        above += count[static_cast<std::size_t>(--brightest)];
    return mapped(image, [&](int level) {
        return static_cast<uchar>(std::clamp((level - darkest) * 255 / (brightest - darkest), 0, 255));
    });
}

/// Unsharp mask with a 3x3 mean.
QImage sharpened(const QImage& image)
{
    QImage result = image;
    for (int y = 1; y + 1 < image.height(); ++y) {
        const uchar* above = image.constScanLine(y - 1);
        const uchar* here = image.constScanLine(y);
        const uchar* below = image.constScanLine(y + 1);
        uchar* to = result.scanLine(y);
        for (int x = 1; x + 1 < image.width(); ++x) {
            int sum = 0;
            for (int i = x - 1; i <= x + 1; ++i)
                sum += above[i] + here[i] + below[i];
            to[x] = static_cast<uchar>(std::clamp(here[x] + 2 * (here[x] - sum / 9), 0, 255));
        }
    }
    return result;
}

QImage turned(const QImage& image, double degrees)
{
    QTransform rotation;
    rotation.rotate(degrees);
    const QImage rotated =
        image.convertToFormat(QImage::Format_ARGB32_Premultiplied).transformed(rotation, Qt::SmoothTransformation);
    QImage result(rotated.size(), QImage::Format_RGB32);
    result.fill(Qt::white);
    QPainter(&result).drawImage(0, 0, rotated);
    return result.convertToFormat(QImage::Format_Grayscale8);
}

} // namespace

const std::vector<Pass>& passes()
{
    using P = Preparation;
    static const std::vector<Pass> all{
        {P::Plain, Family::Linear},      {P::Plain, Family::Matrix},
        {P::Inverted, Family::Linear},   {P::Inverted, Family::Matrix},
        {P::Upscaled, Family::Linear},   {P::Darkened, Family::Linear},
        {P::Sharpened, Family::Linear},  {P::InvertedUpscaled, Family::Linear},
        {P::TurnedBy15, Family::Linear}, {P::TurnedBy345, Family::Linear},
        {P::TurnedBy30, Family::Linear}, {P::TurnedBy330, Family::Linear},
        {P::Stretched, Family::Matrix},  {P::Upscaled, Family::Matrix},
        {P::Darkened, Family::Matrix},   {P::Sharpened, Family::Matrix},
    };
    return all;
}

QImage prepared(const QImage& luminance, Preparation preparation)
{
    switch (preparation) {
    case Preparation::Plain:
        return luminance;
    case Preparation::Inverted:
        return inverted(luminance);
    case Preparation::Upscaled:
        return upscaled(luminance);
    case Preparation::Darkened:
        return darkened(luminance);
    case Preparation::Sharpened:
        return sharpened(luminance);
    case Preparation::Stretched:
        return stretched(luminance);
    case Preparation::InvertedUpscaled:
        return upscaled(inverted(luminance));
    case Preparation::TurnedBy15:
        return turned(luminance, 15);
    case Preparation::TurnedBy345:
        return turned(luminance, -15);
    case Preparation::TurnedBy30:
        return turned(luminance, 30);
    case Preparation::TurnedBy330:
        return turned(luminance, -30);
    }
    return luminance;
}

} // namespace scan
