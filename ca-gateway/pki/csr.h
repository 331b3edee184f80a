#pragma once

#include "contract/messages.h"
#include "identity/vehicle_identity.h"
#include "pki/profile.h"
#include "pki/weak_keys.h"

namespace gateway::pki {

/// A PKCS#10 request that has passed the policy for vehicle certificates. Only checkVehicleCsr() makes one.
class CheckedCsr final
{
public:
    [[nodiscard]] ByteView publicKeyDer() const { return m_publicKeyDer; } ///< SubjectPublicKeyInfo
    [[nodiscard]] ByteView publicKeySha256() const { return m_publicKeySha256; }
    [[nodiscard]] ByteView csrSha256() const { return m_csrSha256; }

private:
    friend Result<CheckedCsr> checkVehicleCsr(ByteView, const VehicleIdentity&, const Profile&, const WeakKeys&);
    CheckedCsr() = default;

    Bytes m_publicKeyDer;
    Bytes m_publicKeySha256;
    Bytes m_csrSha256;
};

/// Checks, in this order, each with its own error type (all PolicyViolation, unparsable ones InvalidRequest):
/// "csr-malformed" (also trailing bytes), "csr-key-not-p256" (any other algorithm, explicit parameters, point not on
/// the curve), "csr-signature" (not by its own key), "csr-subject" (not exactly the profile's name for this identity),
/// "csr-extension" (asks for anything but the profile's own two subjectAltNames; CA:TRUE is named as such),
/// "csr-key-weak" (the private key is a small number, or one of weakKeys).
[[nodiscard]] Result<CheckedCsr> checkVehicleCsr(ByteView der, const VehicleIdentity& expected, const Profile& profile,
                                                 const WeakKeys& weakKeys = {});

} // namespace gateway::pki
