#include <QTest>

#include "contract/vin.h"

using gateway::Vin;

class VinTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void parseAcceptsAndRefuses_data()
    {
        QTest::addColumn<QByteArray>("input");
        QTest::addColumn<QByteArray>("vin");
        QTest::addColumn<QByteArray>("errorType");

        QTest::newRow("valid") << QByteArray("5VXTC2E41SA000017") << QByteArray("5VXTC2E41SA000017") << QByteArray();
        QTest::newRow("lower case") << QByteArray("5vxtc2e41sa000017") << QByteArray("5VXTC2E41SA000017")
                                    << QByteArray();
        QTest::newRow("letter I") << QByteArray("5VXTC2E41SA00001I") << QByteArray() << QByteArray("vin-character");
        QTest::newRow("letter O") << QByteArray("5VXTC2E41SAO00017") << QByteArray() << QByteArray("vin-character");
        QTest::newRow("letter Q") << QByteArray("QVXTC2E41SA000017") << QByteArray() << QByteArray("vin-character");
        QTest::newRow("small i") << QByteArray("5VXTC2E41SA00001i") << QByteArray() << QByteArray("vin-character");
        QTest::newRow("16 characters") << QByteArray("5VXTC2E41SA00001") << QByteArray() << QByteArray("vin-length");
        QTest::newRow("18 characters") << QByteArray("5VXTC2E41SA0000171") << QByteArray() << QByteArray("vin-length");
        QTest::newRow("18 with leading I")
            << QByteArray("I5VXTC2E41SA000017") << QByteArray() << QByteArray("vin-length");
        QTest::newRow("empty") << QByteArray() << QByteArray() << QByteArray("vin-length");
        QTest::newRow("NUL inside") << QByteArray("5VXTC2E41\0A000017", 17) << QByteArray()
                                    << QByteArray("vin-character");
        QTest::newRow("blank inside") << QByteArray("5VXTC2E41 A000017") << QByteArray() << QByteArray("vin-character");
        QTest::newRow("UTF-8") << QByteArray("5VXTC2E41SA0000\xC3\x9F") << QByteArray() << QByteArray("vin-character");
        QTest::newRow("two glued") << QByteArray("5VXTC2E41SA0000175VXTC2E41SA000017") << QByteArray()
                                   << QByteArray("vin-length");
    }

    void parseAcceptsAndRefuses()
    {
        QFETCH(const QByteArray, input);
        QFETCH(const QByteArray, vin);
        QFETCH(const QByteArray, errorType);
        const auto parsed = Vin::parse(input.toStdString());
        QCOMPARE(parsed.has_value(), errorType.isEmpty());
        if (parsed)
            QCOMPARE(std::string(parsed->text()), vin.toStdString());
        else
            QCOMPARE(parsed.error().type, errorType.toStdString());
    }

    void labelTextLosesItsWrapping_data()
    {
        QTest::addColumn<QByteArray>("input");
        QTest::addColumn<bool>("accepted");

        QTest::newRow("data identifier I") << QByteArray("I5VXTC2E41SA000017") << true;
        QTest::newRow("asterisks") << QByteArray("*5VXTC2E41SA000017*") << true;
        QTest::newRow("asterisks and I") << QByteArray("*I5VXTC2E41SA000017*") << true;
        QTest::newRow("carriage return") << QByteArray("5VXTC2E41SA000017\r\n") << true;
        QTest::newRow("bare") << QByteArray("5VXTC2E41SA000017") << true;
        QTest::newRow("other identifier") << QByteArray("P5VXTC2E41SA000017") << false;
        QTest::newRow("I and 16") << QByteArray("I5VXTC2E41SA00001") << false;
        QTest::newRow("two I") << QByteArray("II5VXTC2E41SA000017") << false;
    }

    void labelTextLosesItsWrapping()
    {
        QFETCH(const QByteArray, input);
        QFETCH(const bool, accepted);
        const auto vin = Vin::fromLabel(input.toStdString());
        QCOMPARE(vin.has_value(), accepted);
        if (vin) QCOMPARE(std::string(vin->text()), std::string("5VXTC2E41SA000017"));
    }

    void errorNamesThePosition()
    {
        QVERIFY(Vin::parse("5VXTC2E41SAO00017").error().detail.find("'O' at position 12") != std::string::npos);
        QVERIFY(Vin::parse("5VXTC2E41SA00001").error().detail.find("got 16") != std::string::npos);
    }

    // 49 CFR 565.15's own sample, the usual textbook VIN, and their neighbours.
    void checkDigit_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<bool>("valid");
        QTest::addColumn<bool>("required");

        QTest::newRow("CFR sample") << QByteArray("1G4AH59H45G118341") << true << true;
        QTest::newRow("X") << QByteArray("1M8GDM9AXKP042788") << true << true;
        QTest::newRow("invented") << QByteArray("5VXTC2E49TA001000") << true << true;
        QTest::newRow("wrong digit") << QByteArray("1G4AH59H55G118341") << false << true;
        QTest::newRow("substituted") << QByteArray("1M8GDM9AXKP042789") << false << true;
        QTest::newRow("European filler") << QByteArray("WVWZZZ1JZXW000001") << false << false;
    }

    void checkDigit()
    {
        QFETCH(const QByteArray, text);
        QFETCH(const bool, valid);
        QFETCH(const bool, required);
        const auto vin = Vin::parse(text.toStdString());
        QVERIFY(vin.has_value());
        QCOMPARE(vin->hasValidCheckDigit(), valid);
        QCOMPARE(vin->requiresCheckDigit(), required);
    }

    void maskedShowsTheLastSix()
    {
        QCOMPARE(Vin::parse("5VXTC2E41SA000017")->masked(), std::string("***********000017"));
    }
};

QTEST_GUILESS_MAIN(VinTest)
#include "vin_test.moc"
