#include <QTest>

#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include "ca-gateway/pki/software_ca.h"
#include "pki/csr.h"
#include "pki/der.h"

using namespace gateway;
using namespace gateway::pki;
using namespace gateway::pki::test;

namespace {

using Attributes = std::vector<std::pair<const char*, std::string>>;

const Attributes kSubject = {
    {"CN", kDeviceId}, {"O", "Automotive OEM"}, {"OU", "Connected Vehicles"}, {"serialNumber", kVinHash}, {"C", "US"}};

const std::string kNames = "DNS:" + kDeviceId + ".v2c.example.com,URI:urn:v2c:vehicle:" + kVinHash;

struct Wish
{
    Attributes subject = kSubject;
    std::vector<std::pair<int, std::string>> extensions; ///< as OpenSSL's configuration writes them
    const EVP_MD* digest = EVP_sha256();
    bool multiValued = false;
    std::string challenge;
};

/// A request made by OpenSSL's own builder, as a vehicle's software would.
Bytes makeCsr(const SoftwareKey& key, const Wish& wish = {})
{
    const X509RequestHandle request(X509_REQ_new());
    X509_REQ_set_pubkey(request.get(), key.handle());
    auto* name = X509_REQ_get_subject_name(request.get());
    for (std::size_t i = 0; i < wish.subject.size(); ++i) {
        const auto& [type, value] = wish.subject[i];
        if (X509_NAME_add_entry_by_txt(name, type, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(value.data()),
                                       static_cast<int>(value.size()), -1, wish.multiValued && i == 1 ? -1 : 0) != 1)
            throw std::runtime_error("attribute");
    }
    if (!wish.extensions.empty()) {
        auto* extensions = sk_X509_EXTENSION_new_null();
        for (const auto& [nid, value] : wish.extensions) {
            auto* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
            if (extension == nullptr) throw std::runtime_error("extension");
            sk_X509_EXTENSION_push(extensions, extension);
        }
        X509_REQ_add_extensions(request.get(), extensions);
        sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    }
    if (!wish.challenge.empty())
        X509_REQ_add1_attr_by_NID(request.get(), NID_pkcs9_challengePassword, MBSTRING_ASC,
                                  reinterpret_cast<const unsigned char*>(wish.challenge.data()),
                                  static_cast<int>(wish.challenge.size()));
    if (X509_REQ_sign(request.get(), key.handle(), wish.digest) <= 0) throw std::runtime_error("sign");
    return encodeDer(i2d_X509_REQ, request.get());
}

/// The P-256 key whose private part is this number.
SoftwareKey keyOf(BIGNUM* secret)
{
    const OpensslHandle<EC_GROUP, EC_GROUP_free> group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
    const OpensslHandle<EC_POINT, EC_POINT_free> point(EC_POINT_new(group.get()));
    std::array<std::uint8_t, 65> octets{};
    if (EC_POINT_mul(group.get(), point.get(), secret, nullptr, nullptr, nullptr) != 1 ||
        EC_POINT_point2oct(group.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED, octets.data(), octets.size(),
                           nullptr) != octets.size())
        throw std::runtime_error("no point");
    const OpensslHandle<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
    OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, secret);
    OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, octets.data(), octets.size());
    const OpensslHandle<OSSL_PARAM, OSSL_PARAM_free> parameters(OSSL_PARAM_BLD_to_param(builder.get()));
    const EvpKeyContextHandle context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
    EVP_PKEY* key = nullptr;
    EVP_PKEY_fromdata_init(context.get());
    EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, parameters.get());
    return SoftwareKey(key);
}

/// P-256 with the curve's parameters spelled out instead of named.
SoftwareKey explicitKey()
{
    const EvpKeyContextHandle context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
    EVP_PKEY* key = nullptr;
    std::string group = "P-256";
    std::string encoding = OSSL_PKEY_EC_ENCODING_EXPLICIT;
    const std::array<OSSL_PARAM, 3> parameters = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_EC_ENCODING, encoding.data(), 0), OSSL_PARAM_construct_end()};
    EVP_PKEY_keygen_init(context.get());
    EVP_PKEY_CTX_set_params(context.get(), parameters.data());
    EVP_PKEY_keygen(context.get(), &key);
    return SoftwareKey(key);
}

