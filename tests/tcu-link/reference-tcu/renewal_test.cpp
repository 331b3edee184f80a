#include <deque>

#include <QTemporaryDir>
#include <QtTest>

#include "identity/random.h"
#include "reference-tcu/renewal.h"
#include "support/swtpm_server.h"
#include "test_ca.h"

using namespace tcu;

namespace {

using Kind = RenewalOutcome::Kind;
using gateway::ErrorCode;

const std::string kDeviceId(32, 'A');
const std::string kVinHash(64, 'b');
constexpr Transaction kFactory{1};

struct PowerCut
{
};

gateway::CertificateSerial serialOf(X509* certificate)
{
    return gateway::CertificateSerial::parse(serialText(certificate)).value();
}

/// The gateway as the agent sees it: idempotent by transaction, and with the faults of a network.
struct FakeGateway
{
    test::TestCa ca;
    test::LeafOptions leaf;
    std::map<std::string, Bytes> csrOf; ///< by transaction
    std::map<std::string, gateway::IssuedCertificate> issued;
    std::deque<gateway::Error> renewErrors; ///< answers instead of a certificate, first to last
    bool reachable = true;
    bool acceptsNewCertificates = true;
    std::vector<gateway::RenewFailureReport> failures;
    int requests = 0;
};

class FakeClient final : public gateway::GatewayClient
{
public:
    FakeClient(FakeGateway& gateway, bool isNew) : m_gateway(gateway), m_isNew(isNew) {}

    gateway::Result<gateway::EvidenceChallenge> challenge(const gateway::ChallengeRequest&) override
    {
        return unused();
    }
    gateway::Result<gateway::IssuedCertificate> issue(const gateway::IssueRequest&) override { return unused(); }
    gateway::Result<gateway::RequestStatus> findRequest(const gateway::TransactionId&) override { return unused(); }
    gateway::Result<void> reportProvisioned(const gateway::ProvisionedReport&) override { return unused(); }
    gateway::Result<gateway::Revocation> reportRejected(const gateway::RejectedReport&) override { return unused(); }

    gateway::Result<gateway::IssuedCertificate> renew(const gateway::RenewRequest& request) override
    {
        if (!m_gateway.reachable) return unreachable();
        ++m_gateway.requests;
        const auto key = request.transaction.text();
        const auto known = m_gateway.csrOf.find(key);
        if (known != m_gateway.csrOf.end() && known->second != request.csrDer)
            return gateway::fail(ErrorCode::Conflict, "idempotency-key-reused", "another CSR");
        m_gateway.csrOf[key] = request.csrDer;
        if (!m_gateway.renewErrors.empty()) {
            const auto error = m_gateway.renewErrors.front();
            m_gateway.renewErrors.pop_front();
            return tl::unexpected(error);
        }
        if (const auto found = m_gateway.issued.find(key); found != m_gateway.issued.end()) return found->second;
        const auto chain = parseChain(m_gateway.ca.issue(request.csrDer, m_gateway.leaf)).value_or(Chain{});
        gateway::IssuedCertificate certificate{serialOf(chain.front().get()),
                                               gateway::DeviceId::parse(kDeviceId).value(),
                                               gateway::VinHash::parse(kVinHash).value(),
                                               toDer(chain[0].get()),
                                               {toDer(chain[1].get()), toDer(chain[2].get())},
                                               {},
                                               notAfter(chain.front().get())};
        return m_gateway.issued.emplace(key, certificate).first->second;
    }
    gateway::Result<void> reportRenewFailure(const gateway::RenewFailureReport& report) override
    {
        if (!m_gateway.reachable) return unreachable();
        m_gateway.failures.push_back(report);
        return {};
    }
    gateway::Result<std::string> exportAudit(const gateway::AuditExportQuery&, const std::string&) override
    {
        return unused();
    }
    gateway::Result<gateway::GatewayHealth> checkHealth() override
    {
        if (!m_gateway.reachable) return unreachable();
        if (m_isNew && !m_gateway.acceptsNewCertificates)
            return gateway::fail(ErrorCode::Unauthorized, "gateway-refused-credential", "handshake failure");
        return gateway::GatewayHealth{"ok", {}};
    }

private:
    static tl::unexpected<gateway::Error> unused()
    {
        return gateway::fail(ErrorCode::Internal, "unused", "a vehicle does not ask that");
    }
    static tl::unexpected<gateway::Error> unreachable()
    {
        return gateway::fail(ErrorCode::StoreUnavailable, "gateway-unreachable", "no connection");
    }

