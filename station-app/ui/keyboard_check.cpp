#include "ui/keyboard_check.h"

namespace station {

KeyboardCheck::Fault KeyboardCheck::judge(const QString& text)
{
    const QString expected = code();
    if (text == expected) return Fault::None;
    if (text == expected.toLower()) return Fault::CapsLock;
    // Without Shift the French digit row types these.
    static const QString french = QStringLiteral("à&é\"'(-è_ç");
    if (text.size() == expected.size() && text.mid(3, 10) == french) return Fault::FrenchDigits;
    if (text.startsWith(QStringLiteral("ZY"))) return Fault::SwappedYZ;
    const bool lettersAndDigits = text.startsWith(QStringLiteral("YZ")) && text.contains(QStringLiteral("0123456789"));
    return lettersAndDigits ? Fault::Punctuation : Fault::Other;
}

} // namespace station