SoftwareKey compressedKey()
{
    auto key = SoftwareKey::ec("P-256");
    EVP_PKEY_set_utf8_string_param(key.handle(), OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
                                   OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_COMPRESSED);
    return key;
}

Attributes changed(std::size_t index, const std::string& value)
{
    Attributes subject = kSubject;
    subject[index].second = value;
    return subject;
}

Bytes wrapped(const Bytes& info, const Bytes& algorithm, const Bytes& signature)
{
    Bytes bits{0};
    der::append(bits, signature);
    return der::sequence({info, algorithm, der::element(der::kBitString, bits)});
}

QByteArray toQt(const Bytes& bytes)
{
    return {reinterpret_cast<const char*>(bytes.data()), static_cast<qsizetype>(bytes.size())};
}

} // namespace

class CsrTest : public QObject
{
    Q_OBJECT

    Profile m_profile = must(Profile::load(V2C_SOURCE_DIR "/resources/profiles/vehicle-device.json"));
    SoftwareKey m_key = SoftwareKey::ec("P-256");

    [[nodiscard]] Result<CheckedCsr> check(ByteView der) const
    {
        return checkVehicleCsr(der, {must(DeviceId::parse(kDeviceId)), must(VinHash::parse(kVinHash))}, m_profile);
    }

private Q_SLOTS:
    void aGoodRequestGivesItsKey_data()
    {
        QTest::addColumn<QByteArray>("der");
        Wish names;
        names.extensions = {{NID_subject_alt_name, kNames}};
        Wish oneName;
        oneName.extensions = {{NID_subject_alt_name, "DNS:" + kDeviceId + ".v2c.example.com"}};
        QTest::newRow("without extensions") << toQt(makeCsr(m_key));
        QTest::newRow("with both names") << toQt(makeCsr(m_key, names));
        QTest::newRow("with one name") << toQt(makeCsr(m_key, oneName));
    }

