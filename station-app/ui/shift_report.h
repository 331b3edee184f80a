#pragma once

#include <QByteArray>
#include <QString>

#include "flow/run_history.h"
#include "flow/run_statistics.h"

namespace station {

/// What the report of a shift says; VINs come out masked, for it leaves the station.
struct ShiftReport
{
    QString station;
    QString range;  ///< "2026-11-24 06:00 – 14:00"
    QString madeAt; ///< "2026-11-24 14:02"
    QString madeBy; ///< "" where nobody has to log in
    RunStatistics statistics;
    std::vector<PastRun> notPassed; ///< failed and open, newest first
};

/// PDF, A4, in the language of the moment. May be called in any thread.
[[nodiscard]] QByteArray makeShiftReport(const ShiftReport& report);

} // namespace station
