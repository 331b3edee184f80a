#include <QTest>

#include "ca-gateway/evidence/vector_file.h"
#include "evidence/tpm_structures.h"
#include "pki/openssl_types.h"

using namespace gateway;
using namespace gateway::evidence;

namespace {

enum class Structure { Public, Attest, Signature };

std::optional<Error> parse(Structure structure, ByteView bytes)
{
    const auto errorOf = [](const auto& result) {
        return result ? std::optional<Error>() : std::optional<Error>(result.error());
    };
    switch (structure) {
    case Structure::Public:
        return errorOf(parsePublic(bytes));
    case Structure::Attest:
        return errorOf(parseCertifyAttest(bytes));
    case Structure::Signature:
        return errorOf(parseSignature(bytes));
    }
    return std::nullopt;
}

Bytes hex(const QByteArray& text)
{
    return parseHex(QByteArray(text).replace(" ", "").toStdString()).value();
}

test::Vector ecc()
{
    return test::readVector(QStringLiteral(V2C_SOURCE_DIR "/tests/vectors/evidence/ecc256-ecdsa-sha256.vec"));
}

/// Replaces octets of a good structure.
Bytes changed(const char* field, std::size_t at, const QByteArray& octets)
{
    auto bytes = test::octets(ecc(), field);
    const auto with = hex(octets);
    std::copy(with.begin(), with.end(), bytes.begin() + std::ptrdiff_t(at));
    return bytes;
}

} // namespace

Q_DECLARE_METATYPE(Structure)

class TpmStructuresTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void whatATpmMakesIsRead_data()
    {
        QTest::addColumn<QString>("file");
        for (const auto& file : test::vectorFiles())
            QTest::newRow(qPrintable(file.baseName())) << file.filePath();
    }

    void whatATpmMakesIsRead()
    {
        QFETCH(QString, file);
        const auto vector = test::readVector(file);
        const auto ak = parsePublic(test::octets(vector, "AkPublic"));
        QVERIFY2(ak.has_value(), ak ? "" : ak.error().detail.c_str());
        QCOMPARE(ak->name(), test::octets(vector, "AkName"));
        QCOMPARE(ak->publicKeyDer(), test::octets(vector, "AkSpki"));
        QVERIFY(ak->attributes.has(ObjectAttributes::kRestricted | ObjectAttributes::kSign));
        QVERIFY(!ak->attributes.has(ObjectAttributes::kDecrypt));

        const auto key = parsePublic(test::octets(vector, "KeyPublic"));
        QVERIFY2(key.has_value(), key ? "" : key.error().detail.c_str());
        QCOMPARE(key->name(), test::octets(vector, "KeyName"));
        QCOMPARE(key->publicKeyDer(), test::octets(vector, "KeySpki"));
        QVERIFY(!key->attributes.has(ObjectAttributes::kRestricted));

        const auto certifyInfo = test::octets(vector, "CertifyInfo");
        const auto attest = parseCertifyAttest(certifyInfo);
        QVERIFY2(attest.has_value(), attest ? "" : attest.error().detail.c_str());
        QCOMPARE(attest->name, key->name());
        QCOMPARE(attest->extraData, hex("00ff55aa"));

        const auto signature = parseSignature(test::octets(vector, "Signature"));
        QVERIFY2(signature.has_value(), signature ? "" : signature.error().detail.c_str());
        QVERIFY(verifies(*ak, *signature, certifyInfo));
        QVERIFY(!verifies(*key, *signature, certifyInfo));
        auto other = certifyInfo;
        other.back() ^= 1;
        QVERIFY(!verifies(*ak, *signature, other));
    }

    void anotherKindsSignatureVerifiesNothing()
    {
        const auto rsa =
            test::readVector(QStringLiteral(V2C_SOURCE_DIR "/tests/vectors/evidence/rsa2048-rsassa-sha256.vec"));
        const auto ak = parsePublic(test::octets(ecc(), "AkPublic"));
        const auto signature = parseSignature(test::octets(rsa, "Signature"));
        QVERIFY(ak && signature);
        QVERIFY(!verifies(*ak, *signature, test::octets(rsa, "CertifyInfo")));
    }

    /// The public area says with which scheme its key signs.
    void aSignatureByAnotherSchemeThanTheKeysIsNone()
    {
        auto bytes = test::octets(ecc(), "AkPublic");
        bytes[17] = 0x0C; // ECDSA with SHA-384
        const auto ak = parsePublic(bytes);
        const auto signature = parseSignature(test::octets(ecc(), "Signature"));
        QVERIFY(ak && signature);
        QVERIFY(!verifies(*ak, *signature, test::octets(ecc(), "CertifyInfo")));
    }

    /// Some TPMs leave leading zero octets of a coordinate out.
    void shortCoordinatesAreFilledUp()
    {
        for (int attempt = 0; attempt < 20000; ++attempt) {
            const pki::EvpKeyHandle key(EVP_EC_gen("P-256"));
            const auto spki = pki::encodeDer(i2d_PUBKEY, key.get());
            const auto point = ByteView(spki).last(64);
            if (point[0] != 0 || point[1] == 0) continue;
            auto bytes = hex("0057 0023 000b 00040072 0000 0010 0018000b 0003 0010 001f");
            bytes.insert(bytes.end(), point.begin() + 1, point.begin() + 32);
            bytes.insert(bytes.end(), {0x00, 0x20});
            bytes.insert(bytes.end(), point.begin() + 32, point.end());
            const auto parsed = parsePublic(bytes);
            QVERIFY2(parsed.has_value(), parsed ? "" : parsed.error().detail.c_str());
            QCOMPARE(parsed->publicKeyDer(), spki);
            return;
        }
        QFAIL("no key with a short coordinate");
    }

    void everyCutIsRefused_data()
    {
        QTest::addColumn<Structure>("structure");
        QTest::addColumn<QByteArray>("field");
        QTest::newRow("public") << Structure::Public << QByteArray("AkPublic");
        QTest::newRow("attest") << Structure::Attest << QByteArray("CertifyInfo");
        QTest::newRow("signature") << Structure::Signature << QByteArray("Signature");
    }

    void everyCutIsRefused()
    {
        QFETCH(Structure, structure);
        QFETCH(QByteArray, field);
        for (const auto& file : test::vectorFiles()) {
            auto bytes = test::octets(test::readVector(file.filePath()), field.toStdString());
            QVERIFY(!parse(structure, bytes).has_value());
            for (std::size_t length = 0; length < bytes.size(); ++length) {
                const auto error = parse(structure, ByteView(bytes).first(length));
                QVERIFY2(error.has_value(), qPrintable(QString::number(length)));
                QCOMPARE(error->type, std::string("evidence-malformed"));
                QCOMPARE(error->code, ErrorCode::InvalidRequest);
            }
            bytes.push_back(0);
            QVERIFY(parse(structure, bytes).has_value());
        }
    }

    void badValues_data()
    {
        QTest::addColumn<Structure>("structure");
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QByteArray>("named"); // must stand in the detail
        const auto row = [](const char* name, Structure structure, const Bytes& bytes, const char* named) {
            QTest::newRow(name) << structure
                                << QByteArray(reinterpret_cast<const char*>(bytes.data()), qsizetype(bytes.size()))
                                << QByteArray(named);
        };
        const auto vector = ecc();
        row("public empty", Structure::Public, {}, "size");
        row("public of a keyed hash", Structure::Public, changed("AkPublic", 2, "0008"), "type");
        row("public with SHA-1 names", Structure::Public, changed("AkPublic", 4, "0004"), "nameAlg");
        row("public with SHA-512 names", Structure::Public, changed("AkPublic", 4, "000d"), "nameAlg");
        row("public policy of 65 octets", Structure::Public, changed("AkPublic", 10, "0041"), "authPolicy");
        row("public policy of all octets", Structure::Public, changed("AkPublic", 10, "ffff"), "authPolicy");
        row("public with Camellia", Structure::Public, changed("AkPublic", 12, "0026"), "symmetric");
        row("public with SM2", Structure::Public, changed("AkPublic", 14, "001b"), "scheme");
        row("public with RSASSA on a curve", Structure::Public, changed("AkPublic", 14, "0014"), "scheme");
        row("public with SHA-1 signatures", Structure::Public, changed("AkPublic", 16, "0004"), "scheme hash");
        row("public on P-521", Structure::Public, changed("AkPublic", 18, "0005"), "curve");
        row("public with a KDF", Structure::Public, changed("AkPublic", 20, "0020"), "kdf");
        row("public beside the curve", Structure::Public, changed("AkPublic", 89, "00"), "unique");
        row("public at infinity", Structure::Public,
            hex("0018 0023 000b 00050072 0000 0010 0018000b 0003 0010 0000 0000"), "unique");
        const auto rsa = test::octets(
            test::readVector(QStringLiteral(V2C_SOURCE_DIR "/tests/vectors/evidence/rsa2048-rsassa-sha256.vec")),
            "AkPublic");
        const auto rsaChanged = [&rsa](std::size_t at, const QByteArray& octets) {
            auto bytes = rsa;
            const auto with = hex(octets);
            std::copy(with.begin(), with.end(), bytes.begin() + std::ptrdiff_t(at));
            return bytes;
        };
        row("RSA of 1024 bits", Structure::Public, rsaChanged(18, "0400"), "key bits");
        row("RSA of 4096 bits with half a modulus", Structure::Public, rsaChanged(18, "1000"), "modulus");
        row("RSA with exponent 3", Structure::Public, rsaChanged(20, "00000003"), "exponent");
        row("RSA with a short modulus", Structure::Public, rsaChanged(26, "00"), "modulus");

        row("attest empty", Structure::Attest, {}, "magic");
        row("attest not made in a TPM", Structure::Attest, changed("CertifyInfo", 0, "ff544346"), "magic");
        row("attest of a quote", Structure::Attest, changed("CertifyInfo", 4, "8018"), "type");
        row("attest with a signer of 67 octets", Structure::Attest, changed("CertifyInfo", 6, "0043"),
            "qualifiedSigner");
        row("attest with a signer beyond the end", Structure::Attest, changed("CertifyInfo", 6, "ffff"),
            "qualifiedSigner");

        row("signature empty", Structure::Signature, {}, "sigAlg");
        row("signature by HMAC", Structure::Signature, changed("Signature", 0, "0005"), "sigAlg");
        row("signature by none", Structure::Signature, changed("Signature", 0, "0010"), "sigAlg");
        row("signature with SHA-1", Structure::Signature, changed("Signature", 2, "0004"), "hash");
        row("signature with r of 49 octets", Structure::Signature, changed("Signature", 4, "0031"), "r: ");
        row("signature with r beyond the end", Structure::Signature, changed("Signature", 4, "ffff"), "r: ");
    }

    void badValues()
    {
        QFETCH(Structure, structure);
        QFETCH(QByteArray, bytes);
        QFETCH(QByteArray, named);
        const auto error = parse(structure, asBytes(std::string_view(bytes.constData(), std::size_t(bytes.size()))));
        QVERIFY(error.has_value());
        QCOMPARE(error->type, std::string("evidence-malformed"));
        QCOMPARE(error->code, ErrorCode::InvalidRequest);
        QVERIFY2(error->detail.find(named.toStdString()) != std::string::npos, error->detail.c_str());
        QVERIFY2(error->detail.find("expected ") != std::string::npos, error->detail.c_str());
    }
};

QTEST_GUILESS_MAIN(TpmStructuresTest)
#include "tpm_structures_test.moc"
