#pragma once

#include <ostream>
#include <span>
#include <string>

#include "contract/error.h"

namespace CLI {
class App;
}

namespace gateway {

/// `v2c-ca-gateway vault find|check|rewrap`.
class VaultCommand final
{
public:
    explicit VaultCommand(CLI::App& app);

    [[nodiscard]] bool isAsked() const;
    [[nodiscard]] Result<void> run(std::ostream& out);

    /// Overwrites a VIN among the program's arguments, which others can read in the list of processes.
    static void hideVin(std::span<char*> arguments);

private:
    CLI::App* m_vault;
    CLI::App* m_find;
    CLI::App* m_check;
    std::string m_config;
    std::string m_vin;
    std::string m_deviceId;
    std::string m_reason;
};

} // namespace gateway
