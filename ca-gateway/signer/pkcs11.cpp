#include "signer/pkcs11.h"

#include <array>
#include <cstring>
#include <functional>

#include <dlfcn.h>
#include <libp11.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <p11-kit/pkcs11.h>

namespace gateway::signer {

namespace {

struct KeyDeleter
{
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct DigestDeleter
{
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using KeyPointer = std::unique_ptr<EVP_PKEY, KeyDeleter>;

/// The reason codes PKCS#11 has for a PIN that will not do; trying again only brings the token closer to its lock.
bool isPinError(unsigned long code)
{
    switch (code) {
    case CKR_PIN_INCORRECT:
    case CKR_PIN_INVALID:
    case CKR_PIN_LEN_RANGE:
    case CKR_PIN_EXPIRED:
    case CKR_PIN_LOCKED:
        return true;
    default:
        return false;
    }
}

std::string hex(unsigned long code)
{
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), "0x%lx", code);
    return text.data();
}

tl::unexpected<HsmFailure> hsmFail(ExitCode code, std::string detail)
{
    return tl::unexpected(HsmFailure{code, std::move(detail)});
}

/// A failed call of the module itself.
tl::unexpected<HsmFailure> callFailed(const char* call, CK_RV result)
{
    return hsmFail(isPinError(result) ? ExitCode::WrongPin : ExitCode::ModuleFailure,
                   std::string(call) + " answered " + hex(result));
}

/// A failed call through libp11, which leaves the module's answer in OpenSSL's error queue.
tl::unexpected<HsmFailure> libraryFailed(const std::string& what)
{
    const auto error = ERR_peek_last_error();
    const auto reason = static_cast<unsigned long>(ERR_GET_REASON(error));
    std::array<char, 256> text{};
    ERR_error_string_n(error, text.data(), text.size());
    ERR_clear_error();
    return hsmFail(isPinError(reason) ? ExitCode::WrongPin : ExitCode::ModuleFailure, what + ": " + text.data());
}

std::string tokenLabel(const CK_TOKEN_INFO& info)
{
    std::string label(reinterpret_cast<const char*>(info.label), sizeof info.label);
    label.erase(label.find_last_not_of(' ') + 1);
    return label;
}

CK_UTF8CHAR* mutableBytes(const SecretBytes& secret)
{
    // PKCS#11 takes a pointer without const and does not write through it.
    return const_cast<CK_UTF8CHAR*>(secret.reveal().data()); // NOLINT(cppcoreguidelines-pro-type-const-cast)
}

/// A flag of a key, which is asked for and read back.
struct Flag
{
    CK_ATTRIBUTE_TYPE type;
    bool value;
};

// MODIFIABLE stands last: SoftHSM applies the template of an unwrapped key in its order, and to what is no longer
// modifiable it applies nothing.
constexpr std::array kPrivateKeyFlags = {
    Flag{CKA_TOKEN, true},
    Flag{CKA_PRIVATE, true},
    Flag{CKA_SENSITIVE, true},
    Flag{CKA_EXTRACTABLE, false},
    Flag{CKA_COPYABLE, false},
    Flag{CKA_SIGN, true},
    Flag{CKA_SIGN_RECOVER, false},
    Flag{CKA_DECRYPT, false},
    Flag{CKA_UNWRAP, false},
    Flag{CKA_DERIVE, false},
    Flag{CKA_ALWAYS_AUTHENTICATE, false},
    Flag{CKA_MODIFIABLE, false},
};
/// A key pair between its making and its backup: an object of the session, which can be wrapped and nothing else.
constexpr std::array kUnsavedKeyFlags = {
    Flag{CKA_TOKEN, false},      Flag{CKA_PRIVATE, true},       Flag{CKA_SENSITIVE, true},
    Flag{CKA_EXTRACTABLE, true}, Flag{CKA_MODIFIABLE, false},   Flag{CKA_COPYABLE, false},
    Flag{CKA_SIGN, false},       Flag{CKA_SIGN_RECOVER, false}, Flag{CKA_DECRYPT, false},
    Flag{CKA_UNWRAP, false},     Flag{CKA_DERIVE, false},       Flag{CKA_ALWAYS_AUTHENTICATE, false},
};
constexpr std::array kWrappingKeyFlags = {
    Flag{CKA_TOKEN, false},      Flag{CKA_PRIVATE, true},   Flag{CKA_SENSITIVE, true}, Flag{CKA_EXTRACTABLE, false},
    Flag{CKA_MODIFIABLE, false}, Flag{CKA_COPYABLE, false}, Flag{CKA_ENCRYPT, false},  Flag{CKA_DECRYPT, false},
    Flag{CKA_WRAP, true},        Flag{CKA_UNWRAP, true},    Flag{CKA_SIGN, false},     Flag{CKA_VERIFY, false},
    Flag{CKA_DERIVE, false},
};
constexpr std::array kPublicKeyFlags = {
    Flag{CKA_TOKEN, true},     Flag{CKA_PRIVATE, false}, Flag{CKA_MODIFIABLE, false},
    Flag{CKA_COPYABLE, false}, Flag{CKA_VERIFY, true},   Flag{CKA_VERIFY_RECOVER, false},
    Flag{CKA_ENCRYPT, false},  Flag{CKA_WRAP, false},    Flag{CKA_DERIVE, false},
};
constexpr std::array kSecretKeyFlags = {
    Flag{CKA_TOKEN, true},       Flag{CKA_PRIVATE, true},   Flag{CKA_SENSITIVE, true}, Flag{CKA_EXTRACTABLE, false},
    Flag{CKA_MODIFIABLE, false}, Flag{CKA_COPYABLE, false}, Flag{CKA_ENCRYPT, true},   Flag{CKA_DECRYPT, true},
    Flag{CKA_WRAP, false},       Flag{CKA_UNWRAP, false},   Flag{CKA_SIGN, false},     Flag{CKA_VERIFY, false},
    Flag{CKA_DERIVE, false},
};
/// What the module itself must report of a key made by it.
constexpr std::array kOriginFlags = {
    Flag{CKA_LOCAL, true},
    Flag{CKA_ALWAYS_SENSITIVE, true},
    Flag{CKA_NEVER_EXTRACTABLE, true},
};

/// An attribute list that owns its values.
class Template final
{
public:
    void add(CK_ATTRIBUTE_TYPE type, ByteView value)
    {
        m_values.push_back(std::make_unique<Bytes>(value.begin(), value.end()));
        m_attributes.push_back({type, m_values.back()->data(), m_values.back()->size()});
    }
    template <typename Number>
    void addNumber(CK_ATTRIBUTE_TYPE type, Number value)
    {
        add(type, {reinterpret_cast<const std::uint8_t*>(&value), sizeof value});
    }
    template <std::size_t N>
    void addFlags(const std::array<Flag, N>& flags)
    {
        for (const auto& flag : flags)
            addNumber(flag.type, static_cast<CK_BBOOL>(flag.value ? CK_TRUE : CK_FALSE));
    }
    void wipe()
    {
        for (const auto& value : m_values)
            explicit_bzero(value->data(), value->size());
    }
    CK_ATTRIBUTE* data() { return m_attributes.data(); }
    CK_ULONG size() const { return m_attributes.size(); }

private:
    std::vector<std::unique_ptr<Bytes>> m_values;
    std::vector<CK_ATTRIBUTE> m_attributes;
};

/// How the module is told which key to make.
struct KeyKind
{
    CK_MECHANISM_TYPE mechanism;
    CK_KEY_TYPE type;
    CK_ULONG modulusBits; ///< RSA
    ByteView curve;       ///< EC: DER of the named curve
};

constexpr std::array<std::uint8_t, 10> kCurveP256 = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
constexpr std::array<std::uint8_t, 7> kCurveP384 = {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22};

std::optional<KeyKind> keyKind(const std::string& algorithm)
{
    if (algorithm == "RSA-2048") return KeyKind{CKM_RSA_PKCS_KEY_PAIR_GEN, CKK_RSA, 2048, {}};
    if (algorithm == "RSA-4096") return KeyKind{CKM_RSA_PKCS_KEY_PAIR_GEN, CKK_RSA, 4096, {}};
    if (algorithm == "EC-P256") return KeyKind{CKM_EC_KEY_PAIR_GEN, CKK_EC, 0, kCurveP256};
    if (algorithm == "EC-P384") return KeyKind{CKM_EC_KEY_PAIR_GEN, CKK_EC, 0, kCurveP384};
    return std::nullopt;
}

Template keyTemplate(CK_OBJECT_CLASS objectClass, CK_KEY_TYPE type, const std::string& label)
{
    Template result;
    result.addNumber(CKA_CLASS, objectClass);
    result.addNumber(CKA_KEY_TYPE, type);
    result.add(CKA_LABEL, asBytes(label));
    result.add(CKA_ID, asBytes(label));
    return result;
}

Template publicKeyTemplate(const KeyKind& kind, const std::string& label)
{
    auto result = keyTemplate(CKO_PUBLIC_KEY, kind.type, label);
    result.addFlags(kPublicKeyFlags);
    if (kind.type == CKK_RSA) {
        constexpr std::array<std::uint8_t, 3> kExponent = {0x01, 0x00, 0x01};
        result.addNumber(CKA_MODULUS_BITS, kind.modulusBits);
        result.add(CKA_PUBLIC_EXPONENT, kExponent);
    } else {
        result.add(CKA_EC_PARAMS, kind.curve);
    }
    return result;
}

Template privateKeyTemplate(CK_KEY_TYPE type, const std::string& label)
{
    auto result = keyTemplate(CKO_PRIVATE_KEY, type, label);
    result.addFlags(kPrivateKeyFlags);
    return result;
}

/// A public key as an object to be created, from its SubjectPublicKeyInfo.
std::optional<std::pair<CK_KEY_TYPE, Template>> publicKeyObject(const Bytes& spki, const std::string& label)
{
    const auto* der = spki.data();
    const KeyPointer key(d2i_PUBKEY(nullptr, &der, static_cast<long>(spki.size())));
    if (!key) return std::nullopt;
    const auto withNumber = [&](Template& object, CK_ATTRIBUTE_TYPE type, const char* parameter) {
        BIGNUM* number = nullptr;
        if (EVP_PKEY_get_bn_param(key.get(), parameter, &number) != 1) return false;
        Bytes bytes(static_cast<std::size_t>(BN_num_bytes(number)));
        BN_bn2bin(number, bytes.data());
        BN_free(number);
        object.add(type, bytes);
        return true;
    };
    if (EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_RSA) {
        auto object = keyTemplate(CKO_PUBLIC_KEY, CKK_RSA, label);
        object.addFlags(kPublicKeyFlags);
        if (!withNumber(object, CKA_MODULUS, OSSL_PKEY_PARAM_RSA_N) ||
            !withNumber(object, CKA_PUBLIC_EXPONENT, OSSL_PKEY_PARAM_RSA_E))
            return std::nullopt;
        return std::pair(CK_KEY_TYPE{CKK_RSA}, std::move(object));
    }
    if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_EC) return std::nullopt;
    std::array<std::uint8_t, 133> point{};
    std::size_t length = 0;
    if (EVP_PKEY_get_octet_string_param(key.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size(), &length) != 1 ||
        length > 127)
        return std::nullopt;
    auto object = keyTemplate(CKO_PUBLIC_KEY, CKK_EC, label);
    object.addFlags(kPublicKeyFlags);
    object.add(CKA_EC_PARAMS, EVP_PKEY_get_bits(key.get()) > 256 ? ByteView(kCurveP384) : ByteView(kCurveP256));
    Bytes octetString = {0x04, static_cast<std::uint8_t>(length)};
    octetString.insert(octetString.end(), point.begin(), point.begin() + static_cast<std::ptrdiff_t>(length));
    object.add(CKA_EC_POINT, octetString);
    return std::pair(CK_KEY_TYPE{CKK_EC}, std::move(object));
}

/// A session of its own, closed at the end; closing the last one of a token logs out.
class Session final
{
public:
    Session(CK_FUNCTION_LIST* functions, CK_SESSION_HANDLE handle) : m_functions(functions), m_handle(handle) {}
    Session(Session&& other) noexcept : m_functions(std::exchange(other.m_functions, nullptr)), m_handle(other.m_handle)
    {
    }
    Session& operator=(Session&&) = delete;
    ~Session()
    {
        if (m_functions) m_functions->C_CloseSession(m_handle);
    }
    [[nodiscard]] CK_SESSION_HANDLE handle() const { return m_handle; }

private:
    CK_FUNCTION_LIST* m_functions;
    CK_SESSION_HANDLE m_handle;
};

} // namespace

