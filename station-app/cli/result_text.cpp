#include "cli/result_text.h"

#include <nlohmann/json.hpp>

#include "adapters/openssl_certificate_checker.h"

namespace station::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string dumped(const Json& json)
{
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string_view name(StepState state)
{
    switch (state) {
    case StepState::Waiting:
        return "waiting";
    case StepState::Running:
        return "running";
    case StepState::Done:
        return "done";
    case StepState::Failed:
        return "failed";
    }
    return "unknown";
}

std::string padded(std::string text, std::size_t width)
{
    if (text.size() < width) text.append(width - text.size(), ' ');
    return text;
}

Json failureOf(const RunFailure& failure)
{
    return {{"step", station::name(failure.step)},
            {"cause", failure.cause},
            {"detail", failure.detail},
            {"http_status", failure.httpStatus ? Json(*failure.httpStatus) : Json()},
            {"retry_after", failure.retryAfter ? Json(failure.retryAfter->count()) : Json()}};
}

const char* headline(Outcome outcome)
{
    switch (outcome) {
    case Outcome::Provisioned:
        return "✓ Provisioning complete";
    case Outcome::UnitFailed:
        return "✕ Unit failed: reject this unit";
    case Outcome::StationFailed:
        return "✕ Station failed: nothing is wrong with the unit; the next scan of this vehicle goes on";
    case Outcome::Refused:
        return "✕ Refused";
    }
    return "";
}

} // namespace

std::string toJson(const RunResult& result)
{
    Json steps = Json::array();
    for (const auto& step : result.steps)
        steps.push_back({{"name", station::name(step.step)},
                         {"state", name(step.state)},
                         {"ms", step.elapsed.count()},
                         {"attempts", step.state == StepState::Waiting ? 0 : step.attempt}});
    const auto certificate = result.leafDer.empty() ? gateway::Result<std::string>() : toPem(result.leafDer);
    const Json json{
        {"vin", result.vin.masked()},
        {"device_id", result.deviceId ? Json(result.deviceId->text()) : Json()},
        {"serial", result.serial ? Json(result.serial->text()) : Json()},
        {"result", station::name(result.outcome)},
        {"transaction", result.transaction.text()},
        {"steps", std::move(steps)},
        {"total_ms", result.elapsed.count()},
        {"certificate", certificate && !certificate->empty() ? Json(*certificate) : Json()},
        {"reported", result.reported},
        {"resumed", result.resumed},
        {"failure", result.failure ? failureOf(*result.failure) : Json()},
    };
    return dumped(json);
}

std::string toJson(Outcome outcome, const std::string& cause, const std::string& detail)
{
    const Json json{
        {"vin", nullptr},
        {"device_id", nullptr},
        {"serial", nullptr},
        {"result", station::name(outcome)},
        {"transaction", nullptr},
        {"steps", Json::array()},
        {"total_ms", 0},
        {"certificate", nullptr},
        {"reported", false},
        {"resumed", false},
        {"failure",
         {{"step", nullptr}, {"cause", cause}, {"detail", detail}, {"http_status", nullptr}, {"retry_after", nullptr}}},
    };
    return dumped(json);
}

std::string toLine(const StepRecord& step)
{
    auto line = "  " + padded(std::string(station::name(step.step)), 20) + padded(std::string(name(step.state)), 8) +
                padded(std::to_string(step.elapsed.count()) + " ms", 10);
    if (step.attempt > 1) line += "attempt " + std::to_string(step.attempt) + "  ";
    line += step.detail;
    line.erase(line.find_last_not_of(' ') + 1);
    return line;
}

std::string toVerdict(const RunResult& result)
{
    std::string text = headline(result.outcome);
    text += "\nVehicle: " + result.vin.masked();
    if (result.outcome == Outcome::Provisioned) {
        text += "\nCert Serial: " + (result.serial ? result.serial->text() : std::string());
        if (!result.reported) text += "\nThe report to the gateway waits in the journal: v2c-station report";
    }
    if (result.failure) {
        text += "\nWhy: " + result.failure->detail + "\n     (" + result.failure->cause + " at " +
                std::string(station::name(result.failure->step));
        if (result.failure->httpStatus) text += ", HTTP " + std::to_string(*result.failure->httpStatus);
        if (result.failure->retryAfter)
            text += ", again in " + std::to_string(result.failure->retryAfter->count()) + " s";
        text += ")";
        text += "\nTransaction: " + result.transaction.text();
    }
    return text + "\n";
}

} // namespace station::cli
