#include "signer/vault_key.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include <p11-kit/pkcs11.h>

namespace gateway::signer {
namespace {

constexpr std::size_t kIvBytes = 12;
constexpr std::size_t kTagBytes = 16;
constexpr std::uint8_t kFormat = 1;
constexpr std::string_view kPurpose = "v2c-vault-data-key";

struct Flag
{
    CK_ATTRIBUTE_TYPE type;
    bool value;
};

constexpr std::array kFlags = {
    Flag{CKA_TOKEN, true},       Flag{CKA_PRIVATE, true},   Flag{CKA_SENSITIVE, true}, Flag{CKA_EXTRACTABLE, false},
    Flag{CKA_MODIFIABLE, false}, Flag{CKA_COPYABLE, false}, Flag{CKA_ENCRYPT, true},   Flag{CKA_DECRYPT, true},
    Flag{CKA_WRAP, false},       Flag{CKA_UNWRAP, false},   Flag{CKA_SIGN, false},     Flag{CKA_VERIFY, false},
    Flag{CKA_DERIVE, false},
};
/// What the module itself must report of a key made by it.
constexpr std::array kOriginFlags = {Flag{CKA_LOCAL, true}, Flag{CKA_ALWAYS_SENSITIVE, true},
                                     Flag{CKA_NEVER_EXTRACTABLE, true}};

tl::unexpected<HsmFailure> callFailed(const char* call, CK_RV result)
{
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%s answered 0x%lx", call, result);
    return tl::unexpected(HsmFailure{ExitCode::ModuleFailure, text.data()});
}

template <typename T>
CK_ATTRIBUTE attribute(CK_ATTRIBUTE_TYPE type, T& value)
{
    return {type, &value, sizeof value};
}

CK_ATTRIBUTE attribute(CK_ATTRIBUTE_TYPE type, std::string& value)
{
    return {type, value.data(), value.size()};
}

class Session final
{
public:
    static HsmResult<Session> open(CK_FUNCTION_LIST* functions, CK_SLOT_ID slot)
    {
        CK_SESSION_HANDLE handle = 0;
        const auto opened =
            functions->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &handle);
        if (opened != CKR_OK) return callFailed("C_OpenSession", opened);
        return Session(functions, handle);
    }
    Session(Session&& other) noexcept : m_functions(std::exchange(other.m_functions, nullptr)), m_handle(other.m_handle)
    {
    }
    Session& operator=(Session&&) = delete;
    ~Session()
    {
        if (m_functions) m_functions->C_CloseSession(m_handle);
    }

    /// libp11 has logged in, but a module that talks to a server (p11-kit's) gives each caller a login of its own.
    [[nodiscard]] HsmResult<void> logIn(const SecretBytes& pin) const
    {
        const auto result = m_functions->C_Login(m_handle, CKU_USER, const_cast<CK_BYTE*>(pin.reveal().data()),
                                                 pin.reveal().size()); // NOLINT(cppcoreguidelines-pro-type-const-cast)
        if (result == CKR_OK || result == CKR_USER_ALREADY_LOGGED_IN) return {};
        if (result == CKR_PIN_INCORRECT) return tl::unexpected(HsmFailure{ExitCode::WrongPin, "C_Login: wrong PIN"});
        return callFailed("C_Login", result);
    }

    /// @return the first two that match
    [[nodiscard]] HsmResult<std::vector<CK_OBJECT_HANDLE>> findKeys(std::string label) const
    {
        CK_OBJECT_CLASS kind = CKO_SECRET_KEY;
        std::array wanted = {attribute(CKA_CLASS, kind), attribute(CKA_LABEL, label)};
        if (const auto result = m_functions->C_FindObjectsInit(m_handle, wanted.data(), wanted.size());
            result != CKR_OK)
            return callFailed("C_FindObjectsInit", result);
        std::vector<CK_OBJECT_HANDLE> objects(2);
        CK_ULONG count = 0;
        const auto found = m_functions->C_FindObjects(m_handle, objects.data(), objects.size(), &count);
        m_functions->C_FindObjectsFinal(m_handle);
        if (found != CKR_OK) return callFailed("C_FindObjects", found);
        objects.resize(count);
        return objects;
    }

