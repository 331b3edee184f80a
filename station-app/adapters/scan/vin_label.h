#pragma once

#include <string_view>

#include "contract/error.h"
#include "contract/vin.h"

namespace station {

/// Finds the VIN in what a scanner or a decoder read from a label. In this order: padding (white space, NUL), an AIM
/// symbology identifier ("]A0" ...), an ISO 15434 envelope with an "I" field, the label rules of Vin::fromLabel(), one
/// VIN glued to itself (two input channels fired), and last the single VIN that stands between other characters, as in
/// a URL.
///
/// @return the VIN, or an error of type
///   vin-length, vin-character  as Vin::parse() says, when the text is meant to be a VIN and nothing else
///   vin-check-digit            a North American VIN (49 CFR 565.15) whose check digit is wrong
///   two-vins                   different VINs in one text
///   no-vin                     an envelope or a longer text without a VIN
/// Source: ANSI MH10.8.2 (data identifier I), ISO/IEC 15424 (symbology identifiers), ISO/IEC 15434 (envelope).
[[nodiscard]] gateway::Result<gateway::Vin> readVinLabel(std::string_view text);

} // namespace station