struct HsmModule::Impl
{
    Impl() = default;
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl()
    {
        if (isInitialised) functions->C_Finalize(nullptr);
        if (loaded) PKCS11_CTX_unload(context);
        if (context) PKCS11_CTX_free(context);
        if (library) ::dlclose(library);
    }

    PKCS11_CTX* context = nullptr;
    bool loaded = false;
    void* library = nullptr;
    CK_FUNCTION_LIST* functions = nullptr;
    bool isInitialised = false; ///< by us, beside libp11's instance

    struct Slot
    {
        CK_SLOT_ID id;
        bool initialised;
        std::string label;
    };
    [[nodiscard]] HsmResult<std::vector<Slot>> slots() const
    {
        CK_ULONG count = 0;
        if (const auto result = functions->C_GetSlotList(CK_TRUE, nullptr, &count); result != CKR_OK)
            return callFailed("C_GetSlotList", result);
        std::vector<CK_SLOT_ID> ids(count);
        if (const auto result = functions->C_GetSlotList(CK_TRUE, ids.data(), &count); result != CKR_OK)
            return callFailed("C_GetSlotList", result);
        ids.resize(count);
        std::vector<Slot> found;
        for (const auto id : ids) {
            CK_TOKEN_INFO info{};
            if (const auto result = functions->C_GetTokenInfo(id, &info); result != CKR_OK)
                return callFailed("C_GetTokenInfo", result);
            found.push_back({id, (info.flags & CKF_TOKEN_INITIALIZED) != 0, tokenLabel(info)});
        }
        return found;
    }

