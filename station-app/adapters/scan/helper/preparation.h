#pragma once

#include <vector>

#include <QImage>

namespace scan {

/// A way of making a label easier to decode. What real labels need was measured: thin over-exposed bars want
/// darkening, blurred ones sharpening, small ones more pixels per module.
enum class Preparation {
    Plain,
    Inverted, ///< white bars on black
    Upscaled,
    Darkened,
    Sharpened,
    Stretched, ///< the greys that occur spread over the whole range: faded print
    InvertedUpscaled,
    TurnedBy15,
    TurnedBy345,
    TurnedBy30,
    TurnedBy330,
};

enum class Family { Linear, Matrix };

struct Pass
{
    Preparation preparation = Preparation::Plain;
    Family family = Family::Linear;
};

/// All passes over one picture, in the order in which they are worth trying: linear before 2D, since a linear pass
/// costs a tenth.
[[nodiscard]] const std::vector<Pass>& passes();

/// @param luminance  Format_Grayscale8
/// @return Format_Grayscale8
[[nodiscard]] QImage prepared(const QImage& luminance, Preparation preparation);

} // namespace scan
