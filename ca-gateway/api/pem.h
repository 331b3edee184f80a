#pragma once

#include <string>
#include <string_view>

#include "contract/bytes.h"
#include "contract/error.h"

namespace gateway::api {

/// RFC 7468 textual encoding, lines of 64 characters, a line feed at the end.
/// @param label  "CERTIFICATE", "CERTIFICATE REQUEST"
[[nodiscard]] std::string toPem(std::string_view label, ByteView der);

/// Reads one PEM block and nothing else around it but white space. Line breaks inside may be missing, since a header
/// field cannot carry them.
/// @return InvalidRequest "pem-format"
[[nodiscard]] Result<Bytes> parsePem(std::string_view label, std::string_view text);

/// Whether the text begins as PEM does.
[[nodiscard]] bool isPem(std::string_view text);

} // namespace gateway::api
