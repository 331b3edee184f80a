#include "ui/shift_report.h"

#include <QBuffer>
#include <QCoreApplication>
#include <QFont>
#include <QPageSize>
#include <QPdfWriter>
#include <QStringList>
#include <QTextDocument>

#include "ui/cause_text.h"
#include "ui/period_model.h"
#include "ui/statistics_model.h"
#include "ui/step_list_model.h"

namespace station {
namespace {

constexpr int kDotsPerInch = 300;
constexpr double kBodyPoints = 10;

class ReportText
{
    Q_DECLARE_TR_FUNCTIONS(ReportText)

public:
    static QString counts(const RunCounts& counts)
    {
        return tr("%1 scanned = %2 passed + %3 failed + %4 open")
            .arg(counts.scanned)
            .arg(counts.passed)
            .arg(counts.failed)
            .arg(counts.open);
    }

    static QString html(const ShiftReport& report)
    {
        const RunStatistics& all = report.statistics;
        QString html = QStringLiteral("<h1>%1</h1><p>%2<br>%3<br>%4</p>")
                           .arg(tr("Shift report").toHtmlEscaped(), report.station.toHtmlEscaped(),
                                report.range.toHtmlEscaped(), made(report).toHtmlEscaped());
        html += heading(tr("Vehicles")) +
                QStringLiteral("<p><b>%1</b><br>%2</p>")
                    .arg(counts(all.counts).toHtmlEscaped(), tr("Passed at the first try: %1 of those that ended")
                                                                 .arg(firstPassYield(all.counts))
                                                                 .toHtmlEscaped());
        html += heading(tr("By the hour")) +
                table({tr("From"), tr("Scanned"), tr("Passed"), tr("Failed"), tr("Open")}, buckets(all));
        html +=
            heading(tr("Cycle time")) + table({tr("Step"), tr("Number"), tr("Median"), tr("90 % within")}, steps(all));
        if (!all.causes.empty()) html += heading(tr("Causes")) + table({tr("Cause"), tr("Number")}, causes(all));
        if (!report.notPassed.empty())
            html += heading(tr("Vehicles that did not pass")) +
                    table({tr("Begun"), tr("VIN"), tr("Result"), tr("Transaction")}, notPassed(report));
        return html;
    }

private:
    using Rows = QList<QStringList>;

    static QString made(const ShiftReport& report)
    {
        const QString made = tr("Made %1").arg(report.madeAt);
        return report.madeBy.isEmpty() ? made : made + QStringLiteral(" · ") + report.madeBy;
    }

    static QString heading(const QString& text) { return QStringLiteral("<h3>%1</h3>").arg(text.toHtmlEscaped()); }

    static QString table(const QStringList& head, const Rows& rows)
    {
        const auto line = [](const QStringList& cells, const char* tag) {
            QString html = QStringLiteral("<tr>");
            for (const QString& cell : cells)
                html += QStringLiteral("<%1 align=\"left\">%2</%1>").arg(QLatin1String(tag), cell.toHtmlEscaped());
            return html + QStringLiteral("</tr>");
        };
        QString html = QStringLiteral("<table cellpadding=\"3\" cellspacing=\"0\" border=\"0.5\" "
                                      "style=\"border-collapse: collapse\" width=\"100%\">") +
                       line(head, "th");
        for (const QStringList& row : rows)
            html += line(row, "td");
        return html + QStringLiteral("</table>");
    }

    static Rows buckets(const RunStatistics& all)
    {
        Rows rows;
        for (const auto& bucket : all.buckets)
            rows << QStringList{minuteText(bucket.begin), QString::number(bucket.counts.scanned),
                                QString::number(bucket.counts.passed), QString::number(bucket.counts.failed),
                                QString::number(bucket.counts.open)};
        return rows;
    }

    static Rows steps(const RunStatistics& all)
    {
        Rows rows{{tr("Whole vehicle"), QString::number(all.cycleTimes.size()),
                   all.cycleTimes.empty() ? QStringLiteral("–") : durationText(all.median),
                   all.cycleTimes.empty() ? QStringLiteral("–") : durationText(all.p90)}};
        for (const auto& step : all.steps)
            rows << QStringList{stepName(step.step), QString::number(step.count), durationText(step.median),
                                durationText(step.p90)};
        return rows;
    }

    static Rows causes(const RunStatistics& all)
    {
        Rows rows;
        for (const auto& cause : all.causes)
            rows << QStringList{causeSentence(cause.cause) + QStringLiteral(" (") +
                                    QString::fromStdString(cause.cause) + QLatin1Char(')'),
                                QString::number(cause.count)};
        return rows;
    }

    static Rows notPassed(const ShiftReport& report)
    {
        Rows rows;
        for (const PastRun& run : report.notPassed)
            rows << QStringList{minuteText(run.openedAt), QString::fromStdString(run.vin.masked()),
                                run.outcome ? QString::fromStdString(run.cause) : tr("Open"),
                                QString::fromStdString(std::string(run.transaction.text()))};
        return rows;
    }
};

} // namespace

QByteArray makeShiftReport(const ShiftReport& report)
{
    QByteArray octets;
    QBuffer buffer(&octets);
    buffer.open(QIODevice::WriteOnly);
    QPdfWriter writer(&buffer);
    writer.setPageSize(QPageSize(QPageSize::A4));
    writer.setResolution(kDotsPerInch);
    writer.setTitle(report.station + QStringLiteral(" ") + report.range);
    writer.setCreator(QStringLiteral("v2c-station"));
    QTextDocument document;
    QFont font;
    font.setFamilies({QStringLiteral("Noto Sans"), QStringLiteral("Noto Sans CJK SC"), QStringLiteral("DejaVu Sans")});
    font.setPointSizeF(kBodyPoints);
    document.setDefaultFont(font);
    document.setHtml(ReportText::html(report));
    document.print(&writer);
    return octets;
}

} // namespace station
