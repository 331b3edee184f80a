#include <QDir>

#include "legibility.h"
#include "window_states.h"

namespace {

struct View
{
    QSize size;
    const char* theme;
    const char* language;
};

constexpr const char* kEnglish = "en";
constexpr int kQuickPacking = 85; // zlib level 1: twice the size in a quarter of the time

/// Every theme and language on the panel, where room is scarce; two at 4K, where drawing takes a second.
const View kViews[] = {
    {kPanel, "light", kEnglish}, {kPanel, "dark", kEnglish}, {kPanel, "contrast", kEnglish}, {kPanel, "light", "de"},
    {kPanel, "light", "es"},     {kPanel, "dark", "zh"},     {kDesk, "light", kEnglish},     {kDesk, "dark", "de"},
};

QString pictureName(const QString& state, const View& view)
{
    return QStringLiteral("%1-%2-%3-%4x%5.png")
        .arg(state, QString::fromLatin1(view.theme), QString::fromLatin1(view.language))
        .arg(view.size.width())
        .arg(view.size.height());
}

/// What is committed in docs/screenshots: the guides show it.
bool isDocumented(const View& view)
{
    return view.size == kPanel && std::string_view(view.theme) == "light" &&
           std::string_view(view.language) == kEnglish;
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

} // namespace

class ScreensTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(QDir().mkpath(QStringLiteral(V2C_SCREENSHOT_DIR))); }

    void everyStateIsLegible_data()
    {
        QTest::addColumn<int>("state");
        QTest::addColumn<int>("view");
        for (int state = 0; state < states().size(); ++state)
            for (int view = 0; view < static_cast<int>(std::size(kViews)); ++view)
                QTest::newRow(qPrintable(pictureName(states()[state].first, kViews[view]))) << state << view;
    }

    void everyStateIsLegible()
    {
        QFETCH(const int, state);
        QFETCH(const int, view);
        const View& wanted = kViews[view];
        Bench bench(wanted.size, wanted.theme, QString::fromLatin1(wanted.language),
                    states()[state].first.startsWith(QStringLiteral("log")));
        QTRY_VERIFY(bench.isReady());
        QVERIFY(states()[state].second(bench));
        QImage picture;
        QTRY_VERIFY((picture = bench.window->grabWindow()).size() == wanted.size);
        const QString name = pictureName(states()[state].first, wanted);
        // Packing a picture of 4K takes longer than drawing it.
        if (wanted.size == kPanel || qEnvironmentVariableIntValue("V2C_UPDATE_SCREENSHOTS") == 1)
            QVERIFY(picture.save(QStringLiteral(V2C_SCREENSHOT_DIR "/") + name, "PNG", kQuickPacking));
        const double millimetre = std::min(wanted.size.width() / 218.0, wanted.size.height() / 136.0);
        const QStringList faults = legibility::faults(bench.window, picture, millimetre);
        QVERIFY2(faults.isEmpty(), qPrintable(faults.join(QLatin1Char('\n'))));

        if (!isDocumented(wanted)) return;
        const QString documented =
            QStringLiteral(V2C_SOURCE_DIR "/docs/screenshots/") + states()[state].first + QStringLiteral(".png");
        if (qEnvironmentVariableIntValue("V2C_UPDATE_SCREENSHOTS") == 1) QVERIFY(picture.save(documented));
        const QImage committed(documented);
        QVERIFY2(!committed.isNull(), qPrintable(documented));
        QCOMPARE(committed.size(), picture.size());
        QVERIFY2(difference(picture, committed) < 4,
                 "docs/screenshots shows another screen: run this test with V2C_UPDATE_SCREENSHOTS=1");
    }
};

QTEST_MAIN(ScreensTest)
#include "screens_test.moc"
