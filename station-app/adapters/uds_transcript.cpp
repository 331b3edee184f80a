#include "adapters/uds_transcript.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "provisioning/dialogue.h"
#include "uds/nrc_name.h"
#include "uds/service.h"

namespace station {
namespace {

struct Named
{
    std::uint16_t number;
    const char* name;
};

constexpr Named kServices[] = {
    {tcu::sid::kDiagnosticSessionControl, "DiagnosticSessionControl"},
    {tcu::sid::kReadDataByIdentifier, "ReadDataByIdentifier"},
    {tcu::sid::kRoutineControl, "RoutineControl"},
    {tcu::sid::kRequestDownload, "RequestDownload"},
    {tcu::sid::kTransferData, "TransferData"},
    {tcu::sid::kRequestTransferExit, "RequestTransferExit"},
    {tcu::sid::kTesterPresent, "TesterPresent"},
};

constexpr Named kIdentifiers[] = {
    {0xF190, "VIN"},
    {0xF18C, "ECU serial number"},
    {0xF191, "ECU hardware number"},
    {0xF187, "spare part number"},
    {0xF188, "supplier software number"},
    {0xF195, "software version"},
    {0xF1A0, "provisioning state"},
    {0xF1A1, "pending CSR"},
    {0xF1A2, "active certificate"},
    {0xF1A3, "chain hashes"},
    {0xF1A4, "TPM evidence"},
};

constexpr Named kRoutines[] = {
    {0x0210, "generate key and CSR"}, {0x0211, "install certificate"}, {0x0212, "verify certificate"},
    {0x0213, "discard pending key"},  {0x0214, "certify pending key"},
};

std::string hex(unsigned value, int digits)
{
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%0*X", digits, value);
    return text.data();
}

std::string nameOf(std::span<const Named> names, unsigned number, int digits)
{
    const auto found = std::ranges::find(names, number, &Named::number);
    return found == names.end() ? "0x" + hex(number, digits) : found->name;
}

unsigned word(tcu::ByteView message, std::size_t at)
{
    return static_cast<unsigned>(message[at]) << 8U | message[at + 1];
}

/// What the service is about: identifier, routine, session or block.
std::string subject(std::uint8_t service, tcu::ByteView message)
{
    switch (service) {
    case tcu::sid::kReadDataByIdentifier:
        return message.size() >= 3 ? " " + nameOf(kIdentifiers, word(message, 1), 4) : "";
    case tcu::sid::kRoutineControl:
        return message.size() >= 4 ? " " + nameOf(kRoutines, word(message, 2), 4) : "";
    case tcu::sid::kDiagnosticSessionControl:
        return message.size() >= 2 ? " session 0x" + hex(message[1] & 0x7FU, 2) : "";
    case tcu::sid::kTransferData:
        return message.size() >= 2 ? " block " + std::to_string(message[1]) : "";
    default:
        return "";
    }
}

} // namespace

std::string decodeUds(tcu::ByteView message)
{
    if (message.empty()) return "empty";
    if (message[0] == tcu::sid::kNegativeResponse) {
        if (message.size() < 3) return "negative, cut off";
        return "negative to " + nameOf(kServices, message[1], 2) + ": " + tcu::nrcName(message[2]);
    }
    const bool isAnswer = (message[0] & tcu::sid::kPositiveOffset) != 0;
    const auto service = static_cast<std::uint8_t>(isAnswer ? message[0] - tcu::sid::kPositiveOffset : message[0]);
    return (isAnswer ? "positive: " : "") + nameOf(kServices, service, 2) + subject(service, message);
}

void UdsTranscript::add(bool isRequest, tcu::ByteView message, std::chrono::milliseconds at)
{
    TranscriptLine line{at, isRequest, {}, decodeUds(message)};
    for (std::size_t i = 0; i < std::min(message.size(), kShownBytes); ++i)
        line.bytes += (i == 0 ? "" : " ") + hex(message[i], 2);
    if (message.size() > kShownBytes) line.bytes += " … (" + std::to_string(message.size()) + " bytes)";
    m_lines.push_back(std::move(line));
    if (m_lines.size() > kMostLines) m_lines.pop_front();
}

} // namespace station
