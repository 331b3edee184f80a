// v2c-scan-helper [--from PASS] PICTURE
//
// Decodes the barcodes of a picture in a process of its own, so that an assertion of the decoder or a hostile file
// costs one pass and not the station. Prints, line by line, as soon as known:
//   pass N            pass N of passes() begins
//   code FORMAT HEX   a text was read; HEX is its UTF-8
//   end               all passes are through
// Exit codes: 0 all passes ran, 2 no such file, 3 not a picture, 4 too large, 64 usage.
#include <cmath>
#include <cstdio>
#include <string>

#include <sys/resource.h>

#include <QCoreApplication>
#include <QFileInfo>
#include <QImageReader>
#include <QPainter>

#include "decoder.h"
#include "preparation.h"

namespace {

enum Exit { kDone = 0, kMissing = 2, kNotAPicture = 3, kTooLarge = 4, kUsage = 64 };

constexpr qint64 kLargestPixels = 64'000'000;
constexpr int kLargestMegabytes = 300; // 64 megapixels at 4 bytes, and a little

/// More pixels than this make a pass longer without making a label readable.
constexpr qint64 kWorkingPixels = 12'000'000;

void print(const std::string& line)
{
    std::fputs(line.c_str(), stdout);
    std::fflush(stdout);
}

int run(const QString& path, std::size_t firstPass)
{
    if (!QFileInfo(path).isFile() || !QFileInfo(path).isReadable()) return kMissing;
    QImageReader::setAllocationLimit(kLargestMegabytes);
    QImageReader reader(path);
    reader.setDecideFormatFromContent(true);
    reader.setAutoTransform(true);
    const QByteArray format = reader.format();
    if (format != "png" && format != "jpeg" && format != "bmp" && format != "pgm" && format != "ppm" && format != "pbm")
        return kNotAPicture;
    const QSize size = reader.size();
    if (!size.isValid()) return kNotAPicture;
    const qint64 pixels = qint64{size.width()} * size.height();
    if (pixels > kLargestPixels) return kTooLarge;
    QImage picture = reader.read();
    if (picture.isNull()) return kNotAPicture;
    if (picture.hasAlphaChannel()) {
        // A label exported without a background is black on transparent, and transparent black is black.
        QImage opaque(picture.size(), QImage::Format_RGB32);
        opaque.fill(Qt::white);
        QPainter(&opaque).drawImage(0, 0, picture);
        picture = opaque;
    }
    QImage luminance = picture.convertToFormat(QImage::Format_Grayscale8);
    if (pixels > kWorkingPixels) {
        const double factor = std::sqrt(static_cast<double>(kWorkingPixels) / static_cast<double>(pixels));
        luminance = luminance.scaled(luminance.size() * factor, Qt::KeepAspectRatio, Qt::SmoothTransformation)
                        .convertToFormat(QImage::Format_Grayscale8);
    }
    for (std::size_t i = firstPass; i < scan::passes().size(); ++i) {
        print("pass " + std::to_string(i) + "\n");
        const scan::Pass pass = scan::passes()[i];
        for (const auto& reading : scan::decode(scan::prepared(luminance, pass.preparation), pass.family))
            print("code " + reading.format + " " + QByteArray::fromStdString(reading.text).toHex().toStdString() +
                  "\n");
    }
    print("end\n");
    return kDone;
}

} // namespace

int main(int argc, char** argv)
{
    // A core file would keep the picture, and with it a VIN, on the disk.
    const rlimit noCore{0, 0};
    setrlimit(RLIMIT_CORE, &noCore);

    QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    std::size_t firstPass = 0;
    if (arguments.size() == 4 && arguments[1] == QStringLiteral("--from")) {
        bool isNumber = false;
        firstPass = arguments[2].toUInt(&isNumber);
        if (!isNumber) return kUsage;
    } else if (arguments.size() != 2) {
        std::fputs("usage: v2c-scan-helper [--from PASS] PICTURE\n", stderr);
        return kUsage;
    }
    return run(arguments.last(), firstPass);
}
