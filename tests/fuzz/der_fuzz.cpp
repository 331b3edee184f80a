#include <openssl/err.h>

#include "fuzz/expect.h"
#include "http/message.h"
#include "pki/certificate.h"
#include "pki/csr.h"
#include "pki/ocsp.h"

using namespace gateway;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const auto profile = *pki::Profile::load(V2C_SOURCE_DIR "/resources/profiles/vehicle-device.json");
    static const VehicleIdentity identity{
        *DeviceId::parse("7959A243F1F08C3F15E60D145C395D93"),
        *VinHash::parse("d63520610da86b9a719de907b2835eee5d3e45e3858d677b6f374db55d1350af")};
    const ByteView der(data, size);

    const auto csr = pki::checkVehicleCsr(der, identity, profile);
    if (csr) V2C_EXPECT(csr->publicKeySha256().size() == 32 && !csr->publicKeyDer().empty());
    if (!csr)
        V2C_EXPECT(csr.error().code == ErrorCode::PolicyViolation || csr.error().code == ErrorCode::InvalidRequest);
    if (const auto peer = http::parsePeer(der)) V2C_EXPECT(peer->certificateDer.size() == size);
    if (const auto certificate = pki::Certificate::parseDer(der)) {
        V2C_EXPECT(certificate->der().size() == size);
        (void)certificate->subjectText();
        (void)certificate->keyAlgorithmText();
    }
    // OpenSSL's queue of errors must not grow with what a stranger sends.
    ERR_clear_error();
    return 0;
}
