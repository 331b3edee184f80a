#pragma once

#include <memory>

#include <openssl/ssl.h>

#include "plain_socket.h"

/// TLS over a PlainSocket by OpenSSL alone; blocking, takes any server certificate.
class TlsSocket final
{
public:
    explicit TlsSocket(std::uint16_t port) : m_socket(port), m_context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free)
    {
        m_connection.reset(SSL_new(m_context.get()));
        SSL_set_fd(m_connection.get(), m_socket.descriptor());
        m_isConnected = m_socket.isConnected() && SSL_connect(m_connection.get()) == 1;
    }

    [[nodiscard]] bool isConnected() const { return m_isConnected; }

    bool send(std::string_view bytes)
    {
        return SSL_write(m_connection.get(), bytes.data(), int(bytes.size())) == int(bytes.size());
    }

    /// @param most  octets of one read, at most 16384
    /// @return nothing at the end or after ten seconds without an octet
    std::string_view readSome(std::size_t most)
    {
        const int count = SSL_read(m_connection.get(), m_bytes.data(), int(std::min(most, m_bytes.size())));
        return {m_bytes.data(), std::size_t(std::max(0, count))};
    }

    /// Whether the other side has said goodbye, so that nothing was cut off.
    [[nodiscard]] bool isClosedProperly() const
    {
        return (SSL_get_shutdown(m_connection.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
    }

private:
    PlainSocket m_socket;
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> m_context;
    std::unique_ptr<SSL, decltype(&SSL_free)> m_connection{nullptr, &SSL_free};
    bool m_isConnected = false;
    std::array<char, 16384> m_bytes{};
};
