#include "contract/secret_bytes.h"

#include <string.h> // explicit_bzero

namespace gateway {

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept
{
    if (this == &other) return *this;
    wipe();
    m_bytes = std::move(other.m_bytes);
    other.m_bytes.clear();
    return *this;
}

bool SecretBytes::equals(ByteView other) const
{
    if (other.size() != m_bytes.size()) return false;
    std::uint8_t difference = 0;
    for (std::size_t i = 0; i < m_bytes.size(); ++i)
        difference = static_cast<std::uint8_t>(difference | (m_bytes[i] ^ other[i]));
    return difference == 0;
}

void SecretBytes::wipe()
{
    if (!m_bytes.empty()) explicit_bzero(m_bytes.data(), m_bytes.size());
    m_bytes.clear();
}

} // namespace gateway
