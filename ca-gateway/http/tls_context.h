#pragma once

#include <memory>

#include "contract/error.h"
#include "http/beast.h"
#include "http/tls_files.h"

namespace gateway::http {

/// TLS 1.2 and 1.3, ECDHE with AEAD, no renegotiation. A client certificate is asked for, not demanded; one that is
/// sent must chain to the root, else the handshake fails.
/// @return Internal "tls-files" naming the file that cannot be used
[[nodiscard]] Result<std::shared_ptr<boost::asio::ssl::context>> makeServerContext(const TlsFiles& files);

/// The context's own certificate. @return Internal "tls-files"
[[nodiscard]] Result<void> checkIsValidNow(boost::asio::ssl::context& context, const TlsFiles& files);

} // namespace gateway::http
