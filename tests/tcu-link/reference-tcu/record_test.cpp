#include <QCryptographicHash>
#include <QtTest>
#include <nlohmann/json.hpp>

#include "reference-tcu/record.h"

using namespace tcu;

namespace {

KeyRecord makeKey(std::uint8_t seed)
{
    KeyRecord key;
    key.transaction.fill(seed);
    key.handle = 0x81000000 + seed;
    key.deviceId = std::string(32, 'A');
    key.vinHash = std::string(64, 'b');
    key.csr = {0x30, seed, 0x00};
    key.publicKeySha256.fill(seed);
    return key;
}

InstalledRecord makeInstalled(std::uint8_t seed)
{
    InstalledRecord installed{makeKey(seed), "chain-x.der", 4100, {}, {}};
    installed.chainSha256.fill(0xC0);
    installed.leafSha256.fill(0x1E);
    return installed;
}

Record makeFull()
{
    Record record;
    record.active = makeInstalled(1);
    record.pending =
        PendingRecord{makeKey(2), true, 4096, true, EvidenceRecord{{0xAA}, {1}, {2, 2}, {3, 3, 3}, {0x99}}};
    record.replaced = ReplacedRecord{makeInstalled(3), std::chrono::sys_seconds(std::chrono::seconds(1790000000))};
    record.renewalFailure = RenewalFailureRecord{"1A:2B", "refused"};
    return record;
}

} // namespace

class RecordTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void comesBackAsItWasWritten()
    {
        Record record;
        const auto check = [](const Record& written) {
            const auto read = parseRecord(serialise(written));
            QVERIFY2(read, read ? "" : read.error().c_str());
            QVERIFY(*read == written);
        };
        check(record);
        record.pending = PendingRecord{makeKey(1), false, 0, false};
        check(record);
        record.active = makeInstalled(2);
        check(record);
        check(makeFull());
    }

    void errorTextOfAnyBytesIsKept()
    {
        Record record;
        record.renewalFailure = RenewalFailureRecord{"01", "bad \xFF\xC3 bytes"};
        const auto read = parseRecord(serialise(record));
        QVERIFY2(read, read ? "" : read.error().c_str());
        QVERIFY(read->renewalFailure->error.starts_with("bad "));
    }

    void everyLostTailIsSeen()
    {
        const auto text = serialise(makeFull());
        for (std::size_t length = 0; length + 1 < text.size(); ++length) // the last character is a line feed
            QVERIFY2(!parseRecord(std::string_view(text).substr(0, length)), std::to_string(length).c_str());
    }

    void aFlippedBitIsSeenWhereverItIs()
    {
        const auto record = makeFull();
        const auto text = serialise(record);
        for (std::size_t i = 0; i < text.size(); ++i) {
            auto damaged = text;
            damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
            const auto read = parseRecord(damaged);
            // White space between the members, and the case of the hash's digits, carry nothing.
            QVERIFY2(!read || *read == record, (std::to_string(i) + " " + damaged).c_str());
        }
    }

    void refusesBadContent_data()
    {
        QTest::addColumn<QByteArray>("from");
        QTest::addColumn<QByteArray>("to");
        QTest::newRow("unknown version") << QByteArray("\"version\": 1") << QByteArray("\"version\": 2");
        QTest::newRow("version is text") << QByteArray("\"version\": 1") << QByteArray("\"version\": \"1\"");
        QTest::newRow("no version") << QByteArray("\"version\"") << QByteArray("\"edition\"");
        QTest::newRow("foreign handle") << QByteArray("2164260865") << QByteArray("2164260864");
        QTest::newRow("negative handle") << QByteArray("2164260865") << QByteArray("-1");
        QTest::newRow("handle over 32 bits") << QByteArray("2164260865") << QByteArray("6459228161");
        QTest::newRow("path upwards") << QByteArray("chain-x.der") << QByteArray("../x.der");
        QTest::newRow("path below") << QByteArray("chain-x.der") << QByteArray("a/x.der");
        QTest::newRow("no chain file") << QByteArray("chain-x.der") << QByteArray("");
        QTest::newRow("short transaction")
            << QByteArray("\"01010101010101010101010101010101\"") << QByteArray("\"0101\"");
        QTest::newRow("transaction is not hex")
            << QByteArray("\"01010101010101010101010101010101\"") << QByteArray("\"0101010101010101010101010101010g\"");
        QTest::newRow("short nonce") << QByteArray("\"aa0000") << QByteArray("\"aa00");
        QTest::newRow("proof is not base64") << QByteArray("\"mQ==\"") << QByteArray("\"m?==\"");
        QTest::newRow("no signature") << QByteArray("\"AwMD\"") << QByteArray("\"\"");
        QTest::newRow("evidence without its nonce") << QByteArray("\"nonce\"") << QByteArray("\"once\"");
        QTest::newRow("CSR is not base64") << QByteArray("\"MAEA\"") << QByteArray("\"M?EA\"");
        QTest::newRow("no CSR") << QByteArray("\"MAEA\"") << QByteArray("\"\"");
        QTest::newRow("staged is a number") << QByteArray("\"staged\": true") << QByteArray("\"staged\": 1");
        QTest::newRow("active is a list") << QByteArray("\"active\": {") << QByteArray("\"active\": [1],\"x\": {");
        QTest::newRow("pending is null") << QByteArray("\"pending\": {") << QByteArray("\"pending\": null,\"x\": {");
        QTest::newRow("replaced without time") << QByteArray("\"replaced_at\"") << QByteArray("\"replaced\"");
    }
    void refusesBadContent()
    {
        QFETCH(QByteArray, from);
        QFETCH(QByteArray, to);
        auto text = QByteArray::fromStdString(serialise(makeFull()));
        QVERIFY(text.contains(from));
        text.replace(from, to);
        // The hash is made right again, so that the field itself must be what is refused.
        const auto withHash = resealed(text);
        QVERIFY(!withHash.isEmpty());
        const auto read = parseRecord(withHash.toStdString());
        QVERIFY(!read);
        QVERIFY2(!QString::fromStdString(read.error()).contains(QStringLiteral("sha256 does not fit")),
                 read.error().c_str());
    }

    void refusesWhatIsNoRecord_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("empty file") << QByteArray();
        QTest::newRow("zeros") << QByteArray(512, '\0');
        QTest::newRow("text") << QByteArray("record");
        QTest::newRow("null") << QByteArray("null");
        QTest::newRow("list") << QByteArray("[]");
        QTest::newRow("empty object") << QByteArray("{}");
        QTest::newRow("no hash") << QByteArray("{'record':{'version':1}}").replace('\'', '"');
        QTest::newRow("wrong hash")
            << QByteArray("{'record':{'version':1},'sha256':'" + QByteArray(64, '0') + "'}").replace('\'', '"');
        QTest::newRow("hash is a number") << QByteArray("{'record':{'version':1},'sha256':1}").replace('\'', '"');
        QTest::newRow("deep") << QByteArray(100000, '[');
    }
    void refusesWhatIsNoRecord()
    {
        QFETCH(QByteArray, text);
        const auto read = parseRecord(text.toStdString());
        QVERIFY(!read);
        QVERIFY(!read.error().empty());
    }

    void statesFollowTheParts()
    {
        Record record;
        QCOMPARE(record.state(), UnitState::Empty);
        record.pending = PendingRecord{makeKey(1), false, 0, false};
        QCOMPARE(record.state(), UnitState::KeyPending);
        record.pending->staged = true;
        QCOMPARE(record.state(), UnitState::ChainStaged);
        record.active = makeInstalled(2);
        QCOMPARE(record.state(), UnitState::ChainStaged);
        record.pending.reset();
        QCOMPARE(record.state(), UnitState::Active);
        QVERIFY(record.namesHandle(0x81000002));
        QVERIFY(!record.namesHandle(0x81000001));
    }

private:
    static QByteArray resealed(const QByteArray& text);
};

QByteArray RecordTest::resealed(const QByteArray& text)
{
    auto json = nlohmann::json::parse(text.begin(), text.end(), nullptr, false);
    if (json.is_discarded()) return {};
    const auto content = json["record"].dump();
    json["sha256"] =
        QCryptographicHash::hash(QByteArray::fromStdString(content), QCryptographicHash::Sha256).toHex().toStdString();
    return QByteArray::fromStdString(json.dump());
}

QTEST_GUILESS_MAIN(RecordTest)
#include "record_test.moc"
