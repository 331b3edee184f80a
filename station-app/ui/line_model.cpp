#include "ui/line_model.h"

#include <utility>

#include "ui/run_model.h"

namespace station {

LineModel::LineModel(LineOutputs outputs, RunModel& run, QObject* parent)
    : QObject(parent), m_outputs(std::move(outputs)), m_run(run)
{
    connect(&m_run, &RunModel::stateChanged, this, &LineModel::onState);
    connect(&m_run, &RunModel::finished, this, &LineModel::onFinished);
    connect(&m_run, &RunModel::technicianCalled, this, [this] { light("called"); });
    connect(&m_run, &RunModel::scanCounted, this, [this] { play("accepted"); });
    connect(&m_run, &RunModel::scanRefused, this, [this] { play("ignored"); });
    light("ready");
}

void LineModel::onState()
{
    switch (m_run.state()) {
    case RunModel::Ready:
        light("ready");
        break;
    case RunModel::Running:
        light("running");
        m_passed.reset();
        ++m_printing;
        m_label = None;
        Q_EMIT changed();
        break;
    case RunModel::Pass:
        light("pass");
        break;
    case RunModel::Fail:
        light("fail");
        break;
    case RunModel::Refused:
        light("refused");
        break;
    case RunModel::StationFault:
        light("station-fault");
        break;
    }
}

void LineModel::onFinished()
{
    const RunResult& result = *m_run.result();
    const bool hasPassed = result.outcome == Outcome::Provisioned;
    play(hasPassed ? "pass" : "fail");
    if (!hasPassed) return;
    m_passed = result;
    printLabel();
}

void LineModel::printLabel()
{
    if (!m_outputs.printLabel || !m_passed || m_label == Printing) return;
    m_label = Printing;
    m_printer.ask<void>([this, passed = *m_passed] { return m_outputs.printLabel(passed); },
                        [this, number = ++m_printing](const auto& done) {
                            if (number != m_printing) return;
                            m_label = done ? Printed : Failed;
                            Q_EMIT changed();
                        });
    Q_EMIT changed();
}

void LineModel::light(const std::string& state)
{
    // Texts that are made anew are no new state.
    if (!m_outputs.andon || state == m_lit) return;
    m_lit = state;
    m_tasks.ask<void>([this, state] { return m_outputs.andon(state); }, [](const auto&) {});
}

void LineModel::play(const std::string& sound)
{
    if (m_outputs.sound) m_tasks.ask<void>([this, sound] { return m_outputs.sound(sound); }, [](const auto&) {});
}

} // namespace station
