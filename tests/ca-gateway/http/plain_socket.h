#pragma once

#include <array>
#include <chrono>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/// A blocking TCP client that sends what no HTTP library would.
class PlainSocket final
{
public:
    /// @param from  address of this machine to come from; nullptr for the usual one
    explicit PlainSocket(std::uint16_t port, const char* from = nullptr) : m_socket(::socket(AF_INET, SOCK_STREAM, 0))
    {
        const timeval patience{10, 0};
        ::setsockopt(m_socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        sockaddr_in address{};
        if (from != nullptr) {
            address.sin_family = AF_INET;
            ::inet_pton(AF_INET, from, &address.sin_addr);
            ::bind(m_socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
        }
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        m_isConnected = ::connect(m_socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }
    ~PlainSocket() { ::close(m_socket); }
    PlainSocket(const PlainSocket&) = delete;
    PlainSocket& operator=(const PlainSocket&) = delete;

    [[nodiscard]] bool isConnected() const { return m_isConnected; }
    [[nodiscard]] int descriptor() const { return m_socket; }

    /// @return false once the other side has gone
    bool send(std::string_view bytes)
    {
        while (!bytes.empty()) {
            const auto sent = ::send(m_socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            bytes.remove_prefix(std::size_t(sent));
        }
        return true;
    }

    /// Everything until the other side closes.
    std::string readToEnd()
    {
        std::string text;
        while (readSome(text)) {
        }
        return text;
    }

    /// One response by its Content-Length (or without body), and no byte more.
    std::string readResponse()
    {
        while (true) {
            const auto end = m_ahead.find("\r\n\r\n");
            if (end != std::string::npos) {
                std::size_t length = end + 4;
                const auto at = m_ahead.find("Content-Length: ");
                if (at < end) length += std::size_t(std::stoul(m_ahead.substr(at + 16)));
                if (m_ahead.size() >= length) {
                    auto response = m_ahead.substr(0, length);
                    m_ahead.erase(0, length);
                    return response;
                }
            }
            if (!readSome(m_ahead)) return m_ahead;
        }
    }

private:
    bool readSome(std::string& text)
    {
        std::array<char, 4096> bytes{};
        const auto count = ::recv(m_socket, bytes.data(), bytes.size(), 0);
        if (count <= 0) return false;
        text.append(bytes.data(), std::size_t(count));
        return true;
    }

    int m_socket;
    bool m_isConnected = false;
    std::string m_ahead;
};
