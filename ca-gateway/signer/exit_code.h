#pragma once

#include <string>
#include <string_view>

namespace gateway::signer {

/// Why v2c-signer ended: its exit status. docs/key-policy.md tells the operator what to do about each.
enum class ExitCode {
    Stopped = 0,       ///< asked to
    WrongPin = 10,     ///< never tried again: a few wrong PINs lock a real token
    TokenMissing = 11, ///< no token of the configured label
    ModuleFailure = 12,
    KeyMissing = 13,
    HsmTimeout = 14,    ///< a call into the module did not come back
    KeyMismatch = 15,   ///< the key is not the one in its certificate
    SocketFailure = 16, ///< cannot listen
    Usage = 64,
    Configuration = 78,
};

/// A failure that ends the process (crash-only): nothing is retried with a module in an unknown state.
struct HsmFailure
{
    ExitCode code = ExitCode::ModuleFailure;
    std::string detail; ///< never a PIN
};

/// Starting again cannot help before somebody has changed something.
[[nodiscard]] constexpr bool isPermanent(ExitCode code)
{
    return code == ExitCode::WrongPin || code == ExitCode::KeyMismatch || code == ExitCode::Usage ||
           code == ExitCode::Configuration;
}

} // namespace gateway::signer