    /// @return TokenMissing, also when two tokens have the label
    [[nodiscard]] HsmResult<CK_SLOT_ID> findSlot(const std::string& label) const
    {
        const auto all = slots();
        if (!all) return tl::unexpected(all.error());
        std::vector<CK_SLOT_ID> matching;
        for (const auto& slot : *all)
            if (slot.initialised && slot.label == label) matching.push_back(slot.id);
        if (matching.size() != 1)
            return hsmFail(ExitCode::TokenMissing,
                           "expected one token of label '" + label + "', found " + std::to_string(matching.size()));
        return matching.front();
    }

    [[nodiscard]] HsmResult<Session> login(CK_SLOT_ID slot, CK_USER_TYPE user, const SecretBytes& pin) const
    {
        CK_SESSION_HANDLE handle = 0;
        const auto opened =
            functions->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &handle);
        if (opened != CKR_OK) return callFailed("C_OpenSession", opened);
        Session session(functions, handle);
        const auto loggedIn = functions->C_Login(handle, user, mutableBytes(pin), pin.size());
        if (loggedIn != CKR_OK) return callFailed("C_Login", loggedIn);
        return session;
    }

    [[nodiscard]] HsmResult<std::size_t> countKeys(const Session& session, CK_OBJECT_CLASS kind,
                                                   const std::string& label) const
    {
        Template wanted;
        wanted.addNumber(CKA_CLASS, kind);
        wanted.add(CKA_LABEL, asBytes(label));
        if (const auto result = functions->C_FindObjectsInit(session.handle(), wanted.data(), wanted.size());
            result != CKR_OK)
            return callFailed("C_FindObjectsInit", result);
        std::array<CK_OBJECT_HANDLE, 2> objects{};
        CK_ULONG count = 0;
        const auto found = functions->C_FindObjects(session.handle(), objects.data(), objects.size(), &count);
        functions->C_FindObjectsFinal(session.handle());
        if (found != CKR_OK) return callFailed("C_FindObjects", found);
        return count;
    }

    /// Logs in to a token that must not have such a key yet.
    [[nodiscard]] HsmResult<Session> openForNewKey(const std::string& token, const SecretBytes& pin,
                                                   CK_OBJECT_CLASS kind, const std::string& keyLabel) const
    {
        const auto slot = findSlot(token);
        if (!slot) return tl::unexpected(slot.error());
        auto session = login(*slot, CKU_USER, pin);
        if (!session) return session;
        const auto existing = countKeys(*session, kind, keyLabel);
        if (!existing) return tl::unexpected(existing.error());
        if (*existing != 0)
            return hsmFail(ExitCode::KeyMismatch, "token '" + token + "' already has a key '" + keyLabel + "'");
        return session;
    }

    /// An object of the session, gone with it.
    [[nodiscard]] HsmResult<CK_OBJECT_HANDLE> putWrappingKey(const Session& session, const SecretBytes& value) const
    {
        if (value.size() != 32) return hsmFail(ExitCode::Usage, "a wrapping key has 32 bytes");
        auto wanted = keyTemplate(CKO_SECRET_KEY, CKK_AES, "backup");
        wanted.addFlags(kWrappingKeyFlags);
        wanted.add(CKA_VALUE, value.reveal());
        CK_OBJECT_HANDLE key = 0;
        const auto made = functions->C_CreateObject(session.handle(), wanted.data(), wanted.size(), &key);
        wanted.wipe();
        if (made != CKR_OK) return callFailed("C_CreateObject", made);
        return key;
    }

    [[nodiscard]] HsmResult<void> unwrap(const Session& session, CK_OBJECT_HANDLE wrappingKey, CK_KEY_TYPE type,
                                         const std::string& label, const Bytes& wrapped) const
    {
        auto wanted = privateKeyTemplate(type, label);
        CK_MECHANISM mechanism{CKM_AES_KEY_WRAP_PAD, nullptr, 0};
        CK_OBJECT_HANDLE key = 0;
        Bytes copy = wrapped; // the call takes a pointer without const
        const auto made = functions->C_UnwrapKey(session.handle(), &mechanism, wrappingKey, copy.data(), copy.size(),
                                                 wanted.data(), wanted.size(), &key);
        if (made != CKR_OK) return callFailed("C_UnwrapKey", made);
        return checkFlags(session, key, kPrivateKeyFlags);
    }

    template <std::size_t N>
    [[nodiscard]] HsmResult<void> checkFlags(const Session& session, CK_OBJECT_HANDLE key,
                                             const std::array<Flag, N>& flags) const
    {
        for (const auto& flag : flags) {
            CK_BBOOL value = CK_FALSE;
            CK_ATTRIBUTE attribute{flag.type, &value, sizeof value};
            const auto result = functions->C_GetAttributeValue(session.handle(), key, &attribute, 1);
            if (result != CKR_OK) return callFailed("C_GetAttributeValue", result);
            if ((value == CK_TRUE) != flag.value)
                return hsmFail(ExitCode::ModuleFailure, "attribute " + hex(flag.type) + " of the new key: expected " +
                                                            (flag.value ? "true" : "false"));
        }
        return {};
    }
};

