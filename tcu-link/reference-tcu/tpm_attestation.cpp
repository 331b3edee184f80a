#include <algorithm>
#include <array>
#include <cstring>

#include <tss2/tss2_mu.h>

#include "reference-tcu/tpm_esys.h"

namespace tcu {

/// A template of the TCG EK Credential Profile 2.5, Annex B, with the NV index of its certificate.
struct EkTemplate
{
    std::uint32_t certificateIndex;
    /// Where TCG's provisioning guidance, or swtpm, makes the EK persistent.
    std::uint32_t usualHandle;
    TPMI_ALG_PUBLIC type;
    TPMI_ALG_HASH nameAlg;
    std::uint16_t bits; ///< of the modulus, or the curve
    std::uint16_t aesBits;
    /// The low range's EKs take no password and fill `unique` with zeros.
    bool isLowRange;
};

namespace {

constexpr std::size_t kNvBlockBytes = 512; // every TPM reads as much at once (TPM2_PT_NV_BUFFER_MAX)

/// In the order of preference: an elliptic curve's EK is made and used in a fraction of RSA's time.
constexpr std::array<EkTemplate, 5> kEkTemplates{{
    {0x01C00016, 0x81010016, TPM2_ALG_ECC, TPM2_ALG_SHA384, 384, 256, false},  // H-3
    {0x01C00014, 0x81010014, TPM2_ALG_ECC, TPM2_ALG_SHA256, 256, 128, false},  // H-2
    {0x01C0000A, 0x81010002, TPM2_ALG_ECC, TPM2_ALG_SHA256, 256, 128, true},   // L-2
    {0x01C00012, 0x81010012, TPM2_ALG_RSA, TPM2_ALG_SHA256, 2048, 128, false}, // H-1
    {0x01C00002, 0x81010001, TPM2_ALG_RSA, TPM2_ALG_SHA256, 2048, 128, true},  // L-1
}};

template <std::size_t Size>
TPM2B_DIGEST digest(const std::array<std::uint8_t, Size>& octets)
{
    TPM2B_DIGEST result{};
    result.size = static_cast<UINT16>(Size);
    std::copy(octets.begin(), octets.end(), result.buffer);
    return result;
}

/// The profile's policies for one hash algorithm: A is PolicySecret(TPM_RH_ENDORSEMENT), C is PolicyAuthorizeNV, B is
/// PolicyOR of A and C. Low range EKs have A, high range EKs have B.
struct EkPolicies
{
    TPM2B_DIGEST a, b, c;
};

EkPolicies policies(TPMI_ALG_HASH hash)
{
    constexpr std::array<std::uint8_t, 32> a256{0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xB3, 0xF8, 0x1A, 0x90, 0xCC,
                                                0x8D, 0x46, 0xA5, 0xD7, 0x24, 0xFD, 0x52, 0xD7, 0x6E, 0x06, 0x52,
                                                0x0B, 0x64, 0xF2, 0xA1, 0xDA, 0x1B, 0x33, 0x14, 0x69, 0xAA};
    constexpr std::array<std::uint8_t, 32> b256{0xCA, 0x3D, 0x0A, 0x99, 0xA2, 0xB9, 0x39, 0x06, 0xF7, 0xA3, 0x34,
                                                0x24, 0x14, 0xEF, 0xCF, 0xB3, 0xA3, 0x85, 0xD4, 0x4C, 0xD1, 0xFD,
                                                0x45, 0x90, 0x89, 0xD1, 0x9B, 0x50, 0x71, 0xC0, 0xB7, 0xA0};
    constexpr std::array<std::uint8_t, 32> c256{0x37, 0x67, 0xE2, 0xED, 0xD4, 0x3F, 0xF4, 0x5A, 0x3A, 0x7E, 0x1E,
                                                0xAE, 0xFC, 0xEF, 0x78, 0x64, 0x3D, 0xCA, 0x96, 0x46, 0x32, 0xE7,
                                                0xAA, 0xD8, 0x2C, 0x67, 0x3A, 0x30, 0xD8, 0x63, 0x3F, 0xDE};
    constexpr std::array<std::uint8_t, 48> a384{0x8B, 0xBF, 0x22, 0x66, 0x53, 0x7C, 0x17, 0x1C, 0xB5, 0x6E, 0x40, 0x3C,
                                                0x4D, 0xC1, 0xD4, 0xB6, 0x4F, 0x43, 0x26, 0x11, 0xDC, 0x38, 0x6E, 0x6F,
                                                0x53, 0x20, 0x50, 0xC3, 0x27, 0x8C, 0x93, 0x0E, 0x14, 0x3E, 0x8B, 0xB1,
                                                0x13, 0x38, 0x24, 0xCC, 0xB4, 0x31, 0x05, 0x38, 0x71, 0xC6, 0xDB, 0x53};
    constexpr std::array<std::uint8_t, 48> b384{0xB2, 0x6E, 0x7D, 0x28, 0xD1, 0x1A, 0x50, 0xBC, 0x53, 0xD8, 0x82, 0xBC,
                                                0xF5, 0xFD, 0x3A, 0x1A, 0x07, 0x41, 0x48, 0xBB, 0x35, 0xD3, 0xB4, 0xE4,
                                                0xCB, 0x1C, 0x0A, 0xD9, 0xBD, 0xE4, 0x19, 0xCA, 0xCB, 0x47, 0xBA, 0x09,
                                                0x69, 0x96, 0x46, 0x15, 0x0F, 0x9F, 0xC0, 0x00, 0xF3, 0xF8, 0x0E, 0x12};
    constexpr std::array<std::uint8_t, 48> c384{0xD6, 0x03, 0x2C, 0xE6, 0x1F, 0x2F, 0xB3, 0xC2, 0x40, 0xEB, 0x3C, 0xF6,
                                                0xA3, 0x32, 0x37, 0xEF, 0x2B, 0x6A, 0x16, 0xF4, 0x29, 0x3C, 0x22, 0xB4,
                                                0x55, 0xE2, 0x61, 0xCF, 0xFD, 0x21, 0x7A, 0xD5, 0xB4, 0x94, 0x7C, 0x2D,
                                                0x73, 0xE6, 0x30, 0x05, 0xEE, 0xD2, 0xDC, 0x2B, 0x35, 0x93, 0xD1, 0x65};
    if (hash == TPM2_ALG_SHA384) return {digest(a384), digest(b384), digest(c384)};
    return {digest(a256), digest(b256), digest(c256)};
}

TPM2B_PUBLIC publicTemplate(const EkTemplate& ek)
{
    TPM2B_PUBLIC result{};
    TPMT_PUBLIC& area = result.publicArea;
    area.type = ek.type;
    area.nameAlg = ek.nameAlg;
    area.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
                            TPMA_OBJECT_ADMINWITHPOLICY | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT;
    if (!ek.isLowRange) area.objectAttributes |= TPMA_OBJECT_USERWITHAUTH;
    const auto known = policies(ek.nameAlg);
    area.authPolicy = ek.isLowRange ? known.a : known.b;
    // Symmetric algorithm and scheme lie at the same place for both types.
    area.parameters.asymDetail.symmetric.algorithm = TPM2_ALG_AES;
    area.parameters.asymDetail.symmetric.keyBits.aes = ek.aesBits;
    area.parameters.asymDetail.symmetric.mode.aes = TPM2_ALG_CFB;
    area.parameters.asymDetail.scheme.scheme = TPM2_ALG_NULL;
    if (ek.type == TPM2_ALG_RSA) {
        area.parameters.rsaDetail.scheme.scheme = TPM2_ALG_NULL;
        area.parameters.rsaDetail.keyBits = ek.bits;
        if (ek.isLowRange) area.unique.rsa.size = ek.bits / 8;
    } else {
        area.parameters.eccDetail.scheme.scheme = TPM2_ALG_NULL;
        area.parameters.eccDetail.curveID = ek.bits == 384 ? TPM2_ECC_NIST_P384 : TPM2_ECC_NIST_P256;
        area.parameters.eccDetail.kdf.scheme = TPM2_ALG_NULL;
        if (ek.isLowRange) area.unique.ecc.x.size = area.unique.ecc.y.size = ek.bits / 8;
    }
    return result;
}

/// Whether the key may have been made by the template.
bool fits(const TPMT_PUBLIC& key, const TPMT_PUBLIC& area)
{
    if (key.type != area.type || key.nameAlg != area.nameAlg || key.objectAttributes != area.objectAttributes ||
        key.authPolicy.size != area.authPolicy.size ||
        std::memcmp(key.authPolicy.buffer, area.authPolicy.buffer, area.authPolicy.size) != 0)
        return false;
    return area.type == TPM2_ALG_RSA ? key.parameters.rsaDetail.keyBits == area.parameters.rsaDetail.keyBits
                                     : key.parameters.eccDetail.curveID == area.parameters.eccDetail.curveID;
}

TPM2B_PUBLIC akTemplate()
{
    TPM2B_PUBLIC result{};
    TPMT_PUBLIC& area = result.publicArea;
    area.type = TPM2_ALG_ECC;
    area.nameAlg = TPM2_ALG_SHA256;
    area.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
                            TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA | TPMA_OBJECT_RESTRICTED |
                            TPMA_OBJECT_SIGN_ENCRYPT;
    area.parameters.eccDetail.symmetric.algorithm = TPM2_ALG_NULL;
    area.parameters.eccDetail.scheme.scheme = TPM2_ALG_ECDSA;
    area.parameters.eccDetail.scheme.details.ecdsa.hashAlg = TPM2_ALG_SHA256;
    area.parameters.eccDetail.curveID = TPM2_ECC_NIST_P256;
    area.parameters.eccDetail.kdf.scheme = TPM2_ALG_NULL;
    return result;
}

/// Length of the DER SEQUENCE at the beginning; 0: there is none.
std::size_t derLength(ByteView bytes)
{
    if (bytes.size() < 2 || bytes[0] != 0x30) return 0;
    if (bytes[1] < 0x80) return 2U + bytes[1];
    const std::size_t octets = bytes[1] & 0x7F;
    if (octets == 0 || octets > 3 || bytes.size() < 2 + octets) return 0;
    std::size_t length = 0;
    for (const auto byte : bytes.subspan(2, octets))
        length = (length << 8) | byte;
    return 2 + octets + length;
}

template <typename Structure, typename Marshal>
TpmResult<Bytes> marshalled(const Structure& structure, Marshal marshal)
{
    Bytes bytes(sizeof(Structure));
    std::size_t length = 0;
    if (const auto rc = marshal(&structure, bytes.data(), bytes.size(), &length); rc != TSS2_RC_SUCCESS)
        return tpmFailure("marshalling", rc);
    bytes.resize(length);
    return bytes;
}

template <typename Structure, typename Unmarshal>
TpmResult<Structure> unmarshalled(ByteView bytes, const char* name, Unmarshal unmarshal)
{
    Structure structure{};
    std::size_t length = 0;
    if (unmarshal(bytes.data(), bytes.size(), &length, &structure) != TSS2_RC_SUCCESS || length != bytes.size())
        return tl::unexpected(TpmError{TpmFault::Malformed, std::string("expected a ") + name + ", got " +
                                                                std::to_string(bytes.size()) + " other bytes"});
    return structure;
}

} // namespace

TpmResult<const EkTemplate*> Tpm::findEkTemplate()
{
    const auto present = handlesFrom(kEkTemplates.back().certificateIndex, kEkTemplates.front().certificateIndex);
    if (!present) return tl::unexpected(present.error());
    for (const auto& ek : kEkTemplates)
        if (std::ranges::find(*present, ek.certificateIndex) != present->end()) return &ek;
    return nullptr;
}

TpmResult<Bytes> Tpm::readNv(std::uint32_t index)
{
    Reference nv(esys());
    if (const auto rc = nv.find(index); rc != TSS2_RC_SUCCESS) return tpmFailure("TPM2_NV_ReadPublic", rc);
    TPM2B_NV_PUBLIC* rawPublic = nullptr;
    if (const auto rc =
            Esys_NV_ReadPublic(esys(), nv.handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &rawPublic, nullptr);
        rc != TSS2_RC_SUCCESS)
        return tpmFailure("TPM2_NV_ReadPublic", rc);
    const EsysPtr<TPM2B_NV_PUBLIC> area(rawPublic);
    const bool takesOwnAuth = (area->nvPublic.attributes & TPMA_NV_AUTHREAD) != 0;
    Bytes content;
    while (content.size() < area->nvPublic.dataSize) {
        const auto count = std::min<std::size_t>(kNvBlockBytes, area->nvPublic.dataSize - content.size());
        TPM2B_MAX_NV_BUFFER* rawBlock = nullptr;
        if (const auto rc = Esys_NV_Read(esys(), takesOwnAuth ? nv.handle : ESYS_TR_RH_OWNER, nv.handle,
                                         ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, static_cast<UINT16>(count),
                                         static_cast<UINT16>(content.size()), &rawBlock);
            rc != TSS2_RC_SUCCESS)
            return tpmFailure("TPM2_NV_Read", rc);
        const EsysPtr<TPM2B_MAX_NV_BUFFER> block(rawBlock);
        if (block->size == 0) break;
        content.insert(content.end(), block->buffer, block->buffer + block->size);
    }
    // An index may be longer than the certificate in it.
    if (const auto length = derLength(content); length != 0 && length < content.size()) content.resize(length);
    return content;
}

TpmResult<void> Tpm::makePrimaryPersistent(const TPM2B_PUBLIC& keyTemplate, std::uint32_t handle)
{
    const TPM2B_SENSITIVE_CREATE noAuthorisation{};
    const TPM2B_DATA noOutsideInfo{};
    const TPML_PCR_SELECTION noPcrs{};
    Loaded primary(esys());
    if (const auto rc = Esys_CreatePrimary(esys(), ESYS_TR_RH_ENDORSEMENT, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                                           &noAuthorisation, &keyTemplate, &noOutsideInfo, &noPcrs, &primary.handle,
                                           nullptr, nullptr, nullptr, nullptr);
        rc != TSS2_RC_SUCCESS)
        return tpmFailure("TPM2_CreatePrimary", rc);
    Reference persistent(esys());
    if (const auto rc = Esys_EvictControl(esys(), ESYS_TR_RH_OWNER, primary.handle, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                                          ESYS_TR_NONE, handle, &persistent.handle);
        rc != TSS2_RC_SUCCESS)
        return tpmFailure("TPM2_EvictControl", rc);
    return {};
}

TpmResult<void> Tpm::prepareAk()
{
    const auto present = handlesFrom(kAkHandle, kAkHandle);
    if (!present) return tl::unexpected(present.error());
    if (!present->empty()) return {};
    return makePrimaryPersistent(akTemplate(), kAkHandle);
}

TpmResult<std::uint32_t> Tpm::prepareEk(const EkTemplate& ek)
{
    const auto keyTemplate = publicTemplate(ek);
    for (const auto handle : {ek.usualHandle, kEkHandle}) {
        const auto present = handlesFrom(handle, handle);
        if (!present) return tl::unexpected(present.error());
        if (present->empty()) continue;
        Reference key(esys());
        if (const auto rc = key.find(handle); rc != TSS2_RC_SUCCESS) return tpmFailure("TPM2_ReadPublic", rc);
        TPM2B_PUBLIC* raw = nullptr;
        if (const auto rc =
                Esys_ReadPublic(esys(), key.handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &raw, nullptr, nullptr);
            rc != TSS2_RC_SUCCESS)
            return tpmFailure("TPM2_ReadPublic", rc);
        const EsysPtr<TPM2B_PUBLIC> found(raw);
        if (fits(found->publicArea, keyTemplate.publicArea)) return handle;
        if (handle != kEkHandle) continue;
        // Of a certificate that the TPM had before.
        if (const auto evicted = evict(handle); !evicted) return tl::unexpected(evicted.error());
    }
    return makePrimaryPersistent(keyTemplate, kEkHandle).map([] { return kEkHandle; });
}

/// Leaves m_ek null when there is no EK certificate.
TpmResult<void> Tpm::prepare()
{
    m_ek = nullptr;
    const auto ek = findEkTemplate();
    if (!ek) return tl::unexpected(ek.error());
    if (!*ek) return {};
    const auto handle = prepareEk(**ek);
    if (!handle) return tl::unexpected(handle.error());
    if (const auto prepared = prepareAk(); !prepared) return tl::unexpected(prepared.error());
    m_ek = *ek;
    m_ekHandle = *handle;
    return {};
}

TpmResult<TpmIdentity> Tpm::identity()
{
    const auto connection = connect();
    if (!connection) return tl::unexpected(connection.error());
    if (const auto prepared = prepare(); !prepared) return tl::unexpected(prepared.error());
    if (!m_ek) return TpmIdentity{};
    auto certificate = readNv(m_ek->certificateIndex);
    if (!certificate) return tl::unexpected(certificate.error());
    auto akPublic = readPublicArea(kAkHandle);
    if (!akPublic) return tl::unexpected(akPublic.error());
    return TpmIdentity{std::move(*certificate), std::move(*akPublic)};
}

TpmResult<Bytes> Tpm::readPublicArea(std::uint32_t handle)
{
    Reference key(esys());
    if (const auto rc = key.find(handle); rc != TSS2_RC_SUCCESS) {
        auto failure = tpmFailure("TPM2_ReadPublic", rc);
        if (failure.value().fault == TpmFault::Refused) failure.value().fault = TpmFault::NoSuchKey;
        return failure;
    }
    TPM2B_PUBLIC* raw = nullptr;
    if (const auto rc =
            Esys_ReadPublic(esys(), key.handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &raw, nullptr, nullptr);
        rc != TSS2_RC_SUCCESS)
        return tpmFailure("TPM2_ReadPublic", rc);
    const EsysPtr<TPM2B_PUBLIC> found(raw);
    return marshalled(*found, Tss2_MU_TPM2B_PUBLIC_Marshal);
}

/// Always by policy: the EK's password, which the high range takes too, is subject to the dictionary attack lockout
/// that a few power cuts bring about.
TpmResult<void> Tpm::openEkSession(const EkTemplate& ek, Loaded& session)
{
    TPMT_SYM_DEF noEncryption{};
    noEncryption.algorithm = TPM2_ALG_NULL;
    if (const auto rc =
            Esys_StartAuthSession(esys(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, nullptr,
                                  TPM2_SE_POLICY, &noEncryption, ek.nameAlg, &session.handle);
        rc != TSS2_RC_SUCCESS)
        return tpmFailure("TPM2_StartAuthSession", rc);
    if (const auto rc = Esys_PolicySecret(esys(), ESYS_TR_RH_ENDORSEMENT, session.handle, ESYS_TR_PASSWORD,
                                          ESYS_TR_NONE, ESYS_TR_NONE, nullptr, nullptr, nullptr, 0, nullptr, nullptr);
        rc != TSS2_RC_SUCCESS)
        return tpmFailure("TPM2_PolicySecret", rc);
    if (ek.isLowRange) return {};
    const auto known = policies(ek.nameAlg);
    TPML_DIGEST branches{};
    branches.count = 2;
    branches.digests[0] = known.a;
    branches.digests[1] = known.c;
    if (const auto rc = Esys_PolicyOR(esys(), session.handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &branches);
        rc != TSS2_RC_SUCCESS)
        return tpmFailure("TPM2_PolicyOR", rc);
    return {};
}

TpmResult<Bytes> Tpm::activateCredential(ByteView credentialBlob, ByteView encryptedSecret)
{
    const auto blob =
        unmarshalled<TPM2B_ID_OBJECT>(credentialBlob, "TPM2B_ID_OBJECT", Tss2_MU_TPM2B_ID_OBJECT_Unmarshal);
    if (!blob) return tl::unexpected(blob.error());
    const auto secret = unmarshalled<TPM2B_ENCRYPTED_SECRET>(encryptedSecret, "TPM2B_ENCRYPTED_SECRET",
                                                             Tss2_MU_TPM2B_ENCRYPTED_SECRET_Unmarshal);
    if (!secret) return tl::unexpected(secret.error());
    const auto connection = connect();
    if (!connection) return tl::unexpected(connection.error());
    if (!m_ek) {
        if (const auto prepared = prepare(); !prepared) return tl::unexpected(prepared.error());
    }
    if (!m_ek) return tl::unexpected(TpmError{TpmFault::NoSuchKey, "the TPM has no EK certificate"});

    Reference akKey(esys());
    Reference ekKey(esys());
    for (const auto& [key, handle] : {std::pair(&akKey, kAkHandle), std::pair(&ekKey, m_ekHandle)})
        if (const auto rc = key->find(handle); rc != TSS2_RC_SUCCESS) {
            m_ek = nullptr; // a cleared TPM: made again by the next try
            return tpmFailure("TPM2_ReadPublic", rc);
        }
    Loaded session(esys());
    if (const auto opened = openEkSession(*m_ek, session); !opened) return tl::unexpected(opened.error());
    TPM2B_DIGEST* raw = nullptr;
    const auto rc = Esys_ActivateCredential(esys(), akKey.handle, ekKey.handle, ESYS_TR_PASSWORD, session.handle,
                                            ESYS_TR_NONE, &*blob, &*secret, &raw);
    if (rc != TSS2_RC_SUCCESS) {
        auto failure = tpmFailure("TPM2_ActivateCredential", rc);
        // An error of a parameter (Part 2, 6.6.2): the credential does not open with this EK, or is for another AK.
        const bool isAboutParameter = (rc & TPM2_RC_FMT1) != 0 && (rc & TPM2_RC_P) != 0;
        if (failure.value().fault == TpmFault::Refused && isAboutParameter)
            failure.value().fault = TpmFault::WrongCredential;
        return failure;
    }
    const EsysPtr<TPM2B_DIGEST> credential(raw);
    Bytes result(credential->buffer, credential->buffer + credential->size);
    explicit_bzero(credential->buffer, sizeof credential->buffer);
    return result;
}

TpmResult<TpmCertification> Tpm::certify(std::uint32_t handle, ByteView qualifyingData)
{
    TPM2B_DATA qualifying{};
    if (qualifyingData.size() > sizeof qualifying.buffer)
        return tl::unexpected(TpmError{TpmFault::Malformed, "qualifying data is too long"});
    qualifying.size = static_cast<UINT16>(qualifyingData.size());
    std::copy(qualifyingData.begin(), qualifyingData.end(), qualifying.buffer);
    const auto connection = connect();
    if (!connection) return tl::unexpected(connection.error());
    if (!m_ek) {
        if (const auto prepared = prepareAk(); !prepared) return tl::unexpected(prepared.error());
    }
    auto keyPublic = readPublicArea(handle);
    if (!keyPublic) return tl::unexpected(keyPublic.error());
    Reference key(esys());
    Reference ak(esys());
    for (const auto& [object, at] : {std::pair(&key, handle), std::pair(&ak, kAkHandle)})
        if (const auto rc = object->find(at); rc != TSS2_RC_SUCCESS) return tpmFailure("TPM2_ReadPublic", rc);
    TPMT_SIG_SCHEME theAksOwn{};
    theAksOwn.scheme = TPM2_ALG_NULL;
    TPM2B_ATTEST* rawInfo = nullptr;
    TPMT_SIGNATURE* rawSignature = nullptr;
    if (const auto rc = Esys_Certify(esys(), key.handle, ak.handle, ESYS_TR_PASSWORD, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                                     &qualifying, &theAksOwn, &rawInfo, &rawSignature);
        rc != TSS2_RC_SUCCESS)
        return tpmFailure("TPM2_Certify", rc);
    const EsysPtr<TPM2B_ATTEST> info(rawInfo);
    const EsysPtr<TPMT_SIGNATURE> signature(rawSignature);
    auto signatureBytes = marshalled(*signature, Tss2_MU_TPMT_SIGNATURE_Marshal);
    if (!signatureBytes) return tl::unexpected(signatureBytes.error());
    return TpmCertification{std::move(*keyPublic), Bytes(info->attestationData, info->attestationData + info->size),
                            std::move(*signatureBytes)};
}

} // namespace tcu
