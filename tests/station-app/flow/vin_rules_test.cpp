#include <QTest>

#include "flow/vin_rules.h"

using station::CheckDigitRule;
using station::VinRules;

class VinRulesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void theLongestPrefixDecides_data()
    {
        QTest::addColumn<QByteArray>("vin");
        QTest::addColumn<QByteArray>("rule"); // for VINs like this one
        QTest::addColumn<QByteArray>("applied");
        const auto row = [](const char* name, const char* vin, const char* rule, const char* applied) {
            QTest::newRow(name) << QByteArray(vin) << QByteArray(rule) << QByteArray(applied);
        };
        row("North America, right", "5VXTC2E41SA000017", "require", "off");
        row("North America, wrong", "5VXTC2E42SA000017", "require", "require");
        row("1 to 5 are North America", "1VXTC2E41SA000017", "require", "require");
        row("Europe", "TVXTC2E41SA000017", "advise", "advise");
        row("China", "LVXTC2E41SA000017", "require", "require");
        row("one maker of China", "LSVTC2E41SA000017", "confirm", "confirm");
        row("one series of that maker", "LSVX12E41SA000017", "off", "off");
        row("one maker of North America", "5YJTC2E42SA000017", "advise", "advise");
    }

    void theLongestPrefixDecides()
    {
        QFETCH(const QByteArray, vin);
        QFETCH(const QByteArray, rule);
        QFETCH(const QByteArray, applied);
        VinRules rules;
        rules.makers = {{"LSV", CheckDigitRule::Confirm},
                        {"LSVX", CheckDigitRule::Off},
                        {"L", CheckDigitRule::Require},
                        {"5YJ", CheckDigitRule::Advise}};
        const auto parsed = gateway::Vin::parse(vin.toStdString()).value();
        QCOMPARE(station::name(ruleFor(rules, parsed)), rule.toStdString());
        QCOMPARE(station::name(appliedRule(rules, parsed)), applied.toStdString());
        QCOMPARE(checkVin(rules, parsed).has_value(), applied != "require");
    }

    void onlyAcceptedMakersPass_data()
    {
        QTest::addColumn<QByteArray>("vin");
        QTest::addColumn<bool>("passes");
        QTest::newRow("by maker") << QByteArray("5VXTC2E41SA000017") << true;
        QTest::newRow("by series") << QByteArray("WVCZZZTC0SE000042") << true;
        QTest::newRow("another series") << QByteArray("WVCAAATC0SE000042") << false;
        QTest::newRow("another maker") << QByteArray("1M8GDM9AXKP042788") << false;
    }

    void onlyAcceptedMakersPass()
    {
        QFETCH(const QByteArray, vin);
        QFETCH(const bool, passes);
        VinRules rules;
        rules.acceptedMakers = {"5VX", "WVCZZZ"};
        const auto checked = checkVin(rules, gateway::Vin::parse(vin.toStdString()).value());
        QCOMPARE(checked.has_value(), passes);
        if (!passes) {
            QCOMPARE(checked.error().type, std::string("vin-maker"));
            QVERIFY(checked.error().detail.find(vin.toStdString()) == std::string::npos);
        }
    }
};

QTEST_GUILESS_MAIN(VinRulesTest)
#include "vin_rules_test.moc"
