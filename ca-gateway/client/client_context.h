#pragma once

#include "client/gateway_client.h"
#include "http/beast.h"

namespace gateway {

/// TLS 1.2 and 1.3, the server verified against the settings' root, the credential shown when asked.
/// @return InvalidRequest "client-credential" naming what cannot be used; nothing of a key is in it
[[nodiscard]] Result<std::shared_ptr<boost::asio::ssl::context>> makeClientContext(const ClientSettings& settings,
                                                                                   const FileCredential& credential);
[[nodiscard]] Result<std::shared_ptr<boost::asio::ssl::context>> makeClientContext(const ClientSettings& settings,
                                                                                   const KeyCredential& credential);

} // namespace gateway