    FakeGateway& m_gateway;
    bool m_isNew;
};

} // namespace

class RenewalTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_swtpm = std::make_unique<test::SwtpmServer>();
        QVERIFY2(m_swtpm->start(), m_swtpm->error().c_str());
        m_tpm = std::make_unique<Tpm>(TpmSettings{m_swtpm->tcti()});
        m_folder = std::make_unique<QTemporaryDir>();
        m_gateway = std::make_unique<FakeGateway>();
        m_now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
        m_cut = {};
    }
    void cleanup()
    {
        m_tpm.reset();
        m_swtpm.reset();
    }

    void unprovisionedUnitHasNothingToRenew() { QCOMPARE(run(true).kind, Kind::Unprovisioned); }

    void renewsInTheLastThirtyDays_data()
    {
        QTest::addColumn<int>("secondsLeft");
        QTest::addColumn<bool>("renews");
        constexpr int window = 30 * 86400;
        QTest::newRow("a year") << 365 * 86400 << false;
        QTest::newRow("thirty days and a bit") << window + 60 << false;
        QTest::newRow("less than thirty days") << window - 60 << true;
        QTest::newRow("a day") << 86400 << true;
    }
    void renewsInTheLastThirtyDays()
    {
        QFETCH(int, secondsLeft);
        QFETCH(bool, renews);
        QVERIFY(provision(secondsLeft));
        const auto old = status();
        const auto outcome = run(false);
        QVERIFY2(outcome.kind == (renews ? Kind::Renewed : Kind::NotDue), outcome.detail.c_str());
        QCOMPARE(m_gateway->requests, renews ? 1 : 0);
        if (!renews) return;
        const auto now = status();
        QVERIFY(now.key.publicKeySha256 != old.key.publicKeySha256);
        QCOMPARE(now.key.deviceId, old.key.deviceId);
        QCOMPARE(m_tpm->keyHandles().value(), (std::vector<std::uint32_t>{0x81000001, 0x81000002}));
        QVERIFY(makeUnit()->verifyCertificate({}));
        QVERIFY(outcome.serial != outcome.replaced);
        QCOMPARE(run(false).kind, Kind::NotDue);
    }

    void goesOnWithTheSameTransaction()
    {
        QVERIFY(provision(86400));
        const gateway::Error lost{ErrorCode::OutcomeUnknown, "gateway-no-answer", "lost", std::nullopt};
        m_gateway->renewErrors = {lost, lost};
        QCOMPARE(run(false).kind, Kind::TryLater);
        QVERIFY(makeUnit()->verifyCertificate({})); // the old one stays in use
        QCOMPARE(run(false).kind, Kind::TryLater);
        QCOMPARE(run(false).kind, Kind::Renewed);
        QCOMPARE(m_gateway->csrOf.size(), std::size_t(1));
        QCOMPARE(m_gateway->issued.size(), std::size_t(1));
    }

    void refusalLeavesTheOldCertificateAlone()
    {
        QVERIFY(provision(86400));
        const auto old = status();
        m_gateway->renewErrors = {{ErrorCode::Forbidden, "certificate-revoked", "revoked", std::nullopt}};
        QCOMPARE(run(false).kind, Kind::Refused);
        QVERIFY(status() == old);
        QCOMPARE(m_tpm->keyHandles().value().size(), std::size_t(1));
        QVERIFY(m_gateway->failures.empty());
    }

    void certificateThatDoesNotConnectIsRolledBackAndReported()
    {
        QVERIFY(provision(86400));
        const auto old = status();
        m_gateway->acceptsNewCertificates = false;
        const auto outcome = run(false);
        QCOMPARE(outcome.kind, Kind::RolledBack);
        QVERIFY(status() == old);
        QCOMPARE(m_gateway->failures.size(), std::size_t(1));
        QCOMPARE(m_gateway->failures.front().serial.text(), m_gateway->issued.begin()->second.serial.text());
        QVERIFY(m_gateway->failures.front().error.find("handshake failure") != std::string::npos);
        QCOMPARE(m_tpm->keyHandles().value().size(), std::size_t(1));
        m_gateway->acceptsNewCertificates = true;
        QCOMPARE(run(false).kind, Kind::Renewed);
        QCOMPARE(m_gateway->failures.size(), std::size_t(1)); // told once
    }

    void wrongCertificateIsRolledBackAndReported()
    {
        QVERIFY(provision(86400));
        m_gateway->leaf.deviceId = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";
        QCOMPARE(run(false).kind, Kind::RolledBack);
        QCOMPARE(m_gateway->failures.size(), std::size_t(1));
        QVERIFY(makeUnit()->verifyCertificate({}));
    }

    void unreachableGatewayIsNobodysFault()
    {
        QVERIFY(provision(86400));
        m_gateway->reachable = false;
        QCOMPARE(run(false).kind, Kind::TryLater);
        m_gateway->reachable = true;
        QCOMPARE(run(false).kind, Kind::Renewed);
        QVERIFY(m_gateway->failures.empty());
    }

    void powerCutAtAnyStepIsFinishedByTheNextRun_data()
    {
        QTest::addColumn<bool>("works");
        QTest::newRow("new certificate works") << true;
        QTest::newRow("new certificate fails") << false;
    }
    void powerCutAtAnyStepIsFinishedByTheNextRun()
    {
        QFETCH(bool, works);
        int cuts = 0;
        for (int allowed = 0;; ++allowed) {
            cleanup();
            init();
            QVERIFY(provision(86400));
            m_gateway->acceptsNewCertificates = works;
            int left = allowed;
            m_cut = [&](const char*) {
                if (left-- == 0) throw PowerCut{};
            };
            bool isCut = false;
            try {
                QCOMPARE(run(false).kind, works ? Kind::Renewed : Kind::RolledBack);
            } catch (const PowerCut&) {
                isCut = true;
                ++cuts;
            }
            m_cut = {};
            auto unit = makeUnit();
            QVERIFY(unit->start());
            QVERIFY(unit->verifyCertificate({})); // whichever it is, there is one that works
            m_gateway->acceptsNewCertificates = true;
            const auto next = run(false);
            QVERIFY2(next.kind == Kind::Renewed || next.kind == Kind::NotDue, next.detail.c_str());
            QVERIFY(notAfter(unit->activeCredential()->chain.front().get()) > m_now + std::chrono::days(300));
            if (works) QCOMPARE(m_gateway->issued.size(), std::size_t(1)); // never asked for a second one
            QVERIFY(!unit->record()->renewalFailure);
            if (!isCut) break;
        }
        QVERIFY2(cuts >= 10, std::to_string(cuts).c_str());
    }

