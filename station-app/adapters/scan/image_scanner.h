#pragma once

#include <chrono>
#include <filesystem>

#include "contract/error.h"
#include "contract/vin.h"
#include "flow/vin_rules.h"

namespace station {

struct ScanSettings
{
    /// The program v2c-scan-helper; empty: the one in the folder of the running executable.
    std::filesystem::path helper;

    /// One decoding pass over the picture; a pass that takes longer is dropped and the helper started anew.
    std::chrono::milliseconds passTimeout{1000};

    /// All passes together.
    std::chrono::milliseconds overallTimeout{10000};

    VinRules vinRules{};
};

/// Reads the VIN from the picture of a label: Code 39, Code 128, Data Matrix, QR and PDF417, in any of the four
/// directions, black on white or white on black. Blocks its thread.
///
/// The decoder runs in a child process, because libZXing 1.4 can abort on an ordinary photograph (zxing-cpp issue 740);
/// the pass in which it dies is dropped and the others still count. No picture yields a wrong VIN: a text has to pass
/// readVinLabel(), a Code 39 reading without a valid check digit has to be seen in two passes, and two different VINs
/// in one picture are refused.
///
/// @return the VIN, or an error whose type is one of
///   file-missing        no readable file of this name
///   not-a-picture       neither PNG, JPEG, BMP nor PNM, or a broken one
///   picture-too-large   more than 64 megapixels
///   no-code             no barcode was found
///   no-vin              a barcode was found, but no text with a VIN in it
///   vin-check-digit     a VIN whose check digit is wrong where its rule is Require: misread or misprinted
///   vin-maker           a VIN of a maker that this line does not build
///   vin-unconfirmed     a Code 39 reading without check digit that only one pass saw
///   two-vins            different VINs in one picture
///   scan-timeout        nothing was found before overallTimeout
///   scan-helper-missing v2c-scan-helper cannot be started
/// Source of the decoder's settings: zxing-cpp issue 740.
[[nodiscard]] gateway::Result<gateway::Vin> scanVinFromImage(const std::filesystem::path& picture,
                                                             const ScanSettings& settings = {});

} // namespace station
