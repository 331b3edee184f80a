#include "ui/operator_text.h"

#include <cmath>

#include <QCoreApplication>
#include <QStringList>

#include "ui/step_list_model.h"

namespace station {
namespace {

constexpr int kLongestShownScan = 48;

struct Text
{
    Q_DECLARE_TR_FUNCTIONS(OperatorText)
};

/// The unit cannot show that its key is its TPM's: not a matter of a worn part, but of what the unit is.
bool isAboutEvidence(const RunFailure& failure)
{
    return failure.cause.starts_with("evidence");
}

QString unitHappened(const RunFailure& failure)
{
    if (failure.cause == "evidence-missing")
        return Text::tr("The security chip of the telematics unit has no certificate of its maker.");
    if (isAboutEvidence(failure))
        return Text::tr("The telematics unit could not prove that its key is inside a genuine security chip.");
    switch (failure.step) {
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

bool isStationsOwn(const RunFailure& failure)
{
    return failure.cause.starts_with("journal-") || failure.cause.starts_with("random-") ||
           failure.cause == "unknown-slot" || failure.cause == "station-not-authorised" ||
           failure.cause == "gateway-wrong-address" || failure.cause == "unknown";
}

QString stationHappened(const RunFailure& failure)
{
    if (failure.cause == "slot-busy" || failure.cause == "job-open")
        return Text::tr("Another program of this station is working on the vehicle.");
    if (isStationsOwn(failure)) return Text::tr("The station itself is out of order.");
    switch (failure.step) {
    case StepId::OpenSession:
    case StepId::ReadVin:
        return Text::tr("The station cannot talk to the telematics unit.");
    case StepId::IssueCertificate:
    case StepId::ReportProvisioned:
        return Text::tr("The certificate service cannot be reached or cannot sign.");
    case StepId::CertifyKey:
        return failure.cause.starts_with("gateway")
                   ? Text::tr("The certificate service cannot be reached or cannot sign.")
                   : Text::tr("The connection to the telematics unit was lost during the work.");
    case StepId::RequestCsr:
    case StepId::InstallCertificate:
    case StepId::VerifyCertificate:
        return Text::tr("The connection to the telematics unit was lost during the work.");
    }
    return {};
}

QString stationToDo(const RunFailure& failure)
{
    if (isStationsOwn(failure)) return Text::tr("Hold the vehicle. This station needs a technician.");
    if (failure.cause.starts_with("gateway"))
        return Text::tr("Hold the vehicle and leave it connected. Press Enter to try again.");
    switch (failure.step) {
    case StepId::IssueCertificate:
    case StepId::ReportProvisioned:
        return Text::tr("Hold the vehicle and leave it connected. Press Enter to try again.");
    case StepId::OpenSession:
    case StepId::ReadVin:
    case StepId::RequestCsr:
    case StepId::CertifyKey:
    case StepId::InstallCertificate:
    case StepId::VerifyCertificate:
        return Text::tr("Check the plug and the ignition. Press Enter to try again.");
    }
    return {};
}

QString againAfter(std::chrono::seconds wait)
{
    const auto minutes = static_cast<int>(std::ceil(static_cast<double>(wait.count()) / 60.0));
    if (minutes < 120) return Text::tr("Possible again in %n minute(s).", nullptr, minutes);
    return Text::tr("Possible again in %1 h %2 min.").arg(minutes / 60).arg(minutes % 60, 2, 10, QLatin1Char('0'));
}

QString codeOf(const RunResult& result, const RunFailure& failure)
{
    QStringList parts{QString::fromStdString(failure.cause), stepName(failure.step)};
    if (failure.httpStatus) parts << Text::tr("HTTP %1").arg(*failure.httpStatus);
    parts << Text::tr("job %1").arg(QString::fromStdString(result.transaction.text()).left(8));
    return parts.join(QStringLiteral(" · "));
}

QChar visible(QChar character)
{
    const char16_t code = character.unicode();
    if (code < 0x20) return QChar(static_cast<char16_t>(0x2400 + code)); // control pictures
    if (code == 0x20) return QChar(u'\u2423');
    if (code == 0x7F) return QChar(u'\u2421');
    return character.isPrint() ? character : QChar(u'\uFFFD');
}

bool isVinCharacter(QChar character)
{
    const char16_t code = character.toUpper().unicode();
    if (code >= u'0' && code <= u'9') return true;
    return code >= u'A' && code <= u'Z' && code != u'I' && code != u'O' && code != u'Q';
}

} // namespace

FailureText failureText(const RunResult& result)
{
    RunFailure unknown;
    unknown.cause = "unknown";
    const RunFailure& failure = result.failure ? *result.failure : unknown;
    FailureText text;
    if (result.outcome != Outcome::Provisioned) text.code = codeOf(result, failure);
    switch (result.outcome) {
    case Outcome::Provisioned:
        break;
    case Outcome::UnitFailed:
        text.headline = Text::tr("FAIL");
        text.happened = unitHappened(failure);
        text.toDo =
            isAboutEvidence(failure)
                ? Text::tr("Reject this telematics unit and keep it apart for a technician. Do not try it again.")
                : Text::tr("Reject this telematics unit. Replace it, then scan the vehicle again.");
        break;
    case Outcome::StationFailed:
        text.headline = Text::tr("STATION FAULT");
        text.happened = stationHappened(failure);
        text.toDo = stationToDo(failure);
        break;
    case Outcome::Refused:
        if (failure.cause == "vin-mismatch") {
            text.headline = Text::tr("WRONG VEHICLE");
            text.happened = Text::tr("The label that was scanned and the connected vehicle do not belong together.");
            text.toDo = Text::tr("Check label and plug, then scan the label of the connected vehicle.");
        } else if (failure.cause == "vin-blank") {
            text.headline = Text::tr("REFUSED");
            text.happened = Text::tr("The connected vehicle has no VIN yet. It must be written before.");
            text.toDo = Text::tr("Send the vehicle back to the station that writes the VIN.");
        } else if (failure.cause == "vin-check-digit") {
            text.headline = Text::tr("REFUSED");
            text.happened = Text::tr("The check digit of the VIN, character 9, does not fit.");
            text.toDo = Text::tr("Scan the label again. If it stays so, the label is misprinted.");
        } else if (failure.cause == "already-provisioned") {
            text.headline = Text::tr("REFUSED");
            text.happened = Text::tr("This vehicle already has a valid certificate. Nothing was changed.");
            text.toDo = Text::tr("Hold the vehicle and ask before it goes on.");
        } else if (failure.cause == "rate-limit-issuer" || failure.detail.starts_with("rate-limit-issuer")) {
            text.headline = Text::tr("REFUSED");
            text.happened = Text::tr("The certificate service has reached its limit for this hour.");
            if (failure.retryAfter) text.happened += QLatin1Char(' ') + againAfter(*failure.retryAfter);
            text.toDo = Text::tr("Hold the vehicle and scan it again after that time.");
        } else if (failure.httpStatus == 429 || failure.cause == "rate-limited" || failure.cause == "rate-limit-tcu") {
            text.headline = Text::tr("REFUSED");
            text.happened = Text::tr("This telematics unit got a certificate today. One per day is allowed.");
            if (failure.retryAfter) text.happened += QLatin1Char(' ') + againAfter(*failure.retryAfter);
            text.toDo = Text::tr("Hold the vehicle. A technician can allow another certificate.");
        } else {
            text.headline = Text::tr("REFUSED");
            text.happened = Text::tr("The rules of the plant do not allow this vehicle to be provisioned.");
            text.toDo = Text::tr("Hold the vehicle. Do not scan again.");
        }
        break;
    }
    return text;
}

ScanFaultText scanFaultText(const gateway::Error& error, const QString& scan)
{
    ScanFaultText text;
    for (const QChar character : scan.left(kLongestShownScan))
        text.shown += visible(character);
    if (scan.size() > kLongestShownScan) text.shown += QChar(u'\u2026');

    const QString trimmed = scan.trimmed();
    const auto start = scan.indexOf(trimmed);
    if (error.type == "vin-character") {
        const bool hasIdentifier = trimmed.size() == 18 && trimmed.startsWith(QLatin1Char('I'), Qt::CaseInsensitive);
        const qsizetype first = hasIdentifier ? 1 : 0;
        qsizetype wrong = first;
        while (wrong < trimmed.size() && isVinCharacter(trimmed[wrong]))
            ++wrong;
        if (wrong < trimmed.size()) {
            if (start + wrong < kLongestShownScan) text.position = static_cast<int>(start + wrong);
            text.rule = Text::tr("Character %1 is “%2”. A VIN has digits and letters, but no I, O or Q.")
                            .arg(wrong - first + 1)
                            .arg(visible(trimmed[wrong]));
            return text;
        }
        text.rule = Text::tr("A VIN has digits and letters, but no I, O or Q.");
    } else if (error.type == "vin-length") {
        text.rule = Text::tr("A VIN has 17 characters, this has %1.").arg(trimmed.size());
    } else if (error.type == "vin-check-digit") {
        const auto ninth = trimmed.size() == 18 ? 9 : 8;
        if (trimmed.size() == 17 || trimmed.size() == 18) text.position = static_cast<int>(start + ninth);
        text.rule = Text::tr("The check digit, character 9, does not fit: misread or mistyped.");
    } else if (error.type == "vin-maker") {
        text.rule = Text::tr("This line does not build vehicles whose VIN begins like this.");
    } else if (error.type == "label-check-character") {
        text.rule = Text::tr("The check character at the end of the label does not fit: misread.");
    } else if (error.type == "two-vins") {
        text.rule = Text::tr("Two different VINs came in one scan.");
    } else {
        text.rule = Text::tr("This code holds no VIN.");
    }
    return text;
}

QString groupedVin(const QString& vin)
{
    if (vin.size() != static_cast<qsizetype>(gateway::Vin::kLength)) return vin;
    return vin.left(3) + QLatin1Char(' ') + vin.mid(3, 6) + QLatin1Char(' ') + vin.mid(9);
}

} // namespace station
