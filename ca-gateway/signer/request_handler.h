#pragma once

#include "signer/pkcs11.h"
#include "signer/protocol.h"

namespace gateway::signer {

/// Answers requests. A failure of the HSM is no answer: it ends the process.
class RequestHandler
{
public:
    virtual ~RequestHandler() = default;
    [[nodiscard]] virtual HsmResult<Response> handle(const Request& request) = 0;
};

} // namespace gateway::signer
