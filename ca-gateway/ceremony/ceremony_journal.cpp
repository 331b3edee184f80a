#include "ceremony/ceremony_journal.h"

#include <array>

#include <nlohmann/json.hpp>

#include "ceremony/output_file.h"
#include "identity/random.h"

namespace gateway::ceremony {

using nlohmann::ordered_json;

Result<SecretBytes> randomPin()
{
    std::array<std::uint8_t, 16> bytes{};
    if (!fillFromSystemRandom(bytes)) return fail(ErrorCode::Internal, "random", "no random bytes");
    return SecretBytes(toLowerHex(bytes));
}

Result<void> Journal::load()
{
    m_isOfInterrupted = std::filesystem::exists(m_file);
    if (!m_isOfInterrupted) return {};
    const auto text = readFile(m_file);
    if (!text) return tl::unexpected(text.error());
    const auto json = ordered_json::parse(*text, nullptr, false);
    if (!json.is_object()) return fail(ErrorCode::Conflict, "ceremony-damaged", m_file.string() + " is not JSON");
    for (const auto& [label, pin] : json.items())
        if (pin.is_string()) m_pins.insert_or_assign(label, SecretBytes(pin.get_ref<const std::string&>()));
    return {};
}

Result<void> Journal::write() const
{
    ordered_json json = ordered_json::object();
    for (const auto& [label, value] : m_pins)
        json[label] = value.revealText();
    constexpr mode_t kSecretFile = 0600;
    return writeFile(m_file, json.dump(), kSecretFile);
}

Result<SecretBytes> Journal::officerPin(const std::string& token)
{
    if (!knows(token)) {
        auto pin = randomPin();
        if (!pin) return pin;
        m_pins.insert_or_assign(token, std::move(*pin));
        if (const auto written = write(); !written) return tl::unexpected(written.error());
    }
    return SecretBytes(m_pins.at(token).revealText());
}

void Journal::remove() const
{
    std::error_code error;
    std::filesystem::remove(m_file, error);
}

} // namespace gateway::ceremony
