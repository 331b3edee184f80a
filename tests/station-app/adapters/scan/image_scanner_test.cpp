#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

#include <QElapsedTimer>
#include <QFile>
#include <QImage>
#include <QImageWriter>
#include <QPainter>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include "scan/image_scanner.h"

namespace {

const QString kVin = QStringLiteral("5VXTC2E41SA000017");
using Change = std::function<QImage(const QImage&)>;

QString label(const char* name)
{
    return QStringLiteral(V2C_SOURCE_DIR "/resources/sample-labels/") + QString::fromLatin1(name);
}

/// A photograph is never as tight as a drawn label: white plate on grey.
QImage onPlate(const QImage& image, int margin = 120)
{
    QImage plate(image.size() + QSize(2 * margin, 2 * margin), QImage::Format_RGB32);
    plate.fill(QColor(150, 150, 150));
    QPainter painter(&plate);
    painter.fillRect(plate.rect().adjusted(margin - 20, margin - 20, 20 - margin, 20 - margin), Qt::white);
    painter.drawImage(margin, margin, image);
    return plate;
}

QImage turned(const QImage& image, double degrees)
{
    QTransform rotation;
    rotation.rotate(degrees);
    const QImage rotated =
        image.convertToFormat(QImage::Format_ARGB32_Premultiplied).transformed(rotation, Qt::SmoothTransformation);
    QImage result(rotated.size(), QImage::Format_RGB32);
    result.fill(QColor(150, 150, 150));
    QPainter(&result).drawImage(0, 0, rotated);
    return result;
}

QImage eachPixel(QImage image, const std::function<int(int)>& level)
{
    image = image.convertToFormat(QImage::Format_Grayscale8);
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x)
            image.scanLine(y)[x] = static_cast<uchar>(std::clamp(level(image.constScanLine(y)[x]), 0, 255));
    return image;
}

QImage noisy(const QImage& image, double deviation, unsigned seed = 1)
{
    std::mt19937 random(seed);
    std::normal_distribution<double> noise(0, deviation);
    return eachPixel(image, [&](int level) { return level + static_cast<int>(std::lround(noise(random))); });
}

QImage scaled(const QImage& image, double factor)
{
    return image.convertToFormat(QImage::Format_RGB32)
        .scaled((QSizeF(image.size()) * factor).toSize(), Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
}

QImage blurred(const QImage& image, double factor)
{
    return scaled(scaled(image, 1 / factor), factor);
}

} // namespace

class ImageScannerTest : public QObject
{
    Q_OBJECT

private:
    QTemporaryDir m_folder;

    [[nodiscard]] station::ScanSettings settings() const
    {
        station::ScanSettings result;
        result.helper = V2C_BIN_DIR "/v2c-scan-helper";
        // A loaded machine or a sanitizer must not turn a slow pass into a failed test.
        result.passTimeout = std::chrono::seconds(20);
        result.overallTimeout = std::chrono::seconds(120);
        return result;
    }

    [[nodiscard]] QString save(const QImage& image, const char* name = "picture.png") const
    {
        const QString path = m_folder.filePath(QString::fromLatin1(name));
        return image.save(path) ? path : QString();
    }

    /// A helper that behaves as the script says; $2 is the first pass, $3 the picture.
    [[nodiscard]] station::ScanSettings scriptedHelper(const QByteArray& script) const
    {
        const QString path = m_folder.filePath(QStringLiteral("helper.sh"));
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate)) return {};
        file.write("#!/bin/sh\n" + script);
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        auto result = settings();
        result.helper = path.toStdString();
        return result;
    }

    static QString outcome(const gateway::Result<gateway::Vin>& result)
    {
        return result ? QString::fromStdString(std::string(result->text()))
                      : QString::fromStdString(result.error().type);
    }

