#include "decoder.h"

#include <algorithm>

// ZXing 1.4 returns UTF-8 only on request; later versions always do.
#define ZX_USE_UTF8 1
#include <ZXing/ReadBarcode.h>
#if __has_include(<ZXing/ReaderOptions.h>)
#include <ZXing/ReaderOptions.h>
#define V2C_ZXING_HAS_READER_OPTIONS 1
#else
#define V2C_ZXING_HAS_READER_OPTIONS 0
#endif

#include <QPainter>

namespace scan {
namespace {

#if V2C_ZXING_HAS_READER_OPTIONS
using Options = ZXing::ReaderOptions;
#else
using Options = ZXing::DecodeHints;
#endif

/// Labels carry the VIN once or twice; more symbols than this in one picture are not a label.
constexpr int kMostSymbols = 6;

Options options(Family family)
{
    Options result;
    result.setTryHarder(true);
    result.setTryRotate(true);
    result.setTryDownscale(false); // may abort with two sizes of one linear code, zxing-cpp issue 740
    result.setMaxNumberOfSymbols(1);
    result.setMinLineCount(2);
    result.setFormats(family == Family::Linear ? ZXing::BarcodeFormat::Code39 | ZXing::BarcodeFormat::Code128
                                               : ZXing::BarcodeFormat::DataMatrix | ZXing::BarcodeFormat::QRCode |
                                                     ZXing::BarcodeFormat::PDF417);
#if V2C_ZXING_HAS_READER_OPTIONS
    result.setTextMode(ZXing::TextMode::Plain);
#if ZXING_VERSION_MAJOR < 3
    result.setTryCode39ExtendedMode(false);
#endif
    result.setTryInvert(false); // the inverted picture is a pass of its own
#else
    result.setTryCode39ExtendedMode(false);
#endif
    return result;
}

/// The rectangle of a symbol, with enough around it that a second try does not find the same bars: for a linear symbol
/// the position is only the line that was read.
QRect covering(const ZXing::Position& position)
{
    int left = position[0].x;
    int right = left;
    int top = position[0].y;
    int bottom = top;
    for (const auto& corner : position) {
        left = std::min(left, corner.x);
        right = std::max(right, corner.x);
        top = std::min(top, corner.y);
        bottom = std::max(bottom, corner.y);
    }
    const int margin = std::max(right - left, bottom - top) / 8 + 2;
    return QRect(QPoint(left, top), QPoint(right, bottom)).adjusted(-margin, -margin, margin, margin);
}

} // namespace

std::vector<Reading> decode(QImage luminance, Family family)
{
    const Options wanted = options(family);
    std::vector<Reading> readings;
    for (int i = 0; i < kMostSymbols; ++i) {
        const ZXing::ImageView view(luminance.constBits(), luminance.width(), luminance.height(),
                                    ZXing::ImageFormat::Lum, static_cast<int>(luminance.bytesPerLine()));
        const auto found = ZXing::ReadBarcodes(view, wanted);
        if (found.empty() || !found.front().isValid()) break;
        const auto& symbol = found.front();
        const std::string text = symbol.text();
        if (std::none_of(readings.begin(), readings.end(), [&](const Reading& r) { return r.text == text; }))
            readings.push_back({ZXing::ToString(symbol.format()), text});
        QPainter(&luminance).fillRect(covering(symbol.position()), Qt::white);
    }
    return readings;
}

} // namespace scan
