#include "gateway/vault_command.h"

#include <algorithm>
#include <cstring>
#include <iostream>

#include <CLI/CLI.hpp>

#include "gateway/administration.h"
#include "gateway/vault_parts.h"

namespace gateway {

VaultCommand::VaultCommand(CLI::App& app) : m_vault(app.add_subcommand("vault", "the VIN vault"))
{
    m_vault->require_subcommand(1);
    const auto command = [&](const char* name, const char* help) {
        auto* made = m_vault->add_subcommand(name, help);
        made->add_option("--config", m_config, "configuration, see docs/configuration.md")->required();
        return made;
    };
    m_find = command("find", "find a vehicle; the question is audited before it is answered");
    auto* vin = m_find->add_option("--vin", m_vin, "prints the device_id; - reads the VIN from standard input");
    auto* deviceId = m_find->add_option("--device-id", m_deviceId, "prints the VIN; 32 hex digits");
    vin->excludes(deviceId);
    m_find->require_option(3, 3);
    m_find->add_option("--reason", m_reason, "why; for the audit")->required();
    m_check = command("check", "open every row and count those that do not open");
    m_check->add_option("--reason", m_reason, "why; for the audit")->required();
    command("rewrap", "put data keys of retired wrapping keys under the current ones");
}

bool VaultCommand::isAsked() const
{
    return m_vault->parsed();
}

Result<void> VaultCommand::run(std::ostream& out)
{
    const auto config = loadGatewayConfig(m_config);
    if (!config) return tl::unexpected(config.error());
    const auto caller = administrator();
    VaultQuestion question{.vin = {}, .deviceId = {}, .reason = m_reason};
    if (m_find->parsed() && !m_vin.empty()) {
        std::string text = std::move(m_vin);
        if (text == "-") std::getline(std::cin, text);
        auto vin = Vin::fromLabel(text);
        explicit_bzero(text.data(), text.size());
        if (!vin) return tl::unexpected(vin.error());
        question.vin = *vin;
    } else if (m_find->parsed()) {
        auto deviceId = DeviceId::parse(m_deviceId);
        if (!deviceId) return tl::unexpected(deviceId.error());
        question.deviceId = *deviceId;
    } else if (!m_check->parsed()) {
        return rewrapVault(*config, caller, out);
    }
    return askVault(*config, question, caller, out);
}

void VaultCommand::hideVin(std::span<char*> arguments)
{
    constexpr std::string_view kOption = "--vin";
    for (std::size_t i = 1; i < arguments.size(); ++i) {
        char* argument = arguments[i];
        if (std::string_view(argument).starts_with("--vin="))
            std::fill(argument + kOption.size() + 1, argument + std::strlen(argument), 'x');
        else if (arguments[i - 1] == kOption && std::string_view(argument) != "-")
            std::fill(argument, argument + std::strlen(argument), 'x');
    }
}

} // namespace gateway
