#pragma once

#include "contract/bytes.h"
#include "contract/error.h"

namespace gateway::evidence {

struct Credential
{
    Bytes blob;            ///< TPM2B_ID_OBJECT
    Bytes encryptedSecret; ///< TPM2B_ENCRYPTED_SECRET
};

/// Whether an endorsement key is of a kind makeCredential() knows: RSA of 2048 bits with exponent 65537, EC P-256 or
/// P-384.
/// @param ekSpki  SubjectPublicKeyInfo
[[nodiscard]] bool isKnownEndorsementKey(ByteView ekSpki);

/// TPM2_MakeCredential without a TPM: a secret that only the TPM with this EK gives out, and only when the object with
/// this name is in it. An EK's name algorithm and cipher are not in its certificate; they follow from its type: SHA-256
/// and AES-128 for RSA-2048 and P-256 (templates L-1, L-2, H-1, H-2), SHA-384 and AES-256 for P-384 (H-3).
/// Source: TPM 2.0 Library Part 1, 24 (credential protection), 11.4.10 (KDFa, KDFe), B.10.4 (OAEP), C.6.4 (ECDH); TCG
/// EK Credential Profile for TPM 2.0, B.3 and B.4.
/// @param objectName  of the attestation key
/// @param secret  at most as long as the EK's name algorithm's digest
/// @return InvalidRequest "credential" for an EK of another kind or a longer secret; Internal
[[nodiscard]] Result<Credential> makeCredential(ByteView ekSpki, ByteView objectName, ByteView secret);

} // namespace gateway::evidence