HsmModule::HsmModule(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
HsmModule::HsmModule(HsmModule&&) noexcept = default;
HsmModule& HsmModule::operator=(HsmModule&&) noexcept = default;
HsmModule::~HsmModule() = default;

HsmResult<HsmModule> HsmModule::load(const std::string& path)
{
    auto impl = std::make_unique<Impl>();
    impl->context = PKCS11_CTX_new();
    if (!impl->context) return hsmFail(ExitCode::ModuleFailure, "PKCS11_CTX_new failed");
    if (PKCS11_CTX_load(impl->context, path.c_str()) != 0) return libraryFailed("loading " + path);
    impl->loaded = true;
    // SoftHSM's C_Initialize leaves errors in OpenSSL's queue that a later call would be blamed for.
    ERR_clear_error();

    impl->library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!impl->library) return hsmFail(ExitCode::ModuleFailure, "dlopen " + path + ": " + ::dlerror());
    const auto getFunctions = reinterpret_cast<CK_C_GetFunctionList>(::dlsym(impl->library, "C_GetFunctionList"));
    if (!getFunctions) return hsmFail(ExitCode::ModuleFailure, path + " has no C_GetFunctionList");
    if (const auto result = getFunctions(&impl->functions); result != CKR_OK)
        return callFailed("C_GetFunctionList", result);
    // libp11 has initialised the module, but one that talks to a server (p11-kit's) gives each caller its own instance.
    CK_C_INITIALIZE_ARGS arguments{};
    arguments.flags = CKF_OS_LOCKING_OK;
    const auto initialised = impl->functions->C_Initialize(&arguments);
    ERR_clear_error();
    if (initialised != CKR_OK && initialised != CKR_CRYPTOKI_ALREADY_INITIALIZED)
        return callFailed("C_Initialize", initialised);
    impl->isInitialised = initialised == CKR_OK;
    return HsmModule(std::move(impl));
}

