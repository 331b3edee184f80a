#pragma once

#include <istream>
#include <ostream>
#include <string>

#include "ceremony/ceremony.h"

namespace CLI {
class App;
}

namespace gateway {

/// `v2c-ca-gateway ceremony run|renew-intermediate|crl|restore-key|verify`.
class CeremonyCommand final
{
public:
    explicit CeremonyCommand(CLI::App& app);

    [[nodiscard]] bool isAsked() const;
    /// @param in  standard input; a guided ceremony wants a terminal there
    [[nodiscard]] Result<void> run(std::istream& in, std::ostream& out);

private:
    CLI::App* m_ceremony;
    CLI::App* m_renew;
    CLI::App* m_lists;
    CLI::App* m_restore;
    CLI::App* m_verify;
    CeremonyOptions m_options;
    std::string m_file;
    std::string m_keyLabel;
    std::string m_token;
    std::string m_root;
    std::string m_transcript;
};

} // namespace gateway
