#pragma once

#include <filesystem>

namespace gateway::http {

/// What a TLS listener shows and trusts; PEM files.
struct TlsFiles
{
    std::filesystem::path certificateChain; ///< the server's certificate first, then its issuers
    std::filesystem::path key;              ///< without passphrase
    std::filesystem::path root;             ///< client certificates must chain to one of these
};

} // namespace gateway::http