_CK_FUNCTION_LIST* HsmModule::functions() const
{
    return m_impl->functions;
}

HsmResult<unsigned long> HsmModule::slotOf(const std::string& token) const
{
    return m_impl->findSlot(token);
}

HsmResult<std::vector<std::string>> HsmModule::tokenLabels() const
{
    const auto slots = m_impl->slots();
    if (!slots) return tl::unexpected(slots.error());
    std::vector<std::string> labels;
    for (const auto& slot : *slots)
        if (slot.initialised) labels.push_back(slot.label);
    return labels;
}

HsmResult<void> HsmModule::initToken(const std::string& label, const SecretBytes& officerPin,
                                     const SecretBytes& userPin)
{
    const auto slots = m_impl->slots();
    if (!slots) return tl::unexpected(slots.error());
    std::optional<CK_SLOT_ID> target;
    for (const auto& slot : *slots)
        if (slot.initialised ? slot.label == label : !target) target = slot.id;
    if (!target) return hsmFail(ExitCode::TokenMissing, "no free slot for the new token '" + label + "'");

    std::array<CK_UTF8CHAR, 32> padded{};
    padded.fill(' ');
    if (label.empty() || label.size() > padded.size())
        return hsmFail(ExitCode::Usage, "a token label has 1 to 32 characters");
    std::copy(label.begin(), label.end(), padded.begin());
    const auto made =
        m_impl->functions->C_InitToken(*target, mutableBytes(officerPin), officerPin.size(), padded.data());
    if (made != CKR_OK) return callFailed("C_InitToken", made);

    const auto slot = m_impl->findSlot(label);
    if (!slot) return tl::unexpected(slot.error());
    const auto session = m_impl->login(*slot, CKU_SO, officerPin);
    if (!session) return tl::unexpected(session.error());
    const auto pinSet = m_impl->functions->C_InitPIN(session->handle(), mutableBytes(userPin), userPin.size());
    if (pinSet != CKR_OK) return callFailed("C_InitPIN", pinSet);
    return {};
}

