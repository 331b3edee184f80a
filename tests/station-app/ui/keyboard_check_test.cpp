#include <QTest>

#include "ui/keyboard_check.h"

using station::KeyboardCheck;
using Fault = station::KeyboardCheck::Fault;

class KeyboardCheckTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void theLayoutIsToldFromWhatArrives_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<int>("fault");
        const auto row = [](const char* name, const char* text, Fault fault) {
            QTest::newRow(name) << QString::fromUtf8(text) << static_cast<int>(fault);
        };
        row("as printed", "YZ]0123456789-", Fault::None);
        row("German host", "ZY+0123456789\xC3\x9F", Fault::SwappedYZ);
        row("only Y and Z", "ZY]0123456789-", Fault::SwappedYZ);
        row("French host", "YZ$\xC3\xA0&\xC3\xA9\"'(-\xC3\xA8_\xC3\xA7)", Fault::FrenchDigits);
        row("Caps Lock", "yz]0123456789-", Fault::CapsLock);
        row("Spanish host", "YZ+0123456789'", Fault::Punctuation);
        row("the end is missing", "YZ]0123456789", Fault::Punctuation);
        row("digits are missing", "YZ]012345678-", Fault::Other);
        row("nothing", "", Fault::Other);
        row("a VIN", "5VXTC2E41SA000017", Fault::Other);
        row("twice", "YZ]0123456789-YZ]0123456789-", Fault::Punctuation);
    }

    void theLayoutIsToldFromWhatArrives()
    {
        QFETCH(const QString, text);
        QFETCH(const int, fault);
        QCOMPARE(static_cast<int>(KeyboardCheck::judge(text)), fault);
    }
};

QTEST_APPLESS_MAIN(KeyboardCheckTest)
#include "keyboard_check_test.moc"
