#pragma once

#include <QString>

#include "contract/error.h"
#include "flow/run_record.h"

namespace station {

/// Answers to the four questions of every failure screen, translated.
struct FailureText
{
    QString headline; ///< one or two words, the largest on the screen
    QString happened; ///< what happened
    QString toDo;     ///< what the operator does now
    QString code;     ///< for the technician, small print
};

/// @param result  a run that did not end Provisioned
[[nodiscard]] FailureText failureText(const RunResult& result);

/// Why a scan is no VIN.
struct ScanFaultText
{
    QString rule;      ///< the rule that it broke, with the position when there is one
    QString shown;     ///< the scan with control characters made visible (U+2400 ff.), at most 48 characters
    int position = -1; ///< index in `shown` of the first wrong character, -1 when the fault has no place
};

[[nodiscard]] ScanFaultText scanFaultText(const gateway::Error& error, const QString& scan);

/// "5VX TC2E41 SA000017": the groups of ISO 3779.
[[nodiscard]] QString groupedVin(const QString& vin);

} // namespace station
