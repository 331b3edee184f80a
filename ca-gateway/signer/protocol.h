#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "contract/bytes.h"
#include "contract/error.h"
#include "contract/sealed_bytes.h"
#include "contract/secret_bytes.h"

/// The messages between the gateway and v2c-signer: CBOR maps, each behind its length (u32, big-endian). No PKCS#11 and
/// no X.509 here, so that the gateway's side links nothing else of the signer.
namespace gateway::signer {

/// A longer frame is refused before it is read. Only CRLs may be long; they come as sealed memory.
inline constexpr std::size_t kMaxFrameBytes = 1U << 20U;
/// A CRL of some nine million entries.
inline constexpr std::size_t kMaxSealedBytes = 1U << 29U;

struct HealthRequest
{
};

struct KeysRequest
{
};

struct SignCommand
{
    enum class Kind { Certificate, Crl, AuditHead };

    Kind kind = Kind::Certificate;
    std::string keyLabel;
    std::string profile; ///< of a certificate, else empty
    Bytes tbsDer;        ///< TBSCertificate, TBSCertList, or the text of an audit head
    /// A TBSCertList in the place of tbsDer. Its descriptor travels beside the frame (SCM_RIGHTS).
    bool isSealed = false;
    std::shared_ptr<const SealedBytes> sealed = {};

    [[nodiscard]] ByteView tbs() const { return sealed ? sealed->view() : ByteView(tbsDer); }
};

/// The data keys of the VIN vault. There is no operation that encrypts or decrypts anything else.
struct VaultCommand
{
    /// Make: draw a data key and wrap it. Open: unwrap it. Rewrap: from another vault key of the token to this one.
    enum class Kind { Make, Open, Rewrap };

    Kind kind = Kind::Make;
    std::string keyLabel;
    Bytes context;              ///< 16 bytes that wrapping binds to the key
    Bytes wrapped = {};         ///< empty to make one
    std::string fromLabel = {}; ///< Rewrap only
};

/// Ceremony only. Initialises a token; one of this label is erased first, which needs its security officer's PIN.
struct InitTokenCommand
{
    std::string token;
    SecretBytes officerPin;
    SecretBytes userPin;
};

/// Ceremony only.
struct GenerateKeyCommand
{
    std::string token;
    SecretBytes userPin;
    std::string keyLabel;
    std::string algorithm; ///< "RSA-2048", "RSA-4096", "EC-P256", "EC-P384"
    SecretBytes
        wrappingKey; ///< 32 bytes: back the key up under it (answer: BackedUpKey); empty: a key that never leaves
};

/// Ceremony only. Puts a backed-up key on a token, checks that it signs, and answers with its public half.
struct RestoreKeyCommand
{
    std::string token;
    SecretBytes userPin;
    std::string keyLabel;
    Bytes publicKeyDer; ///< SubjectPublicKeyInfo
    SecretBytes wrappingKey;
    Bytes wrapped;
};

/// Ceremony only. The public half of a key that is there already.
struct FindKeyCommand
{
    std::string token;
    SecretBytes userPin;
    std::string keyLabel;
};

/// Ceremony only. Signs kTranscriptPrefix and the text: nothing that begins so can be a certificate or a CRL.
struct SignTranscriptCommand
{
    std::string token;
    SecretBytes userPin;
    std::string keyLabel;
    Bytes text;
};
inline constexpr std::string_view kTranscriptPrefix = "V2C CEREMONY TRANSCRIPT\n";

/// Ceremony only. An AES-256 key that seals small secrets and never leaves its token.
struct GenerateSecretKeyCommand
{
    std::string token;
    SecretBytes userPin;
    std::string keyLabel;
};

/// Ceremony only. Which tokens of these labels there are.
struct ListTokensCommand
{
};

/// Ceremony only. Signs a certificate that fits the profile, with any key of any token.
struct CeremonySignCommand
{
    std::string token;
    SecretBytes userPin;
    std::string keyLabel;
    std::string profile;
    Bytes tbsDer;
    std::optional<Bytes> issuerDer; ///< none for a self-signed root
    /// Replace the profile's own name constraints when one of them is not empty.
    std::vector<std::string> permittedDns;
    std::vector<std::string> permittedIp;
    std::vector<std::string> crlUrls; ///< replace the profile's own when there are some
};

/// Ceremony only. Signs a CRL with any key of any token that is its issuer's.
struct CeremonySignCrlCommand
{
    std::string token;
    SecretBytes userPin;
    std::string keyLabel;
    Bytes tbsDer;
    Bytes issuerDer;
};

using Request = std::variant<HealthRequest, KeysRequest, SignCommand, VaultCommand, InitTokenCommand,
                             GenerateKeyCommand, GenerateSecretKeyCommand, RestoreKeyCommand, FindKeyCommand,
                             SignTranscriptCommand, ListTokensCommand, CeremonySignCommand, CeremonySignCrlCommand>;

struct Done
{
};

struct KeyEntry
{
    std::string label;
    Bytes publicKeyDer; ///< SubjectPublicKeyInfo

    friend bool operator==(const KeyEntry&, const KeyEntry&) = default;
};

struct KeyList
{
    std::vector<KeyEntry> keys;
};

struct BackedUpKey
{
    Bytes publicKeyDer; ///< SubjectPublicKeyInfo
    Bytes wrapped;      ///< PKCS#8 under CKM_AES_KEY_WRAP_PAD (RFC 5649)
};

struct TokenList
{
    std::vector<std::string> labels;
};

struct Signature
{
    Bytes value; ///< PKCS#1 v1.5, or a DER ECDSA-Sig-Value
};

struct VaultKeyAnswer
{
    SecretBytes plain; ///< the data key; empty after a rewrap
    Bytes wrapped;     ///< empty after opening
};

/// The request was understood and is not carried out; the signer goes on.
struct Refusal
{
    std::string type; ///< stable slug: "unknown-key", "profile-not-allowed", ...
    std::string detail;
};

using Response = std::variant<Done, KeyList, BackedUpKey, TokenList, Signature, VaultKeyAnswer, Refusal>;

/// A message with the number that ties answer and request together.
template <typename Body>
struct Numbered
{
    std::uint64_t id = 0;
    Body body;
};

/// @return the CBOR, without the length
[[nodiscard]] Bytes encode(const Numbered<Request>& request);
[[nodiscard]] Bytes encode(const Numbered<Response>& response);

/// @return InvalidRequest "message-malformed": not CBOR, a field missing, of the wrong type or unknown operation
[[nodiscard]] Result<Numbered<Request>> decodeRequest(ByteView cbor);
[[nodiscard]] Result<Numbered<Response>> decodeResponse(ByteView cbor);

/// Puts the length in front. The body must not be empty nor longer than kMaxFrameBytes.
[[nodiscard]] Bytes frame(ByteView body);

/// Cuts a stream of bytes into frames.
class FrameReader final
{
public:
    /// @return InvalidRequest "frame-empty" or "frame-too-long"; the connection cannot be used any further then
    [[nodiscard]] Result<void> feed(ByteView bytes);
    /// The next complete frame's body.
    [[nodiscard]] std::optional<Bytes> take();
    /// Part of a frame is waiting for the rest.
    [[nodiscard]] bool isMidFrame() const { return !m_buffer.empty(); }

private:
    [[nodiscard]] Result<std::optional<std::size_t>> bodyLength() const;

    Bytes m_buffer;
};

} // namespace gateway::signer
