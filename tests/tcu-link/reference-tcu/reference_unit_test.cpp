#include <QTemporaryDir>
#include <QtTest>

#include "reference-tcu/faulty_unit.h"
#include "reference-tcu/reference_unit.h"
#include "support/swtpm_server.h"
#include "test_ca.h"

using namespace tcu;

namespace {

const std::string kDeviceId(32, 'A');
const std::string kVinHash(64, 'b');
constexpr Transaction kFirst{1};
constexpr Transaction kSecond{2};
constexpr Transaction kThird{3};

struct PowerCut
{
};

std::string why(const UnitRefusal& refusal)
{
    return std::to_string(refusal.nrc) + " " + refusal.detail;
}

#define VERIFY_OK(expression)                                                                                          \
    do {                                                                                                               \
        const auto& result_ = (expression);                                                                            \
        QVERIFY2(result_, result_ ? "" : why(result_.error()).c_str());                                                \
    } while (false)

} // namespace

class ReferenceUnitTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_swtpm = std::make_unique<test::SwtpmServer>();
        QVERIFY2(m_swtpm->start(), m_swtpm->error().c_str());
        m_tpm = std::make_unique<Tpm>(TpmSettings{m_swtpm->tcti(), std::chrono::milliseconds(3000)});
        m_folder = std::make_unique<QTemporaryDir>();
        m_now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    }
    void cleanup()
    {
        m_tpm.reset();
        m_swtpm.reset();
        m_folder.reset();
    }

    void startsEmptyAndGetsProvisioned()
    {
        auto unit = makeUnit();
        VERIFY_OK(unit->start());
        QCOMPARE(unit->state().state, UnitState::Empty);
        QVERIFY(!unit->pendingCsr());
        QVERIFY(!unit->activeLeaf());
        QVERIFY(!unit->verifyCertificate({}));
        QCOMPARE(unit->identification(did::kVin).value(), Bytes({'V'}));
        QVERIFY(!unit->identification(did::kEcuHardwareNumber));

        VERIFY_OK(unit->generateKeyAndCsr({kFirst, kDeviceId, kVinHash}));
        QCOMPARE(unit->state().state, UnitState::KeyPending);
        QVERIFY(unit->state().transaction == kFirst);
        const auto chain = m_ca.issue(unit->pendingCsr().value());
        // In blocks that do not divide the length.
        QCOMPARE(unit->beginStaging(static_cast<std::uint32_t>(chain.size())).value(), 0U);
        for (std::size_t offset = 0; offset < chain.size(); offset += 700) {
            QCOMPARE(std::size_t(unit->state().stagedLength), offset);
            VERIFY_OK(unit->stage(ByteView(chain).subspan(offset, std::min<std::size_t>(700, chain.size() - offset))));
        }
        VERIFY_OK(unit->endStaging());
        QCOMPARE(unit->state().state, UnitState::ChainStaged);
        const auto leaf = unit->installCertificate(kFirst, sha256(chain));
        VERIFY_OK(leaf);
        QCOMPARE(unit->state().state, UnitState::Active);
        const auto der = unit->activeLeaf().value();
        QCOMPARE(*leaf, sha256(der));
        QCOMPARE(unit->chainHashes().value().size(), std::size_t(3));
        QCOMPARE(unit->chainHashes().value().front(), *leaf);
        QVERIFY(proves(*unit, der));
        QCOMPARE(m_tpm->keyHandles().value(), std::vector<std::uint32_t>{0x81000001});
    }

    void everyCallMayBeRepeated()
    {
        auto unit = makeUnit();
        VERIFY_OK(unit->generateKeyAndCsr({kFirst, kDeviceId, kVinHash}));
        const auto csr = unit->pendingCsr().value();
        VERIFY_OK(unit->generateKeyAndCsr({kFirst, kDeviceId, kVinHash}));
        QCOMPARE(unit->pendingCsr().value(), csr);
        QVERIFY(!unit->generateKeyAndCsr({kFirst, std::string(32, 'C'), kVinHash}));
        const auto chain = m_ca.issue(csr);
        VERIFY_OK(stage(*unit, chain));
        VERIFY_OK(stage(*unit, chain)); // nothing is sent twice
        const auto first = unit->installCertificate(kFirst, sha256(chain));
        VERIFY_OK(first);
        // A station that lost everything since the scan goes through all of it again.
        VERIFY_OK(unit->generateKeyAndCsr({kFirst, kDeviceId, kVinHash}));
        QCOMPARE(unit->pendingCsr().value(), csr);
        VERIFY_OK(stage(*unit, chain));
        QCOMPARE(unit->installCertificate(kFirst, sha256(chain)).value(), *first);
        QVERIFY(!unit->installCertificate(kFirst, {}));
        QCOMPARE(unit->discardPendingKey(kFirst).error().nrc, nrc::kConditionsNotCorrect);
        QCOMPARE(unit->state().state, UnitState::Active);
        QCOMPARE(m_tpm->keyHandles().value(), std::vector<std::uint32_t>{0x81000001});
    }

    void anotherTransactionReplacesThePendingKeyOnly()
    {
        auto unit = makeUnit();
        VERIFY_OK(provision(*unit, kFirst));
        const auto leaf = unit->activeLeaf().value();
        VERIFY_OK(unit->generateKeyAndCsr({kSecond, kDeviceId, kVinHash}));
        const auto second = unit->pendingCsr().value();
        VERIFY_OK(unit->generateKeyAndCsr({kThird, kDeviceId, kVinHash}));
        QVERIFY(unit->pendingCsr().value() != second);
        QCOMPARE(unit->activeLeaf().value(), leaf);
        QVERIFY(proves(*unit, leaf));
        QCOMPARE(m_tpm->keyHandles().value().size(), std::size_t(2));
        QCOMPARE(unit->discardPendingKey(kSecond).error().nrc, nrc::kRequestOutOfRange);
        VERIFY_OK(unit->discardPendingKey(kThird));
        VERIFY_OK(unit->discardPendingKey(kThird));
        QCOMPARE(unit->state().state, UnitState::Active);
        QCOMPARE(m_tpm->keyHandles().value(), std::vector<std::uint32_t>{0x81000001});
    }

    void replacedKeyIsKeptForSevenDays()
    {
        auto unit = makeUnit();
        VERIFY_OK(provision(*unit, kFirst));
        VERIFY_OK(provision(*unit, kSecond));
        QCOMPARE(m_tpm->keyHandles().value().size(), std::size_t(2));
        QVERIFY(unit->record()->replaced.has_value());
        m_now += std::chrono::days(7) - std::chrono::seconds(1);
        VERIFY_OK(unit->start());
        QCOMPARE(m_tpm->keyHandles().value().size(), std::size_t(2));
        m_now += std::chrono::seconds(1);
        VERIFY_OK(unit->start());
        QCOMPARE(m_tpm->keyHandles().value(), std::vector<std::uint32_t>{0x81000002});
        QVERIFY(!unit->record()->replaced.has_value());
        QVERIFY(proves(*unit, unit->activeLeaf().value()));
    }

    void thirdCertificateWithinTheGraceDropsTheOldestKey()
    {
        auto unit = makeUnit();
        for (const auto& transaction : {kFirst, kSecond, kThird, Transaction{4}, Transaction{5}}) {
            VERIFY_OK(provision(*unit, transaction));
            QVERIFY(proves(*unit, unit->activeLeaf().value()));
            QVERIFY(m_tpm->keyHandles().value().size() <= 2);
        }
    }

    void refusesWrongChains_data()
    {
        QTest::addColumn<int>("mistake");
        QTest::addColumn<int>("code");
        const struct
        {
            const char* name;
            int code;
        } rows[] = {{"another key", 0x55},        {"another subject", 0x55},
                    {"foreign root", 0x52},       {"expired", 0x50},
                    {"not yet valid", 0x50},      {"broken signature", 0x51},
                    {"server certificate", 0x53}, {"trailing byte", 0x54},
                    {"cut short", 0x54},          {"no issuers", 0x52},
                    {"with the root", 0x52},      {"hash of something else", 0x72},
                    {"not a certificate", 0x54},  {"issuer twice", 0x52}};
        int mistake = 0;
        for (const auto& row : rows)
            QTest::newRow(row.name) << mistake++ << row.code;
    }
    void refusesWrongChains()
    {
        QFETCH(int, mistake);
        QFETCH(int, code);
        auto unit = makeUnit();
        VERIFY_OK(unit->generateKeyAndCsr({kFirst, kDeviceId, kVinHash}));
        const auto csr = unit->pendingCsr().value();
        const auto good = m_ca.issue(csr);
        const auto leafSize = toDer(parseChain(good)->front().get()).size();
        const auto otherKey = test::makeSoftwareKey();
        test::LeafOptions options;
        Bytes chain = good;
        switch (mistake) {
        case 0:
            options.key = otherKey.get();
            chain = m_ca.issue(csr, options);
            break;
        case 1:
            options.deviceId = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";
            chain = m_ca.issue(csr, options);
            break;
        case 2:
            chain = test::TestCa().issue(csr);
            break;
        case 3:
            options.notAfterSeconds = -60;
            chain = m_ca.issue(csr, options);
            break;
        case 4:
            options.notBeforeSeconds = 3600;
            chain = m_ca.issue(csr, options);
            break;
        case 5:
            options.breakSignature = true;
            chain = m_ca.issue(csr, options);
            break;
        case 6:
            options.extendedKeyUsage = "serverAuth";
            chain = m_ca.issue(csr, options);
            break;
        case 7:
            chain.push_back(0);
            break;
        case 8:
            chain.pop_back();
            break;
        case 9:
            chain.resize(leafSize);
            break;
        case 10: {
            const auto root = m_ca.rootDer();
            chain.insert(chain.end(), root.begin(), root.end());
            break;
        }
        case 12:
            chain = Bytes(500, 0xA5);
            break;
        case 13: {
            const auto issuer = toDer((*parseChain(good))[1].get());
            chain.insert(chain.end(), issuer.begin(), issuer.end());
            break;
        }
        }
        VERIFY_OK(stage(*unit, chain));
        const auto refused = unit->installCertificate(kFirst, mistake == 11 ? Sha256{} : sha256(chain));
        QVERIFY(!refused);
        QVERIFY2(refused.error().nrc == code, why(refused.error()).c_str());
        QCOMPARE(int(unit->state().lastNrc), code);
        QVERIFY(!unit->state().lastDetail.empty());
        // The wrong bytes are gone, the key is still there, and the right chain goes in.
        QCOMPARE(unit->state().state, UnitState::KeyPending);
        QCOMPARE(unit->state().stagedLength, 0U);
        QVERIFY(!unit->activeLeaf());
        VERIFY_OK(stage(*unit, good));
        VERIFY_OK(unit->installCertificate(kFirst, sha256(good)));
        QVERIFY(proves(*unit, unit->activeLeaf().value()));
    }

    void refusesBadRequests()
    {
        auto unit = makeUnit();
        for (const auto& [deviceId, vinHash] :
             std::vector<std::pair<std::string, std::string>>{{"", kVinHash},
                                                              {std::string(31, 'A'), kVinHash},
                                                              {std::string(33, 'A'), kVinHash},
                                                              {std::string(32, 'a'), kVinHash},
                                                              {std::string(32, 'G'), kVinHash},
                                                              {kDeviceId, ""},
                                                              {kDeviceId, std::string(64, 'B')},
                                                              {kDeviceId, std::string(65, 'b')},
                                                              {kDeviceId, std::string(64, '\0')}})
            QCOMPARE(unit->generateKeyAndCsr({kFirst, deviceId, vinHash}).error().nrc, nrc::kRequestOutOfRange);
        QCOMPARE(unit->beginStaging(10).error().nrc, nrc::kConditionsNotCorrect);
        QCOMPARE(unit->installCertificate(kFirst, {}).error().nrc, nrc::kRequestSequenceError);
        VERIFY_OK(unit->generateKeyAndCsr({kFirst, kDeviceId, kVinHash}));
        QCOMPARE(unit->beginStaging(0).error().nrc, nrc::kRequestOutOfRange);
        QCOMPARE(unit->beginStaging(ReferenceUnit::kMaxChainBytes + 1).error().nrc, nrc::kRequestOutOfRange);
        QCOMPARE(unit->stage(Bytes(1)).error().nrc, nrc::kRequestSequenceError);
        QCOMPARE(unit->endStaging().error().nrc, nrc::kRequestSequenceError);
        QCOMPARE(unit->installCertificate(kFirst, {}).error().nrc, nrc::kRequestSequenceError);
        QCOMPARE(unit->beginStaging(10).value(), 0U);
        VERIFY_OK(unit->stage(Bytes(6)));
        QCOMPARE(unit->stage(Bytes(5)).error().nrc, nrc::kRequestOutOfRange);
        QCOMPARE(unit->endStaging().error().nrc, nrc::kRequestSequenceError);
        QCOMPARE(unit->beginStaging(10).value(), 6U); // goes on
        QCOMPARE(unit->beginStaging(11).value(), 0U); // another chain
        QCOMPARE(unit->installCertificate(kSecond, {}).error().nrc, nrc::kRequestOutOfRange);
    }

    void damagedRecordStopsTheUnit_data()
    {
        QTest::addColumn<QByteArray>("content");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("zeros") << QByteArray(4096, '\0');
        QTest::newRow("cut short") << QByteArray("cut");
        QTest::newRow("other JSON") << QByteArray("{}");
    }
    void damagedRecordStopsTheUnit()
    {
        QFETCH(QByteArray, content);
        {
            auto unit = makeUnit();
            VERIFY_OK(provision(*unit, kFirst));
        }
        const auto file = m_folder->filePath(QStringLiteral("record.json"));
        if (content == "cut") {
            QFile record(file);
            QVERIFY(record.resize(record.size() / 2));
        } else {
            QFile record(file);
            QVERIFY(record.open(QIODevice::WriteOnly | QIODevice::Truncate));
            record.write(content);
        }
        auto unit = makeUnit();
        const auto started = unit->start();
        QVERIFY(!started);
        QCOMPARE(started.error().nrc, nrc::kGeneralProgrammingFailure);
        QVERIFY(started.error().detail.find("damaged") != std::string::npos);
        QVERIFY(!unit->generateKeyAndCsr({kSecond, kDeviceId, kVinHash}));
        QCOMPARE(int(unit->state().lastNrc), int(nrc::kGeneralProgrammingFailure));
        QCOMPARE(m_tpm->keyHandles().value().size(), std::size_t(1)); // no key is evicted on a guess
    }

    void damagedChainIsSeen()
    {
        auto unit = makeUnit();
        VERIFY_OK(provision(*unit, kFirst));
        QFile chain(m_folder->filePath(QString::fromStdString(unit->record()->active->chainFile)));
        QVERIFY(chain.open(QIODevice::ReadWrite));
        QVERIFY(chain.seek(100));
        const char before = chain.peek(1).at(0);
        const char after = static_cast<char>(before ^ 1);
        QCOMPARE(chain.write(&after, 1), 1);
        chain.close();
        QCOMPARE(unit->activeLeaf().error().nrc, nrc::kGeneralProgrammingFailure);
        QVERIFY(!unit->verifyCertificate({}));
    }

    void orphanKeyIsEvicted()
    {
        auto unit = makeUnit();
        VERIFY_OK(provision(*unit, kFirst));
        QCOMPARE(m_tpm->createSigningKey().value(), 0x81000002U);
        QCOMPARE(m_tpm->createSigningKey().value(), 0x81000003U);
        VERIFY_OK(unit->start());
        QCOMPARE(m_tpm->keyHandles().value(), std::vector<std::uint32_t>{0x81000001});
        // And without a restart, when a key is needed.
        QCOMPARE(m_tpm->createSigningKey().value(), 0x81000002U);
        QCOMPARE(m_tpm->createSigningKey().value(), 0x81000003U);
        VERIFY_OK(unit->generateKeyAndCsr({kSecond, kDeviceId, kVinHash}));
        QCOMPARE(unit->record()->pending->key.handle, 0x81000002U);
        QCOMPARE(m_tpm->keyHandles().value().size(), std::size_t(2));
    }

    void keysOfAnotherUnitAreLeftAlone()
    {
        auto unit = makeUnit();
        VERIFY_OK(provision(*unit, kFirst));
        test::SwtpmServer other;
        QVERIFY(other.start());
        Tpm otherTpm({other.tcti()});
        QCOMPARE(otherTpm.createSigningKey().value(), 0x81000001U);
        QCOMPARE(otherTpm.createSigningKey().value(), 0x81000002U);
        ReferenceUnit confused(settings({}), otherTpm, m_ca.root());
        QVERIFY(!confused.start());
        QVERIFY(!confused.generateKeyAndCsr({kSecond, kDeviceId, kVinHash}));
        QCOMPARE(otherTpm.keyHandles().value().size(), std::size_t(2));
    }

    void survivesTheTpmsAbsence()
    {
        Tpm impatient({m_swtpm->tcti(), std::chrono::milliseconds(200)});
        ReferenceUnit unit(settings({}), impatient, m_ca.root());
        VERIFY_OK(provision(unit, kFirst));
        m_swtpm->stop();
        QCOMPARE(unit.verifyCertificate({}).error().nrc, nrc::kBusyRepeatRequest);
        QCOMPARE(unit.generateKeyAndCsr({kSecond, kDeviceId, kVinHash}).error().nrc, nrc::kBusyRepeatRequest);
        QCOMPARE(unit.start().error().nrc, nrc::kBusyRepeatRequest);
        VERIFY_OK(unit.activeLeaf()); // needs no TPM
        QVERIFY(m_swtpm->start());
        QVERIFY(proves(unit, unit.activeLeaf().value()));
    }

    void powerCutAtAnyStepIsRecovered()
    {
        // The power goes before the n-th durable step of a whole life: provisioning, renewal, a discarded key. After
        // each cut a new unit starts from disk and the same calls are made again, as a station would.
        int cuts = 0;
        for (int allowed = 0;; ++allowed) {
            cleanup();
            init();
            int left = allowed;
            const auto cut = [&](const char*) {
                if (left-- == 0) throw PowerCut{};
            };
            const auto life = [&](ReferenceUnit& unit) {
                if (!unit.start()) return false;
                // What a finished transaction has replaced is not begun again.
                const auto record = unit.record();
                if (!record) return false;
                const auto& active = record->active;
                const bool isSecondDone = active && active->key.transaction == kSecond;
                const bool isFirstDone = isSecondDone || (active && record->pending);
                if (!isFirstDone && !provision(unit, kFirst)) return false;
                if (!isSecondDone && !provision(unit, kSecond)) return false;
                return unit.generateKeyAndCsr({kThird, kDeviceId, kVinHash}) && unit.discardPendingKey(kThird);
            };
            bool isCut = false;
            try {
                auto unit = makeUnit(cut);
                QVERIFY(life(*unit));
            } catch (const PowerCut&) {
                isCut = true;
                ++cuts;
            }
            auto unit = makeUnit();
            VERIFY_OK(unit->start());
            const auto handles = m_tpm->keyHandles().value();
            for (const auto handle : handles)
                QVERIFY(unit->record()->namesHandle(handle));
            if (unit->record()->active) QVERIFY(proves(*unit, unit->activeLeaf().value()));
            QVERIFY2(life(*unit), std::to_string(allowed).c_str());
            QVERIFY(unit->state().transaction == kSecond);
            QVERIFY(proves(*unit, unit->activeLeaf().value()));
            QCOMPARE(m_tpm->keyHandles().value().size(), std::size_t(2)); // active and replaced
            const auto files = QDir(m_folder->path()).entryList(QDir::Files);
            QVERIFY2(files.size() == 4, qPrintable(files.join(QLatin1Char(' ')))); // record, lock, two chains
            if (!isCut) break;
        }
        QVERIFY2(cuts > 25, std::to_string(cuts).c_str());
    }

    void unitMadeAgainAfterEachCallGoesOn()
    {
        VERIFY_OK(makeUnit()->start());
        VERIFY_OK(makeUnit()->generateKeyAndCsr({kFirst, kDeviceId, kVinHash}));
        const auto csr = makeUnit()->pendingCsr().value();
        const auto chain = m_ca.issue(csr);
        const auto length = static_cast<std::uint32_t>(chain.size());
        QCOMPARE(makeUnit()->beginStaging(length).value(), 0U);
        VERIFY_OK(makeUnit()->stage(ByteView(chain).first(1000)));
        QCOMPARE(makeUnit()->state().stagedLength, 1000U);
        QCOMPARE(makeUnit()->beginStaging(length).value(), 1000U);
        VERIFY_OK(makeUnit()->stage(ByteView(chain).subspan(1000)));
        VERIFY_OK(makeUnit()->endStaging());
        QCOMPARE(makeUnit()->state().state, UnitState::ChainStaged);
        VERIFY_OK(makeUnit()->installCertificate(kFirst, sha256(chain)));
        QCOMPARE(makeUnit()->state().state, UnitState::Active);
        auto unit = makeUnit();
        QVERIFY(proves(*unit, unit->activeLeaf().value()));
    }

    void faultsAreThoseAskedFor()
    {
        auto unit = makeUnit();
        VERIFY_OK(provision(*unit, kFirst));
        const auto leaf = unit->activeLeaf().value();
        FaultyUnit wrong(*unit, *m_tpm, {.verifyWrongSignature = true});
        QVERIFY(wrong.verifyCertificate({}));
        QVERIFY(!proves(wrong, leaf));
        FaultyUnit none(*unit, *m_tpm, {});
        QVERIFY(proves(none, leaf));
        FaultyUnit noCsr(*unit, *m_tpm, {.csrFails = true});
        QVERIFY(!noCsr.generateKeyAndCsr({kSecond, kDeviceId, kVinHash}));
        QCOMPARE(unit->state().state, UnitState::Active);
        FaultyUnit noInstall(*unit, *m_tpm, {.installFails = true});
        VERIFY_OK(noInstall.generateKeyAndCsr({kSecond, kDeviceId, kVinHash}));
        const auto chain = m_ca.issue(noInstall.pendingCsr().value());
        VERIFY_OK(stage(noInstall, chain));
        QVERIFY(!noInstall.installCertificate(kSecond, sha256(chain)));
        QCOMPARE(unit->activeLeaf().value(), leaf);
    }

