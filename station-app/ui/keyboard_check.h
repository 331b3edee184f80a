#pragma once

#include <QString>

namespace station {

/// Tells from one fixed code what is between a wedge scanner and this station: the host's keyboard layout, Caps Lock,
/// or characters that get lost. VINs hide that: Y and Z swapped make another VIN.
class KeyboardCheck final
{
public:
    enum class Fault { None, SwappedYZ, FrenchDigits, CapsLock, Punctuation, Other };

    /// What the code of docs/technician-guide.md says.
    static QString code() { return QStringLiteral("YZ]0123456789-"); }

    /// @param text  a whole scan of that code, as it arrived
    [[nodiscard]] static Fault judge(const QString& text);
};

} // namespace station
