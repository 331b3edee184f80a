#pragma once

#include <string>
#include <string_view>

#include "contract/error.h"
#include "contract/vin.h"
#include "flow/vin_rules.h"

namespace station {

/// How the labels of a plant and its scanners differ from bare VINs.
struct LabelRules
{
    std::string prefix{}; ///< what the scanner was programmed to type before the text; dropped when it is there
    std::string suffix{}; ///< the same behind it
    /// Labels carry the optional check character of Code 39 (ISO/IEC 16388 annex A): 18 characters, or 19 with the data
    /// identifier. Checked, then dropped, unless the AIM identifier tells that the scanner has done so ("]A3", "]A7").
    bool code39Mod43 = false;
    VinRules vins{};
};

/// Finds the VIN in what a scanner or a decoder read from a label. In this order: padding (white space, NUL), the
/// scanner's prefix and suffix, an AIM symbology identifier ("]A0" ...), an ISO 15434 envelope with an "I" field, the
/// check character of Code 39, the label rules of Vin::fromLabel(), one VIN glued to itself (two input channels fired),
/// and last the single VIN that stands between other characters, as in a URL.
///
/// @return the VIN, or an error of type
///   vin-length, vin-character  as Vin::parse() says, when the text is meant to be a VIN and nothing else
///   vin-check-digit            wrong where its rule is Require
///   vin-maker                  a VIN of a maker that this line does not build
///   label-check-character      the check character of Code 39 does not fit: misread
///   two-vins                   different VINs in one text
///   no-vin                     an envelope or a longer text without a VIN
/// Source: ANSI MH10.8.2 (data identifier I), ISO/IEC 15424 (symbology identifiers), ISO/IEC 15434 (envelope).
[[nodiscard]] gateway::Result<gateway::Vin> readVinLabel(std::string_view text, const LabelRules& rules = {});

} // namespace station
