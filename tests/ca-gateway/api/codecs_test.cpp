#include <QTest>

#include "api/codecs.h"
#include "api/pem.h"
#include "api/rfc3339.h"

using namespace gateway;

namespace {

const std::string kTransaction = "000102030405060708090a0b0c0d0e0f";
const std::string kVin = "5VXTC2E41SA000017";

TransactionId transaction()
{
    return *TransactionId::parse(kTransaction);
}

CertificateSerial serial()
{
    return *CertificateSerial::parse("1A:2B:3C:4D:5E:6F");
}

Time at(const char* text)
{
    return *api::parseRfc3339(text);
}

IssuedCertificate issued()
{
    return {serial(),
            *DeviceId::parse("7959A243F1F08C3F15E60D145C395D93"),
            *VinHash::parse("d63520610da86b9a719de907b2835eee5d3e45e3858d677b6f374db55d1350af"),
            Bytes(100, 0x30),
            {Bytes(90, 0x31), Bytes(80, 0x32)},
            at("2025-10-09T10:30:00Z"),
            at("2026-10-09T10:30:00Z")};
}

void compare(const IssuedCertificate& one, const IssuedCertificate& two)
{
    QCOMPARE(one.serial.text(), two.serial.text());
    QVERIFY(one.deviceId == two.deviceId);
    QVERIFY(one.vinHash == two.vinHash);
    QCOMPARE(one.certificateDer, two.certificateDer);
    QCOMPARE(one.chainDer, two.chainDer);
    QVERIFY(one.issuedAt == two.issuedAt);
    QVERIFY(one.expiresAt == two.expiresAt);
}

/// Which parser a row of bad values goes to.
enum class Message {
    Issue,
    ChallengeQuestion,
    Challenge,
    Renew,
    RenewFailure,
    Revoke,
    Provisioned,
    Rejected,
    Issued,
    Status,
    Revocation
};

std::optional<Error> parse(Message message, std::string_view json)
{
    const auto errorOf = [](const auto& result) {
        return result ? std::optional<Error>() : std::optional<Error>(result.error());
    };
    switch (message) {
    case Message::Issue:
        return errorOf(api::parseIssueRequest(json, transaction()));
    case Message::ChallengeQuestion:
        return errorOf(api::parseChallengeRequest(json, transaction()));
    case Message::Challenge:
        return errorOf(api::parseEvidenceChallenge(json));
    case Message::Renew:
        return errorOf(api::parseRenewRequest(json, transaction()));
    case Message::RenewFailure:
        return errorOf(api::parseRenewFailureReport(json));
    case Message::Revoke:
        return errorOf(api::parseRevokeRequest(json));
    case Message::Provisioned:
        return errorOf(api::parseProvisionedReport(json, serial()));
    case Message::Rejected:
        return errorOf(api::parseRejectedReport(json, serial()));
    case Message::Issued:
        return errorOf(api::parseIssuedCertificate(json));
    case Message::Status:
        return errorOf(api::parseRequestStatus(json));
    case Message::Revocation:
        return errorOf(api::parseRevocation(json));
    }
    return std::nullopt;
}

} // namespace

Q_DECLARE_METATYPE(Message)

class CodecsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void issueRequestSurvivesTheWay()
    {
        const IssueRequest request{transaction(), *Vin::parse(kVin), Bytes{0x30, 0x03, 0x01, 0x02, 0x03}, "TCU-0001"};
        const auto json = api::toJson(request);
        QCOMPARE(json, std::string(R"({"csr":"MAMBAgM=","vin":"5VXTC2E41SA000017","tcu_serial":"TCU-0001"})"));
        const auto parsed = api::parseIssueRequest(json, transaction());
        QVERIFY(parsed.has_value());
        QCOMPARE(parsed->csrDer, request.csrDer);
        QVERIFY(parsed->vin == request.vin);
        QCOMPARE(parsed->tcuSerial, request.tcuSerial);
        QVERIFY(!parsed->evidence.has_value());
    }

    void swapAndOverrideSurviveTheWay()
    {
        IssueRequest request{transaction(), *Vin::parse(kVin), Bytes{0x30, 0x03, 0x01, 0x02, 0x03}, "TCU-0001"};
        request.replacesUnit = UnitSwap{CertificateSerial::parse("1A:2B").value(), "broken"};
        request.limitOverride = IssuingOverride{"wrong vehicle", Time(std::chrono::seconds(1'790'000'000)),
                                                {{Bytes{1, 2}, Bytes{3}}, {Bytes{4}, Bytes{5}}}};
        const auto parsed = api::parseIssueRequest(api::toJson(request), transaction());
        QVERIFY(parsed && parsed->replacesUnit && parsed->limitOverride);
        QCOMPARE(parsed->replacesUnit->serial.text(), std::string("1A:2B"));
        QCOMPARE(parsed->limitOverride->expiresAt, request.limitOverride->expiresAt);
        QCOMPARE(parsed->limitOverride->signatures.size(), std::size_t{2});
        QCOMPARE(parsed->limitOverride->signatures[1].certificateDer, Bytes{4});
        QCOMPARE(parsed->limitOverride->signatures[1].signature, Bytes{5});
    }

    void evidenceSurvivesTheWay()
    {
        IssueRequest request{transaction(), *Vin::parse(kVin), Bytes{0x30, 0x00}, "TCU-0001"};
        request.evidence =
            TpmEvidence{Bytes(1200, 1), Bytes(88, 2), Bytes(90, 3), Bytes(150, 4), Bytes(72, 5), Bytes(32, 6)};
        const auto parsed = api::parseIssueRequest(api::toJson(request), transaction());
        QVERIFY2(parsed.has_value(), parsed ? "" : parsed.error().detail.c_str());
        QVERIFY(parsed->evidence.has_value());
        QCOMPARE(parsed->evidence->ekCertificateDer, request.evidence->ekCertificateDer);
        QCOMPARE(parsed->evidence->akPublic, request.evidence->akPublic);
        QCOMPARE(parsed->evidence->keyPublic, request.evidence->keyPublic);
        QCOMPARE(parsed->evidence->certifyInfo, request.evidence->certifyInfo);
        QCOMPARE(parsed->evidence->signature, request.evidence->signature);
        QCOMPARE(parsed->evidence->credentialProof, request.evidence->credentialProof);
    }

    void challengeSurvivesTheWay()
    {
        const auto question = api::parseChallengeRequest(
            api::toJson(ChallengeRequest{transaction(), Bytes(1200, 1), Bytes(88, 2)}), transaction());
        QVERIFY2(question.has_value(), question ? "" : question.error().detail.c_str());
        QCOMPARE(question->ekCertificateDer, Bytes(1200, 1));
        QCOMPARE(question->akPublic, Bytes(88, 2));

        EvidenceChallenge challenge;
        challenge.nonce.fill(7);
        challenge.credentialBlob = Bytes(70, 8);
        challenge.encryptedSecret = Bytes(258, 9);
        const auto read = api::parseEvidenceChallenge(api::toJson(challenge));
        QVERIFY2(read.has_value(), read ? "" : read.error().detail.c_str());
        QVERIFY(read->nonce == challenge.nonce);
        QCOMPARE(read->credentialBlob, challenge.credentialBlob);
        QCOMPARE(read->encryptedSecret, challenge.encryptedSecret);
    }

    void csrMayBePem_data()
    {
        QTest::addColumn<QByteArray>("label");
        QTest::newRow("RFC 7468") << QByteArray("CERTIFICATE REQUEST");
        QTest::newRow("older tools") << QByteArray("NEW CERTIFICATE REQUEST");
    }

    void csrMayBePem()
    {
        QFETCH(QByteArray, label);
        const Bytes der(300, 0x42);
        auto pem = api::toPem(label.toStdString(), der);
        QVERIFY(pem.find('\n', 30) != std::string::npos);
        std::string escaped;
        for (const char c : pem)
            escaped += c == '\n' ? std::string("\\n") : std::string(1, c);
        const auto parsed = api::parseRenewRequest(R"({"csr":")" + escaped + R"("})", transaction());
        QVERIFY2(parsed.has_value(), parsed ? "" : parsed.error().detail.c_str());
        QCOMPARE(parsed->csrDer, der);
    }

    void reportsSurviveTheWay()
    {
        const auto provisioned = api::parseProvisionedReport(
            api::toJson(ProvisionedReport{serial(), transaction(), at("2025-10-09T10:30:00Z")}), serial());
        QVERIFY(provisioned.has_value());
        QVERIFY(provisioned->transaction == transaction());
        QVERIFY(provisioned->provisionedAt == at("2025-10-09T10:30:00Z"));

        const auto rejected = api::parseRejectedReport(
            api::toJson(RejectedReport{serial(), transaction(), "write: \"no\" answer\n"}), serial());
        QVERIFY(rejected.has_value());
        QCOMPARE(rejected->cause, std::string("write: \"no\" answer\n"));

        const auto failure = api::parseRenewFailureReport(api::toJson(RenewFailureReport{serial(), "TLS alert 42"}));
        QVERIFY(failure.has_value());
        QCOMPARE(failure->error, std::string("TLS alert 42"));
        QVERIFY(failure->serial == serial());
    }

    // The body of the specification's "Revocation API" curl, letter by letter.
    void specificationsRevocationIsRead()
    {
        const auto request = api::parseRevokeRequest(R"({
    "serial": "1A:2B:3C:4D:5E:6F",
    "reason": "KEY_COMPROMISE",
    "severity": "P0",
    "notes": "Private key found in GitHub repository"
  })");
        QVERIFY(request.has_value());
        QVERIFY(request->serial == serial());
        QCOMPARE(request->reason, RevocationReason::KeyCompromise);
        QCOMPARE(request->severity, Severity::P0);
        QCOMPARE(request->notes, std::string("Private key found in GitHub repository"));
    }

    void severityAndNotesMayBeLeftOut()
    {
        const auto request = api::parseRevokeRequest(R"({"serial": "1a2b3c4d5e6f", "reason": "SUPERSEDED"})");
        QVERIFY(request.has_value());
        QCOMPARE(request->severity, Severity::P3);
        QVERIFY(request->notes.empty());
    }

    void answersSurviveTheWay()
    {
        const auto certificate = api::parseIssuedCertificate(api::toJson(issued()));
        QVERIFY2(certificate.has_value(), certificate ? "" : certificate.error().detail.c_str());
        compare(*certificate, issued());

        const auto intent = api::parseRequestStatus(api::toJson(RequestStatus{}));
        QVERIFY(intent.has_value());
        QCOMPARE(intent->state, RequestStatus::State::Intent);
        QVERIFY(!intent->certificate.has_value());

        const auto status = api::parseRequestStatus(api::toJson(RequestStatus{RequestStatus::State::Issued, issued()}));
        QVERIFY(status.has_value() && status->certificate.has_value());
        compare(*status->certificate, issued());

        const Revocation revocation{serial(), at("2025-10-09T10:30:00Z"), RevocationReason::KeyCompromise};
        QCOMPARE(api::toJson(revocation),
                 std::string(R"({"serial":"1A:2B:3C:4D:5E:6F","revoked_at":"2025-10-09T10:30:00Z",)"
                             R"("reason":"KEY_COMPROMISE","status":"REVOKED"})"));
        const auto read = api::parseRevocation(api::toJson(revocation));
        QVERIFY(read.has_value());
        QVERIFY(read->revokedAt == revocation.revokedAt);
    }

    void answersMayKnowMore()
    {
        auto json = api::toJson(Revocation{serial(), at("2025-10-09T10:30:00Z"), RevocationReason::Superseded});
        json.insert(1, R"("something_newer":{"a":1},)");
        QVERIFY(api::parseRevocation(json).has_value());
    }

    void badValues_data()
    {
        QTest::addColumn<Message>("message");
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<QByteArray>("type");
        QTest::addColumn<QByteArray>("named"); // must stand in the detail

        const QByteArray csr = "\"csr\":\"MAMBAgM=\"";
        const QByteArray vin = "\"vin\":\"5VXTC2E41SA000017\"";
        const QByteArray tcu = "\"tcu_serial\":\"T1\"";
        const auto issue = [](const QByteArray& fields) { return '{' + fields + '}'; };
        const auto row = [](const char* name, Message message, const QByteArray& json, const char* type,
                            const char* named) {
            QTest::newRow(name) << message << json << QByteArray(type) << QByteArray(named);
        };

        row("empty", Message::Issue, "", "json-malformed", "0 bytes");
        row("cut off", Message::Issue, "{\"csr\":", "json-malformed", "");
        row("array", Message::Issue, "[]", "json-malformed", "array");
        row("null", Message::Issue, "null", "json-malformed", "null");
        row("text behind", Message::Issue, "{} {}", "json-malformed", "");
        row("comment", Message::Issue, "{/**/}", "json-malformed", "");
        row("invalid UTF-8", Message::Issue, "{\"vin\":\"\xff\"}", "json-malformed", "");
        row("deeply nested", Message::Issue, QByteArray(60000, '['), "json-malformed", "");
        row("field twice", Message::Issue, issue(csr + ',' + csr + ',' + vin + ',' + tcu), "json-malformed", "twice");
        row("no csr", Message::Issue, issue(vin + ',' + tcu), "field-missing", "csr");
        row("no vin", Message::Issue, issue(csr + ',' + tcu), "field-missing", "vin");
        row("no tcu_serial", Message::Issue, issue(csr + ',' + vin), "field-missing", "tcu_serial");
        row("surplus field", Message::Issue, issue(csr + ',' + vin + ',' + tcu + ",\"ca\":true"), "field-unknown",
            "ca");
        row("name in another case", Message::Issue, issue("\"CSR\":\"MAMBAgM=\"," + vin + ',' + tcu), "field-unknown",
            "CSR");
        row("csr number", Message::Issue, issue("\"csr\":1," + vin + ',' + tcu), "field-type", "number");
        row("csr null", Message::Issue, issue("\"csr\":null," + vin + ',' + tcu), "field-type", "null");
        row("csr empty", Message::Issue, issue("\"csr\":\"\"," + vin + ',' + tcu), "field-value", "csr");
        row("csr not base64", Message::Issue, issue("\"csr\":\"MAM*AgM=\"," + vin + ',' + tcu), "field-value",
            "base64");
        row("csr without padding", Message::Issue, issue("\"csr\":\"MAMBAgM\"," + vin + ',' + tcu), "field-value",
            "base64");
        row("csr PEM of a certificate", Message::Issue,
            issue("\"csr\":\"-----BEGIN CERTIFICATE-----MAMBAgM=-----END CERTIFICATE-----\"," + vin + ',' + tcu),
            "field-value", "PEM");
        row("csr too long", Message::Issue, issue("\"csr\":\"" + QByteArray(12000, 'A') + "\"," + vin + ',' + tcu),
            "field-value", "8192");
        row("csr far too long", Message::Issue, issue("\"csr\":\"" + QByteArray(20000, 'A') + "\"," + vin + ',' + tcu),
            "field-size", "20000");
        row("vin with I", Message::Issue, issue(csr + ",\"vin\":\"5VXTC2E41SAI00017\"," + tcu), "field-value", "vin");
        row("vin short", Message::Issue, issue(csr + ",\"vin\":\"5VXTC2E41SA00001\"," + tcu), "field-value", "16");
        row("tcu_serial empty", Message::Issue, issue(csr + ',' + vin + ",\"tcu_serial\":\"\""), "field-size",
            "tcu_serial");
        row("tcu_serial of 65", Message::Issue,
            issue(csr + ',' + vin + ",\"tcu_serial\":\"" + QByteArray(65, 'T') + '"'), "field-size", "65");
        row("tcu_serial with a line", Message::Issue, issue(csr + ',' + vin + ",\"tcu_serial\":\"a\\nb\""),
            "field-value", "tcu_serial");
        row("tcu_serial with NUL", Message::Issue, issue(csr + ',' + vin + ",\"tcu_serial\":\"a\\u0000b\""),
            "field-value", "tcu_serial");
        row("tcu_serial not ASCII", Message::Issue, issue(csr + ',' + vin + ",\"tcu_serial\":\"\xC3\xA9\""),
            "field-value", "tcu_serial");

        const QByteArray vehicle = csr + ',' + vin + ',' + tcu;
        row("swap null", Message::Issue, issue(vehicle + ",\"replaces_unit\":null"), "field-type", "replaces_unit");
        row("swap without reason", Message::Issue, issue(vehicle + ",\"replaces_unit\":{\"serial\":\"01\"}"),
            "field-missing", "reason");
        row("swap bad serial", Message::Issue,
            issue(vehicle + ",\"replaces_unit\":{\"serial\":\"0G\",\"reason\":\"x\"}"), "field-value", "serial");
        row("override list", Message::Issue, issue(vehicle + ",\"override\":[]"), "field-type", "override");
        row("override without time", Message::Issue, issue(vehicle + ",\"override\":{\"reason\":\"x\"}"),
            "field-missing", "expires_at");
        row("override surplus", Message::Issue, issue(vehicle + ",\"override\":{\"limit\":\"x\"}"), "field-unknown",
            "limit");
        row("override bad certificate", Message::Issue,
            issue(vehicle + ",\"override\":{\"reason\":\"x\",\"expires_at\":\"2026-01-01T00:00:00Z\",\"certificate\":\"A\"}"),
            "field-value", "certificate");
        row("override cosignatures", Message::Issue,
            issue(vehicle + ",\"override\":{\"reason\":\"x\",\"expires_at\":\"2026-01-01T00:00:00Z\",\"certificate\":\"AA==\","
                            "\"signature\":\"AA==\",\"cosignatures\":{}}"),
            "field-size", "cosignatures");
        row("evidence null", Message::Issue, issue(vehicle + ",\"evidence\":null"), "field-type", "evidence");
        row("evidence empty", Message::Issue, issue(vehicle + ",\"evidence\":{}"), "field-missing", "ek_certificate");
        row("evidence surplus", Message::Issue, issue(vehicle + ",\"evidence\":{\"quote\":\"AA==\"}"), "field-unknown",
            "quote");
        row("evidence cut", Message::Issue, issue(vehicle + ",\"evidence\":{\"ek_certificate\":\"AA==\"}"),
            "field-missing", "ak_public");
        row("evidence not base64", Message::Issue,
            issue(vehicle + ",\"evidence\":{\"ek_certificate\":\"AA==\",\"ak_public\":\"A\"}"), "field-value",
            "base64");
        row("evidence too large", Message::Issue,
            issue(vehicle + ",\"evidence\":{\"ek_certificate\":\"AA==\",\"ak_public\":\"" + QByteArray(1368, 'A') +
                  "\"}"),
            "field-value", "1024");
        row("challenge without EK", Message::ChallengeQuestion, "{\"ak_public\":\"AA==\"}", "field-missing",
            "ek_certificate");
        row("challenge EK empty", Message::ChallengeQuestion, "{\"ak_public\":\"AA==\",\"ek_certificate\":\"\"}",
            "field-value", "ek_certificate");
        row("challenge EK too large", Message::ChallengeQuestion,
            "{\"ak_public\":\"AA==\",\"ek_certificate\":\"" + QByteArray(8000, 'A') + "\"}", "field-size", "8000");
        row("challenge nonce short", Message::Challenge,
            "{\"nonce\":\"AA==\",\"credential_blob\":\"AA==\",\"encrypted_secret\":\"AA==\"}", "field-value", "32");
        row("challenge without secret", Message::Challenge,
            "{\"nonce\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\",\"credential_blob\":\"AA==\"}",
            "field-missing", "encrypted_secret");

        row("renew surplus", Message::Renew, "{" + csr + ",\"vin\":\"x\"}", "field-unknown", "vin");
        row("renew empty", Message::Renew, "{}", "field-missing", "csr");
        row("failure without error", Message::RenewFailure, "{\"serial\":\"1A\"}", "field-missing", "error");
        row("failure long", Message::RenewFailure, "{\"serial\":\"1A\",\"error\":\"" + QByteArray(2001, 'x') + "\"}",
            "field-size", "2001");

        row("revoke without reason", Message::Revoke, "{\"serial\":\"1A\"}", "field-missing", "reason");
        row("revoke unknown reason", Message::Revoke, "{\"serial\":\"1A\",\"reason\":\"STOLEN\"}", "field-value",
            "STOLEN");
        row("revoke reason lower case", Message::Revoke, "{\"serial\":\"1A\",\"reason\":\"key_compromise\"}",
            "field-value", "reason");
        row("revoke severity", Message::Revoke, "{\"serial\":\"1A\",\"reason\":\"SUPERSEDED\",\"severity\":\"P5\"}",
            "field-value", "P0 to P4");
        row("revoke severity number", Message::Revoke, "{\"serial\":\"1A\",\"reason\":\"SUPERSEDED\",\"severity\":0}",
            "field-type", "severity");
        row("revoke serial zero", Message::Revoke, "{\"serial\":\"00\",\"reason\":\"SUPERSEDED\"}", "field-value",
            "serial");
        row("revoke serial of 21 octets", Message::Revoke,
            "{\"serial\":\"" + QByteArray(42, '1') + "\",\"reason\":\"SUPERSEDED\"}", "field-value", "serial");
        row("revoke serial text", Message::Revoke, "{\"serial\":\"'; DROP\",\"reason\":\"SUPERSEDED\"}", "field-value",
            "serial");

        row("provisioned time", Message::Provisioned,
            "{\"transaction\":\"000102030405060708090a0b0c0d0e0f\",\"provisioned_at\":\"yesterday\"}", "field-value",
            "provisioned_at");
        row("provisioned transaction", Message::Provisioned,
            "{\"transaction\":\"0001\",\"provisioned_at\":\"2025-10-09T10:30:00Z\"}", "field-value", "transaction");
        row("rejected without cause", Message::Rejected, "{\"transaction\":\"000102030405060708090a0b0c0d0e0f\"}",
            "field-missing", "cause");
        row("rejected empty cause", Message::Rejected,
            "{\"transaction\":\"000102030405060708090a0b0c0d0e0f\",\"cause\":\"\"}", "field-size", "cause");

        row("status word", Message::Status, "{\"state\":\"DONE\"}", "field-value", "DONE");
        row("status without certificate", Message::Status, "{\"state\":\"ISSUED\"}", "field-missing", "issued");
        row("revocation status", Message::Revocation,
            "{\"serial\":\"1A\",\"revoked_at\":\"2025-10-09T10:30:00Z\",\"reason\":\"SUPERSEDED\",\"status\":\"NO\"}",
            "field-value", "REVOKED");
        row("issued empty", Message::Issued, "{}", "field-missing", "serial");
    }

    void badValues()
    {
        QFETCH(Message, message);
        QFETCH(QByteArray, json);
        QFETCH(QByteArray, type);
        QFETCH(QByteArray, named);
        const auto error = parse(message, json.toStdString());
        QVERIFY(error.has_value());
        QCOMPARE(error->code, ErrorCode::InvalidRequest);
        QCOMPARE(error->type, type.toStdString());
        QVERIFY2(error->detail.find(named.toStdString()) != std::string::npos, error->detail.c_str());
        QVERIFY2(error->detail.find(kVin) == std::string::npos, "a VIN in an error text");
    }

    void issuedAnswerNeedsEachField_data()
    {
        QTest::addColumn<QByteArray>("field");
        for (const char* field : {"serial", "device_id", "vin_hash", "certificate", "chain", "issued_at", "expires_at"})
            QTest::newRow(field) << QByteArray(field);
    }

    void issuedAnswerNeedsEachField()
    {
        QFETCH(QByteArray, field);
        auto json = QByteArray::fromStdString(api::toJson(issued()));
        json.replace('"' + field + '"', "\"other\"");
        const auto parsed = api::parseIssuedCertificate(json.toStdString());
        QVERIFY(!parsed.has_value());
        QCOMPARE(parsed.error().type, std::string("field-missing"));
        QVERIFY(parsed.error().detail.find(field.toStdString()) != std::string::npos);
    }

    void pemIsWrittenAsOpenSslWritesIt()
    {
        QCOMPARE(api::toPem("CERTIFICATE", Bytes(49, 0)),
                 "-----BEGIN CERTIFICATE-----\n" + std::string(64, 'A') + "\nAA==\n-----END CERTIFICATE-----\n");
        const auto oneLine = api::parsePem("CERTIFICATE", "-----BEGIN CERTIFICATE-----AAAA-----END CERTIFICATE-----");
        QVERIFY(oneLine.has_value());
        QCOMPARE(*oneLine, Bytes(3, 0));
    }

    void badPem_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("only begin") << QByteArray("-----BEGIN CERTIFICATE-----");
        QTest::newRow("overlapping") << QByteArray("-----BEGIN CERTIFICATE-----END CERTIFICATE-----");
        QTest::newRow("no content") << QByteArray("-----BEGIN CERTIFICATE----------END CERTIFICATE-----");
        QTest::newRow("other label") << QByteArray("-----BEGIN X-----AAAA-----END X-----");
        QTest::newRow("two blocks") << QByteArray("-----BEGIN CERTIFICATE-----AAAA-----END CERTIFICATE-----\n"
                                                  "-----BEGIN CERTIFICATE-----AAAA-----END CERTIFICATE-----");
        QTest::newRow("text in front") << QByteArray("x -----BEGIN CERTIFICATE-----AAAA-----END CERTIFICATE-----");
    }

    void badPem()
    {
        QFETCH(QByteArray, text);
        QVERIFY(!api::parsePem("CERTIFICATE", text.toStdString()).has_value());
    }

    // Seconds since 1970 from: date -u -d <time> +%s
    void times_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<qint64>("seconds");
        QTest::newRow("specification's") << QByteArray("2025-10-09T10:30:00Z") << qint64(1760005800);
        QTest::newRow("leap day") << QByteArray("2024-02-29T00:00:00Z") << qint64(1709164800);
        QTest::newRow("offset east") << QByteArray("2025-10-09T12:30:00+02:00") << qint64(1760005800);
        QTest::newRow("offset west") << QByteArray("2025-10-09T05:00:00-05:30") << qint64(1760005800);
        QTest::newRow("fraction") << QByteArray("2025-10-09T10:30:00.999Z") << qint64(1760005800);
        QTest::newRow("far") << QByteArray("9999-12-31T23:59:59Z") << qint64(253402300799);
    }

    void times()
    {
        QFETCH(QByteArray, text);
        QFETCH(qint64, seconds);
        const auto time = api::parseRfc3339(text.toStdString());
        QVERIFY(time.has_value());
        QCOMPARE(qint64(time->time_since_epoch().count()), seconds);
        if (text.size() == 20) QCOMPARE(api::toRfc3339(*time), text.toStdString());
    }

    void badTimes_data()
    {
        QTest::addColumn<QByteArray>("text");
        for (const char* text :
             {"", "2025-10-09", "2025-10-09T10:30:00", "2025-10-09 10:30:00Z", "2025-10-09t10:30:00z",
              "2025-02-29T00:00:00Z", "2025-13-01T00:00:00Z", "2025-00-01T00:00:00Z", "2025-10-09T24:00:00Z",
              "2025-10-09T10:60:00Z", "2025-10-09T10:30:60Z", "2025-10-09T10:30:00.Z", "2025-10-09T10:30:00Zx",
              "2025-10-09T10:30:00+2:00", "2025-10-09T10:30:00+24:00", "1969-12-31T23:59:59Z", "-025-10-09T10:30:00Z"})
            QTest::newRow(text) << QByteArray(text);
    }

    void badTimes()
    {
        QFETCH(QByteArray, text);
        QVERIFY(!api::parseRfc3339(text.toStdString()).has_value());
    }
};

QTEST_GUILESS_MAIN(CodecsTest)
#include "codecs_test.moc"
