#include <QTest>

#include <fstream>
#include <sstream>

#include "ceremony/output_file.h"
#include "ceremony/shares.h"
#include "ceremony_files.h"
#include "pki/certificate.h"
#include "pki/crl.h"

using namespace gateway;
using namespace gateway::test;
using nlohmann::json;

/// What happens when a ceremony is disturbed, repeated, rehearsed or followed by another.
class CeremonyTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_files.emplace(); }
    void cleanup() { m_files.reset(); }

    void completeCeremonyIsLeftAlone()
    {
        const auto file = m_files->write(m_files->smallPlan());
        std::ostringstream progress;
        QVERIFY(hold(file, progress));
        const auto root = contentOf(m_files->output() / "root-ca.pem");
        std::ostringstream again;
        QVERIFY(hold(file, again));
        QVERIFY(again.str().find("already complete") != std::string::npos);
        QCOMPARE(contentOf(m_files->output() / "root-ca.pem"), root);
    }

    void anotherPlanDoesNotOverwrite()
    {
        std::ostringstream progress;
        QVERIFY(hold(m_files->write(m_files->smallPlan()), progress));
        auto other = m_files->smallPlan();
        other["certificates"].erase(1);
        const auto done = hold(m_files->write(other), progress);
        QVERIFY(!done);
        QCOMPARE(done.error().type, std::string("ceremony-differs"));
    }

    void damagedOutputIsNamed()
    {
        const auto file = m_files->write(m_files->smallPlan());
        std::ostringstream progress;
        QVERIFY(hold(file, progress));
        std::ofstream(m_files->output() / "root-ca.pem") << "not a certificate";
        const auto done = hold(file, progress);
        QVERIFY(!done);
        QCOMPARE(done.error().type, std::string("ceremony-damaged"));
    }

    void foreignTokenIsNotErased()
    {
        std::ostringstream progress;
        QVERIFY(hold(m_files->write(m_files->smallPlan()), progress));
        std::filesystem::remove_all(m_files->output());
        const auto done = hold(m_files->write(m_files->smallPlan()), progress);
        QVERIFY(!done);
        QCOMPARE(done.error().type, std::string("token-exists"));
        QVERIFY(!std::filesystem::exists(m_files->output() / "root-ca.pem"));
    }

    void unfinishedCeremonyStartsAnew()
    {
        auto absent = m_files->smallPlan();
        absent["key_holders"]["present"].erase(0);
        std::ostringstream progress;
        QVERIFY(!hold(m_files->write(absent), progress)); // after the token was made
        QVERIFY(!std::filesystem::exists(m_files->output() / "root-ca.pem"));
        QVERIFY(!std::filesystem::exists(m_files->output() / "manifest.json"));

        const auto done = hold(m_files->write(m_files->smallPlan()), progress);
        QCOMPARE(faultOf(done), std::string());
        QVERIFY(progress.str().find("made anew") != std::string::npos);
        // one token of the label
        const auto [status, listed] = runProgram("softhsm2-util", {"--show-slots"});
        QCOMPARE(status, 0);
        QCOMPARE(listed.find("v2c-root"), listed.rfind("v2c-root"));
        QVERIFY(has(listed, "v2c-root"));
    }

    void profileBeyondItsCaMakesNothing_data()
    {
        QTest::addColumn<QByteArray>("file"); // a profile, or empty for the ceremony file
        QTest::addColumn<QByteArray>("pointer");
        QTest::addColumn<QByteArray>("value");
        QTest::addColumn<QByteArray>("refusal");

        const auto row = [](const char* name, const char* file, const char* pointer, const char* value,
                            const char* refusal) {
            QTest::newRow(name) << QByteArray(file) << QByteArray(pointer) << QByteArray(value) << QByteArray(refusal);
        };
        row("lifetime", "intermediate-ca", "/validity_days", "1000",
            "device-issuing-ca.pem: device-issuing-ca: validity_days: expected at most 1000, the lifetime of "
            "intermediate-ca-1.pem, got 1826");
        row("path length", "intermediate-ca", "/basic_constraints/path_length", "0",
            "device-issuing-ca.pem: device-issuing-ca: path_length: expected no further CA below intermediate-ca-1.pem "
            "(path length 0), got a CA");
        row("key usage", "root-ca", "/key_usage", R"(["keyCertSign"])",
            "intermediate-ca-1.pem: intermediate-ca: key_usage: expected what root-ca.pem has (keyCertSign), got "
            "cRLSign");
        row("lists", "cloud-service-ca", "/key_usage", R"(["keyCertSign"])",
            "gateway-server.pem: gateway-server: crl_urls: expected none, as cloud-service-ca.pem may not sign CRLs, "
            "got http://crl.v2c.example.com/cloud-service-ca.crl");
        row("name", "mqtt-broker", "/subject_alt_names/dns/0", R"("broker.example.org")",
            "mqtt-broker.pem: mqtt-broker: subject_alt_names.dns: expected names in v2c.example.com, localhost, "
            "permitted by intermediate-ca-1.pem, got broker.example.org");
        row("name by its value", "", "/certificates/7/values/host", R"("gateway.example.org")",
            "gateway-server.pem: gateway-server: subject_alt_names.dns: expected names in v2c.example.com, localhost, "
            "permitted by intermediate-ca-1.pem, got gateway.example.org");
        row("address by its value", "", "/certificates/7/values/ip_addresses", R"("192.0.2.7")",
            "gateway-server.pem: gateway-server: subject_alt_names.ip: expected addresses in 10.0.0.0/8, 127.0.0.0/8, "
            "permitted by intermediate-ca-1.pem, got 192.0.2.7");
        row("name constraints", "", "/certificates/3/name_constraints",
            R"({"permitted_dns": ["example.com"], "permitted_ip": ["10.1.0.0/16"]})",
            "device-issuing-ca.pem: device-issuing-ca: name_constraints.permitted_dns: expected names in "
            "v2c.example.com, localhost, permitted by intermediate-ca-1.pem, got example.com");
    }

    void profileBeyondItsCaMakesNothing()
    {
        QFETCH(const QByteArray, file);
        QFETCH(const QByteArray, pointer);
        QFETCH(const QByteArray, value);
        QFETCH(const QByteArray, refusal);
        const auto profiles = m_files->folder() / "profiles";
        std::filesystem::copy(V2C_SOURCE_DIR "/resources/profiles", profiles);
        auto plan = m_files->demo();
        plan["profiles"] = profiles.string();
        const auto changed = [&](json document) {
            document[json::json_pointer(pointer.toStdString())] = json::parse(value.toStdString());
            return document;
        };
        if (file.isEmpty()) {
            plan = changed(plan);
        } else {
            const auto profile = profiles / (file.toStdString() + ".json");
            const auto content = changed(json::parse(contentOf(profile))).dump();
            std::ofstream(profile) << content;
        }
        std::ostringstream progress;
        QCOMPARE(faultOf(hold(m_files->write(plan), progress)), "profile-exceeds-ca: " + refusal.toStdString());
        QVERIFY(std::filesystem::is_empty(m_files->folder() / "tokens"));
        QVERIFY(std::filesystem::is_empty(m_files->secrets()));
    }

    void tooFewOrRepeatedSharesSignNothing_data()
    {
        QTest::addColumn<QByteArray>("present");
        QTest::addColumn<QByteArray>("errorType");

        QTest::newRow("two of five") << QByteArray(R"(["Alice Adams", "Dana Dvorak"])") << QByteArray("shares-too-few");
        QTest::newRow("same twice") << QByteArray(R"(["Alice Adams", "Dana Dvorak", "Alice Adams"])")
                                    << QByteArray("share-repeated");
    }

    void tooFewOrRepeatedSharesSignNothing()
    {
        QFETCH(const QByteArray, present);
        QFETCH(const QByteArray, errorType);
        auto plan = m_files->smallPlan();
        plan["key_holders"]["present"] = json::parse(present.toStdString());
        std::ostringstream progress;
        const auto done = hold(m_files->write(plan), progress);
        QVERIFY(!done);
        QCOMPARE(done.error().type, errorType.toStdString());
        QVERIFY(!std::filesystem::exists(m_files->output() / "root-ca.pem"));
        QVERIFY(!std::filesystem::exists(m_files->output() / "manifest.json"));
    }

    void wrongSharesSignNothing_data()
    {
        QTest::addColumn<QByteArray>("fault");
        QTest::addColumn<QByteArray>("errorType");

        QTest::newRow("changed") << QByteArray("changed") << QByteArray("share-corrupted");
        QTest::newRow("another holder's") << QByteArray("copied") << QByteArray("share-repeated");
        QTest::newRow("of another ceremony") << QByteArray("foreign") << QByteArray("shares-mixed");
        QTest::newRow("not a share") << QByteArray("garbage") << QByteArray("share-malformed");
        QTest::newRow("left at home") << QByteArray("missing") << QByteArray("file-missing");
    }

    /// The root's token stays closed, so a renewal makes nothing.
    void wrongSharesSignNothing()
    {
        QFETCH(const QByteArray, fault);
        QFETCH(const QByteArray, errorType);
        std::ostringstream progress;
        QVERIFY(hold(m_files->write(m_files->smallPlan()), progress));
        const auto share = m_files->secrets() / "share-3.json";
        auto content = contentOf(share);
        if (fault == "changed") {
            auto changed = json::parse(content);
            auto value = changed["share"].get<std::string>();
            value[5] = value[5] == '0' ? '1' : '0';
            changed["share"] = value;
            content = changed.dump();
        }
        if (fault == "copied") content = contentOf(m_files->secrets() / "share-1.json");
        if (fault == "foreign") {
            const auto others = ceremony::splitSecret(SecretBytes(std::string(32, 'x')),
                                                      {"Alice Adams", "Bruno Becker", "Chiyo Chiba"}, 3);
            content = ceremony::toJson(others->at(2));
        }
        if (fault == "garbage") content = "{}";
        std::ofstream(share) << content;
        if (fault == "missing") std::filesystem::remove(share);
        const auto done = hold(m_files->write(m_files->renewalPlan()), progress, {false, false, true});
        QVERIFY(!done);
        QCOMPARE(done.error().type, errorType.toStdString());
        QVERIFY(!std::filesystem::exists(m_files->renewed() / "intermediate-ca-3.pem"));
        QVERIFY(!std::filesystem::exists(m_files->renewed() / "transcript.json"));
    }

    void intermediateIsRenewedByTheSameRoot()
    {
        std::ostringstream progress;
        QVERIFY(hold(m_files->write(m_files->smallPlan()), progress));
        const auto file = m_files->write(m_files->renewalPlan());
        const auto done = hold(file, progress, {false, false, true});
        QCOMPARE(faultOf(done), std::string());
        const auto renewed = m_files->renewed();
        QCOMPARE(contentOf(renewed / "root-ca.pem"), contentOf(m_files->output() / "root-ca.pem"));
        const auto [status, said] = runProgram(
            "openssl", {"verify", "-x509_strict", "-CAfile", (m_files->output() / "root-ca.pem").string(), "-untrusted",
                        (renewed / "chain.pem").string(), (renewed / "device-issuing-ca.pem").string()});
        QVERIFY2(status == 0, said.c_str());
        std::ostringstream checked;
        QVERIFY(verifyCeremony(m_files->output() / "root-ca.pem", renewed / "transcript.json", checked));
        QVERIFY(progress.str().find("V2C Root CA") != std::string::npos);
        // A repetition finds it complete, and a file without a root of before is no renewal.
        QVERIFY(hold(file, progress, {false, false, true}));
        QCOMPARE(hold(m_files->write(m_files->smallPlan()), progress, {false, false, true}).error().type,
                 std::string("ceremony-file"));
    }

    /// One list after the other with the root in its safe, then a revoked issuing CA.
    void listsAreRenewedAndACaIsRevoked()
    {
        std::ostringstream progress;
        QCOMPARE(faultOf(hold(m_files->write(m_files->smallPlan()), progress)), std::string());
        QCOMPARE(faultOf(hold(m_files->write(m_files->renewalPlan()), progress, {.renewal = true})), std::string());
        const auto plan = m_files->listPlan();
        const auto first = m_files->renewed();
        const auto second = m_files->folder() / "pki-crl";
        const auto third = m_files->folder() / "pki-crl-3";
        QCOMPARE(faultOf(hold(m_files->write(plan), progress, {.lists = true})), std::string());
        QVERIFY(listOf(second).number > listOf(first).number);
        QCOMPARE(verdict(first, second), std::string());
        // A complete one is left alone.
        std::ostringstream again;
        QCOMPARE(faultOf(hold(m_files->write(plan), again, {.lists = true})), std::string());
        QVERIFY(has(again.str(), "already complete"));

        auto revoking = plan;
        revoking["crls"][0]["revoke"] = {
            {{"certificate", (first / "device-issuing-ca.pem").string()}, {"reason", "KEY_COMPROMISE"}}};
        const auto differs = hold(m_files->write(revoking), progress, {.lists = true});
        QCOMPARE(faultOf(differs).substr(0, 16), std::string("ceremony-differs"));
        const CeremonyOptions onward{.lists = true, .output = third, .previousLists = second};
        QCOMPARE(faultOf(hold(m_files->write(revoking), progress, onward)), std::string());
        QVERIFY(listOf(third).number > listOf(second).number);
        QVERIFY(has(verdict(first, third), "certificate revoked"));
        std::ostringstream checked;
        QCOMPARE(faultOf(verifyCeremony(m_files->output() / "root-ca.pem", third / "transcript.json", checked)),
                 std::string());
        QVERIFY2(has(checked.str(), "signed by CN = V2C Intermediate CA 3"), checked.str().c_str());

        // The next one keeps the entry, asked for or not.
        const CeremonyOptions last{.lists = true, .output = m_files->folder() / "pki-crl-4", .previousLists = third};
        QCOMPARE(faultOf(hold(m_files->write(plan), progress, last)), std::string());
        QVERIFY(has(verdict(first, last.output), "certificate revoked"));
        // Another list in the place of the one that was signed.
        std::filesystem::copy_file(second / "intermediate-ca-3.crl", third / "intermediate-ca-3.crl",
                                   std::filesystem::copy_options::overwrite_existing);
        QCOMPARE(verifyCeremony(m_files->output() / "root-ca.pem", third / "transcript.json", checked).error().type,
                 std::string("transcript-file"));
    }

    void intermediateIsRevokedByTheRoot()
    {
        std::ostringstream progress;
        QCOMPARE(faultOf(hold(m_files->write(m_files->smallPlan()), progress)), std::string());
        QCOMPARE(faultOf(hold(m_files->write(m_files->renewalPlan()), progress, {.renewal = true})), std::string());
        auto plan = m_files->renewalPlan();
        plan["certificates"] = json::array({plan["certificates"][0]});
        plan["tokens"].erase(1);
        plan.erase("chains");
        plan["secrets"] = (m_files->folder() / "secrets-crl").string();
        plan["output"] = (m_files->folder() / "pki-crl").string();
        plan["crls"] = json::array({{{"file", "root-ca.crl"},
                                     {"issuer", "root-ca.pem"},
                                     {"previous", (m_files->renewed() / "root-ca.crl").string()},
                                     {"revoke",
                                      {{{"certificate", (m_files->renewed() / "intermediate-ca-3.pem").string()},
                                        {"reason", "CA_COMPROMISE"}}}}}});
        QCOMPARE(verdict(m_files->renewed(), m_files->renewed()), std::string());
        QCOMPARE(faultOf(hold(m_files->write(plan), progress, {.lists = true})), std::string());
        const auto refused = verdict(m_files->renewed(), m_files->renewed(), m_files->folder() / "pki-crl");
        QVERIFY2(has(refused, "certificate revoked"), refused.c_str());
        // What the root has not signed, it does not revoke.
        plan["output"] = (m_files->folder() / "pki-crl-2").string();
        plan["crls"][0]["revoke"][0]["certificate"] = (m_files->renewed() / "device-issuing-ca.pem").string();
        QCOMPARE(hold(m_files->write(plan), progress, {.lists = true}).error().type, std::string("crl-revoke"));
        plan["crls"][0].erase("revoke");
        plan["crls"][0]["previous"] = (m_files->renewed() / "intermediate-ca-3.crl").string();
        QCOMPARE(hold(m_files->write(plan), progress, {.lists = true}).error().type, std::string("crl-previous"));
        QVERIFY(!std::filesystem::exists(m_files->folder() / "pki-crl-2/root-ca.crl"));
    }

    void backedUpKeyIsRestoredToAnotherToken()
    {
        auto plan = m_files->smallPlan();
        plan["certificates"][0]["backup"] = true;
        const auto file = m_files->write(plan);
        std::ostringstream progress;
        QVERIFY(hold(file, progress));
        QCOMPARE(modeOf(m_files->output() / "key-backup.json"), static_cast<mode_t>(0600));
        QCOMPARE(modeOf(m_files->secrets() / "backup-share-1.json"), static_cast<mode_t>(0600));

        std::istringstream nobody;
        QCOMPARE(restoreKey(file, "nobody", "v2c-restored", {}, nobody, progress).error().type,
                 std::string("no-backup"));
        QCOMPARE(restoreKey(file, "root-ca", "v2c-root", {}, nobody, progress).error().type,
                 std::string("token-exists"));
        const auto restored = restoreKey(file, "root-ca", "v2c-restored", {}, nobody, progress);
        QCOMPARE(faultOf(restored), std::string());

        // The restored token signs what verifies by the root's certificate: a renewal with it in the root's place.
        auto renewal = m_files->renewalPlan();
        renewal["tokens"][0]["label"] = "v2c-restored";
        renewal["tokens"][0]["pin"] = "file";
        renewal["certificates"][0]["token"] = "v2c-restored";
        const auto done = hold(m_files->write(renewal), progress, {false, false, true});
        QCOMPARE(faultOf(done), std::string());
        std::ostringstream checked;
        QVERIFY(verifyCeremony(m_files->output() / "root-ca.pem", m_files->renewed() / "transcript.json", checked));
    }

    void rehearsalLeavesTheRealOneAlone()
    {
        const auto before = qgetenv("SOFTHSM2_CONF");
        const auto file = m_files->write(m_files->smallPlan());
        std::ostringstream progress;
        const auto rehearsed = hold(file, progress, {false, true, false});
        QCOMPARE(faultOf(rehearsed), std::string());
        const std::filesystem::path folder = m_files->output().string() + "-rehearsal";
        QVERIFY(std::filesystem::exists(folder / "REHEARSAL"));
        QVERIFY(!std::filesystem::exists(folder / "manifest.json")); // what the gateway would import
        QVERIFY(contentOf(folder / "transcript.pdf").find("REHEARSAL") != std::string::npos);
        QVERIFY(json::parse(contentOf(folder / "transcript.json"))["rehearsal"].get<bool>());
        QVERIFY(!std::filesystem::exists(m_files->output()));
        const auto firstRoot = contentOf(folder / "root-ca.pem");
        QVERIFY(hold(file, progress, {false, true, false})); // always anew
        QVERIFY(contentOf(folder / "root-ca.pem") != firstRoot);

        // A renewal is rehearsed without the real root's token.
        QVERIFY(hold(m_files->write(m_files->renewalPlan()), progress, {false, true, true}));
        qputenv("SOFTHSM2_CONF", before);
        QVERIFY(hold(m_files->write(m_files->smallPlan()), progress));
        QVERIFY(contentOf(m_files->output() / "root-ca.pem") != contentOf(folder / "root-ca.pem"));
        // A folder that no rehearsal made is not removed.
        std::filesystem::remove(folder / "REHEARSAL");
        QCOMPARE(hold(m_files->write(m_files->smallPlan()), progress, {false, true, false}).error().type,
                 std::string("rehearsal-folder"));
        QVERIFY(std::filesystem::exists(folder / "root-ca.pem"));
    }

    void rootTokenIsTakenOffline()
    {
        auto plan = m_files->smallPlan();
        plan["offline"] = {{"token_folder", (m_files->folder() / "tokens").string()},
                           {"offline_folder", (m_files->folder() / "safe").string()}};
        const auto file = m_files->write(plan);
        std::ostringstream progress;
        const auto done = hold(file, progress);
        QCOMPARE(faultOf(done), std::string());
        QVERIFY(std::filesystem::is_empty(m_files->folder() / "tokens"));
        QCOMPARE(std::distance(std::filesystem::directory_iterator(m_files->folder() / "safe"), {}), 1);
        QVERIFY(hold(file, progress));
    }

    void missingSignerIsNamed()
    {
        auto plan = m_files->smallPlan();
        plan["signer"] = "/nonexistent/v2c-signer";
        std::ostringstream progress;
        const auto done = hold(m_files->write(plan), progress);
        QVERIFY(!done);
        QCOMPARE(done.error().type, std::string("signer-start"));
    }

    void missingModuleIsNamed()
    {
        auto plan = m_files->smallPlan();
        plan["module"] = "/nonexistent/module.so";
        std::ostringstream progress;
        const auto done = hold(m_files->write(plan), progress);
        QVERIFY(!done);
        QCOMPARE(done.error().type, std::string("signer-start"));
    }