HsmResult<void> HsmModule::generateKey(const std::string& token, const SecretBytes& pin, const std::string& keyLabel,
                                       const std::string& algorithm)
{
    const auto kind = keyKind(algorithm);
    if (!kind || keyLabel.empty()) return hsmFail(ExitCode::Usage, "unknown algorithm '" + algorithm + "' or no label");
    const auto session = m_impl->openForNewKey(token, pin, CKO_PRIVATE_KEY, keyLabel);
    if (!session) return tl::unexpected(session.error());

    auto publicTemplate = publicKeyTemplate(*kind, keyLabel);
    auto privateTemplate = privateKeyTemplate(kind->type, keyLabel);
    CK_MECHANISM mechanism{kind->mechanism, nullptr, 0};
    CK_OBJECT_HANDLE publicKey = 0;
    CK_OBJECT_HANDLE privateKey = 0;
    const auto made = m_impl->functions->C_GenerateKeyPair(session->handle(), &mechanism, publicTemplate.data(),
                                                           publicTemplate.size(), privateTemplate.data(),
                                                           privateTemplate.size(), &publicKey, &privateKey);
    if (made != CKR_OK) return callFailed("C_GenerateKeyPair", made);
    return m_impl->checkFlags(*session, privateKey, kPrivateKeyFlags)
        .and_then([&] { return m_impl->checkFlags(*session, privateKey, kOriginFlags); })
        .and_then([&] { return m_impl->checkFlags(*session, publicKey, kPublicKeyFlags); });
}

HsmResult<Bytes> HsmModule::generateBackedUpKey(const std::string& token, const SecretBytes& pin,
                                                const std::string& keyLabel, const std::string& algorithm,
                                                const SecretBytes& wrappingKey)
{
    const auto kind = keyKind(algorithm);
    if (!kind || keyLabel.empty()) return hsmFail(ExitCode::Usage, "unknown algorithm '" + algorithm + "' or no label");
    const auto session = m_impl->openForNewKey(token, pin, CKO_PRIVATE_KEY, keyLabel);
    if (!session) return tl::unexpected(session.error());
    const auto wrapping = m_impl->putWrappingKey(*session, wrappingKey);
    if (!wrapping) return tl::unexpected(wrapping.error());

    auto publicTemplate = publicKeyTemplate(*kind, keyLabel);
    auto unsavedTemplate = keyTemplate(CKO_PRIVATE_KEY, kind->type, keyLabel);
    unsavedTemplate.addFlags(kUnsavedKeyFlags);
    CK_MECHANISM generation{kind->mechanism, nullptr, 0};
    CK_OBJECT_HANDLE publicKey = 0;
    CK_OBJECT_HANDLE unsaved = 0;
    const auto made = m_impl->functions->C_GenerateKeyPair(session->handle(), &generation, publicTemplate.data(),
                                                           publicTemplate.size(), unsavedTemplate.data(),
                                                           unsavedTemplate.size(), &publicKey, &unsaved);
    if (made != CKR_OK) return callFailed("C_GenerateKeyPair", made);

    CK_MECHANISM wrap{CKM_AES_KEY_WRAP_PAD, nullptr, 0};
    CK_ULONG length = 0;
    auto done = m_impl->functions->C_WrapKey(session->handle(), &wrap, *wrapping, unsaved, nullptr, &length);
    Bytes wrapped(length);
    if (done == CKR_OK)
        done = m_impl->functions->C_WrapKey(session->handle(), &wrap, *wrapping, unsaved, wrapped.data(), &length);
    if (done != CKR_OK) return callFailed("C_WrapKey", done);
    wrapped.resize(length);
    if (const auto gone = m_impl->functions->C_DestroyObject(session->handle(), unsaved); gone != CKR_OK)
        return callFailed("C_DestroyObject", gone);
    return m_impl->unwrap(*session, *wrapping, kind->type, keyLabel, wrapped)
        .and_then([&] { return m_impl->checkFlags(*session, publicKey, kPublicKeyFlags); })
        .map([&] { return std::move(wrapped); });
}

