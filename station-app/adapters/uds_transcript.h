#pragma once

#include <chrono>
#include <deque>
#include <string>
#include <vector>

#include "can/bytes.h"
#include "flow/run_record.h"

namespace station {

/// The newest messages of a dialogue, decoded. Kept whole up to 24 bytes: of longer ones the beginning and the length.
class UdsTranscript final
{
public:
    static constexpr std::size_t kMostLines = 200;
    static constexpr std::size_t kShownBytes = 24;

    void add(bool isRequest, tcu::ByteView message, std::chrono::milliseconds at);
    [[nodiscard]] std::vector<TranscriptLine> lines() const { return {m_lines.begin(), m_lines.end()}; }

private:
    std::deque<TranscriptLine> m_lines;
};

/// What a UDS message says, in ISO 14229-1's words; DIDs and RIDs are those of docs/tcu-link.md.
[[nodiscard]] std::string decodeUds(tcu::ByteView message);

} // namespace station
