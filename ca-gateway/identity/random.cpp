#include "identity/random.h"

#include <openssl/rand.h>

namespace gateway {

bool fillFromSystemRandom(std::span<std::uint8_t> bytes)
{
    return RAND_priv_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1;
}

} // namespace gateway
