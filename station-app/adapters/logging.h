#pragma once

#include "adapters/config.h"
#include "flow/run_record.h"

namespace station {

/// Loggers "station.flow" and "station.adapters", Qt's own messages as "qt": JSON lines into a rotating file (5 of
/// 10 MB), or plain text on standard error. Called once.
/// @return InvalidRequest "log-file" when it cannot be written
[[nodiscard]] gateway::Result<void> startLogging(const LogConfig& config);

/// Writes the story of each run to "station.flow". VINs are masked.
class LoggedProvisioner final : public Provisioner
{
public:
    explicit LoggedProvisioner(Provisioner& inner) : m_inner(inner) {}

    [[nodiscard]] RunResult provision(const gateway::Vin& vin, int slot, RunObserver& observer) override;

private:
    Provisioner& m_inner;
};

} // namespace station
