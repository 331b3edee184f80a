#include <QTest>

#include "fake_unit.h"
#include "provisioning/records.h"
#include "provisioning/unit_jobs.h"

using namespace tcu;

namespace {

KeyRequest keyRequest()
{
    KeyRequest request;
    request.transaction.fill(0x11);
    request.deviceId = std::string(32, 'A');
    request.vinHash = std::string(64, 'b');
    return request;
}

Bytes option(const Transaction& transaction, std::size_t more)
{
    Bytes bytes(transaction.begin(), transaction.end());
    bytes.resize(bytes.size() + more, 0x22);
    return bytes;
}

} // namespace

class RecordsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void theStateComesBackAsItWent()
    {
        ProvisioningState state;
        state.state = UnitState::ChainStaged;
        state.transaction.fill(0xAB);
        state.pendingKeySha256.fill(0xCD);
        state.stagedLength = 0x01020304;
        state.lastNrc = 0x51;
        state.lastDetail = "signature";
        const auto wire = encodeState(state);
        QCOMPARE(wire.size(), std::size_t(55 + 9));
        QCOMPARE(wire[0], std::uint8_t(2));
        QVERIFY((Bytes(wire.begin() + 49, wire.begin() + 55) == Bytes{1, 2, 3, 4, 0x51, 9}));
        const auto back = parseState(wire);
        QVERIFY(back.has_value());
        QVERIFY(back->state == state.state && back->transaction == state.transaction &&
                back->pendingKeySha256 == state.pendingKeySha256 && back->stagedLength == state.stagedLength &&
                back->lastNrc == state.lastNrc && back->lastDetail == state.lastDetail);
    }

    void aLongDetailIsCutAtAWholeCharacter()
    {
        ProvisioningState state;
        state.lastDetail = std::string(119, 'x') + "\xC3\xA4tail";
        const auto back = parseState(encodeState(state));
        QVERIFY(back.has_value());
        QCOMPARE(back->lastDetail, std::string(119, 'x'));
    }

    void badStatesAreRefused_data()
    {
        QTest::addColumn<int>("change");
        QTest::newRow("empty") << 0;
        QTest::newRow("cut") << 1;
        QTest::newRow("longer than it says") << 2;
        QTest::newRow("unknown state") << 3;
        QTest::newRow("detail of 121") << 4;
    }
    void badStatesAreRefused()
    {
        QFETCH(int, change);
        Bytes wire = encodeState({});
        switch (change) {
        case 0:
            wire.clear();
            break;
        case 1:
            wire.pop_back();
            break;
        case 2:
            wire.push_back('x');
            break;
        case 3:
            wire[0] = 4;
            break;
        default:
            wire[54] = 121;
            wire.resize(55 + 121, 'x');
        }
        QVERIFY(!parseState(wire));
    }

    void badKeyRequestsAreRefused_data()
    {
        QTest::addColumn<QByteArray>("wire");
        const auto good = encodeKeyRequest(keyRequest());
        const auto row = [](const char* name, const Bytes& wire) {
            QTest::newRow(name) << QByteArray(reinterpret_cast<const char*>(wire.data()),
                                              static_cast<qsizetype>(wire.size()));
        };
        auto changed = good;
        changed[16] = 0x02;
        row("another algorithm", changed);
        changed = good;
        changed[17] = ',';
        row("comma in the device id", changed);
        changed = good;
        changed.back() = 0;
        row("NUL in the hash", changed);
        changed = good;
        changed.pop_back();
        row("cut", changed);
        changed.push_back('b');
        changed.push_back('b');
        row("long", changed);
        row("empty", {});
    }
    void badKeyRequestsAreRefused()
    {
        QFETCH(QByteArray, wire);
        const Bytes raw(wire.begin(), wire.end());
        QVERIFY(!parseKeyRequest(raw));
        UnitDisk disk;
        FakeUnit unit(disk);
        const auto result = runJob(unit, job::StartRoutine{rid::kGenerateKeyAndCsr, raw});
        QVERIFY(!result);
        QCOMPARE(result.error(), std::uint8_t(raw.size() == kKeyRequestBytes ? 0x31 : 0x13));
        QCOMPARE(disk.keys, 0);
    }

    void aGoodKeyRequestComesBack()
    {
        const auto back = parseKeyRequest(encodeKeyRequest(keyRequest()));
        QVERIFY(back.has_value());
        QVERIFY(back->transaction == keyRequest().transaction);
        QCOMPARE(back->deviceId, keyRequest().deviceId);
        QCOMPARE(back->vinHash, keyRequest().vinHash);
    }

    void jobsAreRefusedWithTheDialoguesCodes_data()
    {
        QTest::addColumn<int>("row");
        QTest::addColumn<int>("code");
        QTest::newRow("unknown DID") << 0 << 0x31;
        QTest::newRow("identification the unit has not") << 1 << 0x31;
        QTest::newRow("unknown RID") << 2 << 0x31;
        QTest::newRow("install, short") << 3 << 0x13;
        QTest::newRow("install, another transaction") << 4 << 0x31;
        QTest::newRow("verify, short challenge") << 5 << 0x13;
        QTest::newRow("verify without a certificate") << 6 << 0x22;
        QTest::newRow("discard, long") << 7 << 0x13;
        QTest::newRow("transfer at another offset") << 8 << 0x31;
        QTest::newRow("no CSR") << 9 << 0x22;
    }
    void jobsAreRefusedWithTheDialoguesCodes()
    {
        QFETCH(int, row);
        QFETCH(int, code);
        UnitDisk disk;
        FakeUnit unit(disk);
        if (row == 4 || row == 8) QVERIFY(unit.generateKeyAndCsr(keyRequest()).has_value());
        Transaction other{};
        const std::array<Job, 10> jobs{
            job::ReadData{0xF1A9},
            job::ReadData{did::kVin},
            job::StartRoutine{0x0214, {}},
            job::StartRoutine{rid::kInstallCertificate, option(other, 31)},
            job::StartRoutine{rid::kInstallCertificate, option(other, 32)},
            job::StartRoutine{rid::kVerifyCertificate, option(other, 15)},
            job::StartRoutine{rid::kVerifyCertificate, option(other, 16)},
            job::StartRoutine{rid::kDiscardPendingKey, option(other, 1)},
            job::BeginTransfer{5, 100},
            job::ReadData{did::kPendingCsr},
        };
        const auto result = runJob(unit, jobs[static_cast<std::size_t>(row)]);
        QVERIFY(!result);
        QCOMPARE(int(result.error()), code);
    }

    void chainHashesAreOneAfterAnother()
    {
        UnitDisk disk;
        disk.hashes.resize(3);
        disk.hashes[1].fill(0x77);
        FakeUnit unit(disk);
        const auto result = runJob(unit, job::ReadData{did::kChainHashes});
        QVERIFY(result.has_value());
        QCOMPARE(result->size(), std::size_t(96));
        QCOMPARE((*result)[32], std::uint8_t(0x77));
    }
};

QTEST_GUILESS_MAIN(RecordsTest)
#include "records_test.moc"