private:
    std::unique_ptr<ReferenceUnit> makeUnit()
    {
        return std::make_unique<ReferenceUnit>(
            UnitSettings{m_folder->path().toStdString(), {}, [this] { return m_now; }, m_cut}, *m_tpm,
            m_gateway->ca.root());
    }

    bool provision(long secondsLeft)
    {
        auto unit = makeUnit();
        if (!unit->generateKeyAndCsr({kFactory, kDeviceId, kVinHash})) return false;
        const auto chain = m_gateway->ca.issue(unit->pendingCsr().value(), {.notAfterSeconds = secondsLeft});
        return unit->beginStaging(static_cast<std::uint32_t>(chain.size())) && unit->stage(chain) &&
               unit->endStaging() && unit->installCertificate(kFactory, sha256(chain));
    }

    InstalledRecord status() { return makeUnit()->record()->active.value(); }

    RenewalOutcome run(bool force)
    {
        auto unit = makeUnit();
        const auto started = unit->start();
        if (!started) return {Kind::Failed, {}, {}, {}, started.error().detail};
        const auto active = unit->activeCredential();
        const auto oldPem = active ? toPem(active->chain) : std::string();
        RenewalAgent agent(
            *unit,
            [&](const gateway::KeyCredential& credential) -> gateway::Result<std::unique_ptr<gateway::GatewayClient>> {
                return std::make_unique<FakeClient>(*m_gateway, credential.certificateChainPem != oldPem);
            },
            [this] { return m_now; }, gateway::fillFromSystemRandom);
        return agent.run(force);
    }

    std::unique_ptr<test::SwtpmServer> m_swtpm;
    std::unique_ptr<Tpm> m_tpm;
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<FakeGateway> m_gateway;
    std::chrono::sys_seconds m_now;
    StepObserver m_cut;
};

int main(int argc, char* argv[])
{
    // tpm2-tss prints each refusal, and refusals are what is tested.
    if (!qEnvironmentVariableIsSet("TSS2_LOG")) qputenv("TSS2_LOG", "all+none");
    const QCoreApplication application(argc, argv);
    RenewalTest test;
    return QTest::qExec(&test, argc, argv);
}

#include "renewal_test.moc"
