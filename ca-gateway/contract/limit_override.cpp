#include "contract/limit_override.h"

namespace gateway {

Bytes canonicalBytes(const OverrideStatement& statement)
{
    Bytes bytes;
    const auto append = [&bytes](std::string_view text) {
        for (int shift = 24; shift >= 0; shift -= 8)
            bytes.push_back(static_cast<std::uint8_t>(text.size() >> shift));
        bytes.insert(bytes.end(), text.begin(), text.end());
    };
    append("v2c-provisioning issuing override 1");
    append(statement.transaction.text());
    append(statement.deviceId.text());
    append(statement.tcuSerial);
    append(statement.reason);
    append(std::to_string(statement.expiresAt.time_since_epoch().count()));
    return bytes;
}

} // namespace gateway
