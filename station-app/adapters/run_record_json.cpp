#include "adapters/run_record_json.h"

#include <nlohmann/json.hpp>

#include "api/rfc3339.h"

namespace station {

std::string toJsonLine(const PastRun& run, const std::vector<PastStep>& steps, const VehicleNames& names)
{
    using nlohmann::ordered_json;
    ordered_json line;
    line["transaction"] = run.transaction.text();
    line["vin"] = run.vin.masked();
    line["vin_hash"] = names.vinHash.text();
    line["device_id"] = names.deviceId.text();
    line["slot"] = run.slot;
    line["tcu_serial"] = run.ecuSerial;
    line["serial"] = run.serial ? ordered_json(run.serial->text()) : ordered_json();
    line["outcome"] = run.outcome ? std::string(name(*run.outcome)) : "open";
    line["cause"] = run.cause;
    line["detail"] = run.detail;
    line["opened_at"] = gateway::api::toRfc3339(run.openedAt);
    line["closed_at"] = run.closedAt ? ordered_json(gateway::api::toRfc3339(*run.closedAt)) : ordered_json();
    line["worked_ms"] = run.worked.count();
    line["report_waits"] = run.reportWaits;
    auto& list = line["steps"] = ordered_json::array();
    for (const PastStep& step : steps)
        list.push_back({{"step", name(step.step)},
                        {"phase", name(step.phase)},
                        {"attempt", step.attempt},
                        {"at", gateway::api::toRfc3339(step.at)},
                        {"ms", step.elapsed.count()},
                        {"cause", step.cause},
                        {"detail", step.detail}});
    return line.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

} // namespace station