    template <std::size_t N>
    [[nodiscard]] HsmResult<void> checkFlags(CK_OBJECT_HANDLE key, const std::array<Flag, N>& flags) const
    {
        for (const auto& flag : flags) {
            CK_BBOOL value = CK_FALSE;
            auto asked = attribute(flag.type, value);
            if (const auto result = m_functions->C_GetAttributeValue(m_handle, key, &asked, 1); result != CKR_OK)
                return callFailed("C_GetAttributeValue", result);
            if ((value == CK_TRUE) == flag.value) continue;
            std::array<char, 80> text{};
            std::snprintf(text.data(), text.size(), "attribute 0x%lx of the vault key: expected %s", flag.type,
                          flag.value ? "true" : "false");
            return tl::unexpected(HsmFailure{ExitCode::KeyMismatch, text.data()});
        }
        return {};
    }

    [[nodiscard]] CK_SESSION_HANDLE handle() const { return m_handle; }

private:
    Session(CK_FUNCTION_LIST* functions, CK_SESSION_HANDLE handle) : m_functions(functions), m_handle(handle) {}

    CK_FUNCTION_LIST* m_functions;
    CK_SESSION_HANDLE m_handle;
};

void appendBound(Bytes& to, ByteView part)
{
    to.push_back(static_cast<std::uint8_t>(part.size()));
    to.insert(to.end(), part.begin(), part.end());
}

CK_BYTE* mutableBytes(ByteView bytes)
{
    // PKCS#11 takes a pointer without const and does not write through it.
    return const_cast<CK_BYTE*>(bytes.data()); // NOLINT(cppcoreguidelines-pro-type-const-cast)
}

} // namespace

class HsmVaultKey::Impl
{
public:
    Impl(CK_FUNCTION_LIST* calls, CK_SLOT_ID token, std::string keyLabel)
        : functions(calls), slot(token), label(std::move(keyLabel))
    {
    }

    [[nodiscard]] HsmResult<CK_OBJECT_HANDLE> findIn(const Session& session) const
    {
        const auto keys = session.findKeys(label);
        if (!keys) return tl::unexpected(keys.error());
        if (keys->size() != 1)
            return tl::unexpected(HsmFailure{
                ExitCode::KeyMissing, (keys->empty() ? "no vault key of label '" : "two vault keys '") + label + "'"});
        return keys->front();
    }

    [[nodiscard]] Bytes boundData(ByteView context) const
    {
        Bytes data;
        appendBound(data, asBytes(kPurpose));
        appendBound(data, asBytes(label));
        appendBound(data, context);
        return data;
    }

    [[nodiscard]] HsmResult<Bytes> random(const Session& session, std::size_t count) const
    {
        Bytes bytes(count);
        const auto drawn = functions->C_GenerateRandom(session.handle(), bytes.data(), bytes.size());
        if (drawn != CKR_OK) return callFailed("C_GenerateRandom", drawn);
        return bytes;
    }

    [[nodiscard]] HsmResult<Bytes> wrap(const Session& session, ByteView context, const SecretBytes& plain) const
    {
        const auto key = findIn(session);
        if (!key) return tl::unexpected(key.error());
        auto iv = random(session, kIvBytes);
        if (!iv) return tl::unexpected(iv.error());
        auto bound = boundData(context);
        CK_GCM_PARAMS parameters{iv->data(), iv->size(), 8 * iv->size(), bound.data(), bound.size(), 8 * kTagBytes};
        CK_MECHANISM mechanism{CKM_AES_GCM, &parameters, sizeof parameters};
        if (const auto begun = functions->C_EncryptInit(session.handle(), &mechanism, *key); begun != CKR_OK)
            return callFailed("C_EncryptInit", begun);
        Bytes wrapped{kFormat};
        wrapped.insert(wrapped.end(), iv->begin(), iv->end());
        wrapped.resize(kWrappedBytes);
        CK_ULONG length = kPlainBytes + kTagBytes;
        const auto encrypted = functions->C_Encrypt(session.handle(), mutableBytes(plain.reveal()), plain.size(),
                                                    wrapped.data() + 1 + kIvBytes, &length);
        if (encrypted != CKR_OK) return callFailed("C_Encrypt", encrypted);
        if (length != kPlainBytes + kTagBytes)
            return tl::unexpected(HsmFailure{ExitCode::ModuleFailure,
                                             "C_Encrypt gave " + std::to_string(length) + " bytes, expected 48"});
        return wrapped;
    }

