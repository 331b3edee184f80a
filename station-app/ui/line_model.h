#pragma once

#include <optional>
#include <string>

#include <QObject>
#include <qqmlregistration.h>

#include "flow/line_outputs.h"
#include "ui/background_tasks.h"

namespace station {

class RunModel;

/// Lamp, sounds and label follow the run; the label is the last step that the operator sees confirmed.
class LineModel : public QObject
{
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("made by the window")

    Q_PROPERTY(Label label READ label NOTIFY changed)

public:
    enum Label { None, Printing, Printed, Failed };
    Q_ENUM(Label)

    /// @param run  outlives the model
    LineModel(LineOutputs outputs, RunModel& run, QObject* parent = nullptr);

    [[nodiscard]] Label label() const { return m_label; }
    /// The label of the vehicle on screen again; after one that failed, or one that got lost.
    Q_INVOKABLE void printLabel();

Q_SIGNALS:
    void changed();

private:
    void onState();
    void onFinished();
    void light(const std::string& state);
    void play(const std::string& sound);

    LineOutputs m_outputs;
    RunModel& m_run;
    std::optional<RunResult> m_passed; ///< whose label it is
    std::string m_lit;
    Label m_label = None;
    int m_printing = 0; ///< answers of earlier ones are old
    BackgroundTasks m_tasks{QStringLiteral("line")};
    BackgroundTasks m_printer{QStringLiteral("label")}; ///< a slow printer does not hold up the lamp
};

} // namespace station
