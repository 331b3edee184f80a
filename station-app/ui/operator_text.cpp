#include "ui/operator_text.h"

#include <cmath>

#include <QCoreApplication>
#include <QStringList>

#include "ui/cause_text.h"

namespace station {
namespace {

constexpr int kLongestShownScan = 48;

struct Text
{
    Q_DECLARE_TR_FUNCTIONS(OperatorText)
};

QString againAfter(std::chrono::seconds wait)
{
    const auto minutes = static_cast<int>(std::ceil(static_cast<double>(wait.count()) / 60.0));
    if (minutes < 120) return Text::tr("Possible again in %n minute(s).", nullptr, minutes);
    return Text::tr("Possible again in %1 h %2 min.").arg(minutes / 60).arg(minutes % 60, 2, 10, QLatin1Char('0'));
}

QString codeOf(const RunResult& result, const RunFailure& failure)
{
    QStringList parts{QString::fromStdString(failure.cause)};
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
    const CauseText cause = causeText(result.outcome, failure);
    text.happened = cause.happened;
    text.toDo = cause.toDo;
    if (failure.retryAfter && result.outcome == Outcome::Refused)
        text.happened += QLatin1Char(' ') + againAfter(*failure.retryAfter);
    switch (result.outcome) {
    case Outcome::Provisioned:
        return {};
    case Outcome::UnitFailed:
        text.headline = Text::tr("FAIL");
        break;
    case Outcome::StationFailed:
        text.headline = Text::tr("STATION FAULT");
        break;
    case Outcome::Refused:
        text.headline = failure.cause == "vin-mismatch" ? Text::tr("WRONG VEHICLE") : Text::tr("REFUSED");
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
