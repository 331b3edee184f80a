#pragma once

#include <functional>
#include <optional>
#include <vector>

#include <QDateTime>
#include <QObject>
#include <QVariantList>
#include <QVariantMap>
#include <qqmlregistration.h>

#include "flow/self_test.h"
#include "ui/background_tasks.h"
#include "ui/keyboard_check.h"

namespace station {

/// What the technician lets the station look at in itself, and the scanner's check.
class SelfTestModel : public QObject
{
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("made by the window")

    Q_PROPERTY(bool busy READ isBusy NOTIFY changed)
    Q_PROPERTY(QString ranAt READ ranAt NOTIFY changed)        ///< "09:30:15"; "" before the first time
    Q_PROPERTY(QVariantList checks READ checks NOTIFY changed) ///< maps of name, text, mark
    Q_PROPERTY(QString scannerCode READ scannerCode CONSTANT)
    Q_PROPERTY(QVariantMap scanner READ scanner NOTIFY changed) ///< text, mark, shown; "waiting" before a scan

public:
    /// @param now  the system's time when empty
    explicit SelfTestModel(SelfTest test, std::function<QDateTime()> now = {}, QObject* parent = nullptr);

    [[nodiscard]] bool isAvailable() const { return static_cast<bool>(m_test); }
    [[nodiscard]] bool isBusy() const { return m_isBusy; }
    [[nodiscard]] QString ranAt() const { return m_ranAt; }
    [[nodiscard]] QVariantList checks() const;
    [[nodiscard]] static QString scannerCode() { return KeyboardCheck::code(); }
    [[nodiscard]] QVariantMap scanner() const;

    Q_INVOKABLE void start();
    /// The scanner's code was read, or something else.
    void scanned(const QString& text, bool byScanner);

Q_SIGNALS:
    void changed();

private:
    static QString nameOf(const SelfCheck& check);
    static QString textOf(const SelfCheck& check);

    SelfTest m_test;
    std::function<QDateTime()> m_now;
    std::vector<SelfCheck> m_checks;
    bool m_isBusy = false;
    QString m_ranAt;
    struct Scan
    {
        QString text;
        bool byScanner = true;
    };
    std::optional<Scan> m_scan;
    BackgroundTasks m_tasks{QStringLiteral("self-test")};
};

} // namespace station
