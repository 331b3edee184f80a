#include "flow/run_record.h"

#include "flow/cases.h"
#include "flow/people.h"
#include "flow/run_history.h"

namespace station {

std::string_view name(StepId step)
{
    switch (step) {
    case StepId::OpenSession:
        return "openSession";
    case StepId::ReadVin:
        return "readVin";
    case StepId::RequestCsr:
        return "requestCsr";
    case StepId::CertifyKey:
        return "certifyKey";
    case StepId::IssueCertificate:
        return "issueCertificate";
    case StepId::InstallCertificate:
        return "installCertificate";
    case StepId::VerifyCertificate:
        return "verifyCertificate";
    case StepId::ReportProvisioned:
        return "reportProvisioned";
    }
    return "unknown";
}

std::string_view name(Outcome outcome)
{
    switch (outcome) {
    case Outcome::Provisioned:
        return "provisioned";
    case Outcome::UnitFailed:
        return "unit-failed";
    case Outcome::StationFailed:
        return "station-failed";
    case Outcome::Refused:
        return "refused";
    }
    return "unknown";
}

std::string_view name(RecordPhase phase)
{
    switch (phase) {
    case RecordPhase::Before:
        return "before";
    case RecordPhase::After:
        return "after";
    }
    return "unknown";
}

std::string_view name(Role role)
{
    switch (role) {
    case Role::Operator:
        return "operator";
    case Role::Technician:
        return "technician";
    case Role::Supervisor:
        return "supervisor";
    }
    return "unknown";
}

std::optional<Role> roleOf(std::string_view text)
{
    for (const auto role : {Role::Operator, Role::Technician, Role::Supervisor})
        if (name(role) == text) return role;
    return std::nullopt;
}

std::string_view name(Resolution resolution)
{
    switch (resolution) {
    case Resolution::Passed:
        return "passed";
    case Resolution::UnitReplaced:
        return "unit-replaced";
    case Resolution::CablingRepaired:
        return "cabling-repaired";
    case Resolution::VehicleCorrected:
        return "vehicle-corrected";
    case Resolution::StationRepaired:
        return "station-repaired";
    case Resolution::SentOn:
        return "sent-on";
    }
    return "unknown";
}

std::optional<Resolution> resolutionOf(std::string_view text)
{
    for (const auto resolution : {Resolution::Passed, Resolution::UnitReplaced, Resolution::CablingRepaired,
                                  Resolution::VehicleCorrected, Resolution::StationRepaired, Resolution::SentOn})
        if (name(resolution) == text) return resolution;
    return std::nullopt;
}

std::optional<StepId> stepOf(std::string_view text)
{
    for (std::size_t i = 0; i < kStepCount; ++i)
        if (name(static_cast<StepId>(i)) == text) return static_cast<StepId>(i);
    return std::nullopt;
}

std::optional<Outcome> outcomeOf(std::string_view text)
{
    for (const auto outcome : {Outcome::Provisioned, Outcome::UnitFailed, Outcome::StationFailed, Outcome::Refused})
        if (name(outcome) == text) return outcome;
    return std::nullopt;
}

} // namespace station
