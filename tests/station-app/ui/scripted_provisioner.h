#pragma once

#include <array>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "flow/run_record.h"

/// Stands for the step machine: reports the steps it was given, waits until the test lets it go, and returns a result.
class ScriptedProvisioner final : public station::Provisioner
{
public:
    ~ScriptedProvisioner() override { letGo(); }

    [[nodiscard]] station::RunResult provision(const gateway::Vin& vin, int slot,
                                               station::RunObserver& observer) override
    {
        std::unique_lock lock(m_mutex);
        m_vins.emplace_back(vin.text());
        m_slot = slot;
        for (const auto& step : m_progress)
            observer.onStep(step);
        m_changed.wait(lock, [this] { return m_mayFinish; });
        m_mayFinish = m_staysOpen;
        if (m_throws) throw std::runtime_error("scripted");
        station::RunResult result = makeResult(vin);
        if (m_edit) m_edit(result);
        return result;
    }

    static station::RunResult makeResult(const gateway::Vin& vin)
    {
        std::array<std::uint8_t, gateway::TransactionId::kOctets> id{};
        id.fill(0xA5);
        return station::RunResult{
            .outcome = station::Outcome::Provisioned, .vin = vin, .transaction = gateway::TransactionId::fromBytes(id)};
    }

    /// What the next runs report before they wait.
    void setProgress(std::vector<station::StepRecord> progress)
    {
        const std::lock_guard lock(m_mutex);
        m_progress = std::move(progress);
    }

    void setEdit(std::function<void(station::RunResult&)> edit)
    {
        const std::lock_guard lock(m_mutex);
        m_edit = std::move(edit);
    }

    void setThrows(bool throws)
    {
        const std::lock_guard lock(m_mutex);
        m_throws = throws;
    }

    /// One waiting run ends, or the next one does so at once.
    void letOneGo()
    {
        const std::lock_guard lock(m_mutex);
        m_mayFinish = true;
        m_changed.notify_all();
    }

    /// All runs end, now and later.
    void letGo()
    {
        const std::lock_guard lock(m_mutex);
        m_mayFinish = true;
        m_staysOpen = true;
        m_changed.notify_all();
    }

    [[nodiscard]] std::vector<std::string> vins()
    {
        const std::lock_guard lock(m_mutex);
        return m_vins;
    }

    [[nodiscard]] int slot()
    {
        const std::lock_guard lock(m_mutex);
        return m_slot;
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::vector<station::StepRecord> m_progress;
    std::function<void(station::RunResult&)> m_edit;
    std::vector<std::string> m_vins;
    int m_slot = 0;
    bool m_mayFinish = false;
    bool m_staysOpen = false;
    bool m_throws = false;
};
