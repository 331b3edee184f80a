#include <QTest>

#include "scan/vin_label.h"

namespace {
constexpr auto kVin = "5VXTC2E41SA000017";
}

class VinLabelTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void findsTheVinOrSaysWhyNot_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("vin");
        QTest::addColumn<QByteArray>("errorType");
        const auto good = [](const char* name, QByteArray text, QByteArray vin = kVin) {
            QTest::newRow(name) << text << vin << QByteArray();
        };
        const auto bad = [](const char* name, QByteArray text, QByteArray type) {
            QTest::newRow(name) << text << QByteArray() << type;
        };
        good("plain", "5VXTC2E41SA000017");
        good("lower case", "5vxtc2e41sa000017");
        good("data identifier", "I5VXTC2E41SA000017");
        good("start and stop", "*I5VXTC2E41SA000017*");
        good("carriage return", "5VXTC2E41SA000017\r\n");
        good("Code 39 identifier", "]A0I5VXTC2E41SA000017");
        good("Data Matrix identifier", "]d15VXTC2E41SA000017");
        good("QR identifier", "]Q15VXTC2E41SA000017");
        good("envelope", "[)>\x1E"
                         "06\x1D"
                         "I5VXTC2E41SA000017\x1D"
                         "P12345678\x1D"
                         "17V987\x1E\x04");
        good("envelope with identifier", "]d1[)>\x1E"
                                         "06\x1DP123\x1DI5VXTC2E41SA000017\x1E\x04");
        good("envelope, VIN twice", "[)>\x1E"
                                    "06\x1DI5VXTC2E41SA000017\x1DI5VXTC2E41SA000017\x1E\x04");
        good("glued to itself, 34", "5VXTC2E41SA0000175VXTC2E41SA000017");
        good("glued to itself, 36", "I5VXTC2E41SA000017I5VXTC2E41SA000017");
        good("URL", "https://example.com/v?vin=5VXTC2E41SA000017&plant=3");
        good("labelled", "VIN: 5VXTC2E41SA000017");
        good("no check digit in Europe", "WVCZZZTC0SE000043", "WVCZZZTC0SE000043");

        good("AIM Code 128, lower case", "]C05vxtc2e41sa000017");

        bad("empty", "", "vin-length");
        bad("only white space", " \r\n", "vin-length");
        bad("16 characters", "5VXTC2E41SA00001", "vin-length");
        bad("18 characters", "5VXTC2E41SA0000171", "vin-length");
        bad("letter O", "5VXTC2E41SAO00017", "vin-character");
        bad("letter I in front and 16", "I5VXTC2E41SA00001", "vin-character");
        bad("NUL inside", QByteArray("5VXTC2E41\0A000017", 17), "vin-character");
        bad("wrong check digit", "5VXTC2E42SA000017", "vin-check-digit");
        bad("wrong check digit in envelope",
            "[)>\x1E"
            "06\x1DI5VXTC2E42SA000017\x1E\x04",
            "vin-check-digit");
        bad("two glued", "5VXTC2E41SA0000175VXTC2E49TA001000", "two-vins");
        bad("two in an envelope",
            "[)>\x1E"
            "06\x1DI5VXTC2E41SA000017\x1DI5VXTC2E49TA001000\x1E\x04",
            "two-vins");
        bad("two in a text", "5VXTC2E41SA000017 5VXTC2E49TA001000", "two-vins");
        bad("envelope without I field",
            "[)>\x1E"
            "06\x1DP5VXTC2E41SA000017\x1E\x04",
            "no-vin");
        bad("envelope cut off",
            "[)>\x1E"
            "06\x1DI5VXTC2E41SA0000",
            "no-vin");
        bad("part number in a text", "P/N 5VXTC2E41SAABCDEF", "no-vin");
        bad("URL without VIN", "https://example.com/abcdefgh", "no-vin");
        bad("part of a longer word", "ref=X5VXTC2E41SA000017Y", "no-vin");
        bad("one long word", "A1234567890123456789012345", "vin-length");
        bad("identifier only", "]A0", "vin-length");
    }

    void findsTheVinOrSaysWhyNot()
    {
        QFETCH(const QByteArray, text);
        QFETCH(const QByteArray, vin);
        QFETCH(const QByteArray, errorType);
        const auto read = station::readVinLabel(text.toStdString());
        if (read) {
            QCOMPARE(QByteArray::fromStdString(std::string(read->text())), vin);
        } else {
            QCOMPARE(QByteArray::fromStdString(read.error().type), errorType);
            QVERIFY2(read.error().detail.find("000017") == std::string::npos, "an error text must not hold the VIN");
        }
    }

    void whatTheScannerAddsIsDropped_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("errorType");
        const auto row = [](const char* name, QByteArray text, QByteArray type = {}) {
            QTest::newRow(name) << text << type;
        };
        row("both", "~5VXTC2E41SA000017#E");
        row("prefix", "~5VXTC2E41SA000017");
        row("neither", "5VXTC2E41SA000017");
        row("before the AIM identifier", "~]A0I5VXTC2E41SA000017#E\r\n");
        row("twice", "~~5VXTC2E41SA000017", "vin-length");
        row("half a suffix", "5VXTC2E41SA000017#", "vin-length");
        row("prefix alone", "~", "vin-length");
    }

    void whatTheScannerAddsIsDropped()
    {
        QFETCH(const QByteArray, text);
        QFETCH(const QByteArray, errorType);
        station::LabelRules rules;
        rules.prefix = "~";
        rules.suffix = "#E";
        const auto read = station::readVinLabel(text.toStdString(), rules);
        QCOMPARE(QByteArray::fromStdString(read ? "" : read.error().type), errorType);
    }

    void theCheckCharacterOfCode39IsChecked_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("errorType");
        const auto row = [](const char* name, QByteArray text, QByteArray type = {}) {
            QTest::newRow(name) << text << type;
        };
        const auto plain = withCheckCharacter("5VXTC2E41SA000017");
        const auto identified = withCheckCharacter("I5VXTC2E41SA000017");
        row("plain", plain);
        row("data identifier", identified);
        row("transmitted by the scanner", "]A1" + identified);
        row("lower case", identified.toLower());
        row("already dropped", "]A3I5VXTC2E41SA000017");
        row("Code 128 has none", "]C0I5VXTC2E41SA000017");
        row("label without one", "I5VXTC2E41SA000017");
        row("misread", QByteArray(plain).replace('7', '8'), "label-check-character");
        row("lost", QByteArray(identified).replace("VX", "VA"), "label-check-character");
        row("strange character", "5VXTC2E41SA00001~7", "label-check-character");
    }

    void theCheckCharacterOfCode39IsChecked()
    {
        QFETCH(const QByteArray, text);
        QFETCH(const QByteArray, errorType);
        station::LabelRules rules;
        rules.code39Mod43 = true;
        const auto read = station::readVinLabel(text.toStdString(), rules);
        QCOMPARE(QByteArray::fromStdString(read ? "" : read.error().type), errorType);
        if (read) QCOMPARE(std::string(read->text()), std::string(kVin));
    }

private:
    static QByteArray withCheckCharacter(const QByteArray& text)
    {
        const QByteArray alphabet("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%");
        qsizetype sum = 0;
        for (const char character : text)
            sum += alphabet.indexOf(character);
        return text + alphabet[sum % 43];
    }
};

QTEST_GUILESS_MAIN(VinLabelTest)
#include "vin_label_test.moc"
