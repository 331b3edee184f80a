#include <QTest>

#include <set>

#include <dlfcn.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <p11-kit/pkcs11.h>

#include "signer/pkcs11.h"
#include "support/softhsm_token.h"

using namespace gateway;
using namespace gateway::signer;

namespace {

SecretBytes secret(std::string_view text)
{
    return SecretBytes(text);
}

bool isGoodSignature(const Bytes& publicKeyDer, const EVP_MD* digest, ByteView message, const Bytes& signature)
{
    const auto* der = publicKeyDer.data();
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        d2i_PUBKEY(nullptr, &der, static_cast<long>(publicKeyDer.size())), EVP_PKEY_free);
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    return key && EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key.get()) == 1 &&
           EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) == 1;
}

/// The module's functions, to look at keys without the code under test.
CK_FUNCTION_LIST* moduleFunctions()
{
    auto* library = ::dlopen(test::kSoftHsmModule, RTLD_NOW | RTLD_NOLOAD);
    CK_FUNCTION_LIST* functions = nullptr;
    if (library) reinterpret_cast<CK_C_GetFunctionList>(::dlsym(library, "C_GetFunctionList"))(&functions);
    return functions;
}

} // namespace

/// HsmModule, HsmToken and HsmKey on a real SoftHSM, loaded into this process.
class Pkcs11Test : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        m_folder.emplace();
        auto module = HsmModule::load(test::kSoftHsmModule);
        QVERIFY(module);
        m_module.emplace(std::move(*module));
        QVERIFY(m_module->initToken("first", secret("officer-1"), secret("user-1")));
        QVERIFY(m_module->initToken("second", secret("officer-2"), secret("user-2")));
    }

    void cleanupTestCase()
    {
        m_module.reset();
        m_folder.reset();
    }

    void tokensAreFoundByLabel()
    {
        const auto labels = m_module->tokenLabels();
        QVERIFY(labels);
        QCOMPARE(std::set(labels->begin(), labels->end()), (std::set<std::string>{"first", "second"}));
        QVERIFY(HsmToken::open(*m_module, "second", secret("user-2")));
        const auto missing = HsmToken::open(*m_module, "third", secret("user-1"));
        QVERIFY(!missing);
        QVERIFY(missing.error().code == ExitCode::TokenMissing);
    }

    void wrongPinIsTold()
    {
        const auto token = HsmToken::open(*m_module, "first", secret("user-2"));
        QVERIFY(!token);
        QVERIFY(token.error().code == ExitCode::WrongPin);
        QVERIFY2(token.error().detail.find("user-2") == std::string::npos, token.error().detail.c_str());
        const auto key = m_module->generateKey("first", secret("nonsense"), "never", "EC-P256");
        QVERIFY(!key);
        QVERIFY(key.error().code == ExitCode::WrongPin);
    }

    void signaturesVerify_data()
    {
        QTest::addColumn<QByteArray>("algorithm");
        QTest::addColumn<bool>("sha384");

        QTest::newRow("RSA 2048") << QByteArray("RSA-2048") << false;
        QTest::newRow("RSA 4096") << QByteArray("RSA-4096") << false;
        QTest::newRow("P-256") << QByteArray("EC-P256") << false;
        QTest::newRow("P-384") << QByteArray("EC-P384") << true;
    }

    void signaturesVerify()
    {
        QFETCH(const QByteArray, algorithm);
        QFETCH(const bool, sha384);
        const auto label = "signs-" + algorithm.toStdString();
        const auto made = m_module->generateKey("first", secret("user-1"), label, algorithm.toStdString());
        QVERIFY2(made, made ? "" : made.error().detail.c_str());
        const auto token = HsmToken::open(*m_module, "first", secret("user-1"));
        QVERIFY(token);
        const auto key = token->findKey(label);
        QVERIFY(key);
        const auto message = asBytes("to be signed");
        const auto signature = key->sign(message);
        QVERIFY2(signature, signature ? "" : signature.error().detail.c_str());
        const auto* digest = sha384 ? EVP_sha384() : EVP_sha256();
        QVERIFY(isGoodSignature(key->publicKeyDer(), digest, message, *signature));
        QVERIFY(!isGoodSignature(key->publicKeyDer(), digest, asBytes("something else"), *signature));
    }

    void keysCanOnlySign_data()
    {
        QTest::addColumn<QByteArray>("algorithm");

        QTest::newRow("RSA 2048") << QByteArray("RSA-2048");
        QTest::newRow("P-256") << QByteArray("EC-P256");
    }

    void keysCanOnlySign()
    {
        QFETCH(const QByteArray, algorithm);
        const auto label = "flags-" + algorithm.toStdString();
        QVERIFY(m_module->generateKey("second", secret("user-2"), label, algorithm.toStdString()));

        auto* functions = moduleFunctions();
        QVERIFY(functions);
        const auto session = openSession(functions, "second", "user-2");
        const auto privateKey = findObject(functions, session, CKO_PRIVATE_KEY, label);
        const auto publicKey = findObject(functions, session, CKO_PUBLIC_KEY, label);
        const auto flag = [&](CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) {
            CK_BBOOL value = 2;
            CK_ATTRIBUTE attribute{type, &value, sizeof value};
            const auto result = functions->C_GetAttributeValue(session, object, &attribute, 1);
            return result == CKR_OK ? int(value) : -1;
        };
        for (const auto type :
             {CKA_TOKEN, CKA_PRIVATE, CKA_SENSITIVE, CKA_SIGN, CKA_LOCAL, CKA_ALWAYS_SENSITIVE, CKA_NEVER_EXTRACTABLE})
            QCOMPARE(flag(privateKey, type), 1);
        for (const auto type :
             {CKA_EXTRACTABLE, CKA_MODIFIABLE, CKA_COPYABLE, CKA_DECRYPT, CKA_UNWRAP, CKA_DERIVE, CKA_SIGN_RECOVER})
            QCOMPARE(flag(privateKey, type), 0);
        QCOMPARE(flag(publicKey, CKA_VERIFY), 1);
        for (const auto type : {CKA_ENCRYPT, CKA_WRAP, CKA_DERIVE, CKA_MODIFIABLE, CKA_COPYABLE})
            QCOMPARE(flag(publicKey, type), 0);

        // The flags hold: the private value is not given out, and the flags cannot be changed.
        Bytes value(4096);
        const auto secretPart = algorithm.startsWith("RSA") ? CKA_PRIVATE_EXPONENT : CKA_VALUE;
        CK_ATTRIBUTE wanted{secretPart, value.data(), value.size()};
        QVERIFY(functions->C_GetAttributeValue(session, privateKey, &wanted, 1) != CKR_OK);
        CK_BBOOL yes = 1;
        CK_ATTRIBUTE extractable{CKA_EXTRACTABLE, &yes, sizeof yes};
        QVERIFY(functions->C_SetAttributeValue(session, privateKey, &extractable, 1) != CKR_OK);
        CK_OBJECT_HANDLE copied = 0;
        QVERIFY(functions->C_CopyObject(session, privateKey, &extractable, 1, &copied) != CKR_OK);
        functions->C_CloseSession(session);
    }

    void backedUpKeyIsRestored_data()
    {
        QTest::addColumn<QByteArray>("algorithm");

        QTest::newRow("RSA 2048") << QByteArray("RSA-2048");
        QTest::newRow("P-256") << QByteArray("EC-P256");
        QTest::newRow("P-384") << QByteArray("EC-P384");
    }

    void backedUpKeyIsRestored()
    {
        QFETCH(const QByteArray, algorithm);
        const auto label = "backed-up-" + algorithm.toStdString();
        const SecretBytes wrappingKey(Bytes(32, 0x42));
        const auto backup =
            m_module->generateBackedUpKey("first", secret("user-1"), label, algorithm.toStdString(), wrappingKey);
        QVERIFY2(backup, backup ? "" : backup.error().detail.c_str());
        Bytes publicKey;
        {
            const auto token = HsmToken::open(*m_module, "first", secret("user-1"));
            QVERIFY(token);
            const auto key = token->findKey(label);
            QVERIFY(key);
            publicKey = key->publicKeyDer();
            QVERIFY(key->sign(asBytes("original")));
        }
        checkStaysInside("first", "user-1", label);

        const SecretBytes otherKey(Bytes(32, 0x43));
        QVERIFY(!m_module->restoreKey("second", secret("user-2"), label, publicKey, otherKey, *backup));
        auto changed = *backup;
        changed[changed.size() / 2] ^= 1;
        QVERIFY(!m_module->restoreKey("second", secret("user-2"), label, publicKey, wrappingKey, changed));
        const auto restored = m_module->restoreKey("second", secret("user-2"), label, publicKey, wrappingKey, *backup);
        QVERIFY2(restored, restored ? "" : restored.error().detail.c_str());
        const auto token = HsmToken::open(*m_module, "second", secret("user-2"));
        QVERIFY(token);
        const auto key = token->findKey(label);
        QVERIFY(key);
        QVERIFY(key->publicKeyDer() == publicKey);
        const auto signature = key->sign(asBytes("restored"));
        QVERIFY(signature);
        QVERIFY(isGoodSignature(publicKey, algorithm == "EC-P384" ? EVP_sha384() : EVP_sha256(), asBytes("restored"),
                                *signature));
        checkStaysInside("second", "user-2", label);
        QVERIFY(!m_module->restoreKey("second", secret("user-2"), label, publicKey, wrappingKey, *backup));
    }

    void secretKeyOnlySeals()
    {
        const auto made = m_module->generateSecretKey("second", secret("user-2"), "vault");
        QVERIFY2(made, made ? "" : made.error().detail.c_str());
        auto* functions = moduleFunctions();
        QVERIFY(functions);
        const auto session = openSession(functions, "second", "user-2");
        const auto key = findObject(functions, session, CKO_SECRET_KEY, "vault");
        QVERIFY(key != 0);
        Bytes iv(12, 7);
        Bytes label = {'d', 'e', 'k'};
        CK_GCM_PARAMS parameters{};
        parameters.pIv = iv.data();
        parameters.ulIvLen = iv.size();
        parameters.ulIvBits = iv.size() * 8;
        parameters.pAAD = label.data();
        parameters.ulAADLen = label.size();
        parameters.ulTagBits = 128;
        CK_MECHANISM gcm{CKM_AES_GCM, &parameters, sizeof parameters};
        Bytes dataKey(32, 0x5A);
        Bytes sealed(64);
        CK_ULONG sealedLength = sealed.size();
        QCOMPARE(functions->C_EncryptInit(session, &gcm, key), CKR_OK);
        QCOMPARE(functions->C_Encrypt(session, dataKey.data(), dataKey.size(), sealed.data(), &sealedLength), CKR_OK);
        QCOMPARE(sealedLength, 48UL);
        Bytes opened(64);
        CK_ULONG openedLength = opened.size();
        QCOMPARE(functions->C_DecryptInit(session, &gcm, key), CKR_OK);
        QCOMPARE(functions->C_Decrypt(session, sealed.data(), sealedLength, opened.data(), &openedLength), CKR_OK);
        opened.resize(openedLength);
        QVERIFY(opened == dataKey);
        CK_MECHANISM wrap{CKM_AES_KEY_WRAP_PAD, nullptr, 0};
        QVERIFY(functions->C_WrapKey(session, &wrap, key, key, opened.data(), &openedLength) != CKR_OK);
        Bytes value(64);
        CK_ATTRIBUTE wanted{CKA_VALUE, value.data(), value.size()};
        QVERIFY(functions->C_GetAttributeValue(session, key, &wanted, 1) != CKR_OK);
        functions->C_CloseSession(session);
        const auto again = m_module->generateSecretKey("second", secret("user-2"), "vault");
        QVERIFY(!again);
        QVERIFY(again.error().code == ExitCode::KeyMismatch);
    }

    void labelsAreUsedOnce()
    {
        QVERIFY(m_module->generateKey("first", secret("user-1"), "twice", "EC-P256"));
        const auto again = m_module->generateKey("first", secret("user-1"), "twice", "EC-P256");
        QVERIFY(!again);
        QVERIFY(again.error().code == ExitCode::KeyMismatch);
    }

    void missingKeyIsTold()
    {
        const auto token = HsmToken::open(*m_module, "first", secret("user-1"));
        QVERIFY(token);
        const auto key = token->findKey("nobody");
        QVERIFY(!key);
        QVERIFY(key.error().code == ExitCode::KeyMissing);
    }

    void unknownAlgorithmIsRefused()
    {
        for (const auto* algorithm : {"RSA-1024", "EC-P521", "", "rsa-2048"})
            QVERIFY(!m_module->generateKey("first", secret("user-1"), "unknown", algorithm));
    }

    void erasingNeedsTheOfficersPin()
    {
        const auto refused = m_module->initToken("first", secret("guess-1"), secret("user-9"));
        QVERIFY(!refused);
        QVERIFY(refused.error().code == ExitCode::WrongPin);
        const auto token = HsmToken::open(*m_module, "first", secret("user-1"));
        QVERIFY(token);
        QVERIFY(token->findKey("signs-RSA-2048"));
    }

    void erasedTokenHasNoKeys()
    {
        QVERIFY(m_module->initToken("first", secret("officer-1"), secret("user-9")));
        const auto token = HsmToken::open(*m_module, "first", secret("user-9"));
        QVERIFY(token);
        QVERIFY(!token->findKey("signs-RSA-2048"));
        QCOMPARE(m_module->tokenLabels()->size(), 2U);
    }

    void missingModuleIsTold()
    {
        const auto module = HsmModule::load("/nonexistent/module.so");
        QVERIFY(!module);
        QVERIFY(module.error().code == ExitCode::ModuleFailure);
    }

