#include "provisioning/unit_jobs.h"

#include "provisioning/records.h"
#include "uds/nrc_name.h"

namespace tcu {

namespace {

template <typename T, typename Encode>
JobResult encoded(const UnitResult<T>& result, Encode encode)
{
    if (!result) return tl::unexpected(result.error().nrc);
    return encode(*result);
}

JobResult done(const UnitResult<void>& result, Bytes answer)
{
    if (!result) return tl::unexpected(result.error().nrc);
    return answer;
}

template <typename Container>
Bytes statusAnd(const Container& data)
{
    Bytes bytes{kStatusDone};
    bytes.insert(bytes.end(), data.begin(), data.end());
    return bytes;
}

JobResult refused(std::uint8_t code)
{
    return tl::unexpected(code);
}

Bytes same(const Bytes& bytes)
{
    return bytes;
}

JobResult run(Unit& unit, const job::ReadData& read)
{
    switch (read.did) {
    case did::kVin:
    case did::kEcuSerialNumber:
    case did::kEcuHardwareNumber:
    case did::kSparePartNumber:
    case did::kSystemSupplierSoftwareNumber:
    case did::kSoftwareVersionNumber: {
        const auto value = unit.identification(read.did);
        if (!value || value->empty()) return refused(nrc::kRequestOutOfRange);
        return *value;
    }
    case did::kProvisioningState:
        return encodeState(unit.state());
    case did::kPendingCsr:
        return encoded(unit.pendingCsr(), same);
    case did::kActiveLeaf:
        return encoded(unit.activeLeaf(), same);
    case did::kTpmEvidence:
        return encoded(unit.evidence(), encodeEvidence);
    case did::kChainHashes:
        return encoded(unit.chainHashes(), encodeHashes);
    default:
        return refused(nrc::kRequestOutOfRange);
    }
}

JobResult generateKey(Unit& unit, ByteView option)
{
    if (option.size() != kKeyRequestBytes) return refused(nrc::kIncorrectMessageLengthOrInvalidFormat);
    const auto request = parseKeyRequest(option);
    if (!request) return refused(nrc::kRequestOutOfRange);
    return done(unit.generateKeyAndCsr(*request), Bytes{kStatusDone});
}

JobResult install(Unit& unit, ByteView option)
{
    constexpr std::size_t kTransactionBytes = 16;
    constexpr std::size_t kHashBytes = 32;
    if (option.size() != kTransactionBytes + kHashBytes) return refused(nrc::kIncorrectMessageLengthOrInvalidFormat);
    return encoded(unit.installCertificate(*parseArray<kTransactionBytes>(option.first(kTransactionBytes)),
                                           *parseArray<kHashBytes>(option.subspan(kTransactionBytes))),
                   statusAnd<Sha256>);
}

JobResult verify(Unit& unit, ByteView option)
{
    const auto challenge = parseArray<32>(option);
    if (!challenge) return refused(nrc::kIncorrectMessageLengthOrInvalidFormat);
    return encoded(unit.verifyCertificate(*challenge), statusAnd<Bytes>);
}

JobResult discard(Unit& unit, ByteView option)
{
    const auto transaction = parseArray<16>(option);
    if (!transaction) return refused(nrc::kIncorrectMessageLengthOrInvalidFormat);
    return done(unit.discardPendingKey(*transaction), Bytes{kStatusDone});
}

JobResult certifyKey(Unit& unit, ByteView option)
{
    const auto request = parseCertifyRequest(option);
    if (!request) return refused(nrc::kIncorrectMessageLengthOrInvalidFormat);
    return done(unit.certifyPendingKey(*request), Bytes{kStatusDone});
}

JobResult run(Unit& unit, const job::StartRoutine& routine)
{
    switch (routine.rid) {
    case rid::kGenerateKeyAndCsr:
        return generateKey(unit, routine.option);
    case rid::kInstallCertificate:
        return install(unit, routine.option);
    case rid::kVerifyCertificate:
        return verify(unit, routine.option);
    case rid::kCertifyPendingKey:
        return certifyKey(unit, routine.option);
    case rid::kDiscardPendingKey:
        return discard(unit, routine.option);
    default:
        return refused(nrc::kRequestOutOfRange);
    }
}

JobResult run(Unit& unit, const job::BeginTransfer& begin)
{
    const auto offset = unit.beginStaging(begin.totalLength);
    if (!offset) return refused(offset.error().nrc);
    if (*offset != begin.offset) return refused(nrc::kRequestOutOfRange);
    return Bytes{};
}

JobResult run(Unit& unit, const job::StoreBlock& block)
{
    return done(unit.stage(block.data), Bytes{});
}

JobResult run(Unit& unit, const job::EndTransfer&)
{
    return done(unit.endStaging(), Bytes{});
}

} // namespace

JobResult runJob(Unit& unit, const Job& job)
{
    return std::visit([&unit](const auto& one) { return run(unit, one); }, job);
}

} // namespace tcu
