#include "ui/cause_text.h"

#include <algorithm>

#include <QCoreApplication>

#include "ui/cause_table.h"

namespace station {
namespace {

struct Text
{
    Q_DECLARE_TR_FUNCTIONS(OperatorText)
};

const CauseEntry* find(std::string_view cause)
{
    const auto* found = std::ranges::find(kCauses, cause, &CauseEntry::cause);
    return found == std::end(kCauses) ? nullptr : found;
}

/// What the gateway named is the better cause than the station's summary of it: "gateway-unavailable" with the detail
/// "vault-unavailable: ...".
const CauseEntry* findNamedByGateway(const RunFailure& failure)
{
    const bool isSummary = failure.cause == "gateway-unavailable" || failure.cause == "gateway-error" ||
                           failure.cause == "rate-limited" || failure.cause == "station-not-authorised";
    const auto colon = failure.detail.find(':');
    if (!isSummary || colon == std::string::npos) return nullptr;
    return find(std::string_view(failure.detail).substr(0, colon));
}

QString unitHappened(StepId step)
{
    switch (step) {
    case StepId::OpenSession:
    case StepId::ReadVin:
        return Text::tr("The telematics unit refuses to be provisioned.");
    case StepId::RequestCsr:
        return Text::tr("The telematics unit could not create a valid key.");
    case StepId::CertifyKey:
        return Text::tr("The telematics unit could not prove that its key is inside a genuine security chip.");
    case StepId::IssueCertificate:
        return Text::tr("The key of the telematics unit was refused when the certificate was to be signed.");
    case StepId::InstallCertificate:
        return Text::tr("The telematics unit could not store its certificate.");
    case StepId::VerifyCertificate:
        return Text::tr("The telematics unit does not hold the certificate that was installed.");
    case StepId::ReportProvisioned:
        return Text::tr("The telematics unit failed after its certificate was installed.");
    }
    return {};
}

/// For a cause that is not in the table: what the outcome and the step say.
CauseText textOfStep(Outcome outcome, const RunFailure& failure)
{
    switch (outcome) {
    case Outcome::Provisioned:
        return {};
    case Outcome::UnitFailed:
        return {unitHappened(failure.step),
                Text::tr("Reject this telematics unit. Replace it, then scan the vehicle again."),
                {}};
    case Outcome::StationFailed:
        return {Text::tr("The station itself is out of order."),
                Text::tr("Hold the vehicle. This station needs a technician."),
                {}};
    case Outcome::Refused:
        return {Text::tr("The rules of the plant do not allow this vehicle to be provisioned."),
                Text::tr("Hold the vehicle. Do not scan again."),
                {}};
    }
    return {};
}

} // namespace

bool isKnownCause(std::string_view cause)
{
    return find(cause) != nullptr;
}

CauseText causeText(Outcome outcome, const RunFailure& failure)
{
    const CauseEntry* entry = findNamedByGateway(failure);
    if (entry == nullptr) entry = find(failure.cause);
    // 429 without a named limit: the day's limit of the unit is the one that a line meets.
    if (entry == nullptr && (failure.httpStatus == 429 || failure.cause == "rate-limited"))
        entry = find("rate-limit-tcu");
    if (entry == nullptr) return textOfStep(outcome, failure);

    const auto translated = [](const char* text) { return QCoreApplication::translate("Cause", text); };
    CauseText text;
    text.happened = *entry->happened == '\0' ? unitHappened(failure.step) : translated(entry->happened);
    text.toDo = translated(entry->toDo);
    for (const char* remedy : entry->remedies)
        if (remedy != nullptr) text.remedies << translated(remedy);
    return text;
}

} // namespace station