private:
    UnitSettings settings(StepObserver beforeStep)
    {
        return {m_folder->path().toStdString(), {{did::kVin, "V"}}, [this] { return m_now; }, std::move(beforeStep)};
    }
    std::unique_ptr<ReferenceUnit> makeUnit(StepObserver beforeStep = {})
    {
        return std::make_unique<ReferenceUnit>(settings(std::move(beforeStep)), *m_tpm, m_ca.root());
    }

    static UnitResult<void> stage(Unit& unit, ByteView chain)
    {
        const auto offset = unit.beginStaging(static_cast<std::uint32_t>(chain.size()));
        if (!offset) return tl::unexpected(offset.error());
        if (*offset < chain.size()) {
            if (auto staged = unit.stage(chain.subspan(*offset)); !staged) return staged;
        }
        return unit.endStaging();
    }

    /// The CA answers a repeated request with the same certificate, as the gateway does.
    UnitResult<void> provision(Unit& unit, const Transaction& transaction)
    {
        if (auto generated = unit.generateKeyAndCsr({transaction, kDeviceId, kVinHash}); !generated) return generated;
        const auto csr = unit.pendingCsr();
        if (!csr) return tl::unexpected(csr.error());
        auto& chain = m_issued[*csr];
        if (chain.empty()) chain = m_ca.issue(*csr);
        if (auto staged = stage(unit, chain); !staged) return staged;
        return unit.installCertificate(transaction, sha256(chain)).map([](const Sha256&) {});
    }

    static bool proves(Unit& unit, const Bytes& leafDer)
    {
        const Sha256 challenge{};
        const auto signature = unit.verifyCertificate(challenge);
        const auto leaf = parseChain(leafDer);
        if (!signature || !leaf) return false;
        const std::string_view context = "tcu-link/0212/1";
        Bytes message(context.begin(), context.end());
        message.insert(message.end(), challenge.begin(), challenge.end());
        const auto leafSha256 = sha256(leafDer);
        message.insert(message.end(), leafSha256.begin(), leafSha256.end());
        return verifiesWith(leaf->front().get(), message, *signature);
    }

    test::TestCa m_ca;
    std::unique_ptr<test::SwtpmServer> m_swtpm;
    std::unique_ptr<Tpm> m_tpm;
    std::unique_ptr<QTemporaryDir> m_folder;
    std::map<Bytes, Bytes> m_issued;
    std::chrono::sys_seconds m_now;
};

int main(int argc, char* argv[])
{
    if (!qEnvironmentVariableIsSet("TSS2_LOG"))
        qputenv("TSS2_LOG", "all+none"); // the library prints each refusal, and refusals are what is tested
    const QCoreApplication application(argc, argv);
    ReferenceUnitTest test;
    return QTest::qExec(&test, argc, argv);
}

#include "reference_unit_test.moc"
