#pragma once

#include <functional>
#include <memory>
#include <span>

#include "contract/bytes.h"
#include "contract/error.h"

namespace gateway {

/// Bytes in memory that two processes can look at and neither can change (Linux memfd with seals): a CRL of a million
/// entries goes to the signer without a copy. While it is being filled nobody else has it.
class SealedBytes final
{
public:
    /// @param fill  writes all of the span
    /// @return Internal "shared-memory"
    [[nodiscard]] static Result<std::shared_ptr<const SealedBytes>>
    make(std::size_t size, const std::function<void(std::span<std::uint8_t>)>& fill);

    /// Takes over another process's. It is refused unless it can be changed by nobody any more.
    /// @return InvalidRequest "shared-memory": not a sealed one, empty, or longer than allowed
    [[nodiscard]] static Result<std::shared_ptr<const SealedBytes>> adopt(int descriptor, std::size_t mostBytes);

    ~SealedBytes();
    SealedBytes(const SealedBytes&) = delete;
    SealedBytes& operator=(const SealedBytes&) = delete;

    [[nodiscard]] ByteView view() const { return {m_data, m_size}; }
    /// To be passed on, not closed.
    [[nodiscard]] int descriptor() const { return m_descriptor; }

private:
    SealedBytes(int descriptor, const std::uint8_t* data, std::size_t size)
        : m_descriptor(descriptor), m_data(data), m_size(size)
    {
    }
    [[nodiscard]] static std::shared_ptr<const SealedBytes> map(int descriptor, std::size_t size);

    int m_descriptor;
    const std::uint8_t* m_data;
    std::size_t m_size;
};

} // namespace gateway
