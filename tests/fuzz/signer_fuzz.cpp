#include "fuzz/expect.h"
#include "signer/protocol.h"

using namespace gateway;
using namespace gateway::signer;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const ByteView bytes(data, size);
    // A stream in pieces gives the same frames as in one.
    FrameReader whole;
    FrameReader pieces;
    const auto fed = whole.feed(bytes);
    bool isGood = true;
    std::vector<Bytes> found;
    for (std::size_t at = 0; at < size && isGood; at += 3) {
        isGood = pieces.feed(bytes.subspan(at, std::min<std::size_t>(3, size - at))).has_value();
        while (auto frame = pieces.take())
            found.push_back(std::move(*frame));
    }
    std::size_t count = 0;
    while (auto frame = whole.take()) {
        V2C_EXPECT(frame->size() <= kMaxFrameBytes);
        if (fed) V2C_EXPECT(count < found.size() && found[count] == *frame);
        ++count;
        if (const auto request = decodeRequest(*frame)) V2C_EXPECT(decodeRequest(encode(*request)).has_value());
        if (const auto response = decodeResponse(*frame)) V2C_EXPECT(decodeResponse(encode(*response)).has_value());
    }
    // Without the length in front, so that most of the bytes reach the decoder.
    if (const auto request = decodeRequest(bytes))
        V2C_EXPECT(encode(*request) == encode(*decodeRequest(encode(*request))));
    if (const auto response = decodeResponse(bytes))
        V2C_EXPECT(encode(*response) == encode(*decodeResponse(encode(*response))));
    return 0;
}