HsmResult<void> HsmModule::restoreKey(const std::string& token, const SecretBytes& pin, const std::string& keyLabel,
                                      const Bytes& publicKeyDer, const SecretBytes& wrappingKey, const Bytes& wrapped)
{
    auto object = publicKeyObject(publicKeyDer, keyLabel);
    if (!object || keyLabel.empty()) return hsmFail(ExitCode::Usage, "not a public key, or no label");
    const auto session = m_impl->openForNewKey(token, pin, CKO_PRIVATE_KEY, keyLabel);
    if (!session) return tl::unexpected(session.error());
    const auto wrapping = m_impl->putWrappingKey(*session, wrappingKey);
    if (!wrapping) return tl::unexpected(wrapping.error());
    if (const auto restored = m_impl->unwrap(*session, *wrapping, object->first, keyLabel, wrapped); !restored)
        return restored;
    CK_OBJECT_HANDLE publicKey = 0;
    const auto made =
        m_impl->functions->C_CreateObject(session->handle(), object->second.data(), object->second.size(), &publicKey);
    if (made != CKR_OK) return callFailed("C_CreateObject", made);
    return m_impl->checkFlags(*session, publicKey, kPublicKeyFlags);
}

HsmResult<void> HsmModule::generateSecretKey(const std::string& token, const SecretBytes& pin,
                                             const std::string& keyLabel)
{
    constexpr CK_ULONG kKeyBytes = 32;
    if (keyLabel.empty()) return hsmFail(ExitCode::Usage, "a key without a label");
    const auto session = m_impl->openForNewKey(token, pin, CKO_SECRET_KEY, keyLabel);
    if (!session) return tl::unexpected(session.error());

    auto wanted = keyTemplate(CKO_SECRET_KEY, CKK_AES, keyLabel);
    wanted.addNumber(CKA_VALUE_LEN, kKeyBytes);
    wanted.addFlags(kSecretKeyFlags);
    CK_MECHANISM mechanism{CKM_AES_KEY_GEN, nullptr, 0};
    CK_OBJECT_HANDLE key = 0;
    const auto made =
        m_impl->functions->C_GenerateKey(session->handle(), &mechanism, wanted.data(), wanted.size(), &key);
    if (made != CKR_OK) return callFailed("C_GenerateKey", made);
    return m_impl->checkFlags(*session, key, kSecretKeyFlags).and_then([&] {
        return m_impl->checkFlags(*session, key, kOriginFlags);
    });
}

struct HsmToken::Impl
{
    explicit Impl(PKCS11_CTX* owner) : context(owner) {}
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl()
    {
        if (loggedIn) PKCS11_logout(slot);
        if (slots) PKCS11_release_all_slots(context, slots, slotCount);
    }

    PKCS11_CTX* context;
    PKCS11_SLOT* slots = nullptr;
    unsigned int slotCount = 0;
    PKCS11_SLOT* slot = nullptr;
    bool loggedIn = false;
};

