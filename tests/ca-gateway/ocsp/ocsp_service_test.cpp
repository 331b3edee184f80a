#include <memory>
#include <thread>

#include <QTest>
#include <openssl/ocsp.h>
#include <openssl/x509.h>

#include "ca-gateway/issuance/gateway_fixture.h"
#include "ocsp/ocsp_service.h"
#include "store/certificate_registry.h"
#include "store/postgres_status_source.h"

using namespace gateway;
using support::errorType;
using support::GatewayFixture;
using support::SoftwareKey;

namespace {

template <auto Free>
struct Freeing
{
    template <typename T>
    void operator()(T* object) const
    {
        Free(object);
    }
};
using X509Handle = std::unique_ptr<X509, Freeing<X509_free>>;
using RequestHandle = std::unique_ptr<OCSP_REQUEST, Freeing<OCSP_REQUEST_free>>;
using ResponseHandle = std::unique_ptr<OCSP_RESPONSE, Freeing<OCSP_RESPONSE_free>>;
using BasicHandle = std::unique_ptr<OCSP_BASICRESP, Freeing<OCSP_BASICRESP_free>>;
using IdHandle = std::unique_ptr<OCSP_CERTID, Freeing<OCSP_CERTID_free>>;

X509Handle toX509(const Bytes& der)
{
    const auto* data = der.data();
    return X509Handle(d2i_X509(nullptr, &data, static_cast<long>(der.size())));
}

/// What a client learns from the responder, with OpenSSL as the client.
struct Answer
{
    int response = -1; ///< OCSPResponseStatus
    int certificate = -1;
    int reason = -1;
    bool verified = false; ///< as openssl ocsp -CAfile root -verify_other chain does
};

Bytes requestFor(const Bytes& certificateDer, const Bytes& issuerDer)
{
    const auto certificate = toX509(certificateDer);
    const auto issuer = toX509(issuerDer);
    const RequestHandle request(OCSP_REQUEST_new());
    OCSP_request_add0_id(request.get(), OCSP_cert_to_id(EVP_sha1(), certificate.get(), issuer.get()));
    unsigned char* der = nullptr;
    const int length = i2d_OCSP_REQUEST(request.get(), &der);
    Bytes bytes(der, der + length);
    OPENSSL_free(der);
    return bytes;
}

Answer ask(OcspService& service, const GatewayFixture& fixture, const Bytes& certificateDer)
{
    const auto& issuerDer = fixture.signer.issuer().certificate.der();
    const auto reply = service.answer(requestFor(certificateDer, issuerDer));
    const auto* data = reply.der.data();
    const ResponseHandle response(d2i_OCSP_RESPONSE(nullptr, &data, static_cast<long>(reply.der.size())));
    Answer answer;
    if (!response) return answer;
    answer.response = OCSP_response_status(response.get());
    const BasicHandle basic(OCSP_response_get1_basic(response.get()));
    if (!basic) return answer;
    const auto certificate = toX509(certificateDer);
    const auto issuer = toX509(issuerDer);
    const IdHandle id(OCSP_cert_to_id(EVP_sha1(), certificate.get(), issuer.get()));
    OCSP_resp_find_status(basic.get(), id.get(), &answer.certificate, &answer.reason, nullptr, nullptr, nullptr);

    const std::unique_ptr<X509_STORE, Freeing<X509_STORE_free>> trusted(X509_STORE_new());
    const auto root = toX509(fixture.signer.root().der());
    X509_STORE_add_cert(trusted.get(), root.get());
    X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(trusted.get()), static_cast<time_t>(fixture.now.load()));
    STACK_OF(X509)* others = sk_X509_new_null();
    sk_X509_push(others, issuer.get());
    answer.verified = OCSP_basic_verify(basic.get(), others, trusted.get(), 0) == 1;
    sk_X509_free(others);
    return answer;
}

struct ResponderFixture : GatewayFixture
{
    store::PostgresStatusSource statuses{connection};
    store::CertificateRegistry registry{connection};
    OcspService ocsp{statuses, registry, signer, signer.issuer(), signer.profile("ocsp-signer"), "replica-1", clock()};
};

} // namespace

class OcspServiceTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        const auto problem = support::postgres().start();
        QVERIFY2(problem.isEmpty(), qPrintable(problem));
    }

    void cleanupTestCase() { support::postgres().stop(); }

    void answersFollowTheDatabase()
    {
        ResponderFixture fixture;
        QCOMPARE(support::valueOf(fixture.ocsp.renewSignerIfDue()), true);
        const auto issued = support::valueOf(fixture.issuing.issue(fixture.request(1), fixture.station));
        auto answer = ask(fixture.ocsp, fixture, issued.certificateDer);
        QCOMPARE(answer.response, OCSP_RESPONSE_STATUS_SUCCESSFUL);
        QCOMPARE(answer.certificate, V_OCSP_CERTSTATUS_GOOD);
        QVERIFY(answer.verified);

        support::valueOf(fixture.revocation.revoke(
            {.serial = issued.serial, .reason = RevocationReason::KeyCompromise, .severity = Severity::P0, .notes = {}},
            fixture.admin));
        answer = ask(fixture.ocsp, fixture, issued.certificateDer);
        QCOMPARE(answer.certificate, V_OCSP_CERTSTATUS_REVOKED);
        QCOMPARE(answer.reason, OCSP_REVOKED_STATUS_KEYCOMPROMISE);
        QVERIFY(answer.verified);
    }

    void serialThatWasNeverIssuedIsUnknown()
    {
        ResponderFixture fixture;
        GatewayFixture elsewhere;
        QVERIFY(support::valueOf(fixture.ocsp.renewSignerIfDue()));
        const auto foreign = support::valueOf(elsewhere.issuing.issue(elsewhere.request(1), elsewhere.station));
        QCOMPARE(ask(fixture.ocsp, fixture, foreign.certificateDer).certificate, V_OCSP_CERTSTATUS_UNKNOWN);
    }

    void replacedCertificateIsGoodForTheGraceOnly()
    {
        ResponderFixture fixture;
        const auto old = support::valueOf(fixture.issuing.issue(fixture.request(1), fixture.station));
        const Caller vehicle{.kind = Caller::Kind::Vehicle,
                             .name = std::string(old.deviceId.text()),
                             .certificateDer = old.certificateDer,
                             .traceId = {}};
        const auto next = support::valueOf(fixture.renewal.renew(
            {.transaction = support::newTransaction(),
             .csrDer = SoftwareKey().vehicleCsr({.deviceId = old.deviceId, .vinHash = old.vinHash})},
            vehicle));
        fixture.advance(std::chrono::days(7) - std::chrono::seconds(1));
        QVERIFY(support::valueOf(fixture.ocsp.renewSignerIfDue()));
        QCOMPARE(ask(fixture.ocsp, fixture, old.certificateDer).certificate, V_OCSP_CERTSTATUS_GOOD);
        fixture.advance(std::chrono::seconds(1));
        const auto answer = ask(fixture.ocsp, fixture, old.certificateDer);
        QCOMPARE(answer.certificate, V_OCSP_CERTSTATUS_REVOKED);
        QCOMPARE(answer.reason, OCSP_REVOKED_STATUS_SUPERSEDED);
        QCOMPARE(ask(fixture.ocsp, fixture, next.certificateDer).certificate, V_OCSP_CERTSTATUS_GOOD);
    }

    void signerIsRecordedAndReplacedAtHalfOfItsLife()
    {
        ResponderFixture fixture;
        QCOMPARE(support::valueOf(fixture.ocsp.renewSignerIfDue()), true);
        QCOMPARE(support::valueOf(fixture.ocsp.renewSignerIfDue()), false);
        QCOMPARE(fixture.sql("SELECT type, status, created_by, expires_at - issued_at <= interval '7 days' FROM "
                             "certificates"),
                 std::string("ocsp-signer|ACTIVE|replica-1|t"));
        QCOMPARE(fixture.sql("SELECT event_type, actor, metadata ->> 'validity', metadata ->> 'type' FROM audit"),
                 std::string("certificate_issued|replica-1|7 days|ocsp-signer"));
        fixture.advance(std::chrono::days(3));
        QCOMPARE(support::valueOf(fixture.ocsp.renewSignerIfDue()), false);
        fixture.advance(std::chrono::hours(13));
        QCOMPARE(support::valueOf(fixture.ocsp.renewSignerIfDue()), true);
        QCOMPARE(fixture.count("certificates"), 2);
    }

    void withoutSignerItSaysTryLater()
    {
        ResponderFixture fixture;
        const auto issued = support::valueOf(fixture.issuing.issue(fixture.request(1), fixture.station));
        QCOMPARE(ask(fixture.ocsp, fixture, issued.certificateDer).response, OCSP_RESPONSE_STATUS_TRYLATER);
        QCOMPARE(errorType(fixture.ocsp.checkHealth()), std::string("ocsp-signer-missing"));

        fixture.signer.setFault(
            [](int) -> Result<void> { return fail(ErrorCode::HsmUnavailable, "signer-unreachable", "no signer"); });
        QCOMPARE(errorType(fixture.ocsp.renewSignerIfDue()), std::string("signer-unreachable"));
        fixture.signer.setFault({});
        QCOMPARE(support::valueOf(fixture.ocsp.renewSignerIfDue()), true);
        QCOMPARE(errorType(fixture.ocsp.checkHealth()), std::string("(none)"));

        // A failing renewal leaves the present one in place to its end, and the health tells a day before.
        fixture.advance(std::chrono::days(6) + std::chrono::hours(1));
        fixture.signer.setFault(
            [](int) -> Result<void> { return fail(ErrorCode::HsmUnavailable, "signer-unreachable", "no signer"); });
        QCOMPARE(errorType(fixture.ocsp.renewSignerIfDue()), std::string("signer-unreachable"));
        QCOMPARE(ask(fixture.ocsp, fixture, issued.certificateDer).response, OCSP_RESPONSE_STATUS_SUCCESSFUL);
        QCOMPARE(errorType(fixture.ocsp.checkHealth()), std::string("ocsp-signer-missing"));
        fixture.advance(std::chrono::days(1));
        QCOMPARE(ask(fixture.ocsp, fixture, issued.certificateDer).response, OCSP_RESPONSE_STATUS_TRYLATER);
    }

    void databaseAwayIsTryLaterAndNeverGood()
    {
        ResponderFixture fixture;
        QVERIFY(support::valueOf(fixture.ocsp.renewSignerIfDue()));
        const auto issued = support::valueOf(fixture.issuing.issue(fixture.request(1), fixture.station));
        support::postgres().stop();
        const auto away = ask(fixture.ocsp, fixture, issued.certificateDer);
        const auto problem = support::postgres().start();
        QVERIFY2(problem.isEmpty(), qPrintable(problem));
        QCOMPARE(away.response, OCSP_RESPONSE_STATUS_TRYLATER);
        QCOMPARE(ask(fixture.ocsp, fixture, issued.certificateDer).certificate, V_OCSP_CERTSTATUS_GOOD);
    }

    void answersWhileTheSignerIsReplaced()
    {
        ResponderFixture fixture;
        QVERIFY(support::valueOf(fixture.ocsp.renewSignerIfDue()));
        const auto issued = support::valueOf(fixture.issuing.issue(fixture.request(1), fixture.station));
        std::atomic<bool> stop{false};
        std::atomic<int> wrong{0};
        std::vector<std::thread> clients;
        for (int i = 0; i < 4; ++i)
            clients.emplace_back([&] {
                while (!stop)
                    if (ask(fixture.ocsp, fixture, issued.certificateDer).certificate != V_OCSP_CERTSTATUS_GOOD)
                        ++wrong;
            });
        int renewed = 0;
        for (int i = 0; i < 5; ++i) {
            fixture.advance(std::chrono::days(4));
            if (support::valueOf(fixture.ocsp.renewSignerIfDue())) ++renewed;
        }
        stop = true;
        for (auto& client : clients)
            client.join();
        QCOMPARE(renewed, 5);
        QCOMPARE(wrong.load(), 0);
    }
};

QTEST_GUILESS_MAIN(OcspServiceTest)
#include "ocsp_service_test.moc"
