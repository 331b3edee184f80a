#include <QTest>

#include "issuance/issuer_set.h"
#include "support/software_signer.h"

using namespace gateway;
using std::chrono::milliseconds;
using support::SoftwareKey;
using support::SoftwareSigner;

namespace {

constexpr Time kNow{std::chrono::seconds(1'790'000'000)};
const Error kDown{ErrorCode::HsmUnavailable, "signer-unreachable", "nobody listens"};

} // namespace

/// The circuit breakers of two issuing CAs, with a clock to set.
class IssuerSetTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_time = std::chrono::steady_clock::time_point(std::chrono::hours(1));
        m_primary.setHealth([] { return Result<void>(); });
        m_set = std::make_unique<IssuerSet>(
            std::vector<IssuingCa>{{m_primary.issuer(), m_primary}, {m_backup.issuer(), m_backup}},
            [this] { return m_time; });
    }

    void thePreferredOneSignsWhileItWorks()
    {
        QCOMPARE(labelOf(m_set->choose()), primaryLabel());
        QCOMPARE(inUse(), primaryLabel());
    }

    void oneFailureTakesACaOut()
    {
        m_set->choose().failed(kDown);
        QCOMPARE(labelOf(m_set->choose()), backupLabel());
        QCOMPARE(inUse(), backupLabel());
        QCOMPARE(m_set->standings()[0].fault->type, std::string("signer-unreachable"));
        // An intent that was stored for it moves too.
        QCOMPARE(labelOf(*m_set->chooseFor(primaryName())), backupLabel());
    }

    void aStoredRequestKeepsItsCaWhileThatSigns()
    {
        QCOMPARE(labelOf(*m_set->chooseFor(backupName())), backupLabel());
        QVERIFY(!m_set->chooseFor("CN = Another CA"));
    }

    void withoutAnyTheOwnOneIsTried()
    {
        m_set->choose().failed(kDown);
        m_set->choose().failed(kDown);
        QCOMPARE(labelOf(m_set->choose()), primaryLabel());
        QCOMPARE(labelOf(*m_set->chooseFor(backupName())), backupLabel());
        QVERIFY(!m_set->chooseInstead(m_set->authorities()[0]));
        QCOMPARE(inUse(), std::string());
    }

    void oneTrialDecidesOnFailBack()
    {
        m_set->choose().failed(kDown);
        QVERIFY(m_set->probe(0));
        QCOMPARE(labelOf(m_set->choose()), backupLabel()); // too early
        m_time += IssuerSet::kFirstPause;
        QCOMPARE(labelOf(m_set->choose()), backupLabel()); // not probed yet
        QVERIFY(m_set->probe(0));
        auto trial = m_set->choose();
        QCOMPARE(labelOf(trial), primaryLabel());
        QCOMPARE(labelOf(m_set->choose()), backupLabel()); // one request only
        trial.succeeded();
        QCOMPARE(labelOf(m_set->choose()), primaryLabel());
        QVERIFY(!m_set->standings()[0].fault);
    }

    void aFailedTrialDoublesThePause()
    {
        m_set->choose().failed(kDown);
        for (auto pause = IssuerSet::kFirstPause; pause < milliseconds(60'000); pause *= 2) {
            const auto waits = std::min(pause, IssuerSet::kLongestPause);
            m_time += waits - milliseconds(1);
            QVERIFY(m_set->probe(0));
            QCOMPARE(labelOf(m_set->choose()), backupLabel());
            m_time += milliseconds(1);
            QVERIFY(m_set->probe(0));
            auto trial = m_set->choose();
            QCOMPARE(labelOf(trial), primaryLabel());
            trial.failed(kDown);
        }
    }

    void aTrialThatSaysNothingIsGivenBack()
    {
        m_set->choose().failed(kDown);
        m_time += IssuerSet::kFirstPause;
        QVERIFY(m_set->probe(0));
        {
            auto trial = m_set->choose();
            QCOMPARE(labelOf(trial), primaryLabel());
            auto moved = std::move(trial);
            QCOMPARE(labelOf(moved), primaryLabel());
        }
        QCOMPARE(labelOf(m_set->choose()), primaryLabel());
    }

    void theProbeFindsAFailureFirst()
    {
        QCOMPARE(m_set->standings()[0].fault->type, std::string("signer-not-probed"));
        QVERIFY(m_set->probe(0));
        QVERIFY(!m_set->standings()[0].fault);
        m_primary.setHealth([]() -> Result<void> { return tl::unexpected(kDown); });
        QVERIFY(!m_set->probe(0));
        QCOMPARE(labelOf(m_set->choose()), backupLabel());
        m_primary.setHealth([] { return Result<void>(); });
        QVERIFY(m_set->probe(0));
        QCOMPARE(labelOf(m_set->choose()), primaryLabel());
    }

    void aLateFailureDoesNotEndATrial()
    {
        auto late = m_set->choose();
        m_set->choose().failed(kDown);
        m_time += IssuerSet::kFirstPause;
        QVERIFY(m_set->probe(0));
        auto trial = m_set->choose();
        late.failed(kDown);
        trial.succeeded();
        QCOMPARE(labelOf(m_set->choose()), primaryLabel());
    }

private:
    static std::string labelOf(const IssuerSet::Turn& turn) { return turn.authority().issuer.keyLabel; }
    std::string primaryLabel() const { return m_primary.issuer().keyLabel; }
    std::string backupLabel() const { return m_backup.issuer().keyLabel; }
    std::string primaryName() const { return m_primary.issuer().certificate.subjectText(); }
    std::string backupName() const { return m_backup.issuer().certificate.subjectText(); }
    std::string inUse() const
    {
        for (const auto& standing : m_set->standings())
            if (standing.isInUse) return standing.keyLabel;
        return {};
    }

    SoftwareSigner m_primary{kNow, SoftwareKey::Kind::EcP256};
    SoftwareSigner m_backup{kNow, SoftwareKey::Kind::EcP256, "backup"};
    std::chrono::steady_clock::time_point m_time;
    std::unique_ptr<IssuerSet> m_set;
};

QTEST_GUILESS_MAIN(IssuerSetTest)
#include "issuer_set_test.moc"
