#include <cstddef>
#include <cstdint>

#include "evidence/tpm_structures.h"
#include "fuzz/expect.h"

using namespace gateway::evidence;

/// The parsers of TPM evidence: they may refuse, not crash, and what they take keeps its own rules.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const gateway::ByteView input(data, size);
    if (const auto object = parsePublic(input)) {
        // Taken is only what is the whole input. Not asked again is whether the key is one: OpenSSL looks for factors
        // of an RSA modulus at random, and may see in one look what it did not see in the one before.
        V2C_EXPECT(object->area.size() + 2 == size && object->name().size() >= 34);
        if (const auto signature = parseSignature(input.subspan(size / 2))) (void)verifies(*object, *signature, input);
    }
    if (const auto attest = parseCertifyAttest(input))
        V2C_EXPECT(attest->extraData.size() <= 66 && attest->name.size() <= 66);
    if (const auto signature = parseSignature(input))
        V2C_EXPECT(signature->value.size() <= 512);
    return 0;
}
