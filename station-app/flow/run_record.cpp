#include "flow/run_record.h"

#include "flow/journal.h"

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

} // namespace station
