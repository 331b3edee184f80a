#pragma once

#include <string>
#include <vector>

#include <QImage>

#include "preparation.h"

namespace scan {

struct Reading
{
    std::string format; ///< as ZXing names it, e.g. "Code39"
    std::string text;   ///< UTF-8; may hold control characters
};

/// Decodes the symbols of one family one after the other, painting each over before the next try: asking ZXing 1.4
/// itself for several symbols can abort the process (zxing-cpp issue 740).
/// @param luminance  Format_Grayscale8
[[nodiscard]] std::vector<Reading> decode(QImage luminance, Family family);

} // namespace scan