private:
    static pki::CrlTimes listOf(const std::filesystem::path& folder)
    {
        const auto der = contentOf(folder / "intermediate-ca-3.crl");
        return pki::inspectCrl({reinterpret_cast<const std::uint8_t*>(der.data()), der.size()})
            .value_or(pki::CrlTimes{});
    }

    /// What openssl says of the issuing CA by all lists; empty when it is good.
    std::string verdict(const std::filesystem::path& certificates, const std::filesystem::path& lists,
                        std::filesystem::path rootList = {})
    {
        if (rootList.empty()) rootList = m_files->output();
        const auto [status, said] =
            runProgram("sh", {"-c",
                              "openssl crl -in \"$1/intermediate-ca-3.crl\" > \"$4.pem\" && "
                              "openssl crl -in \"$2/root-ca.crl\" >> \"$4.pem\" && "
                              "openssl verify -x509_strict -crl_check_all -CAfile \"$3\" -CRLfile \"$4.pem\" "
                              "-untrusted \"$0/chain.pem\" \"$0/device-issuing-ca.pem\"",
                              certificates.string(), lists.string(), rootList.string(),
                              (m_files->output() / "root-ca.pem").string(), (m_files->folder() / "lists").string()});
        return status == 0 ? std::string() : said;
    }

    std::optional<CeremonyFiles> m_files;
};

QTEST_GUILESS_MAIN(CeremonyTest)
#include "ceremony_test.moc"
