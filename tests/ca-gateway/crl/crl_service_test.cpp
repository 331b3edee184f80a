#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <thread>

#include <QTemporaryDir>
#include <QTest>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "ca-gateway/issuance/gateway_fixture.h"
#include "crl/atomic_file.h"
#include "crl/crl_service.h"
#include "store/postgres_crl_source.h"

using namespace gateway;
using support::errorType;
using support::GatewayFixture;
using support::SoftwareKey;

namespace {

Bytes contentOf(const std::filesystem::path& file)
{
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

/// What OpenSSL reads in the published file.
struct Published
{
    bool verified = false;
    long number = -1;
    std::set<std::string> serials;
};

Published readCrl(const std::filesystem::path& file, const GatewayFixture& fixture)
{
    Published published;
    const auto der = contentOf(file);
    const auto* data = der.data();
    const std::unique_ptr<X509_CRL, decltype(&X509_CRL_free)> crl(
        d2i_X509_CRL(nullptr, &data, static_cast<long>(der.size())), X509_CRL_free);
    if (!crl) return published;
    const auto& issuerDer = fixture.signer.issuer().certificate.der();
    data = issuerDer.data();
    const std::unique_ptr<X509, decltype(&X509_free)> issuer(
        d2i_X509(nullptr, &data, static_cast<long>(issuerDer.size())), X509_free);
    published.verified = X509_CRL_verify(crl.get(), X509_get0_pubkey(issuer.get())) == 1;
    auto* number = static_cast<ASN1_INTEGER*>(X509_CRL_get_ext_d2i(crl.get(), NID_crl_number, nullptr, nullptr));
    published.number = ASN1_INTEGER_get(number);
    ASN1_INTEGER_free(number);
    auto* entries = X509_CRL_get_REVOKED(crl.get());
    for (int i = 0; i < sk_X509_REVOKED_num(entries); ++i) {
        const auto* serial = X509_REVOKED_get0_serialNumber(sk_X509_REVOKED_value(entries, i));
        published.serials.insert(
            support::valueOf(CertificateSerial::fromBytes({serial->data, static_cast<std::size_t>(serial->length)}))
                .text());
    }
    return published;
}

struct CrlFixture : GatewayFixture
{
    explicit CrlFixture(bool includeSuperseded = true) : source(connection, includeSuperseded) {}

    [[nodiscard]] std::filesystem::path file(const char* name = "v2c.crl") const
    {
        return std::filesystem::path(folder.path().toStdString()) / name;
    }
    void revoke(const CertificateSerial& serial)
    {
        support::valueOf(revocation.revoke(
            {.serial = serial, .reason = RevocationReason::KeyCompromise, .severity = Severity::P0, .notes = {}},
            admin));
    }

    QTemporaryDir folder;
    store::PostgresCrlSource source;
    CrlService crl{source, signer, signer.issuer(), {.folder = folder.path().toStdString()}, clock()};
};

} // namespace

class CrlServiceTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        const auto problem = support::postgres().start();
        QVERIFY2(problem.isEmpty(), qPrintable(problem));
    }

    void cleanupTestCase() { support::postgres().stop(); }

    void revocationIsPublishedAtTheNextCall()
    {
        CrlFixture fixture;
        QVERIFY(!fixture.crl.current());
        QCOMPARE(support::valueOf(fixture.crl.refreshIfNeeded()), true);
        auto published = readCrl(fixture.file(), fixture);
        QVERIFY(published.verified);
        QVERIFY(published.serials.empty());
        const auto first = published.number;

        const auto issued = support::valueOf(fixture.issuing.issue(fixture.request(1), fixture.station));
        fixture.advance(std::chrono::seconds(10));
        QCOMPARE(support::valueOf(fixture.crl.refreshIfNeeded()), false);
        fixture.revoke(issued.serial);
        QCOMPARE(support::valueOf(fixture.crl.refreshIfNeeded()), true);
        published = readCrl(fixture.file(), fixture);
        QVERIFY(published.verified);
        QCOMPARE(published.serials, std::set<std::string>{issued.serial.text()});
        QVERIFY(published.number > first);
        QCOMPARE(static_cast<long>(fixture.crl.current()->number), published.number);
        QVERIFY(contentOf(fixture.file("v2c.crl.pem")).size() > published.serials.size());
        QCOMPARE(fixture.crl.current()->nextUpdate - fixture.crl.current()->thisUpdate, std::chrono::hours(24));
    }

    void rebuiltEveryFiveMinutesAndNotSooner()
    {
        CrlFixture fixture;
        QVERIFY(support::valueOf(fixture.crl.refreshIfNeeded()));
        fixture.advance(std::chrono::seconds(299));
        QCOMPARE(support::valueOf(fixture.crl.refreshIfNeeded()), false);
        fixture.advance(std::chrono::seconds(1));
        QCOMPARE(support::valueOf(fixture.crl.refreshIfNeeded()), true);
    }

    void severalRevocationsWithinTwoSecondsShareOneBuild()
    {
        CrlFixture fixture;
        const auto one = support::valueOf(fixture.issuing.issue(fixture.request(1), fixture.station));
        const auto two = support::valueOf(fixture.issuing.issue(fixture.request(2), fixture.station));
        QVERIFY(support::valueOf(fixture.crl.refreshIfNeeded()));
        fixture.revoke(one.serial);
        QCOMPARE(support::valueOf(fixture.crl.refreshIfNeeded()), false);
        fixture.revoke(two.serial);
        fixture.advance(std::chrono::seconds(2));
        QCOMPARE(support::valueOf(fixture.crl.refreshIfNeeded()), true);
        QCOMPARE(readCrl(fixture.file(), fixture).serials.size(), std::size_t{2});
    }

    void revokedStaysUntilAListAfterItsExpiry()
    {
        CrlFixture fixture;
        const auto issued = support::valueOf(fixture.issuing.issue(fixture.request(1), fixture.station));
        fixture.revoke(issued.serial);
        fixture.now = issued.expiresAt.time_since_epoch().count();
        fixture.advance(std::chrono::hours(1));
        QVERIFY(support::valueOf(fixture.crl.refreshIfNeeded()));
        QCOMPARE(readCrl(fixture.file(), fixture).serials.size(), std::size_t{1});
        fixture.advance(std::chrono::hours(24));
        QVERIFY(support::valueOf(fixture.crl.refreshIfNeeded()));
        QCOMPARE(readCrl(fixture.file(), fixture).serials.size(), std::size_t{0});
    }

    void replacedIsListedAfterItsGrace_data()
    {
        QTest::addColumn<bool>("included");
        QTest::newRow("by default") << true;
        QTest::newRow("unless switched off") << false;
    }

    void replacedIsListedAfterItsGrace()
    {
        QFETCH(const bool, included);
        CrlFixture fixture(included);
        const auto old = support::valueOf(fixture.issuing.issue(fixture.request(1), fixture.station));
        support::valueOf(fixture.renewal.renew(
            {.transaction = support::newTransaction(),
             .csrDer = SoftwareKey().vehicleCsr({.deviceId = old.deviceId, .vinHash = old.vinHash})},
            {.kind = Caller::Kind::Vehicle,
             .name = std::string(old.deviceId.text()),
             .certificateDer = old.certificateDer,
             .traceId = {}}));
        fixture.advance(std::chrono::days(7) - std::chrono::seconds(100));
        QVERIFY(support::valueOf(fixture.crl.refreshIfNeeded()));
        QVERIFY(readCrl(fixture.file(), fixture).serials.empty());
        fixture.advance(std::chrono::seconds(100));
        QCOMPARE(support::valueOf(fixture.crl.refreshIfNeeded()), included);
        QCOMPARE(readCrl(fixture.file(), fixture).serials.contains(old.serial.text()), included);
    }

    void numberRisesWhateverTheClockDoes()
    {
        CrlFixture fixture;
        std::uint64_t last = 0;
        for (const auto step : {0, 1, -1000, 0, 500}) {
            fixture.advance(std::chrono::seconds(step));
            const auto number =
                support::valueOf(fixture.source.reserveNumber("CA", Time(std::chrono::seconds(fixture.now.load())), 0));
            QVERIFY(number > last);
            last = number;
        }
        std::vector<std::uint64_t> numbers(8);
        std::vector<std::thread> threads;
        for (auto& number : numbers)
            threads.emplace_back(
                [&] { number = support::valueOf(fixture.source.reserveNumber("CA", GatewayFixture::kStart, 0)); });
        for (auto& thread : threads)
            thread.join();
        QCOMPARE(std::set<std::uint64_t>(numbers.begin(), numbers.end()).size(), numbers.size());
    }

    /// A database restored to an earlier state, with a clock that was put back, or the backup's folder on a new
    /// machine.
    void numberRisesAcrossARestore()
    {
        CrlFixture fixture;
        QVERIFY(support::valueOf(fixture.crl.refreshIfNeeded()));
        fixture.advance(std::chrono::seconds(1000));
        QVERIFY(support::valueOf(fixture.crl.refreshIfNeeded()));
        const auto before = readCrl(fixture.file(), fixture).number;
        fixture.sql("DELETE FROM crl_numbers");
        fixture.advance(std::chrono::seconds(-1000));
        CrlService restarted(fixture.source, fixture.signer, fixture.signer.issuer(),
                             {.folder = fixture.folder.path().toStdString()}, fixture.clock());
        QCOMPARE(static_cast<long>(restarted.current()->number), before);
        QVERIFY(support::valueOf(restarted.refreshIfNeeded()));
        QVERIFY(readCrl(fixture.file(), fixture).number > before);
        QVERIFY(readCrl(fixture.file(), fixture).verified);
        // Without the folder the time does.
        std::filesystem::remove(fixture.file());
        fixture.sql("DELETE FROM crl_numbers");
        fixture.advance(std::chrono::seconds(2000));
        CrlService elsewhere(fixture.source, fixture.signer, fixture.signer.issuer(),
                             {.folder = fixture.folder.path().toStdString()}, fixture.clock());
        QVERIFY(support::valueOf(elsewhere.refreshIfNeeded()));
        QVERIFY(readCrl(fixture.file(), fixture).number > before);
    }

    /// Two builders in one folder, as during a failover: whoever publishes, the number rises.
    void twoProcessesShareAFolder()
    {
        CrlFixture fixture;
        CrlService other(fixture.source, fixture.signer, fixture.signer.issuer(),
                         {.folder = fixture.folder.path().toStdString()}, fixture.clock());
        long last = 0;
        for (int i = 0; i < 4; ++i) {
            fixture.advance(std::chrono::seconds(301));
            QVERIFY(support::valueOf((i % 2 == 0 ? fixture.crl : other).refreshIfNeeded()));
            const auto published = readCrl(fixture.file(), fixture);
            QVERIFY(published.verified && published.number > last);
            last = published.number;
        }
        {
            const auto busy = support::valueOf(FileLock::tryTake(fixture.file("v2c.crl.lock")));
            QVERIFY(busy.has_value());
            fixture.advance(std::chrono::seconds(301));
            QCOMPARE(support::valueOf(other.refreshIfNeeded()), false);
        }
        QCOMPARE(support::valueOf(other.refreshIfNeeded()), true);
    }

    void aRestartClearsUpAndTakesNoListOfOthers()
    {
        CrlFixture fixture;
        std::ofstream(fixture.file("v2c.crl.aB3xYz")) << "half a list";
        std::ofstream(fixture.file("v2c.crl.pem.aB3xYz")) << "half a list";
        std::ofstream(fixture.file("v2c.crl")) << "damaged";
        CrlService restarted(fixture.source, fixture.signer, fixture.signer.issuer(),
                             {.folder = fixture.folder.path().toStdString()}, fixture.clock());
        QVERIFY(!restarted.current());
        QVERIFY(support::valueOf(restarted.refreshIfNeeded()));
        QVERIFY(readCrl(fixture.file(), fixture).verified);
        std::set<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(fixture.folder.path().toStdString()))
            names.insert(entry.path().filename().string());
        QCOMPARE(names, (std::set<std::string>{"v2c.crl", "v2c.crl.lock", "v2c.crl.pem"}));
    }

    void failureLeavesTheLastOneInPlace()
    {
        CrlFixture fixture;
        const auto issued = support::valueOf(fixture.issuing.issue(fixture.request(1), fixture.station));
        QVERIFY(support::valueOf(fixture.crl.refreshIfNeeded()));
        const auto before = contentOf(fixture.file());
        fixture.revoke(issued.serial);
        fixture.advance(std::chrono::seconds(10));
        fixture.signer.setFault(
            [](int) -> Result<void> { return fail(ErrorCode::HsmUnavailable, "signer-unreachable", "no signer"); });
        QCOMPARE(errorType(fixture.crl.refreshIfNeeded()), std::string("signer-unreachable"));
        QCOMPARE(contentOf(fixture.file()), before);
        // What failed is not forgotten.
        fixture.signer.setFault({});
        QCOMPARE(support::valueOf(fixture.crl.refreshIfNeeded()), true);
        QCOMPARE(readCrl(fixture.file(), fixture).serials.size(), std::size_t{1});
    }

    void replacingAFileLeavesNothingElseBehind()
    {
        QTemporaryDir folder;
        const std::filesystem::path path = folder.path().toStdString();
        QCOMPARE(errorType(replaceFile(path / "a.crl", asBytes("one"))), std::string("(none)"));
        QCOMPARE(errorType(replaceFile(path / "a.crl", asBytes("two"))), std::string("(none)"));
        QCOMPARE(contentOf(path / "a.crl"), Bytes({'t', 'w', 'o'}));
        QCOMPARE(std::distance(std::filesystem::directory_iterator(path), {}), std::ptrdiff_t{1});
        QCOMPARE(errorType(replaceFile(path / "absent" / "a.crl", asBytes("x"))), std::string("crl-write"));
        // A folder in the way of the rename.
        std::filesystem::create_directory(path / "b.crl");
        QCOMPARE(errorType(replaceFile(path / "b.crl", asBytes("x"))), std::string("crl-write"));
        QCOMPARE(std::distance(std::filesystem::directory_iterator(path), {}), std::ptrdiff_t{2});
    }
};

QTEST_GUILESS_MAIN(CrlServiceTest)
#include "crl_service_test.moc"
