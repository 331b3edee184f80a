#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "can/bytes.h"

struct ESYS_CONTEXT;
struct TPM2B_PUBLIC;

namespace tcu {

enum class TpmFault {
    Unavailable, ///< no connection within the patience, or the connection broke in the middle of a command
    NoFreeHandle,
    NoSuchKey,       ///< nothing persistent at that handle, or not an ECC key on P-256
    WrongCredential, ///< the credential was not made for this TPM's EK and AK
    Malformed,       ///< bytes from outside that are not the TPM structure they should be
    Refused,         ///< the TPM answered with an error
};

struct TpmError
{
    TpmFault fault = TpmFault::Refused;
    std::string detail; ///< command and the TPM's own words
};

template <typename T>
using TpmResult = tl::expected<T, TpmError>;

struct TpmSettings
{
    /// tpm2-tss loader configuration: "swtpm:host=127.0.0.1,port=2321", "device:/dev/tpmrm0".
    std::string tcti;
    /// How long an operation tries to connect before it gives up.
    std::chrono::milliseconds patience{4000};
};

struct TpmKeyInfo
{
    std::uint32_t attributes = 0; ///< TPMA_OBJECT
    /// Uncompressed point, 65 bytes: 04 ‖ X ‖ Y.
    std::array<std::uint8_t, 65> point{};
};

/// Genuine is what a unit has. The others are for tests of those who look at a unit's evidence.
enum class KeyKind {
    Genuine,    ///< made in the TPM and bound to it
    Exportable, ///< made in the TPM, but fixedTPM and fixedParent are clear
    Imported,   ///< made in software and loaded: sensitiveDataOrigin is clear too, as it cannot be fixedTPM
};

/// What the manufacturer says about the TPM, and the key that speaks for it. Both empty: there is no EK certificate.
struct TpmIdentity
{
    Bytes ekCertificate; ///< DER
    Bytes akPublic;      ///< TPM2B_PUBLIC
};

/// TPM2_Certify of a key by the AK, as marshalled.
struct TpmCertification
{
    Bytes keyPublic;   ///< TPM2B_PUBLIC
    Bytes certifyInfo; ///< TPMS_ATTEST
    Bytes signature;   ///< TPMT_SIGNATURE
};

struct EkTemplate;

/// r ‖ s, each 32 bytes big-endian.
using EcdsaSignature = std::array<std::uint8_t, 64>;

/// The unit's keys in a TPM 2.0, by ESAPI. Thread-safe: one command at a time. The connection is opened for each
/// operation and closed after it, so that a TPM which goes away and comes back is found again, and other programs reach
/// one that takes a single client; a Connection keeps it open over several operations.
class Tpm final
{
public:
    /// Persistent handles that belong to the unit: an active, a pending and a replaced key.
    static constexpr std::uint32_t kFirstHandle = 0x81000001;
    static constexpr std::uint32_t kLastHandle = 0x81000003;
    static constexpr std::uint32_t kAkHandle = 0x81000010;
    /// Used when the EK is not persistent where its manufacturer or the platform would have put it.
    static constexpr std::uint32_t kEkHandle = 0x81000011;

    explicit Tpm(TpmSettings settings);
    ~Tpm();
    Tpm(const Tpm&) = delete;
    Tpm& operator=(const Tpm&) = delete;

    /// Holds the connection and the lock while it lives; nests.
    class Connection final
    {
    public:
        ~Connection();
        Connection(Connection&& other) noexcept;
        Connection& operator=(Connection&&) = delete;

    private:
        friend class Tpm;
        explicit Connection(Tpm& tpm, std::unique_lock<std::recursive_mutex> lock);

        Tpm* m_tpm;
        std::unique_lock<std::recursive_mutex> m_lock;
    };
    [[nodiscard]] TpmResult<Connection> connect();

    /// Flushes what an interrupted operation has left in the TPM's few slots for transient objects and sessions. No
    /// other process may be in the middle of an operation on the same TPM.
    [[nodiscard]] TpmResult<void> flushTransientObjects();

    /// Creates a P-256 signing key (ECDSA with SHA-256; fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, noDA,
    /// not restricted) under a storage primary of the owner hierarchy and makes it persistent. Source: TPM 2.0 Library
    /// Part 2, 8.3 (TPMA_OBJECT).
    /// @return the first free handle of kFirstHandle to kLastHandle
    [[nodiscard]] TpmResult<std::uint32_t> createSigningKey(KeyKind kind = KeyKind::Genuine);

    /// @return the persistent handles from kFirstHandle to kLastHandle
    [[nodiscard]] TpmResult<std::vector<std::uint32_t>> keyHandles();
    [[nodiscard]] TpmResult<TpmKeyInfo> readPublic(std::uint32_t handle);
    /// Removes the key for good; a handle without a key is a success.
    [[nodiscard]] TpmResult<void> evict(std::uint32_t handle);
    [[nodiscard]] TpmResult<EcdsaSignature> sign(std::uint32_t handle, std::span<const std::uint8_t, 32> digest);

    /// Reads the EK certificate and makes EK and AK persistent where they are not yet, so that nothing has to be
    /// created again. Both are primary keys of the endorsement hierarchy: a cleared TPM makes the same ones. The EK is
    /// made by the template that belongs to the certificate's NV index (TCG EK Credential Profile 2.5, Annex B); the AK
    /// is a restricted P-256 signing key (ECDSA with SHA-256, noDA).
    [[nodiscard]] TpmResult<TpmIdentity> identity();
    /// TPM2_ActivateCredential for the AK by the EK. @param credentialBlob  TPM2B_ID_OBJECT
    /// @param encryptedSecret  TPM2B_ENCRYPTED_SECRET @return the credential
    [[nodiscard]] TpmResult<Bytes> activateCredential(ByteView credentialBlob, ByteView encryptedSecret);
    /// TPM2_Certify of the key at the handle by the AK. @param qualifyingData  at most 64 bytes
    [[nodiscard]] TpmResult<TpmCertification> certify(std::uint32_t handle, ByteView qualifyingData);

    /// TPM2_Shutdown(CLEAR), before the power goes; tries once.
    void shutdown();

private:
    struct Context;
    class Loaded;
    class Reference;

    TpmResult<void> openOnce();
    void release();
    ESYS_CONTEXT* esys() const;
    TpmResult<std::vector<std::uint32_t>> handlesFrom(std::uint32_t first, std::uint32_t last);
    TpmResult<void> flushAllFrom(std::uint32_t first);
    TpmResult<void> makePrimaryPersistent(const TPM2B_PUBLIC& keyTemplate, std::uint32_t handle);
    TpmResult<void> prepareAk();
    TpmResult<std::uint32_t> prepareEk(const EkTemplate& ek);
    TpmResult<const EkTemplate*> findEkTemplate();
    TpmResult<void> prepare();
    TpmResult<void> openEkSession(const EkTemplate& ek, Loaded& session);
    TpmResult<Bytes> readNv(std::uint32_t index);
    TpmResult<Bytes> readPublicArea(std::uint32_t handle); ///< TPM2B_PUBLIC

    TpmSettings m_settings;
    std::recursive_mutex m_mutex;
    /// Known to be persistent; null until identity() or a first use has looked.
    const EkTemplate* m_ek = nullptr;
    std::uint32_t m_ekHandle = 0;
    std::unique_ptr<Context> m_context;
    int m_depth = 0;
};

} // namespace tcu