private Q_SLOTS:
    void initTestCase() { QVERIFY(m_folder.isValid()); }

    void readsTheSampleLabels_data()
    {
        QTest::addColumn<QString>("file");
        for (const char* name : {"vin-code39.png", "vin-code128.png", "vin-datamatrix.png", "vin-qr.png"})
            QTest::newRow(name) << label(name);
    }

    void readsTheSampleLabels()
    {
        QFETCH(const QString, file);
        QCOMPARE(outcome(station::scanVinFromImage(file.toStdString(), settings())), kVin);
    }

    void readsWhatACameraSees_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<Change>("change");
        const auto each = [](const char* change, const Change& function, bool linear = true, bool matrix = true) {
            if (linear) {
                QTest::addRow("Code 39, %s", change) << label("vin-code39.png") << function;
                QTest::addRow("Code 128, %s", change) << label("vin-code128.png") << function;
            }
            if (matrix) {
                QTest::addRow("Data Matrix, %s", change) << label("vin-datamatrix.png") << function;
                QTest::addRow("QR, %s", change) << label("vin-qr.png") << function;
            }
        };
        each("turned by 90", [](const QImage& i) { return turned(onPlate(i), 90); });
        each("upside down", [](const QImage& i) { return turned(onPlate(i), 180); });
        each("turned by 270", [](const QImage& i) { return turned(onPlate(i), 270); });
        each("askew by 4", [](const QImage& i) { return turned(onPlate(i), 4); });
        each("askew by 17", [](const QImage& i) { return turned(onPlate(i), 17); });
        each("askew by -28", [](const QImage& i) { return turned(onPlate(i), -28); });
        each("white on black", [](const QImage& i) { return eachPixel(i, [](int level) { return 255 - level; }); });
        each("half size", [](const QImage& i) { return scaled(onPlate(i), 0.5); });
        each("low contrast",
             [](const QImage& i) { return eachPixel(onPlate(i), [](int level) { return 120 + level / 8; }); });
        each("noisy", [](const QImage& i) { return noisy(onPlate(i), 25); });
        each("blurred", [](const QImage& i) { return blurred(onPlate(i), 2.2); });
        each("over-exposed", [](const QImage& i) {
            return eachPixel(blurred(onPlate(i), 1.5), [](int level) { return 150 + level / 2; });
        });
    }

    void readsWhatACameraSees()
    {
        QFETCH(const QString, file);
        QFETCH(const Change, change);
        const QString picture = save(change(QImage(file)));
        QCOMPARE(outcome(station::scanVinFromImage(picture.toStdString(), settings())), kVin);
    }

    void readsOtherFileFormats_data()
    {
        QTest::addColumn<QByteArray>("name");
        for (const char* name : {"label.jpg", "label.bmp", "label.ppm", "label.pgm", "png-named.jpg.png"})
            QTest::newRow(name) << QByteArray(name);
    }

    void readsOtherFileFormats()
    {
        QFETCH(const QByteArray, name);
        const QString picture = save(onPlate(QImage(label("vin-code39.png"))), name.constData());
        QVERIFY(!picture.isEmpty());
        QCOMPARE(outcome(station::scanVinFromImage(picture.toStdString(), settings())), kVin);
    }

    void readsALabelOnTransparentGround()
    {
        const QImage drawn = QImage(label("vin-code39.png")).convertToFormat(QImage::Format_Grayscale8);
        QImage transparent(drawn.size(), QImage::Format_ARGB32);
        for (int y = 0; y < drawn.height(); ++y)
            for (int x = 0; x < drawn.width(); ++x)
                transparent.setPixel(x, y, drawn.constScanLine(y)[x] < 128 ? qRgba(0, 0, 0, 255) : qRgba(0, 0, 0, 0));
        QCOMPARE(outcome(station::scanVinFromImage(save(transparent).toStdString(), settings())), kVin);
    }

    /// More and more noise: at some point the label is unreadable, and it must then be no VIN rather than another one.
    void neverReadsAWrongVin()
    {
        int read = 0;
        int refused = 0;
        const QImage drawn = scaled(onPlate(QImage(label("vin-code39.png")), 40), 0.6);
        for (unsigned seed = 0; seed < 12; ++seed) {
            const QImage spoiled = noisy(blurred(drawn, 1.2), 30 + 12 * seed, seed + 1);
            const auto result = station::scanVinFromImage(save(spoiled).toStdString(), settings());
            if (result) QCOMPARE(outcome(result), kVin);
            (result ? read : refused) += 1;
        }
        QVERIFY2(read > 0, "the series should begin readable");
        QVERIFY2(refused > 0, "the series should end unreadable");
    }

    void namesWhatIsWrongWithAPicture_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("type");
        const auto file = [this](const char* name, const QByteArray& content) {
            const QString path = m_folder.filePath(QString::fromLatin1(name));
            QFile out(path);
            if (out.open(QIODevice::WriteOnly)) out.write(content);
            return path;
        };
        const auto fileOf = [](const QString& path) {
            QFile in(path);
            return in.open(QIODevice::ReadOnly) ? in.readAll() : QByteArray();
        };
        const QByteArray png = fileOf(label("vin-code39.png"));
        QTest::newRow("no such file") << m_folder.filePath(QStringLiteral("absent.png"))
                                      << QStringLiteral("file-missing");
        QTest::newRow("folder") << m_folder.path() << QStringLiteral("file-missing");
        QTest::newRow("empty file") << file("empty.png", {}) << QStringLiteral("not-a-picture");
        QTest::newRow("text") << file("text.png", "5VXTC2E41SA000017\n") << QStringLiteral("not-a-picture");
        QTest::newRow("PNG cut in the header") << file("cut1.png", png.left(20)) << QStringLiteral("not-a-picture");
        QTest::newRow("PNG cut in the data") << file("cut2.png", png.left(200)) << QStringLiteral("not-a-picture");
        QTest::newRow("SVG") << file("a.svg", "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>")
                             << QStringLiteral("not-a-picture");
        QTest::newRow("ELF") << QStringLiteral("/bin/true") << QStringLiteral("not-a-picture");
        QTest::newRow("too many pixels") << file("large.pgm", "P5\n9000 9000\n255\n")
                                         << QStringLiteral("picture-too-large");
        QImage blank(800, 600, QImage::Format_RGB32);
        blank.fill(Qt::white);
        QTest::newRow("blank") << save(blank, "blank.png") << QStringLiteral("no-code");
        QTest::newRow("noise") << save(noisy(blank, 300), "noise.png") << QStringLiteral("no-code");
        blank = QImage(1, 1, QImage::Format_RGB32);
        blank.fill(Qt::black);
        QTest::newRow("one pixel") << save(blank, "pixel.png") << QStringLiteral("no-code");
    }

    void namesWhatIsWrongWithAPicture()
    {
        QFETCH(const QString, path);
        QFETCH(const QString, type);
        QCOMPARE(outcome(station::scanVinFromImage(path.toStdString(), settings())), type);
    }

    void namesWhatIsWrongWithALabel_data()
    {
        QTest::addColumn<QByteArrayList>("texts");
        QTest::addColumn<QString>("type");
        QTest::newRow("part number") << QByteArrayList{"CODE39:P1234567"} << QStringLiteral("no-vin");
        QTest::newRow("16 characters") << QByteArrayList{"CODE128:5VXTC2E41SA00001"} << QStringLiteral("no-vin");
        QTest::newRow("letter O") << QByteArrayList{"CODE128:5VXTC2E41SAO00017"} << QStringLiteral("no-vin");
        QTest::newRow("URL") << QByteArrayList{"QRCODE:https://example.com/"} << QStringLiteral("no-vin");
        QTest::newRow("check digit") << QByteArrayList{"CODE39:I5VXTC2E42SA000017"}
                                     << QStringLiteral("vin-check-digit");
        QTest::newRow("two linear labels")
            << QByteArrayList{"CODE39:5VXTC2E41SA000017", "CODE39:5VXTC2E49TA001000"} << QStringLiteral("two-vins");
        QTest::newRow("linear and QR") << QByteArrayList{"CODE128:5VXTC2E41SA000017", "QRCODE:5VXTC2E49TA001000"}
                                       << QStringLiteral("two-vins");
        QTest::newRow("part number and VIN") << QByteArrayList{"CODE39:P1234567", "CODE39:I5VXTC2E41SA000017"} << kVin;
        QTest::newRow("same VIN twice") << QByteArrayList{"CODE39:I5VXTC2E41SA000017", "QRCODE:5VXTC2E41SA000017"}
                                        << kVin;
        QTest::newRow("European, no check digit")
            << QByteArrayList{"CODE39:IWVCZZZTC0SE000043"} << QStringLiteral("WVCZZZTC0SE000043");
    }

    void namesWhatIsWrongWithALabel()
    {
        QFETCH(const QByteArrayList, texts);
        QFETCH(const QString, type);
        QImage sheet(1400, 40 + 380 * static_cast<int>(texts.size()), QImage::Format_RGB32);
        sheet.fill(Qt::white);
        int y = 40;
        for (const QByteArray& text : texts) {
            const auto parts = QString::fromLatin1(text).split(QLatin1Char(':'));
            const QString drawn = m_folder.filePath(QStringLiteral("drawn.png"));
            QCOMPARE(QProcess::execute(QStringLiteral("zint"),
                                       {QStringLiteral("--barcode=") + parts[0],
                                        QStringLiteral("--data=") + QString::fromLatin1(text.mid(parts[0].size() + 1)),
                                        QStringLiteral("--scale=2"), QStringLiteral("--output=") + drawn}),
                     0);
            QPainter(&sheet).drawImage(60, y, QImage(drawn));
            y += 380;
        }
        QCOMPARE(outcome(station::scanVinFromImage(save(sheet).toStdString(), settings())), type);
    }

    void missingHelperIsNamed()
    {
        auto broken = settings();
        broken.helper = m_folder.filePath(QStringLiteral("no-helper")).toStdString();
        QCOMPARE(outcome(station::scanVinFromImage(label("vin-qr.png").toStdString(), broken)),
                 QStringLiteral("scan-helper-missing"));
    }

    void aPassThatAbortsIsDroppedAndTheOthersCount()
    {
        const auto aborting =
            scriptedHelper("echo pass $2; [ $2 -lt 3 ] && kill -ABRT $$\n"
                           "echo code QRCode 3556585443324534315341303030303137; echo pass 4; echo end\n");
        QCOMPARE(outcome(station::scanVinFromImage(label("vin-qr.png").toStdString(), aborting)), kVin);
    }

    void aPassThatHangsIsKilledAndTheOthersCount()
    {
        auto hanging = scriptedHelper("echo pass $2; [ $2 -lt 1 ] && exec sleep 100\n"
                                      "echo code QRCode 3556585443324534315341303030303137; echo end\n");
        hanging.passTimeout = std::chrono::milliseconds(200);
        QElapsedTimer timer;
        timer.start();
        QCOMPARE(outcome(station::scanVinFromImage(label("vin-qr.png").toStdString(), hanging)), kVin);
        QVERIFY(timer.elapsed() < 20'000);
    }

    void allPassesTogetherAreBounded()
    {
        auto endless = scriptedHelper("n=$2; while :; do echo pass $n; n=$((n+1)); sleep 0.05; done\n");
        endless.overallTimeout = std::chrono::milliseconds(500);
        QElapsedTimer timer;
        timer.start();
        QCOMPARE(outcome(station::scanVinFromImage(label("vin-qr.png").toStdString(), endless)),
                 QStringLiteral("scan-timeout"));
        QVERIFY(timer.elapsed() < 20'000);
    }

    void aHelperThatTalksNonsenseYieldsNoVin_data()
    {
        QTest::addColumn<QByteArray>("script");
        QTest::newRow("code before a pass")
            << QByteArray("echo code QRCode 3556585443324534315341303030303137; echo end\n");
        QTest::newRow("no hex") << QByteArray("echo pass 0; echo code QRCode 5VXTC2E41SA000017; echo end\n");
        QTest::newRow("no line end") << QByteArray(
            "echo pass $2; [ $2 -gt 15 ] && echo end; head -c 300000 /dev/zero\n");
    }

    void aHelperThatTalksNonsenseYieldsNoVin()
    {
        QFETCH(const QByteArray, script);
        QVERIFY(!station::scanVinFromImage(label("vin-qr.png").toStdString(), scriptedHelper(script)));
    }
};

Q_DECLARE_METATYPE(Change)

QTEST_GUILESS_MAIN(ImageScannerTest)
#include "image_scanner_test.moc"
