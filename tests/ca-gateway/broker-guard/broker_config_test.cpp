#include <fstream>

#include <QTemporaryDir>
#include <QTest>

#include "broker-guard/broker_config.h"

using namespace gateway;

class BrokerConfigTest : public QObject
{
    Q_OBJECT

private:
    QTemporaryDir m_folder;

    std::string write(const std::string& name, const std::string& text, std::filesystem::perms mode)
    {
        const auto path = std::filesystem::path(m_folder.path().toStdString()) / name;
        std::ofstream(path, std::ios::trunc) << text;
        std::filesystem::permissions(path, mode);
        return path.string();
    }
    std::string secret(const std::string& text)
    {
        return write("url", text, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    }
    std::string broker(const std::string& text)
    {
        return write("broker.conf", text, std::filesystem::perms::owner_all);
    }

private Q_SLOTS:
    void readsEveryOption()
    {
        const auto config = parseGuardConfig({{"database_url_file", secret("postgresql://v2c_feed@/v2c\n")},
                                              {"broker_config", broker("listener 8883\n")},
                                              {"consumer", "broker-guard:b1"},
                                              {"metrics_file", "/tmp/m.prom"},
                                              {"feed_timeout_s", "60"},
                                              {"kicks_per_tick", "7"},
                                              {"refuse_when_blind", "false"},
                                              {"start_timeout_ms", "250"}});
        QVERIFY2(config.has_value(), config ? "" : config.error().detail.c_str());
        QCOMPARE(config->databaseUrl, std::string("postgresql://v2c_feed@/v2c"));
        QCOMPARE(config->consumer, std::string("broker-guard:b1"));
        QCOMPARE(config->guard.feedTimeout.count(), 60);
        QCOMPARE(config->guard.kicksPerTick, std::size_t{7});
        QVERIFY(!config->guard.refuseWhenBlind);
        QCOMPARE(config->startTimeout.count(), 250);
    }

    void refuses_data()
    {
        QTest::addColumn<QString>("option");
        QTest::addColumn<QString>("value");
        QTest::addColumn<QString>("detail");
        QTest::newRow("unknown") << "colour"
                                 << "red"
                                 << "unknown option colour";
        QTest::newRow("not a number") << "kicks_per_tick"
                                      << "many"
                                      << "expected a number from 1 to 100000, got 'many'";
        QTest::newRow("zero") << "kicks_per_tick"
                              << "0"
                              << "got '0'";
        QTest::newRow("trailing") << "feed_timeout_s"
                                  << "60s"
                                  << "got '60s'";
        QTest::newRow("not a flag") << "refuse_when_blind"
                                    << "yes"
                                    << "expected true or false, got 'yes'";
        QTest::newRow("empty consumer") << "consumer"
                                        << ""
                                        << "expected 1 to 200 characters";
        QTest::newRow("no secret") << "database_url_file"
                                   << "/does/not/exist"
                                   << "cannot read /does/not/exist";
        QTest::newRow("no broker config") << "broker_config"
                                          << "/does/not/exist"
                                          << "cannot be read";
    }
    void refuses()
    {
        QFETCH(QString, option);
        QFETCH(QString, value);
        QFETCH(QString, detail);
        std::map<std::string, std::string> options{{"database_url_file", secret("postgresql://v2c_feed@/v2c\n")},
                                                   {"broker_config", broker("listener 8883\n")}};
        options.insert_or_assign(option.toStdString(), value.toStdString());
        const auto config = parseGuardConfig(options);
        QVERIFY(!config);
        QVERIFY2(QString::fromStdString(config.error().detail).contains(detail), config.error().detail.c_str());
    }

    void refusesASecretThatOthersRead()
    {
        const auto url =
            write("url", "postgresql://x", std::filesystem::perms::owner_all | std::filesystem::perms::group_read);
        const auto config = parseGuardConfig({{"database_url_file", url}, {"broker_config", broker("")}});
        QVERIFY(!config);
        QVERIFY(config.error().detail.find("read by others") != std::string::npos);
    }

    void brokerSettings_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("refused");
        QTest::newRow("plain") << "listener 8883\nrequire_certificate true\n"
                               << "";
        QTest::newRow("off") << "use_identity_as_username false\nper_listener_settings false\n"
                             << "";
        QTest::newRow("comment") << "# use_identity_as_username true\n"
                                 << "";
        QTest::newRow("identity") << "listener 1\nuse_identity_as_username true\n"
                                  << ":2: use_identity_as_username";
        QTest::newRow("subject") << "  use_subject_as_username   true\n"
                                 << ":1: use_subject_as_username";
        QTest::newRow("listener settings") << "per_listener_settings true"
                                           << ":1: per_listener_settings";
        QTest::newRow("no folder") << "include_dir /does/not/exist\n"
                                   << "include_dir /does/not/exist";
    }
    void brokerSettings()
    {
        QFETCH(QString, text);
        QFETCH(QString, refused);
        const auto done = checkBrokerConfig(broker(text.toStdString()));
        QCOMPARE(done.has_value(), refused.isEmpty());
        if (!done) QVERIFY2(QString::fromStdString(done.error().detail).contains(refused), done.error().detail.c_str());
    }

    void followsIncludedFolders()
    {
        QTemporaryDir included;
        std::ofstream(included.path().toStdString() + "/b.conf") << "use_identity_as_username true\n";
        QVERIFY(!checkBrokerConfig(broker("include_dir " + included.path().toStdString() + "\n")));
        // A folder that includes itself ends too.
        std::ofstream(included.path().toStdString() + "/b.conf")
            << "include_dir " << included.path().toStdString() << "\n";
        QVERIFY(!checkBrokerConfig(broker("include_dir " + included.path().toStdString() + "\n")));
    }
};

QTEST_APPLESS_MAIN(BrokerConfigTest)
#include "broker_config_test.moc"