HsmToken::HsmToken(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
HsmToken::HsmToken(HsmToken&&) noexcept = default;
HsmToken& HsmToken::operator=(HsmToken&&) noexcept = default;
HsmToken::~HsmToken() = default;

HsmResult<HsmToken> HsmToken::open(HsmModule& module, const std::string& label, const SecretBytes& pin)
{
    // Also refuses two tokens of one label, where libp11 would silently take either.
    if (const auto unique = module.m_impl->findSlot(label); !unique) return tl::unexpected(unique.error());
    auto impl = std::make_unique<Impl>(module.m_impl->context);
    if (PKCS11_enumerate_slots(impl->context, &impl->slots, &impl->slotCount) != 0)
        return libraryFailed("listing slots");
    for (unsigned int i = 0; i < impl->slotCount; ++i) {
        const auto* token = impl->slots[i].token;
        if (token && token->initialized && token->label && label == token->label) impl->slot = &impl->slots[i];
    }
    if (!impl->slot) return hsmFail(ExitCode::TokenMissing, "no token of label '" + label + "'");
    if (PKCS11_open_session(impl->slot, 0) != 0) return libraryFailed("opening a session");
    const std::string pinText(pin.revealText());
    const int loggedIn = PKCS11_login(impl->slot, 0, pinText.c_str());
    explicit_bzero(const_cast<char*>(pinText.data()), pinText.size()); // NOLINT(cppcoreguidelines-pro-type-const-cast)
    if (loggedIn != 0) return libraryFailed("logging in to token '" + label + "'");
    impl->loggedIn = true;
    return HsmToken(std::move(impl));
}

struct HsmKey::Impl
{
    std::string label;
    Bytes publicKeyDer;
    KeyPointer key;
    const EVP_MD* digest = nullptr;
};

HsmKey::HsmKey(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
HsmKey::HsmKey(HsmKey&&) noexcept = default;
HsmKey& HsmKey::operator=(HsmKey&&) noexcept = default;
HsmKey::~HsmKey() = default;

HsmResult<HsmKey> HsmToken::findKey(const std::string& label) const
{
    PKCS11_KEY* keys = nullptr;
    unsigned int count = 0;
    if (PKCS11_enumerate_keys(m_impl->slot->token, &keys, &count) != 0) return libraryFailed("listing keys");
    PKCS11_KEY* found = nullptr;
    for (unsigned int i = 0; i < count; ++i) {
        if (!keys[i].label || label != keys[i].label) continue;
        if (found) return hsmFail(ExitCode::KeyMissing, "two keys have the label '" + label + "'");
        found = &keys[i];
    }
    if (!found) return hsmFail(ExitCode::KeyMissing, "no key of label '" + label + "'");

    auto impl = std::make_unique<HsmKey::Impl>();
    impl->label = label;
    impl->key.reset(PKCS11_get_private_key(found));
    if (!impl->key) return libraryFailed("reading key '" + label + "'");
    const bool isLargeCurve =
        EVP_PKEY_get_base_id(impl->key.get()) == EVP_PKEY_EC && EVP_PKEY_get_bits(impl->key.get()) > 256;
    impl->digest = isLargeCurve ? EVP_sha384() : EVP_sha256();
    std::uint8_t* der = nullptr;
    const int length = i2d_PUBKEY(impl->key.get(), &der);
    if (length <= 0) return libraryFailed("public half of key '" + label + "'");
    impl->publicKeyDer.assign(der, der + length);
    OPENSSL_free(der);
    return HsmKey(std::move(impl));
}

const std::string& HsmKey::label() const
{
    return m_impl->label;
}

const Bytes& HsmKey::publicKeyDer() const
{
    return m_impl->publicKeyDer;
}

HsmResult<Bytes> HsmKey::sign(ByteView message) const
{
    const std::unique_ptr<EVP_MD_CTX, DigestDeleter> context(EVP_MD_CTX_new());
    std::size_t length = 0;
    if (!context || EVP_DigestSignInit(context.get(), nullptr, m_impl->digest, nullptr, m_impl->key.get()) != 1 ||
        EVP_DigestSignUpdate(context.get(), message.data(), message.size()) != 1 ||
        EVP_DigestSignFinal(context.get(), nullptr, &length) != 1)
        return libraryFailed("preparing a signature with key '" + m_impl->label + "'");
    Bytes signature(length);
    if (EVP_DigestSignFinal(context.get(), signature.data(), &length) != 1)
        return libraryFailed("signing with key '" + m_impl->label + "'");
    signature.resize(length);
    return signature;
}

} // namespace gateway::signer
