#include <algorithm>
#include <cmath>
#include <memory>

#include <QDir>
#include <QFontMetricsF>
#include <QGuiApplication>
#include <QHash>
#include <QImage>
#include <QQmlApplicationEngine>
#include <QQuickItem>
#include <QQuickWindow>
#include <QTest>

#include "scripted_provisioner.h"
#include "ui/operator_window.h"
#include "ui/run_model.h"
#include "ui/scan_input.h"
#include "ui/station_model.h"

using namespace std::chrono_literals;
using station::Outcome;
using station::RunModel;
using station::StepId;
using station::StepState;

namespace {

const QString kVin = QStringLiteral("5VXTC2E41SA000017");
const QSize kPanel(1280, 800);
const QSize kDesk(1920, 1080);

/// What is committed in docs/screenshots: both themes of the panel, the light one of the larger screen.
bool isDocumented(const QSize& size, bool dark)
{
    return size == kPanel || !dark;
}

QString screenshotName(const QString& state, const QSize& size, bool dark)
{
    return QStringLiteral("%1-%2-%3x%4.png")
        .arg(state, dark ? QStringLiteral("dark") : QStringLiteral("light"))
        .arg(size.width())
        .arg(size.height());
}

double luminance(const QColor& color)
{
    const auto linear = [](double channel) {
        return channel <= 0.03928 ? channel / 12.92 : std::pow((channel + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF());
}

/// WCAG 2.2: 1 to 21.
double contrast(const QColor& a, const QColor& b)
{
    const double high = std::max(luminance(a), luminance(b));
    const double low = std::min(luminance(a), luminance(b));
    return (high + 0.05) / (low + 0.05);
}

QColor mostFrequent(const QImage& image, const QRect& area)
{
    QHash<QRgb, int> count;
    for (int y = area.top(); y <= area.bottom(); ++y)
        for (int x = area.left(); x <= area.right(); ++x)
            ++count[image.pixel(x, y)];
    QRgb best = 0;
    for (auto it = count.cbegin(); it != count.cend(); ++it)
        if (it.value() > count.value(best)) best = it.key();
    return QColor::fromRgb(best);
}

/// Mean difference of two pictures, 0 to 255, seen from afar: a changed layout shows, another rendering of a font does
/// not.
double difference(const QImage& a, const QImage& b)
{
    const auto small = [](const QImage& image) {
        return image.scaled(64, 40, Qt::IgnoreAspectRatio, Qt::SmoothTransformation)
            .convertToFormat(QImage::Format_RGB888);
    };
    const QImage left = small(a);
    const QImage right = small(b);
    double sum = 0;
    for (int y = 0; y < left.height(); ++y)
        for (int x = 0; x < left.width() * 3; ++x)
            sum += std::abs(left.constScanLine(y)[x] - right.constScanLine(y)[x]);
    return sum / (64 * 40 * 3);
}

struct Shown
{
    QList<QQuickItem*> texts;
    QList<QQuickItem*> boxes; ///< rectangles, without those that draw a mark or a pattern
};

void collect(QQuickItem* item, Shown& shown)
{
    if (!item->isVisible() || item->opacity() == 0) return;
    const QByteArray type = item->metaObject()->className();
    if (type.startsWith("Mark_") || type.startsWith("Hatch_")) return;
    if (item->inherits("QQuickText") && !item->property("text").toString().isEmpty()) shown.texts << item;
    if (item->inherits("QQuickRectangle")) shown.boxes << item;
    for (QQuickItem* child : item->childItems())
        collect(child, shown);
}

/// The first ancestor that the item sticks out of, nullptr when it lies in all of them: how a layout that has more
/// contents than room shows itself.
QQuickItem* overflowed(const QQuickItem* item, const QRectF& area)
{
    for (QQuickItem* outer = item->parentItem(); outer != nullptr; outer = outer->parentItem()) {
        const QRectF room = outer->mapRectToScene(QRectF(0, 0, outer->width(), outer->height()));
        if (!room.adjusted(-2, -2, 2, 2).contains(area)) return outer;
    }
    return nullptr;
}

/// The window with its models over a scripted provisioner; clocks stand still.
class Bench
{
public:
    explicit Bench(bool dark = false, const QSize& size = kPanel)
        : m_settings{.stationName = "Line 1 / Station 07",
                     .technician = "Technician line 1, phone 4711",
                     .dark = dark,
                     .simulation = true,
                     .readLabel = {},
                     .readStatus =
                         [] {
                             return station::StationStatus{station::StationStatus::Link::Up,
                                                           station::StationStatus::Link::Up, 0};
                         }},
          station(m_settings, 0, wallClock),
          run(provisioner, {.readLabel = {}, .now = [this] { return now; }, .wallClock = wallClock}),
          window(station::loadOperatorWindow(engine, run, station, input))
    {
        if (window == nullptr) qFatal("the window could not be loaded");
        window->resize(size);
        window->show();
        window->requestActivate();
        qGuiApp->installEventFilter(&input);
    }

    ~Bench()
    {
        qGuiApp->removeEventFilter(&input);
        provisioner.letGo();
    }

    [[nodiscard]] bool isReady() const
    {
        return QTest::qWaitForWindowActive(window) && station.gateway() == QStringLiteral("up");
    }

    void finish(Outcome outcome, StepId step, const char* cause,
                const std::function<void(station::RunResult&)>& more = {})
    {
        provisioner.setEdit([=](station::RunResult& result) {
            result.outcome = outcome;
            result.elapsed = 21'400ms;
            if (outcome == Outcome::Provisioned) {
                result.serial =
                    gateway::CertificateSerial::parse("4A:9C:01:FE:33:08:71:B2:5D:E0:16:8F:C4:27:AA:90").value();
                result.reported = true;
            } else {
                result.failure = station::RunFailure{step, cause, "", {}, {}};
            }
            if (more) more(result);
        });
        provisioner.letOneGo();
    }

    [[nodiscard]] QQuickItem* item(const char* name) const
    {
        return window->findChild<QQuickItem*>(QString::fromLatin1(name));
    }

private:
    static QDateTime wallClock() { return {QDate(2026, 11, 24), QTime(9, 30, 15)}; }

    station::WindowSettings m_settings;

public:
    ScriptedProvisioner provisioner;
    std::chrono::steady_clock::time_point now{};
    station::StationModel station;
    RunModel run;
    qint64 keyClock = 0;
    qint64 msPerKey = 12; ///< a scanner; a person needs 100 and more
    station::ScanInput input{[this] { return keyClock += msPerKey; }};
    QQmlApplicationEngine engine; // goes before the models that its screens show
    QQuickWindow* window;
};

/// Brings the window into a state as an operator would.
const QList<std::pair<QString, std::function<bool(Bench&)>>>& states()
{
    const auto waitFor = [](Bench& bench, RunModel::State state) {
        return QTest::qWaitFor([&] { return bench.run.state() == state; });
    };
    static const QList<std::pair<QString, std::function<bool(Bench&)>>> all{
        {QStringLiteral("ready"), [](Bench&) { return true; }},
        {QStringLiteral("bad-scan"),
         [=](Bench& bench) {
             bench.finish(Outcome::Provisioned, StepId::OpenSession, "");
             bench.run.scanned(QStringLiteral("5VXTC2E49TA001000"));
             if (!waitFor(bench, RunModel::Pass)) return false;
             bench.run.dismiss();
             bench.run.scanned(QStringLiteral("5VXTC2E41SAO00017"));
             return bench.run.state() == RunModel::Ready;
         }},
        {QStringLiteral("running"),
         [=](Bench& bench) {
             bench.provisioner.setProgress({{StepId::OpenSession, StepState::Done, 1, 1, 420ms, {}},
                                            {StepId::ReadVin, StepState::Done, 1, 1, 90ms, {}},
                                            {StepId::RequestCsr, StepState::Running, 2, 3, 3100ms, {}}});
             bench.run.scanned(kVin);
             bench.now += 14s;
             return QTest::qWaitFor([&] { return bench.run.elapsedMs() == 14'000; });
         }},
        {QStringLiteral("second-scan"),
         [=](Bench& bench) {
             bench.provisioner.setProgress({{StepId::OpenSession, StepState::Done, 1, 1, 420ms, {}},
                                            {StepId::ReadVin, StepState::Done, 1, 1, 90ms, {}},
                                            {StepId::RequestCsr, StepState::Done, 1, 3, 900ms, {}},
                                            {StepId::CertifyKey, StepState::Done, 1, 3, 120ms, {}},
                                            {StepId::IssueCertificate, StepState::Running, 1, 3, 62'000ms, {}}});
             bench.run.scanned(kVin);
             bench.now += 67s;
             bench.run.scanned(QStringLiteral("5VXTC2E49TA001000"));
             return QTest::qWaitFor([&] { return bench.run.elapsedMs() == 67'000; });
         }},
        {QStringLiteral("pass"),
         [=](Bench& bench) {
             bench.finish(Outcome::Provisioned, StepId::OpenSession, "");
             bench.run.scanned(kVin);
             return waitFor(bench, RunModel::Pass);
         }},
        {QStringLiteral("fail"),
         [=](Bench& bench) {
             bench.finish(Outcome::UnitFailed, StepId::VerifyCertificate, "certificate-differs");
             bench.run.scanned(kVin);
             return waitFor(bench, RunModel::Fail);
         }},
        {QStringLiteral("wrong-vehicle"),
         [=](Bench& bench) {
             bench.finish(Outcome::Refused, StepId::ReadVin, "vin-mismatch",
                          [](station::RunResult& result) { result.unitVin = "5VXTC2E45SA000071"; });
             bench.run.scanned(kVin);
             return waitFor(bench, RunModel::Refused);
         }},
        {QStringLiteral("rate-limited"),
         [=](Bench& bench) {
             bench.finish(Outcome::Refused, StepId::IssueCertificate, "rate-limited", [](station::RunResult& result) {
                 result.failure->httpStatus = 429;
                 result.failure->retryAfter = 18h + 5min;
             });
             bench.run.scanned(kVin);
             return waitFor(bench, RunModel::Refused);
         }},
        {QStringLiteral("station-fault"),
         [=](Bench& bench) {
             bench.finish(Outcome::StationFailed, StepId::IssueCertificate, "gateway-unreachable");
             bench.run.scanned(kVin);
             return waitFor(bench, RunModel::StationFault);
         }},
    };
    return all;
}

} // namespace

class OperatorWindowTest : public QObject
{
    Q_OBJECT

private:
    static void eachStateThemeAndSize()
    {
        QTest::addColumn<int>("index");
        QTest::addColumn<QSize>("size");
        QTest::addColumn<bool>("dark");
        for (int i = 0; i < states().size(); ++i)
            for (const QSize& size : {kPanel, kDesk})
                for (const bool dark : {false, true})
                    QTest::newRow(qPrintable(screenshotName(states()[i].first, size, dark))) << i << size << dark;
    }

private Q_SLOTS:
    void initTestCase() { QVERIFY(QDir().mkpath(QStringLiteral(V2C_SCREENSHOT_DIR))); }

    void everyStateIsLegible_data() { eachStateThemeAndSize(); }

    /// Nothing clipped, overlapping or too small, and every text in contrast to what is behind it.
    void everyStateIsLegible()
    {
        QFETCH(const int, index);
        QFETCH(const QSize, size);
        QFETCH(const bool, dark);
        Bench bench(dark, size);
        QTRY_VERIFY(bench.isReady());
        QVERIFY(states()[index].second(bench));
        QImage picture;
        QTRY_VERIFY((picture = bench.window->grabWindow()).size() == size);
        const QString name = screenshotName(states()[index].first, size, dark);
        QVERIFY(picture.save(QStringLiteral(V2C_SCREENSHOT_DIR "/") + name));

        Shown shown;
        collect(bench.window->contentItem(), shown);
        QVERIFY(shown.texts.size() >= 4);
        QVERIFY(shown.boxes.size() >= 2);
        for (QQuickItem* box : shown.boxes) {
            const QQuickItem* outer = overflowed(box, box->mapRectToScene(QRectF(0, 0, box->width(), box->height())));
            QVERIFY2(outer == nullptr, box->metaObject()->className());
        }
        const double millimetre = std::min(size.width() / 218.0, size.height() / 136.0);
        QList<QRectF> painted;
        for (QQuickItem* text : shown.texts) {
            const QString words = text->property("text").toString();
            const QByteArray said = words.toUtf8();
            const double width = text->property("contentWidth").toDouble();
            const double height = text->property("contentHeight").toDouble();
            QVERIFY2(!text->property("truncated").toBool(), said);
            QVERIFY2(width <= text->width() + 1, said);
            QVERIFY2(height <= text->height() + 1, said);
            const int alignment = text->property("effectiveHorizontalAlignment").toInt();
            const double left = (alignment & Qt::AlignRight) != 0 ? text->width() - width : 0;
            const QRectF area = text->mapRectToScene(QRectF(left, 0, width, height));
            QVERIFY2(QRectF(QPointF(0, 0), size).adjusted(-1, -1, 1, 1).contains(area), said);
            QVERIFY2(overflowed(text, area) == nullptr, said);
            for (const QRectF& other : painted)
                QVERIFY2(!other.adjusted(2, 2, -2, -2).intersects(area), said);
            painted << area;

            // 16 arcmin at 700 mm, ISO 9241-303.
            const QFontMetricsF metrics(text->property("font").value<QFont>());
            QVERIFY2(metrics.capHeight() >= 3.25 * millimetre, said);
            const QColor ground = mostFrequent(picture, area.toRect().intersected(picture.rect()));
            const double reached = contrast(text->property("color").value<QColor>(), ground);
            QVERIFY2(reached >= 4.5,
                     qPrintable(QStringLiteral("%1: %2 on %3").arg(words).arg(reached).arg(ground.name())));
        }

        if (!isDocumented(size, dark)) return;
        const QString documented = QStringLiteral(V2C_SOURCE_DIR "/docs/screenshots/") + name;
        if (qEnvironmentVariableIntValue("V2C_UPDATE_SCREENSHOTS") == 1) QVERIFY(picture.save(documented));
        const QImage committed(documented);
        QVERIFY2(!committed.isNull(), qPrintable(documented));
        QCOMPARE(committed.size(), size);
        QVERIFY2(difference(picture, committed) < 4,
                 "docs/screenshots shows another screen: run this test with V2C_UPDATE_SCREENSHOTS=1");
    }

    void theVerdictIsReadFromThreeMetres_data()
    {
        QTest::addColumn<QString>("state");
        for (const char* state : {"pass", "fail"})
            QTest::newRow(state) << QString::fromLatin1(state);
    }

    void theVerdictIsReadFromThreeMetres()
    {
        QFETCH(const QString, state);
        Bench bench;
        QTRY_VERIFY(bench.isReady());
        const auto found =
            std::find_if(states().begin(), states().end(), [&](const auto& entry) { return entry.first == state; });
        QVERIFY(found->second(bench));
        QTRY_VERIFY(bench.item("verdictWord") != nullptr);
        const QFontMetricsF metrics(bench.item("verdictWord")->property("font").value<QFont>());
        QVERIFY(metrics.capHeight() >= 17.5 * kPanel.width() / 218.0); // 20 arcmin at 3 m
    }

    void buttonsAreLargeEnoughForAGlove()
    {
        Bench bench;
        QTRY_VERIFY(bench.isReady());
        bench.finish(Outcome::StationFailed, StepId::OpenSession, "unit-no-answer");
        bench.run.scanned(kVin);
        QTRY_COMPARE(bench.run.state(), RunModel::StationFault);
        QTRY_VERIFY(bench.item("retryButton") != nullptr);
        const QQuickItem* retry = bench.item("retryButton");
        const QQuickItem* back = bench.item("backButton");
        const double millimetre = kPanel.width() / 218.0;
        QTRY_VERIFY(retry->width() > 0);
        for (const QQuickItem* button : {retry, back}) {
            QVERIFY(button->width() >= 20 * millimetre);
            QVERIFY(button->height() >= 20 * millimetre - 1);
        }
        const QRectF retryArea = retry->mapRectToScene(retry->boundingRect());
        const QRectF backArea = back->mapRectToScene(back->boundingRect());
        QVERIFY(retryArea.left() - backArea.right() >= 3 * millimetre - 1);
        QTest::mouseClick(bench.window, Qt::LeftButton, {}, retryArea.center().toPoint());
        QCOMPARE(bench.run.state(), RunModel::Running);
        bench.provisioner.letOneGo();
        QTRY_COMPARE(bench.run.state(), RunModel::StationFault);
        QTest::qWait(0);
        QTest::mouseClick(bench.window, Qt::LeftButton, {}, backArea.center().toPoint());
        QCOMPARE(bench.run.state(), RunModel::Ready);
    }

    void aKeyboardWedgeScanStartsTheRun_data()
    {
        QTest::addColumn<QString>("typed");
        QTest::addColumn<int>("terminator");
        QTest::newRow("upper case, Enter") << kVin << static_cast<int>(Qt::Key_Return);
        QTest::newRow("keypad Enter") << kVin << static_cast<int>(Qt::Key_Enter);
        QTest::newRow("Tab") << kVin << static_cast<int>(Qt::Key_Tab);
        QTest::newRow("lower case") << kVin.toLower() << static_cast<int>(Qt::Key_Return);
        QTest::newRow("data identifier") << QStringLiteral("I") + kVin << static_cast<int>(Qt::Key_Return);
    }

    void aKeyboardWedgeScanStartsTheRun()
    {
        QFETCH(const QString, typed);
        QFETCH(const int, terminator);
        Bench bench;
        QTRY_VERIFY(bench.isReady());
        for (const QChar character : typed)
            QTest::keyClick(bench.window, character.toLatin1());
        QCOMPARE(bench.input.pending(), typed);
        QCOMPARE(bench.run.state(), RunModel::Ready);
        QTest::keyClick(bench.window, static_cast<Qt::Key>(terminator));
        QCOMPARE(bench.run.state(), RunModel::Running);
        QCOMPARE(bench.run.vin(), QStringLiteral("5VX TC2E41 SA000017"));
        QCOMPARE(bench.input.pending(), QString());
    }

    void typingIsToldFromScanning_data()
    {
        QTest::addColumn<qint64>("msPerKey");
        QTest::addColumn<qint64>("oneGap"); // before the last character
        QTest::addColumn<bool>("isScan");
        QTest::newRow("fast scanner") << qint64{2} << qint64{2} << true;
        QTest::newRow("slow scanner") << qint64{35} << qint64{35} << true;
        QTest::newRow("a hiccup of the host") << qint64{10} << qint64{120} << true;
        QTest::newRow("slower than a scanner") << qint64{36} << qint64{36} << false;
        QTest::newRow("fast typist") << qint64{80} << qint64{80} << false;
        QTest::newRow("scan finished by hand") << qint64{10} << qint64{121} << false;
    }

    void typingIsToldFromScanning()
    {
        QFETCH(const qint64, msPerKey);
        QFETCH(const qint64, oneGap);
        QFETCH(const bool, isScan);
        Bench bench;
        QTRY_VERIFY(bench.isReady());
        bench.msPerKey = msPerKey;
        for (const QChar character : kVin.chopped(1))
            QTest::keyClick(bench.window, character.toLatin1());
        bench.msPerKey = oneGap;
        QTest::keyClick(bench.window, kVin.back().toLatin1());
        QTest::keyClick(bench.window, Qt::Key_Return);
        QCOMPARE(bench.run.state() == RunModel::Running, isScan);
        QCOMPARE(bench.run.notice()[QStringLiteral("title")].toString() == QStringLiteral("Typed once"), !isScan);
    }

    void aScannerWithoutTerminatorCountsAfterSilence()
    {
        Bench bench;
        QTRY_VERIFY(bench.isReady());
        for (const QChar character : kVin)
            QTest::keyClick(bench.window, character.toLatin1());
        QTRY_COMPARE(bench.run.state(), RunModel::Running);
    }

    void silenceAfterSlowKeysCountsForNothing()
    {
        Bench bench;
        QTRY_VERIFY(bench.isReady());
        bench.msPerKey = 200;
        for (const QChar character : kVin)
            QTest::keyClick(bench.window, character.toLatin1());
        QTest::qWait(2 * station::ScanInput::kSilenceMs);
        QCOMPARE(bench.run.state(), RunModel::Ready);
        QCOMPARE(bench.input.pending(), kVin);
    }

    void backspaceAndEscapeCorrectTyping()
    {
        Bench bench;
        QTRY_VERIFY(bench.isReady());
        QTest::keyClick(bench.window, 'A');
        QTest::keyClick(bench.window, 'B');
        QTest::keyClick(bench.window, Qt::Key_Backspace);
        QCOMPARE(bench.input.pending(), QStringLiteral("A"));
        QTest::keyClick(bench.window, Qt::Key_Escape);
        QCOMPARE(bench.input.pending(), QString());
        QTest::keyClick(bench.window, Qt::Key_Return);
        QVERIFY(bench.run.notice().isEmpty());
    }

    void endlessTypingStaysBounded()
    {
        Bench bench;
        QTRY_VERIFY(bench.isReady());
        for (qsizetype i = 0; i < station::ScanInput::kLongestScan + 50; ++i)
            QTest::keyClick(bench.window, 'A');
        QCOMPARE(bench.input.pending().size(), station::ScanInput::kLongestScan);
        QTest::keyClick(bench.window, Qt::Key_Return);
        QCOMPARE(bench.run.notice()[QStringLiteral("title")].toString(), QStringLiteral("Not a VIN"));
    }

    void enterTriesAgainButASecondTerminatorDoesNot()
    {
        Bench bench;
        QTRY_VERIFY(bench.isReady());
        bench.finish(Outcome::StationFailed, StepId::OpenSession, "unit-no-answer");
        for (const QChar character : kVin)
            QTest::keyClick(bench.window, character.toLatin1());
        QTest::keyClick(bench.window, Qt::Key_Return);
        QTest::keyClick(bench.window, Qt::Key_Return); // CR and LF of one scan
        QTRY_COMPARE(bench.run.state(), RunModel::StationFault);
        QCOMPARE(bench.provisioner.vins().size(), std::size_t{1});
        QVERIFY(QTest::qWaitFor([&] {
            QTest::keyClick(bench.window, Qt::Key_Return);
            return bench.run.state() == RunModel::Running;
        }));
        bench.provisioner.letOneGo();
        QTRY_COMPARE(bench.run.state(), RunModel::StationFault);
        QCOMPARE(bench.provisioner.vins().size(), std::size_t{2});
        QTest::keyClick(bench.window, Qt::Key_Escape);
        QCOMPARE(bench.run.state(), RunModel::Ready);
    }

    void theWindowStaysWhileAVehicleIsInWork()
    {
        Bench bench;
        QTRY_VERIFY(bench.isReady());
        bench.run.scanned(kVin);
        QVERIFY(!bench.window->close());
        QVERIFY(bench.window->isVisible());
        bench.provisioner.letOneGo();
        QTRY_COMPARE(bench.run.state(), RunModel::Pass);
        QVERIFY(bench.window->close());
    }

    void theFooterTellsOfReportsThatWait()
    {
        const station::WindowSettings settings{
            .stationName = "S", .technician = {}, .readLabel = {}, .readStatus = [] {
                return station::StationStatus{station::StationStatus::Link::Down, station::StationStatus::Link::Up, 3};
            }};
        station::StationModel model(settings, 0);
        QCOMPARE(model.gateway(), QStringLiteral("unknown"));
        QTRY_COMPARE(model.gateway(), QStringLiteral("down"));
        QCOMPARE(model.reportsWaiting(), 3);
    }

    void aStatusThatFailsIsUnknown()
    {
        const station::WindowSettings settings{
            .stationName = "S", .technician = {}, .readLabel = {}, .readStatus = []() -> station::StationStatus {
                throw std::runtime_error("no gateway");
            }};
        station::StationModel model(settings, 0);
        QTest::qWait(0);
        QCOMPARE(model.gateway(), QStringLiteral("unknown"));
    }
};

QTEST_MAIN(OperatorWindowTest)
#include "operator_window_test.moc"
