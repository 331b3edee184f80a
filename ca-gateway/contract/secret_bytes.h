#pragma once

#include "contract/bytes.h"

namespace gateway {

/// Bytes that are wiped when they go: a PIN, a salt, a token. Move-only, without stream output and without implicit
/// views, so that each place that looks inside says reveal() and is found by searching for it.
class SecretBytes final
{
public:
    SecretBytes() = default;
    explicit SecretBytes(Bytes&& bytes) : m_bytes(std::move(bytes)) {}
    explicit SecretBytes(std::string_view text) : m_bytes(text.begin(), text.end()) {}
    ~SecretBytes() { wipe(); }
    SecretBytes(SecretBytes&& other) noexcept : m_bytes(std::move(other.m_bytes)) { other.m_bytes.clear(); }
    SecretBytes& operator=(SecretBytes&& other) noexcept;
    SecretBytes(const SecretBytes&) = delete;
    SecretBytes& operator=(const SecretBytes&) = delete;

    [[nodiscard]] ByteView reveal() const { return m_bytes; }
    [[nodiscard]] std::string_view revealText() const
    {
        return {reinterpret_cast<const char*>(m_bytes.data()), m_bytes.size()};
    }
    [[nodiscard]] std::size_t size() const { return m_bytes.size(); }
    [[nodiscard]] bool empty() const { return m_bytes.empty(); }

    /// Compares in a time that depends on the lengths only.
    [[nodiscard]] bool equals(ByteView other) const;

private:
    void wipe();

    Bytes m_bytes;
};

} // namespace gateway
