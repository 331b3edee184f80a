#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "contract/bytes.h"
#include "contract/error.h"

namespace gateway::pki {

/// Key types that a profile may ask for.
enum class KeyAlgorithm { EcP256, EcP384, Rsa2048, Rsa4096 };

/// One attribute of a distinguished name, e.g. {"CN", "{device_id}"}. Values may hold placeholders in braces.
struct NameAttribute
{
    std::string type; ///< "CN", "O", "OU", "C", "serialNumber"
    std::string value;
};

struct NameConstraints
{
    std::vector<std::string> permittedDns;
    std::vector<std::string> permittedIp; ///< CIDR, "10.0.0.0/8"
};

/// What a certificate of one kind contains: read from resources/profiles/<name>.json and checked when loaded, so that
/// code further on can rely on it. A profile is data; nothing in it depends on a request except the placeholders.
class Profile final
{
public:
    [[nodiscard]] static Result<Profile> load(const std::filesystem::path& file);
    [[nodiscard]] static Result<Profile> parse(std::string_view json, std::string_view name);

    std::string name;                       ///< "vehicle-device"
    std::string certificateType;            ///< value of certificates.type, e.g. "vehicle"
    std::vector<NameAttribute> subject;     ///< in the order of the certificate
    std::vector<std::string> subjectAltDns; ///< with placeholders
    std::vector<std::string> subjectAltUri;
    std::vector<std::string> subjectAltIp;
    std::vector<std::string> keyUsage;         ///< RFC 5280 names: "digitalSignature", ...
    std::vector<std::string> extendedKeyUsage; ///< dotted OIDs or "clientAuth", "serverAuth", "OCSPSigning"
    bool ca = false;
    std::optional<int> pathLength;
    std::optional<NameConstraints> nameConstraints;
    bool ocspNoCheck = false;
    std::vector<std::string> crlUrls;
    std::vector<std::string> ocspUrls;
    std::vector<std::string> caIssuersUrls;
    std::chrono::days validity{0};
    std::vector<KeyAlgorithm> allowedKeys;
};

/// All profiles of a folder by name.
[[nodiscard]] Result<std::map<std::string, Profile>> loadProfiles(const std::filesystem::path& folder);

/// "http://host/…" without spaces: certificates name http only, because fetching over TLS would need the answer first.
[[nodiscard]] bool isHttpUrl(std::string_view url);

} // namespace gateway::pki
