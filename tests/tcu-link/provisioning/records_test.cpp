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

CertifyRequest certifyRequest()
{
    CertifyRequest request;
    request.transaction.fill(0x11);
    request.nonce.fill(0x33);
    request.credentialBlob = Bytes(52, 0x44);
    request.encryptedSecret = Bytes(300, 0x55);
    return request;
}

TpmEvidence evidence()
{
    return {Bytes(700, 1), Bytes(88, 2), Bytes(90, 3), Bytes(145, 4), Bytes(72, 5), Bytes(32, 6)};
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

    void evidenceComesBackAsItWent()
    {
        const auto wire = encodeEvidence(evidence());
        QCOMPARE(wire.size(), std::size_t(6 * 2 + 700 + 88 + 90 + 145 + 72 + 32));
        QVERIFY((Bytes(wire.begin(), wire.begin() + 3) == Bytes{0x02, 0xBC, 1}));
        QVERIFY(parseEvidence(wire) == evidence());
        QVERIFY(encodeEvidence({}) == Bytes(12, 0));
        QVERIFY(parseEvidence(Bytes(12, 0)) == TpmEvidence{});
        for (std::size_t length = 0; length < wire.size(); ++length)
            QVERIFY(!parseEvidence(ByteView(wire).first(length)));
        auto longer = wire;
        longer.push_back(0);
        QVERIFY(!parseEvidence(longer));
        auto beyond = wire;
        beyond[0] = 0xFF;
        QVERIFY(!parseEvidence(beyond));
    }

    void badCertifyRequestsAreRefused()
    {
        const auto good = encodeCertifyRequest(certifyRequest());
        const auto back = parseCertifyRequest(good);
        QVERIFY(back.has_value());
        QVERIFY(back->transaction == certifyRequest().transaction && back->nonce == certifyRequest().nonce &&
                back->credentialBlob == certifyRequest().credentialBlob &&
                back->encryptedSecret == certifyRequest().encryptedSecret);
        std::vector<Bytes> bad;
        for (std::size_t length = 0; length < good.size(); ++length)
            bad.emplace_back(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(length));
        bad.push_back(good);
        bad.back().push_back(0);
        bad.push_back(good);
        bad.back()[48] = 0xFF; // a blob longer than the message
        auto empty = certifyRequest();
        empty.credentialBlob.clear();
        bad.push_back(encodeCertifyRequest(empty));
        empty = certifyRequest();
        empty.encryptedSecret.clear();
        bad.push_back(encodeCertifyRequest(empty));
        UnitDisk disk;
        FakeUnit unit(disk);
        QVERIFY(unit.generateKeyAndCsr(keyRequest()).has_value());
        for (const auto& wire : bad) {
            const auto result = runJob(unit, job::StartRoutine{rid::kCertifyPendingKey, wire});
            QVERIFY(!result);
            QCOMPARE(result.error(), std::uint8_t(0x13));
        }
        QVERIFY(!disk.evidence.certifiesKey());
        QVERIFY(runJob(unit, job::StartRoutine{rid::kCertifyPendingKey, good}) == Bytes{0x00});
        QVERIFY(disk.evidence.certifiesKey());
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
        QTest::newRow("certify without a key") << 10 << 0x22;
        QTest::newRow("certify, another transaction") << 11 << 0x31;
    }
    void jobsAreRefusedWithTheDialoguesCodes()
    {
        QFETCH(int, row);
        QFETCH(int, code);
        UnitDisk disk;
        FakeUnit unit(disk);
        if (row == 4 || row == 8 || row == 11) QVERIFY(unit.generateKeyAndCsr(keyRequest()).has_value());
        Transaction other{};
        auto foreign = certifyRequest();
        foreign.transaction = other;
        const std::array<Job, 12> jobs{
            job::ReadData{0xF1A9},
            job::ReadData{did::kVin},
            job::StartRoutine{0x0215, {}},
            job::StartRoutine{rid::kInstallCertificate, option(other, 31)},
            job::StartRoutine{rid::kInstallCertificate, option(other, 32)},
            job::StartRoutine{rid::kVerifyCertificate, option(other, 15)},
            job::StartRoutine{rid::kVerifyCertificate, option(other, 16)},
            job::StartRoutine{rid::kDiscardPendingKey, option(other, 1)},
            job::BeginTransfer{5, 100},
            job::ReadData{did::kPendingCsr},
            job::StartRoutine{rid::kCertifyPendingKey, encodeCertifyRequest(foreign)},
            job::StartRoutine{rid::kCertifyPendingKey, encodeCertifyRequest(foreign)},
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
