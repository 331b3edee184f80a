#include <QTest>

#include <functional>
#include <optional>

#include "pki/profile_binding.h"
#include "software_ca.h"

using namespace gateway;
using namespace gateway::pki;

namespace {

using Change = std::function<void(Profile&, std::vector<Authority>&)>;

struct Case
{
    const char* name;
    const char* profile;
    const char* issuer; ///< profile of the issuing CA: device-issuing-ca, cloud-service-ca, intermediate-ca, root-ca
    Change change;
    const char* expected; ///< the whole refusal
};

using Profiles = std::vector<std::string>;

/// What each shipped CA may be asked to issue, and what goes beyond it.
std::vector<Case> badProfiles()
{
    const auto dns = [](const char* name) {
        return [name](Profile& profile, std::vector<Authority>&) { profile.subjectAltDns.emplace_back(name); };
    };
    const auto ip = [](const char* address) {
        return [address](Profile& profile, std::vector<Authority>&) { profile.subjectAltIp.emplace_back(address); };
    };
    const auto limits = [](std::optional<NameConstraints> constraints) {
        return [constraints](Profile& profile, std::vector<Authority>&) { profile.nameConstraints = constraints; };
    };
    return {
        {"longer life than its CA", "vehicle-device", "device-issuing-ca",
         [](Profile& profile, auto&) { profile.validity = std::chrono::days(1827); },
         "vehicle-device: validity_days: expected at most 1826, the lifetime of 'V2C Device Issuing CA', got 1827"},
        {"longer life than a CA above", "vehicle-device", "device-issuing-ca",
         [](Profile&, auto& path) { path[1].lifetime = std::chrono::hours(24 * 300); },
         "vehicle-device: validity_days: expected at most 300, the lifetime of 'V2C Intermediate CA', got 365"},
        {"a sub-CA that outlives the intermediate", "device-issuing-ca", "intermediate-ca",
         [](Profile& profile, auto&) { profile.validity = std::chrono::days(3653); },
         "device-issuing-ca: validity_days: expected at most 3652, the lifetime of 'V2C Intermediate CA', got 3653"},
        {"a CA below the lowest", "device-issuing-ca", "device-issuing-ca", [](Profile&, auto&) {},
         "device-issuing-ca: path_length: expected no further CA below 'V2C Device Issuing CA' (path length 0), got a "
         "CA"},
        {"path length as the CA's own", "device-issuing-ca", "intermediate-ca",
         [](Profile& profile, auto&) { profile.pathLength = 1; },
         "device-issuing-ca: path_length: expected at most 0 below 'V2C Intermediate CA' (path length 1), got 1"},
        {"no path length below a limited CA", "device-issuing-ca", "intermediate-ca",
         [](Profile& profile, auto&) { profile.pathLength.reset(); },
         "device-issuing-ca: path_length: expected at most 0 below 'V2C Intermediate CA' (path length 1), got none"},
        {"intermediate with the root's path length", "intermediate-ca", "root-ca",
         [](Profile& profile, auto&) { profile.pathLength = 2; },
         "intermediate-ca: path_length: expected at most 1 below 'V2C Root CA' (path length 2), got 2"},
        {"path length of a CA further up", "vehicle-device", "device-issuing-ca",
         [](Profile&, auto& path) { path[1].pathLength = 0; },
         "vehicle-device: path_length: expected at most 0 CAs below 'V2C Intermediate CA' (path length 0), got 1"},
        {"issuer that is no CA", "station", "cloud-service-ca", [](Profile&, auto& path) { path[0].keyUsage.clear(); },
         "station: issuer: expected a CA that may sign certificates (keyCertSign), got 'V2C Cloud Service CA', which "
         "may not"},
        {"issuer that signs lists only", "station", "cloud-service-ca",
         [](Profile&, auto& path) { path[0].keyUsage = {"cRLSign"}; },
         "station: issuer: expected a CA that may sign certificates (keyCertSign), got 'V2C Cloud Service CA', which "
         "may not"},
        {"lists of a CA that signs none", "station", "cloud-service-ca",
         [](Profile&, auto& path) { path[0].keyUsage = {"keyCertSign"}; },
         "station: crl_urls: expected none, as 'V2C Cloud Service CA' may not sign CRLs, got "
         "http://crl.v2c.example.com/cloud-service-ca.crl"},
        {"a usage that its CA lacks", "intermediate-ca", "root-ca",
         [](Profile&, auto& path) { path[0].keyUsage = {"keyCertSign"}; },
         "intermediate-ca: key_usage: expected what 'V2C Root CA' has (keyCertSign), got cRLSign"},
        {"extended usage of another kind", "mqtt-broker", "cloud-service-ca",
         [](Profile&, auto& path) { path[0].extendedKeyUsage = {{"clientAuth"}}; },
         "mqtt-broker: extended_key_usage: expected clientAuth, those of 'V2C Cloud Service CA', got serverAuth"},
        {"one extended usage too many", "vehicle-device", "device-issuing-ca",
         [](Profile&, auto& path) { path[1].extendedKeyUsage = {{"clientAuth"}}; },
         "vehicle-device: extended_key_usage: expected clientAuth, those of 'V2C Intermediate CA', got "
         "1.3.6.1.4.1.99999.1"},
        {"any usage below a limited CA", "device-issuing-ca", "intermediate-ca",
         [](Profile&, auto& path) {
             path[0].extendedKeyUsage = {{"clientAuth", "serverAuth"}};
         },
         "device-issuing-ca: extended_key_usage: expected clientAuth, serverAuth, those of 'V2C Intermediate CA', got "
         "none, which means any"},
        {"a foreign domain", "mqtt-broker", "cloud-service-ca", dns("broker.example.org"),
         "mqtt-broker: subject_alt_names.dns: expected names in v2c.example.com, permitted by 'V2C Intermediate CA', "
         "got broker.example.org"},
        {"a domain that only ends alike", "mqtt-broker", "cloud-service-ca", dns("evilv2c.example.com"),
         "mqtt-broker: subject_alt_names.dns: expected names in v2c.example.com, permitted by 'V2C Intermediate CA', "
         "got evilv2c.example.com"},
        {"the domain above", "mqtt-broker", "cloud-service-ca", dns("example.com"),
         "mqtt-broker: subject_alt_names.dns: expected names in v2c.example.com, permitted by 'V2C Intermediate CA', "
         "got example.com"},
        {"a placeholder in the domain itself", "mqtt-broker", "cloud-service-ca", dns("{region}.example.com"),
         "mqtt-broker: subject_alt_names.dns: expected names in v2c.example.com, permitted by 'V2C Intermediate CA', "
         "got {region}.example.com"},
        {"a placeholder that joins the domain", "mqtt-broker", "cloud-service-ca", dns("{region}v2c.example.com"),
         "mqtt-broker: subject_alt_names.dns: expected names in v2c.example.com, permitted by 'V2C Intermediate CA', "
         "got {region}v2c.example.com"},
        {"an excluded domain", "station", "cloud-service-ca",
         [](Profile&, auto& path) { path[1].excluded.dns = {"stations.v2c.example.com"}; },
         "station: subject_alt_names.dns: expected no name in stations.v2c.example.com, excluded by 'V2C Intermediate "
         "CA', got {station}.stations.v2c.example.com"},
        {"the domain itself where only what is below may be", "mqtt-broker", "cloud-service-ca",
         [](Profile& profile, auto& path) {
             path[1].permitted.dns = {".v2c.example.com"};
             profile.subjectAltDns = {"v2c.example.com"};
         },
         "mqtt-broker: subject_alt_names.dns: expected names in .v2c.example.com, permitted by 'V2C Intermediate CA', "
         "got v2c.example.com"},
        {"a public address", "mqtt-broker", "cloud-service-ca", ip("192.0.2.1"),
         "mqtt-broker: subject_alt_names.ip: expected addresses in 10.0.0.0/8, permitted by 'V2C Intermediate CA', got "
         "192.0.2.1"},
        {"an address of the other family", "mqtt-broker", "cloud-service-ca", ip("2001:db8::1"),
         "mqtt-broker: subject_alt_names.ip: expected addresses in 10.0.0.0/8, permitted by 'V2C Intermediate CA', got "
         "2001:db8::1"},
        {"an excluded address", "mqtt-broker", "cloud-service-ca",
         [](Profile& profile, auto& path) {
             path[1].excluded.ip = {parseIpNetwork("10.0.1.0/24")};
             profile.subjectAltIp = {"10.0.1.10"};
         },
         "mqtt-broker: subject_alt_names.ip: expected no address in 10.0.1.0/24, excluded by 'V2C Intermediate CA', "
         "got "
         "10.0.1.10"},
        {"constraints wider than those above", "device-issuing-ca", "intermediate-ca",
         limits(NameConstraints{{"example.com"}, {}}),
         "device-issuing-ca: name_constraints.permitted_dns: expected names in v2c.example.com, permitted by 'V2C "
         "Intermediate CA', got example.com"},
        {"a network wider than that above", "device-issuing-ca", "intermediate-ca",
         limits(NameConstraints{{}, {"10.0.0.0/7"}}),
         "device-issuing-ca: name_constraints.permitted_ip: expected addresses in 10.0.0.0/8, permitted by 'V2C "
         "Intermediate CA', got 10.0.0.0/7"},
        {"constraints of an unknown kind", "vehicle-device", "device-issuing-ca",
         [](Profile&, auto& path) { path[1].permitted.others = true; },
         "vehicle-device: name_constraints: expected DNS names and networks in those of 'V2C Intermediate CA', got "
         "another kind, which fits no profile's names"},
        {"a policy is asked for", "vehicle-device", "device-issuing-ca",
         [](Profile&, auto& path) { path[1].requiresPolicy = true; },
         "vehicle-device: certificate policies: expected one, as 'V2C Intermediate CA' requires, got none, as profiles "
         "have no policies"},
    };
}

} // namespace