    CK_FUNCTION_LIST* functions;
    CK_SLOT_ID slot;
    std::string label;
    std::optional<Session> anchor; ///< the login lasts as long as a session is open
};

HsmVaultKey::HsmVaultKey(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
HsmVaultKey::HsmVaultKey(HsmVaultKey&&) noexcept = default;
HsmVaultKey& HsmVaultKey::operator=(HsmVaultKey&&) noexcept = default;
HsmVaultKey::~HsmVaultKey() = default;

HsmResult<HsmVaultKey> HsmVaultKey::find(const HsmModule& module, const std::string& token, const SecretBytes& pin,
                                         const std::string& label)
{
    const auto slot = module.slotOf(token);
    if (!slot) return tl::unexpected(slot.error());
    auto impl = std::make_unique<Impl>(module.functions(), *slot, label);
    auto session = Session::open(impl->functions, *slot);
    if (!session) return tl::unexpected(session.error());
    if (auto loggedIn = session->logIn(pin); !loggedIn) return tl::unexpected(loggedIn.error());
    const auto key = impl->findIn(*session);
    if (!key) return tl::unexpected(key.error());
    const auto fits =
        session->checkFlags(*key, kFlags).and_then([&] { return session->checkFlags(*key, kOriginFlags); });
    if (!fits) return tl::unexpected(fits.error());
    impl->anchor.emplace(std::move(*session));
    return HsmVaultKey(std::move(impl));
}

HsmResult<DataKey> HsmVaultKey::make(ByteView context) const
{
    const auto session = Session::open(m_impl->functions, m_impl->slot);
    if (!session) return tl::unexpected(session.error());
    auto drawn = m_impl->random(*session, kPlainBytes);
    if (!drawn) return tl::unexpected(drawn.error());
    DataKey key{SecretBytes(std::move(*drawn)), {}};
    auto wrapped = m_impl->wrap(*session, context, key.plain);
    if (!wrapped) return tl::unexpected(wrapped.error());
    key.wrapped = std::move(*wrapped);
    return key;
}

HsmResult<std::optional<SecretBytes>> HsmVaultKey::open(ByteView context, ByteView wrapped) const
{
    if (wrapped.size() != kWrappedBytes || wrapped[0] != kFormat) return std::nullopt;
    const auto session = Session::open(m_impl->functions, m_impl->slot);
    if (!session) return tl::unexpected(session.error());
    const auto key = m_impl->findIn(*session);
    if (!key) return tl::unexpected(key.error());
    auto bound = m_impl->boundData(context);
    CK_GCM_PARAMS parameters{
        mutableBytes(wrapped.subspan(1, kIvBytes)), kIvBytes, 8 * kIvBytes, bound.data(), bound.size(), 8 * kTagBytes};
    CK_MECHANISM mechanism{CKM_AES_GCM, &parameters, sizeof parameters};
    if (const auto begun = m_impl->functions->C_DecryptInit(session->handle(), &mechanism, *key); begun != CKR_OK)
        return callFailed("C_DecryptInit", begun);
    const auto sealed = wrapped.subspan(1 + kIvBytes);
    // Some modules want room for the tag too.
    Bytes plain(sealed.size());
    CK_ULONG length = plain.size();
    const auto opened =
        m_impl->functions->C_Decrypt(session->handle(), mutableBytes(sealed), sealed.size(), plain.data(), &length);
    plain.resize(std::min<std::size_t>(length, plain.size()));
    SecretBytes secret(std::move(plain));
    // CKR_GENERAL_ERROR is what SoftHSM says of a wrong tag. Taken for a fault of the module it would let a damaged
    // row end the signer again and again.
    if (opened == CKR_ENCRYPTED_DATA_INVALID || opened == CKR_ENCRYPTED_DATA_LEN_RANGE || opened == CKR_GENERAL_ERROR)
        return std::nullopt;
    if (opened != CKR_OK) return callFailed("C_Decrypt", opened);
    if (secret.size() != kPlainBytes) return std::nullopt;
    return std::optional(std::move(secret));
}

HsmResult<Bytes> HsmVaultKey::wrap(ByteView context, const SecretBytes& plain) const
{
    const auto session = Session::open(m_impl->functions, m_impl->slot);
    if (!session) return tl::unexpected(session.error());
    return m_impl->wrap(*session, context, plain);
}

} // namespace gateway::signer
