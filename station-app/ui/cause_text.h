#pragma once

#include <string_view>

#include <QString>
#include <QStringList>

#include "flow/run_record.h"

namespace station {

/// What the cause of a failure means, translated.
struct CauseText
{
    QString happened;     ///< for the operator: what happened
    QString toDo;         ///< for the operator: what to do now
    QStringList remedies; ///< for the technician, the most likely first
};

/// @param failure  cause, and for "gateway-unavailable" the detail, which begins with what the gateway named
/// @return the texts of that cause; of its step when the cause is not known here
[[nodiscard]] CauseText causeText(Outcome outcome, const RunFailure& failure);

/// Whether the cause has texts of its own.
[[nodiscard]] bool isKnownCause(std::string_view cause);

} // namespace station