/// A profile cannot exceed what its CA may do.
class ProfileBindingTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { m_profiles = test::must(loadProfiles(V2C_SOURCE_DIR "/resources/profiles")); }

    void shippedProfilesFitTheirCa_data()
    {
        QTest::addColumn<QByteArray>("profile");
        QTest::addColumn<QByteArray>("issuer");
        const std::map<std::string, const char*> issuers = {
            {"root-ca", ""},
            {"intermediate-ca", "root-ca"},
            {"device-issuing-ca", "intermediate-ca"},
            {"cloud-service-ca", "intermediate-ca"},
            {"ocsp-responder-ca", "intermediate-ca"},
            {"vehicle-device", "device-issuing-ca"},
            {"vehicle-device-rfc8813", "device-issuing-ca"},
        };
        for (const auto& [name, profile] : m_profiles) {
            const auto issuer = issuers.find(name);
            QTest::newRow(name.c_str()) << QByteArray::fromStdString(name)
                                        << QByteArray(issuer == issuers.end() ? "cloud-service-ca" : issuer->second);
        }
    }

    void shippedProfilesFitTheirCa()
    {
        QFETCH(const QByteArray, profile);
        QFETCH(const QByteArray, issuer);
        const auto bound = checkBinding(m_profiles.at(profile.toStdString()), path(issuer.toStdString()));
        QVERIFY2(bound, bound ? "" : bound.error().detail.c_str());
    }

    void excessIsNamed_data()
    {
        QTest::addColumn<int>("index");
        const auto cases = badProfiles();
        for (std::size_t i = 0; i < cases.size(); ++i)
            QTest::newRow(cases[i].name) << static_cast<int>(i);
    }

    void excessIsNamed()
    {
        QFETCH(const int, index);
        const auto one = badProfiles().at(static_cast<std::size_t>(index));
        auto profile = m_profiles.at(one.profile);
        auto authorities = path(one.issuer);
        one.change(profile, authorities);
        const auto bound = checkBinding(profile, authorities);
        QVERIFY(!bound);
        QCOMPARE(bound.error().type, std::string("profile-exceeds-ca"));
        QCOMPARE(bound.error().detail, std::string(one.expected));
    }

    void narrowerIsFine()
    {
        auto profile = m_profiles.at("device-issuing-ca");
        profile.nameConstraints = NameConstraints{{"eu.v2c.example.com"}, {"10.1.0.0/16"}};
        QVERIFY(checkBinding(profile, path("intermediate-ca")));
        auto broker = m_profiles.at("mqtt-broker");
        broker.subjectAltIp = {"10.255.255.255"};
        QVERIFY(checkBinding(broker, path("cloud-service-ca")));
        auto unlimited = path("intermediate-ca");
        unlimited[0].pathLength.reset();
        unlimited[1].pathLength.reset();
        auto deep = m_profiles.at("device-issuing-ca");
        deep.pathLength.reset();
        QVERIFY(checkBinding(deep, unlimited));
    }

    /// A placeholder alone is judged by its value, once there is one.
    void valuesAreJudged()
    {
        const auto& gateway = m_profiles.at("gateway-server");
        const auto cloud = path("cloud-service-ca");
        const auto detail = [&](const TemplateValues& values) {
            const auto bound = checkBinding(gateway, cloud, &values);
            return bound ? std::string() : bound.error().type + ": " + bound.error().detail;
        };
        QCOMPARE(detail({{"host", "gateway.v2c.example.com"}, {"ip_addresses", "10.0.0.1,10.9.9.9"}}), std::string());
        QCOMPARE(detail({{"host", "gateway.example.org"}}),
                 std::string("profile-exceeds-ca: gateway-server: subject_alt_names.dns: expected names in "
                             "v2c.example.com, permitted by 'V2C Intermediate CA', got gateway.example.org"));
        QCOMPARE(detail({{"host", "a.v2c.example.com"}, {"ip_addresses", "10.0.0.1,11.0.0.1"}}),
                 std::string("profile-exceeds-ca: gateway-server: subject_alt_names.ip: expected addresses in "
                             "10.0.0.0/8, permitted by 'V2C Intermediate CA', got 11.0.0.1"));
        QCOMPARE(detail({}), std::string("profile-value: no value for {host}"));
        QCOMPARE(detail({{"host", "a.v2c.example.com"}, {"ip_addresses", "10.0.0.1, 10.0.0.2"}}).substr(0, 14),
                 std::string("profile-value:"));
    }

    /// What a certificate allows is what the profile that it was made from says.
    void certificateAllowsWhatItsProfileSays()
    {
        const test::SoftwareHierarchy hierarchy(V2C_SOURCE_DIR "/resources/profiles");
        for (const auto* issuer : {&hierarchy.root, &hierarchy.intermediate, &hierarchy.device}) {
            const auto read = authorityOf(issuer->certificate);
            const auto planned = authorityOf(hierarchy.profile(issuer->keyLabel), read.name);
            QCOMPARE(read.keyUsage, planned.keyUsage);
            QCOMPARE(read.lifetime.count(), planned.lifetime.count());
            QVERIFY(read.pathLength == planned.pathLength);
            QCOMPARE(read.permitted.dns, planned.permitted.dns);
            QCOMPARE(read.permitted.ip, planned.permitted.ip);
            QVERIFY(!read.extendedKeyUsage && !read.requiresPolicy && !read.permitted.others);
        }
        QCOMPARE(authorityOf(hierarchy.intermediate.certificate).name, std::string("'V2C Intermediate CA'"));
        const auto key = test::SoftwareKey::ec("P-256");
        const auto station = hierarchy.issue("station", {{"station", "s-1"}}, key.publicKeyDer(), hierarchy.cloud,
                                             hierarchy.cloudKey, test::serialOf(9));
        QVERIFY(authorityOf(station).keyUsage.empty());
    }

    /// Made by openssl with everything that none of our own CAs has (vectors/pki/README.md).
    void foreignCaIsRead()
    {
        QFile file(QStringLiteral(V2C_SOURCE_DIR "/tests/vectors/pki/limited-ca.pem"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const auto certificate = Certificate::parsePem(file.readAll().toStdString());
        QVERIFY2(certificate, certificate ? "" : certificate.error().detail.c_str());
        const auto authority = authorityOf(*certificate);
        QCOMPARE(authority.keyUsage, Profiles{"keyCertSign"});
        QCOMPARE(*authority.extendedKeyUsage, (Profiles{"clientAuth", "OCSPSigning", "1.3.6.1.4.1.99999.1"}));
        QCOMPARE(*authority.pathLength, 0);
        QCOMPARE(authority.lifetime.count(), 100L * 86'400);
        QCOMPARE(authority.permitted.dns, Profiles{".example.com"});
        QCOMPARE(authority.excluded.dns, Profiles{"bad.example.com"});
        QCOMPARE(authority.excluded.ip, std::vector<Bytes>{parseIpNetwork("2001:db8::/32")});
        QVERIFY(authority.permitted.others && !authority.excluded.others);
        QVERIFY(authority.requiresPolicy);
    }

private:
    /// As the shipped profiles make it.
    std::vector<Authority> path(const std::string& issuer)
    {
        static const std::map<std::string, std::vector<const char*>> kAbove = {
            {"", {}},
            {"root-ca", {"root-ca"}},
            {"intermediate-ca", {"intermediate-ca", "root-ca"}},
            {"device-issuing-ca", {"device-issuing-ca", "intermediate-ca", "root-ca"}},
            {"cloud-service-ca", {"cloud-service-ca", "intermediate-ca", "root-ca"}}};
        static const std::map<std::string, const char*> kNames = {{"root-ca", "'V2C Root CA'"},
                                                                  {"intermediate-ca", "'V2C Intermediate CA'"},
                                                                  {"device-issuing-ca", "'V2C Device Issuing CA'"},
                                                                  {"cloud-service-ca", "'V2C Cloud Service CA'"}};
        std::vector<Authority> authorities;
        for (const auto* name : kAbove.at(issuer))
            authorities.push_back(authorityOf(m_profiles.at(name), kNames.at(name)));
        return authorities;
    }

    std::map<std::string, Profile> m_profiles;
};

QTEST_APPLESS_MAIN(ProfileBindingTest)
#include "profile_binding_test.moc"
