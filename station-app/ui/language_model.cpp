#include "ui/language_model.h"

#include <QCoreApplication>

namespace station {

QStringList LanguageModel::codes()
{
    return {QStringLiteral("en"), QStringLiteral("de"), QStringLiteral("es"), QStringLiteral("zh")};
}

QString LanguageModel::nameOf(const QString& code)
{
    if (code == QStringLiteral("de")) return QStringLiteral("Deutsch");
    if (code == QStringLiteral("es")) return QStringLiteral("Español");
    if (code == QStringLiteral("zh")) return QStringLiteral("中文");
    return QStringLiteral("English");
}

LanguageModel::LanguageModel(const QString& code, QObject* parent) : QObject(parent)
{
    const QString wanted = code.isEmpty() ? QLocale::system().name().left(2) : code;
    if (codes().contains(wanted)) m_code = wanted;
    apply();
}

LanguageModel::~LanguageModel()
{
    QCoreApplication::removeTranslator(&m_translator);
}

QString LanguageModel::following() const
{
    const QStringList all = codes();
    return all[(all.indexOf(m_code) + 1) % all.size()];
}

void LanguageModel::select(const QString& code)
{
    if (code == m_code || !codes().contains(code)) return;
    m_code = code;
    apply();
    Q_EMIT changed();
}

void LanguageModel::apply()
{
    QCoreApplication::removeTranslator(&m_translator);
    // English too has a file: for its plurals.
    if (m_translator.load(QStringLiteral(":/i18n/station_") + m_code + QStringLiteral(".qm")))
        QCoreApplication::installTranslator(&m_translator);
    QLocale::setDefault(QLocale(m_code));
}

} // namespace station