private:
    /// What is on the token after a backup can be neither read nor wrapped again, with any key.
    void checkStaysInside(const std::string& token, const std::string& pin, const std::string& label)
    {
        auto* functions = moduleFunctions();
        const auto session = openSession(functions, token, pin);
        const auto key = findObject(functions, session, CKO_PRIVATE_KEY, label);
        QVERIFY(key != 0);
        CK_BBOOL extractable = 1;
        CK_ATTRIBUTE wanted{CKA_EXTRACTABLE, &extractable, sizeof extractable};
        QCOMPARE(functions->C_GetAttributeValue(session, key, &wanted, 1), CKR_OK);
        QCOMPARE(extractable, CK_BBOOL{0});
        CK_OBJECT_CLASS kind = CKO_SECRET_KEY;
        CK_KEY_TYPE type = CKK_AES;
        Bytes value(32, 1);
        CK_BBOOL yes = 1;
        CK_ATTRIBUTE own[] = {{CKA_CLASS, &kind, sizeof kind},
                              {CKA_KEY_TYPE, &type, sizeof type},
                              {CKA_VALUE, value.data(), value.size()},
                              {CKA_WRAP, &yes, sizeof yes}};
        CK_OBJECT_HANDLE wrapping = 0;
        QCOMPARE(functions->C_CreateObject(session, own, 4, &wrapping), CKR_OK);
        CK_MECHANISM wrap{CKM_AES_KEY_WRAP_PAD, nullptr, 0};
        Bytes wrapped(4096);
        CK_ULONG length = wrapped.size();
        QCOMPARE(functions->C_WrapKey(session, &wrap, wrapping, key, wrapped.data(), &length),
                 CK_RV{CKR_KEY_UNEXTRACTABLE});
        functions->C_CloseSession(session);
    }

    CK_SESSION_HANDLE openSession(CK_FUNCTION_LIST* functions, const std::string& label, const std::string& pin)
    {
        CK_SLOT_ID slots[8];
        CK_ULONG count = 8;
        CK_SESSION_HANDLE session = 0;
        if (functions->C_GetSlotList(1, slots, &count) != CKR_OK) return 0;
        for (CK_ULONG i = 0; i < count; ++i) {
            CK_TOKEN_INFO info{};
            functions->C_GetTokenInfo(slots[i], &info);
            if (std::string(reinterpret_cast<const char*>(info.label), label.size() + 1) != label + " ") continue;
            functions->C_OpenSession(slots[i], CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session);
            Bytes bytes(pin.begin(), pin.end());
            functions->C_Login(session, CKU_USER, bytes.data(), bytes.size());
        }
        return session;
    }

    CK_OBJECT_HANDLE findObject(CK_FUNCTION_LIST* functions, CK_SESSION_HANDLE session, CK_OBJECT_CLASS kind,
                                std::string label)
    {
        CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &kind, sizeof kind}, {CKA_LABEL, label.data(), label.size()}};
        CK_OBJECT_HANDLE object = 0;
        CK_ULONG count = 0;
        functions->C_FindObjectsInit(session, wanted, 2);
        functions->C_FindObjects(session, &object, 1, &count);
        functions->C_FindObjectsFinal(session);
        return count == 1 ? object : 0;
    }

    std::optional<test::SoftHsmFolder> m_folder;
    std::optional<HsmModule> m_module;
};

QTEST_GUILESS_MAIN(Pkcs11Test)
#include "pkcs11_test.moc"
