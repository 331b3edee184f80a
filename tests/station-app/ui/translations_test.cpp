#include <QDir>
#include <QFile>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>
#include <QXmlStreamReader>

namespace {

struct Message
{
    QString context;
    QString source;
    QStringList forms; ///< one without plurals
    bool isFinished = true;
};

QList<Message> messagesOf(const QString& file)
{
    QFile device(file);
    if (!device.open(QIODevice::ReadOnly)) return {};
    QXmlStreamReader xml(&device);
    QList<Message> messages;
    QString context;
    bool isPlural = false;
    while (!xml.atEnd()) {
        if (xml.readNext() != QXmlStreamReader::StartElement) continue;
        if (xml.name() == u"name") context = xml.readElementText();
        if (xml.name() == u"message") {
            messages << Message{context, {}, {}, true};
            isPlural = xml.attributes().hasAttribute(QStringLiteral("numerus"));
        }
        if (messages.isEmpty()) continue;
        if (xml.name() == u"source") messages.last().source = xml.readElementText();
        if (xml.name() == u"numerusform") messages.last().forms << xml.readElementText();
        if (xml.name() == u"translation") {
            messages.last().isFinished = !xml.attributes().hasAttribute(QStringLiteral("type"));
            if (!isPlural) messages.last().forms << xml.readElementText();
        }
    }
    return messages;
}

/// "%1", "%n" ... in their order of the alphabet.
QStringList placeholders(const QString& text)
{
    static const QRegularExpression pattern(QStringLiteral("%L?[0-9n]"));
    QStringList found;
    auto matches = pattern.globalMatch(text);
    while (matches.hasNext())
        found << matches.next().captured();
    found.sort();
    found.removeDuplicates();
    return found;
}

} // namespace

class TranslationsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyTextOfTheSourcesIsTranslated_data()
    {
        QTest::addColumn<QString>("language");
        for (const char* language : {"de", "es", "zh"})
            QTest::newRow(language) << QString::fromLatin1(language);
    }

    /// Brings a copy of the translations up to the sources, as a developer would: what is new is unfinished then.
    void everyTextOfTheSourcesIsTranslated()
    {
        QFETCH(const QString, language);
        const QTemporaryDir folder;
        const QString file = QStringLiteral("station_%1.ts").arg(language);
        const QString copy = folder.filePath(file);
        QVERIFY(QFile::copy(QStringLiteral(V2C_SOURCE_DIR "/station-app/i18n/") + file, copy));
        QProcess lupdate;
        lupdate.setWorkingDirectory(QStringLiteral(V2C_SOURCE_DIR "/station-app"));
        lupdate.start(QStringLiteral(V2C_LUPDATE),
                      {QStringLiteral("-silent"), QStringLiteral("-no-obsolete"), QStringLiteral("-locations"),
                       QStringLiteral("none"), QStringLiteral("-I"), QStringLiteral("."), QStringLiteral("ui"),
                       QStringLiteral("-ts"), copy});
        QVERIFY(lupdate.waitForFinished());
        QCOMPARE(lupdate.exitCode(), 0);

        const QList<Message> messages = messagesOf(copy);
        QVERIFY(messages.size() > 250);
        QStringList wrong;
        for (const Message& message : messages) {
            const QString where = message.context + QStringLiteral(": ") + message.source;
            if (!message.isFinished) wrong << QStringLiteral("untranslated, ") + where;
            for (const QString& form : message.forms) {
                if (form.trimmed().isEmpty()) wrong << QStringLiteral("empty, ") + where;
                if (placeholders(form) != placeholders(message.source))
                    wrong << QStringLiteral("other placeholders, ") + where;
            }
        }
        wrong.removeDuplicates();
        QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join(QLatin1Char('\n'))));
    }
};

QTEST_GUILESS_MAIN(TranslationsTest)
#include "translations_test.moc"
