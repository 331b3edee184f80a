#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "contract/error.h"
#include "contract/secret_bytes.h"

namespace gateway::ceremony {

/// 32 hex digits: 128 random bits that every token takes as a PIN.
[[nodiscard]] Result<SecretBytes> randomPin();

/// The security officers' PINs of the tokens that an unfinished ceremony has made, so that the next attempt can erase
/// them. It goes with the ceremony's end: from then on nobody can reset a token's PIN.
class Journal final
{
public:
    explicit Journal(std::filesystem::path file) : m_file(std::move(file)) {}

    /// Takes up what is on file, if anything is.
    [[nodiscard]] Result<void> load();
    /// Whether there was something: a ceremony was interrupted.
    [[nodiscard]] bool isOfInterrupted() const { return m_isOfInterrupted; }
    /// From here on an interruption shows, be there tokens to make or not.
    [[nodiscard]] Result<void> begin() const { return write(); }
    [[nodiscard]] bool knows(const std::string& token) const { return m_pins.contains(token); }
    /// The token's officer PIN: the one on file, or a fresh one that is on disk before it is used.
    [[nodiscard]] Result<SecretBytes> officerPin(const std::string& token);
    void remove() const;

private:
    [[nodiscard]] Result<void> write() const;

    std::filesystem::path m_file;
    std::map<std::string, SecretBytes> m_pins;
    bool m_isOfInterrupted = false;
};

} // namespace gateway::ceremony
