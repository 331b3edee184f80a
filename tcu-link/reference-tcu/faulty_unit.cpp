#include "reference-tcu/faulty_unit.h"

#include <thread>

#include "uds/nrc_name.h"

namespace tcu {

UnitResult<void> FaultyUnit::generateKeyAndCsr(const KeyRequest& request)
{
    std::this_thread::sleep_for(m_faults.keyDelay);
    if (m_faults.csrFails) return tl::unexpected(UnitRefusal{nrc::kGeneralProgrammingFailure, "fault: csr-fails"});
    return m_unit.generateKeyAndCsr(request);
}

UnitResult<Sha256> FaultyUnit::installCertificate(const Transaction& transaction, const Sha256& chainSha256)
{
    if (m_faults.installFails)
        return tl::unexpected(UnitRefusal{nrc::kGeneralProgrammingFailure, "fault: install-fails"});
    return m_unit.installCertificate(transaction, chainSha256);
}

UnitResult<Bytes> FaultyUnit::verifyCertificate(const Sha256& challenge)
{
    auto asked = challenge;
    if (m_faults.verifyWrongSignature) asked.front() ^= 1;
    return m_unit.verifyCertificate(asked);
}

} // namespace tcu
