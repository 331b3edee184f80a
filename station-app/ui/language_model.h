#pragma once

#include <QLocale>
#include <QObject>
#include <QString>
#include <QStringList>
#include <QTranslator>
#include <qqmlregistration.h>

namespace station {

/// The language of all screens, changed while the program runs. Sets the application's translator and the default
/// QLocale, then says changed(): who holds translated texts makes them anew.
class LanguageModel : public QObject
{
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("made by the window")

    Q_PROPERTY(QString code READ code NOTIFY changed)         ///< "en", "de", "es", "zh"
    Q_PROPERTY(QString name READ name NOTIFY changed)         ///< in the language itself
    Q_PROPERTY(QString nextName READ nextName NOTIFY changed) ///< what next() leads to, in its own words
    Q_PROPERTY(QStringList codes READ codes CONSTANT)

public:
    /// @param code  "" for the system's language; English when it is none of ours
    explicit LanguageModel(const QString& code = {}, QObject* parent = nullptr);
    ~LanguageModel() override;

    [[nodiscard]] QString code() const { return m_code; }
    [[nodiscard]] QString name() const { return nameOf(m_code); }
    [[nodiscard]] QString nextName() const { return nameOf(following()); }
    [[nodiscard]] static QStringList codes();

    Q_INVOKABLE void next() { select(following()); }
    /// Any other code is ignored.
    Q_INVOKABLE void select(const QString& code);
    Q_INVOKABLE static QString nameOf(const QString& code);

Q_SIGNALS:
    void changed();

private:
    [[nodiscard]] QString following() const;
    void apply();

    QString m_code = QStringLiteral("en");
    QTranslator m_translator;
};

} // namespace station
