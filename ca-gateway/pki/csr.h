#pragma once

#include <map>
#include <string>

#include "contract/messages.h"
#include "identity/vehicle_identity.h"
#include "pki/profile.h"
#include "pki/weak_keys.h"

namespace gateway::pki {

/// A PKCS#10 request that has passed the policy. Only checkVehicleCsr() and checkServiceCsr() make one.
class CheckedCsr final
{
public:
    [[nodiscard]] ByteView publicKeyDer() const { return m_publicKeyDer; } ///< SubjectPublicKeyInfo
    [[nodiscard]] ByteView publicKeySha256() const { return m_publicKeySha256; }
    [[nodiscard]] ByteView csrSha256() const { return m_csrSha256; }

private:
    friend Result<CheckedCsr> checkVehicleCsr(ByteView, const VehicleIdentity&, const Profile&, const WeakKeys&);
    friend Result<CheckedCsr> checkServiceCsr(ByteView, const std::map<std::string, std::string>&, const Profile&);
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

/// The same for a service, e.g. an MQTT broker: the key is of a kind that the profile allows (else
/// "csr-key-not-allowed"), the subject is the profile's for these values, and only its subjectAltNames may be asked
/// for.
/// @param values  of the profile's placeholders, lists separated by commas: never from the request
[[nodiscard]] Result<CheckedCsr> checkServiceCsr(ByteView der, const std::map<std::string, std::string>& values,
                                                 const Profile& profile);

} // namespace gateway::pki
