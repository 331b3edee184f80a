#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include "adapters/sqlite_people.h"

using namespace station;
using namespace std::chrono_literals;

namespace {

struct World
{
    QTemporaryDir folder;
    gateway::Time now{1'000'000s};
    JournalSettings settings{.file = folder.filePath(QStringLiteral("journal.sqlite")).toStdString()};
    std::unique_ptr<People> people = open();

    std::unique_ptr<People> open()
    {
        return openSqlitePeople(settings, [this] { return now; }).value();
    }
};

std::string typeOf(const gateway::Result<Person>& result)
{
    return result ? "" : result.error().type;
}

} // namespace

class SqlitePeopleTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aBadgeAndAPinFindTheirPerson()
    {
        World world;
        QVERIFY(world.people->add("Ada Gruber", Role::Technician, "BADGE-0001", "482913"));
        QVERIFY(world.people->add("李伟", Role::Operator, "BADGE-0002", ""));
        const auto again = world.open(); // another process, another day
        QCOMPARE(again->findByBadge("BADGE-0001")->name, std::string("Ada Gruber"));
        QCOMPARE(again->findByBadge("BADGE-0002")->name, std::string("李伟"));
        const auto ada = again->findByPin("Ada Gruber", "482913");
        QVERIFY(ada && ada->role == Role::Technician);
        QCOMPARE(typeOf(again->findByBadge("BADGE-0003")), std::string("badge-unknown"));
        QCOMPARE(typeOf(again->findByPin("李伟", "482913")), std::string("pin-wrong"));
        QCOMPARE(typeOf(again->findByPin("Nobody", "482913")), std::string("pin-wrong"));
        QCOMPARE(again->list()->size(), std::size_t{2});
        QVERIFY(again->record(*ada, "login"));
    }

    void unsuitableOnesAreRefused_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<QByteArray>("badge");
        QTest::addColumn<QByteArray>("pin");
        QTest::addColumn<QByteArray>("type");
        const auto row = [](const char* title, QByteArray name, QByteArray badge, QByteArray pin, const char* type) {
            QTest::newRow(title) << name << badge << pin << QByteArray(type);
        };
        row("no name", "", "BADGE-0009", "", "person-name");
        row("long name", QByteArray(65, 'a'), "BADGE-0009", "", "person-name");
        row("name with a line end", "a\nb", "BADGE-0009", "", "person-name");
        row("neither", "Eve", "", "", "badge-unsuitable");
        row("short badge", "Eve", "12345", "", "badge-unsuitable");
        row("long badge", "Eve", QByteArray(65, 'b'), "", "badge-unsuitable");
        row("badge with NUL", "Eve", QByteArray("BADGE\0001", 9), "", "badge-unsuitable");
        row("short PIN", "Eve", "", "48291", "pin-unsuitable");
        row("letters", "Eve", "", "48291a", "pin-unsuitable");
        row("one digit", "Eve", "", "777777", "pin-unsuitable");
        row("the same name", "Ada", "BADGE-0009", "", "person-exists");
        row("the same badge", "Eve", "BADGE-0001", "", "badge-taken");
    }

    void unsuitableOnesAreRefused()
    {
        QFETCH(const QByteArray, name);
        QFETCH(const QByteArray, badge);
        QFETCH(const QByteArray, pin);
        QFETCH(const QByteArray, type);
        World world;
        QVERIFY(world.people->add("Ada", Role::Supervisor, "BADGE-0001", ""));
        const auto added =
            world.people->add(name.toStdString(), Role::Operator, badge.toStdString(), pin.toStdString());
        QCOMPARE(typeOf(added), type.toStdString());
        QVERIFY(pin.isEmpty() || added.error().detail.find(pin.toStdString()) == std::string::npos);
        QCOMPARE(world.people->list()->size(), std::size_t{1});
    }

    void wrongPinsMakeOneWait()
    {
        World world;
        QVERIFY(world.people->add("Ada", Role::Operator, "", "482913"));
        for (int i = 0; i < People::kWrongPinsAllowed; ++i)
            QCOMPARE(typeOf(world.people->findByPin("Ada", "111112")), std::string("pin-wrong"));
        const auto blocked = world.people->findByPin("Ada", "482913"); // even the right one
        QCOMPARE(typeOf(blocked), std::string("pin-blocked"));
        QCOMPARE(blocked.error().retryAfter.value(), 60s);
        world.now += 60s;
        QCOMPARE(typeOf(world.open()->findByPin("Ada", "111112")), std::string("pin-wrong"));
        QCOMPARE(world.people->findByPin("Ada", "482913").error().retryAfter.value(), 120s);
        world.now += 120s;
        QVERIFY(world.people->findByPin("Ada", "482913"));
        QCOMPARE(typeOf(world.people->findByPin("Ada", "111112")), std::string("pin-wrong")); // counted anew
        QVERIFY(world.people->findByPin("Ada", "482913"));
    }

    void whoIsRemovedIsUnknown()
    {
        World world;
        QVERIFY(world.people->add("Ada", Role::Operator, "BADGE-0001", "482913"));
        QVERIFY(world.people->remove("Ada"));
        QCOMPARE(typeOf(world.people->findByBadge("BADGE-0001")), std::string("badge-unknown"));
        QCOMPARE(typeOf(world.people->findByPin("Ada", "482913")), std::string("pin-wrong"));
        QCOMPARE(world.people->remove("Ada").error().type, std::string("person-unknown"));
    }

    void theFileHoldsNeitherBadgeNorPin()
    {
        World world;
        QVERIFY(world.people->add("Ada", Role::Operator, "BADGE-0001", "482913"));
        world.people.reset();
        for (const char* suffix : {"", "-wal"}) {
            QFile file(QString::fromStdString(world.settings.file.string() + suffix));
            if (!file.open(QIODevice::ReadOnly)) continue;
            const QByteArray content = file.readAll();
            QVERIFY(!content.contains("BADGE-0001"));
            QVERIFY(!content.contains("482913"));
        }
    }
};

QTEST_GUILESS_MAIN(SqlitePeopleTest)
#include "sqlite_people_test.moc"