    void aGoodRequestGivesItsKey()
    {
        QFETCH(const QByteArray, der);
        const Bytes csr(der.begin(), der.end());
        const auto checked = check(csr);
        QVERIFY2(checked.has_value(), checked ? "" : checked.error().detail.c_str());
        const Bytes key = m_key.publicKeyDer();
        QCOMPARE(Bytes(checked->publicKeyDer().begin(), checked->publicKeyDer().end()), key);
        Bytes digest(32);
        EVP_Digest(csr.data(), csr.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
        QCOMPARE(Bytes(checked->csrSha256().begin(), checked->csrSha256().end()), digest);
        EVP_Digest(key.data(), key.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
        QCOMPARE(Bytes(checked->publicKeySha256().begin(), checked->publicKeySha256().end()), digest);
    }

    void badRequestsAreRefused_data()
    {
        QTest::addColumn<QByteArray>("der");
        QTest::addColumn<QString>("type");
        QTest::addColumn<QString>("says");
        const auto row = [](const char* title, const Bytes& der, const char* type, const char* says = "") {
            QTest::newRow(title) << toQt(der) << QString::fromUtf8(type) << QString::fromUtf8(says);
        };
        const auto wish = [](auto change) {
            Wish made;
            change(made);
            return made;
        };
        const auto subject = [&](const Attributes& attributes) {
            return makeCsr(m_key, wish([&](Wish& w) { w.subject = attributes; }));
        };
        const auto extension = [&](int nid, const std::string& value) {
            return makeCsr(m_key, wish([&](Wish& w) { w.extensions = {{nid, value}}; }));
        };

        const Bytes good = makeCsr(m_key);
        Bytes trailing = good;
        trailing.push_back(0);
        row("empty", {}, "csr-malformed");
        row("trailing byte", trailing, "csr-malformed");
        row("100 kB of garbage", Bytes(100'000, 0x30), "csr-malformed", "8192 bytes");
        row("8 kB of garbage", Bytes(8192, 0x30), "csr-malformed");
        row("text",
            Bytes(asBytes("-----BEGIN CERTIFICATE REQUEST-----").begin(),
                  asBytes("-----BEGIN CERTIFICATE REQUEST-----").end()),
            "csr-malformed");

        row("P-384", makeCsr(SoftwareKey::ec("P-384")), "csr-key-not-p256", "ec-p384");
        row("P-521", makeCsr(SoftwareKey::ec("P-521")), "csr-key-not-p256");
        row("secp256k1", makeCsr(SoftwareKey::ec("secp256k1")), "csr-key-not-p256");
        row("RSA 2048", makeCsr(SoftwareKey::rsa(2048)), "csr-key-not-p256", "rsa-2048");
        row("RSA 1024", makeCsr(SoftwareKey::rsa(1024)), "csr-key-not-p256");
        row("explicit parameters", makeCsr(explicitKey()), "csr-key-not-p256");
        row("compressed point", makeCsr(compressedKey()), "csr-key-not-p256");
        const Bytes key = m_key.publicKeyDer();
        Bytes offCurve = good;
        const auto found = std::search(offCurve.begin(), offCurve.end(), key.end() - 32, key.end());
        found[31] ^= 1;
        row("point not on the curve", offCurve, "csr-key-not-p256", "not on the curve");

        Bytes broken = good;
        broken.back() ^= 1;
        row("broken signature", broken, "csr-signature");
        row("SHA-1", makeCsr(m_key, wish([](Wish& w) { w.digest = EVP_sha1(); })), "csr-signature",
            "ecdsa-with-SHA256");
        row("SHA-512", makeCsr(m_key, wish([](Wish& w) { w.digest = EVP_sha512(); })), "csr-signature");
        const X509RequestHandle parsed([&] {
            const auto* position = good.data();
            return d2i_X509_REQ(nullptr, &position, static_cast<long>(good.size()));
        }());
        const Bytes info = encodeDer(i2d_re_X509_REQ_tbs, parsed.get());
        const Bytes algorithm = der::sequence({der::knownOid("1.2.840.10045.4.3.2")});
        row("another key's signature", wrapped(info, algorithm, SoftwareKey::ec("P-256").sign(info)), "csr-signature");
        row("empty signature", wrapped(info, algorithm, {}), "csr-signature");

        row("other device", subject(changed(0, std::string(32, 'A'))), "csr-subject", "CN");
        row("device in lower case", subject(changed(0, QByteArray::fromStdString(kDeviceId).toLower().toStdString())),
            "csr-subject", "CN");
        row("spaces around", subject(changed(1, " Automotive OEM ")), "csr-subject", "O is not");
        row("other organisation", subject(changed(1, "Other OEM")), "csr-subject", "O is not");
        row("other unit", subject(changed(2, "Cloud Platform")), "csr-subject", "OU is not");
        row("other hash", subject(changed(3, std::string(64, 'a'))), "csr-subject", "serialNumber is not");
        row("other country", subject(changed(4, "DE")), "csr-subject", "C is not");
        Attributes swapped = kSubject;
        std::swap(swapped[0], swapped[4]);
        row("other order", subject(swapped), "csr-subject", "expected CN at position 1");
        Attributes extra = kSubject;
        extra.emplace_back("L", "Detroit");
        row("extra attribute", subject(extra), "csr-subject", "expected 5 attributes, got 6");
        Attributes missing = kSubject;
        missing.erase(missing.begin() + 2);
        row("missing attribute", subject(missing), "csr-subject", "expected 5 attributes, got 4");
        row("empty subject", subject({}), "csr-subject");
        Attributes twice = kSubject;
        twice[1] = {"CN", kDeviceId};
        row("CN twice", subject(twice), "csr-subject");
        row("two attributes in one RDN", makeCsr(m_key, wish([](Wish& w) { w.multiValued = true; })), "csr-subject");

        row("asks for CA:TRUE", extension(NID_basic_constraints, "critical,CA:TRUE"), "csr-extension", "CA:TRUE");
        row("CA:TRUE behind the names",
            makeCsr(m_key, wish([](Wish& w) {
                        w.extensions = {{NID_subject_alt_name, kNames}, {NID_basic_constraints, "CA:TRUE"}};
                    })),
            "csr-extension", "CA:TRUE");
        row("asks for CA:FALSE", extension(NID_basic_constraints, "CA:FALSE"), "csr-extension");
        row("asks for a usage", extension(NID_key_usage, "keyCertSign"), "csr-extension");
        row("asks for serverAuth", extension(NID_ext_key_usage, "serverAuth"), "csr-extension");
        row("another DNS name", extension(NID_subject_alt_name, "DNS:admin.v2c.example.com"), "csr-extension");
        row("an extra DNS name", extension(NID_subject_alt_name, kNames + ",DNS:admin.v2c.example.com"),
            "csr-extension");
        row("a name twice", extension(NID_subject_alt_name, kNames + ",URI:urn:v2c:vehicle:" + kVinHash),
            "csr-extension");
        row("an IP address", extension(NID_subject_alt_name, "IP:10.0.0.1"), "csr-extension");
        row("an e-mail address", extension(NID_subject_alt_name, "email:a@b.c"), "csr-extension");
        row("the names twice",
            makeCsr(m_key, wish([](Wish& w) {
                        w.extensions = {{NID_subject_alt_name, kNames}, {NID_subject_alt_name, kNames}};
                    })),
            "csr-extension");
        row("challenge password", makeCsr(m_key, wish([](Wish& w) { w.challenge = "secret"; })), "csr-extension");

        const BnHandle one(BN_new());
        BN_one(one.get());
        row("private key 1", makeCsr(keyOf(one.get())), "csr-key-weak");
        const BnHandle seven(BN_new());
        BN_set_word(seven.get(), 7);
        row("private key 7", makeCsr(keyOf(seven.get())), "csr-key-weak");
        const OpensslHandle<EC_GROUP, EC_GROUP_free> group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
        const BnHandle last(BN_dup(EC_GROUP_get0_order(group.get())));
        BN_sub_word(last.get(), 1);
        row("private key -1", makeCsr(keyOf(last.get())), "csr-key-weak");
    }

    void badRequestsAreRefused()
    {
        QFETCH(const QByteArray, der);
        QFETCH(const QString, type);
        QFETCH(const QString, says);
        const auto checked = check(Bytes(der.begin(), der.end()));
        QVERIFY(!checked.has_value());
        QCOMPARE(QString::fromStdString(checked.error().type), type);
        const bool malformed = type == QStringLiteral("csr-malformed");
        QCOMPARE(checked.error().code, malformed ? ErrorCode::InvalidRequest : ErrorCode::PolicyViolation);
        QVERIFY2(QString::fromStdString(checked.error().detail).contains(says), checked.error().detail.c_str());
        QVERIFY(checked.error().detail.find(kVinHash) == std::string::npos);
    }

    void everyTruncationIsMalformed()
    {
        Wish names;
        names.extensions = {{NID_subject_alt_name, kNames}};
        const Bytes csr = makeCsr(m_key, names);
        for (std::size_t length = 0; length < csr.size(); ++length) {
            const auto checked = check(ByteView(csr).first(length));
            QVERIFY(!checked.has_value());
            QCOMPARE(checked.error().type, std::string("csr-malformed"));
        }
    }

    void everyChangedByteIsRefused()
    {
        Wish names;
        names.extensions = {{NID_subject_alt_name, kNames}};
        const Bytes csr = makeCsr(m_key, names);
        for (std::size_t i = 0; i < csr.size(); ++i)
            for (const std::uint8_t bit : {0x01, 0x80}) {
                Bytes other = csr;
                other[i] ^= bit;
                QVERIFY2(!check(other).has_value(), qPrintable(QString::number(i)));
            }
    }

    // BER that a lenient reader accepts: the outer length in a longer form than needed.
    void longLengthsAreMalformed()
    {
        const Bytes csr = makeCsr(m_key);
        QCOMPARE(csr[1], std::uint8_t{0x82});
        Bytes ber = csr;
        ber[1] = 0x83;
        ber.insert(ber.begin() + 2, 0);
        QCOMPARE(check(ber).error().type, std::string("csr-malformed"));
    }
};

QTEST_GUILESS_MAIN(CsrTest)
#include "csr_test.moc"
