#include "identity/vehicle_identity.h"

#include <array>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <sys/stat.h>

#include <nlohmann/json.hpp>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace gateway {
namespace {

Result<SecretBytes> readSecret(const nlohmann::json& document, const char* name)
{
    const auto value = document.find(name);
    if (value == document.end() || !value->is_string())
        return fail(ErrorCode::InvalidRequest, "identity-secrets", std::string("expected a hex string '") + name + "'");
    auto bytes = parseHex(value->get_ref<const std::string&>());
    if (!bytes) return fail(ErrorCode::InvalidRequest, "identity-secrets", std::string("'") + name + "' is not hex");
    return SecretBytes(std::move(*bytes));
}

} // namespace

Result<IdentitySecrets> IdentitySecrets::make(SecretBytes deviceIdSalt, SecretBytes vinHashKey)
{
    for (const auto* secret : {&deviceIdSalt, &vinHashKey})
        if (secret->size() < kMinOctets)
            return fail(ErrorCode::InvalidRequest, "identity-secrets",
                        "an identity secret has at least 32 bytes, got " + std::to_string(secret->size()));
    if (deviceIdSalt.equals(vinHashKey.reveal()))
        return fail(ErrorCode::InvalidRequest, "identity-secrets", "the salt and the key must differ");
    IdentitySecrets secrets;
    secrets.m_deviceIdSalt = std::move(deviceIdSalt);
    secrets.m_vinHashKey = std::move(vinHashKey);
    return secrets;
}

Result<IdentitySecrets> IdentitySecrets::load(const std::filesystem::path& file)
{
    struct stat status
    {
    };
    if (::stat(file.c_str(), &status) != 0)
        return fail(ErrorCode::InvalidRequest, "identity-secrets", "cannot read " + file.string());
    if ((status.st_mode & (S_IROTH | S_IWOTH)) != 0)
        return fail(ErrorCode::InvalidRequest, "identity-secrets",
                    file.string() + " is readable or writable by everybody; expected mode 0600 or 0640");
    std::ifstream stream(file);
    std::stringstream content;
    content << stream.rdbuf();
    std::string text = content.str();
    const auto document = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false, /*ignore_comments=*/true);
    OPENSSL_cleanse(text.data(), text.size());
    if (!document.is_object())
        return fail(ErrorCode::InvalidRequest, "identity-secrets", file.string() + " is not a JSON object");
    auto salt = readSecret(document, "device_id_salt");
    if (!salt) return tl::unexpected(salt.error());
    auto key = readSecret(document, "vin_hash_key");
    if (!key) return tl::unexpected(key.error());
    return make(std::move(*salt), std::move(*key));
}

VehicleIdentity deriveVehicleIdentity(const Vin& vin, const IdentitySecrets& secrets)
{
    const auto salt = secrets.deviceIdSalt().reveal();
    Bytes salted(vin.text().begin(), vin.text().end());
    salted.insert(salted.end(), salt.begin(), salt.end());
    std::array<std::uint8_t, 32> digest{};
    const bool hashed = EVP_Digest(salted.data(), salted.size(), digest.data(), nullptr, EVP_sha256(), nullptr) == 1;
    OPENSSL_cleanse(salted.data(), salted.size());

    const auto key = secrets.vinHashKey().reveal();
    std::array<std::uint8_t, 32> mac{};
    const bool authenticated = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), asBytes(vin.text()).data(),
                                    vin.text().size(), mac.data(), nullptr) != nullptr;
    // A library without SHA-256 is a broken installation; a wrong identity must not leave this function.
    if (!hashed || !authenticated) throw std::runtime_error("OpenSSL gave no SHA-256");
    return {DeviceId::fromDigest(std::span<const std::uint8_t, 32>(digest).first<16>()), VinHash::fromMac(mac)};
}

} // namespace gateway
